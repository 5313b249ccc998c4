/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_FILES_H
#define LANG_FILES_H

#include "base/arena.h"
#include "base/diag.h"
#include "tree/tree.h"

struct runbook;

/*
 * The files of one load, each read once: the runbook, what it includes, what it uses, files of parameters. It owns
 * their sources; the trees live in the arena.
 */
struct file {
	struct source *source;
	const char *key; /* the source's name, written as short as it can be: one file has one */
	const struct node *tree; /* NULL: it is no YAML; that was reported */
	bool parsed;
	const struct runbook *included; /* the last runbook that took over what it declares */
};

/* A file that is at hand: what a record holds of it. */
struct file_text {
	const char *name;
	const char *path; /* where it lay: absolute; NULL: nobody knows */
	struct str text;
};

struct files {
	struct arena *arena;
	struct file **items;
	size_t count;
	size_t capacity;
	const struct file_text *given; /* not NULL: these alone are there, no disk */
	size_t given_count;
};

void files_init(struct files *files, struct arena *arena);
void files_done(struct files *files);

/* Opens a file as the user named it; NULL after saying at span why it cannot be read. */
struct file *files_open(
    struct files *files, const char *path, struct span span, struct diags *diags);

/* The same for one that another file names: relative to the folder of that. */
struct file *files_open_beside(struct files *files, const struct source *from, struct str name,
    struct span span, struct diags *diags);

/*
 * What a relative path that stands in one file has before it when it is meant from the folder of another: "../site/";
 * empty where both lie in one folder, or nothing can be said. It lives in the arena.
 */
struct str files_way(const struct files *files, const struct source *from, const struct source *to);

/* Its tree, parsed the first time. */
const struct node *file_tree(struct files *files, struct file *file, struct diags *diags);

/* Takes text at hand. */
struct file *files_add(struct files *files, const struct file_text *text);

#endif
