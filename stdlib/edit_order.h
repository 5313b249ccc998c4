/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_EDIT_ORDER_H
#define STDLIB_EDIT_ORDER_H

#include "base/regex.h"
#include "stdlib/file_job.h"
#include "stdlib/text_edits.h"

/*
 * What a file.edit is to do: values for variables, or a replacement for what matches a pattern; and the places of a
 * text where that is done. Lives in the arena of the job.
 */
struct edit_order {
	const char *path;
	bool backup;
	bool add; /* variables that are not there */
	bool all; /* of those that are there more than once; else refused */
	const struct value *set; /* or NULL */
	const struct value *sealed_set; /* the same, with secrets sealed */
	const char *pattern; /* or NULL */
	struct str with;
	struct str told_with; /* as it may be told */
	bool literal; /* with holds a secret, in which a backslash is a character */
	bool secret; /* what matches may not be told */
	int64_t wanted; /* matches; -1: at least one */
};

/* Reads the arguments `set`, `add`, `duplicates` and `replace`. */
void edit_order_read(struct file_job *job, const struct value *sealed, struct edit_order *order);

/*
 * The places in edits->text that must change, and how many there are that need not too; in the thread. False with
 * trouble where they are not as they were meant.
 */
bool edit_order_find(struct file_job *job, const struct edit_order *order, const char *path,
    struct text_edits *edits, int64_t *ret_count);

#endif
