/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_TARGET_PARTS_H
#define LANG_TARGET_PARTS_H

#include "lang/model_parts.h"

/* What the files that read targets share; nobody else includes this. */

enum { TARGET_KINDS = 4, TARGET_PARTS = 6 };

/* One way to get somewhere: its keys, and which of them names the machine, or many. */
struct target_kind {
	const char *name;
	const struct key_table *keys;
	const char *machine;
	const char *machines;
};

/* In the order of their places in a draft; ended by a NULL name. */
extern const struct target_kind target_kinds[];

/* The map of a kind as it is read. */
struct kind_draft {
	struct template *parts[TARGET_PARTS];
	struct expr *machines;
};

/* A target as it is read. */
struct target_draft {
	struct place kinds[TARGET_KINDS];
	struct place become;
};

extern const struct shape shape_target_word; /* struct template * */

/* Texts as the list of a loop; an error in one of them has its place in the document. */
struct expr *target_list(
    struct reader *reader, struct template *const *words, size_t count, struct span span);

#endif
