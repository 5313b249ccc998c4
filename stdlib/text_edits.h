/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_TEXT_EDITS_H
#define STDLIB_TEXT_EDITS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/*
 * Places in a text and what takes their place; put together in the order of the text, they give the new text, and what
 * may be told of it as a unified diff without context. Lives in an arena.
 */
struct text_edit {
	size_t start;
	size_t end;
	struct str with;
	struct str told_old; /* for the diff */
	struct str told_new;
};

struct text_edits {
	struct str text;
	struct text_edit *items;
	size_t count;
	size_t capacity;
};

/* One that changes nothing is not kept. Places must not overlap; at the same place the earlier one comes first. */
void text_edits_add(struct text_edits *edits, struct arena *arena, const struct text_edit *edit);

/* Appends the new text. Sorts the edits. */
void text_edits_apply(struct text_edits *edits, struct buf *out);

/* Appends the diff, of a text that is called `name`; after text_edits_apply(). */
void text_edits_diff(const struct text_edits *edits, const char *name, struct buf *out);

#endif
