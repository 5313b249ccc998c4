/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SHELF_H
#define CLI_SHELF_H

#include "lang/load.h"

/*
 * The runbooks that there are to choose from: files, and all of a folder (*.yaml and *.yml, not those below it). What
 * is broken in a folder is named and left out, for an alert must find the others; a file that was asked for by its name
 * is shown with its mistakes. Files to include are in nobody's way.
 */
struct book {
	const char *path; /* as a command line names it */
	struct load load;
};

struct left_out {
	const char *path;
	struct str why;
};

struct shelf {
	struct arena *arena; /* its own */
	struct book **books; /* by path, within the place they were found in */
	size_t count;
	size_t capacity;
	struct left_out *left_out;
	size_t left_out_count;
	size_t left_out_capacity;
	const char **places; /* that were looked at, as they were named */
	size_t place_count;
};

void shelf_init(struct shelf *shelf);
void shelf_done(struct shelf *shelf);

/*
 * Fills it from the words of a command line; without any from the folders of $REPRISE_RUNBOOKS (with colons between
 * them), and where that is not set from ./runbooks. False after saying what is wrong.
 */
bool shelf_fill(struct shelf *shelf, const char *const *words, size_t count, bool color);

#endif
