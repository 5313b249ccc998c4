/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_LOAD_H
#define LANG_LOAD_H

#include "lang/model.h"
#include "lang/plan.h"

/*
 * A load: from the bytes of a file to a plan, in one call. It owns all that comes of it (source, tree, runbook, plan,
 * diagnostics) until load_done(). What failed on the way leaves the later parts NULL; diags say why.
 */
struct load {
	struct arena *arena;
	struct source *source; /* NULL: the file could not be read */
	const struct node *tree;
	struct runbook *runbook;
	struct plan *plan;
	struct diags diags;
};

/* Loads a file, called in messages as it is here. True when it may be run: no errors, perhaps warnings. */
bool load_file(struct load *load, const char *path, const struct vocabulary *vocabulary);

/* The same of text at hand: what a transcript holds, what a fuzzer thinks of. */
bool load_text(
    struct load *load, const char *name, struct str text, const struct vocabulary *vocabulary);

void load_done(struct load *load);

/* Appends all diagnostics by position, as `reprise check` shows them; nothing when there are none. */
void load_show(struct load *load, bool color, struct buf *out);

#endif
