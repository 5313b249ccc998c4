/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_LOAD_H
#define LANG_LOAD_H

#include "lang/files.h"
#include "lang/model.h"
#include "lang/plan.h"

/*
 * A load: from the bytes of a file to a plan, in one call. It owns all that comes of it (source, tree, runbook, plan,
 * diagnostics) until load_done(). What failed on the way leaves the later parts NULL; diags say why.
 */
struct load {
	struct arena *arena;
	struct files files;
	struct source *source; /* NULL: the file could not be read */
	const struct node *tree;
	struct runbook *runbook;
	struct plan *plan;
	struct plan *unused; /* of templates that nobody uses, never to be run; or NULL */
	size_t source_count; /* how many of the files the runbook is made of: the first ones */
	bool is_part; /* it is no runbook but a file to be included: there is no plan */
	struct diags diags;
};

/*
 * Loads a file, called in messages as it is here. True when it may be run: no errors, perhaps warnings; true
 * too for a file to be included that has none.
 */
bool load_file(struct load *load, const char *path, const struct vocabulary *vocabulary);

/* The same of text at hand: what a transcript holds, what a fuzzer thinks of. */
bool load_text(
    struct load *load, const char *name, struct str text, const struct vocabulary *vocabulary);

/* The same from several texts, of which the first is the runbook: no file is read, whatever it includes or uses. */
bool load_texts(struct load *load, const struct file_text *texts, size_t count,
    const struct vocabulary *vocabulary);

void load_done(struct load *load);

/* Appends all diagnostics by position, as `reprise check` shows them; nothing when there are none. */
void load_show(struct load *load, bool color, struct buf *out);

#endif
