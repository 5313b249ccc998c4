/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SURROUNDINGS_H
#define CLI_SURROUNDINGS_H

#include "cli/command.h"

/*
 * What all commands have in common, as people are told it: in the help and in the manual pages, which say it in the
 * same words.
 */
struct surrounding {
	const char *name; /* NULL ends a table */
	const char *doc;
};

extern const struct surrounding exit_statuses[];
extern const struct surrounding environment[];
extern const struct surrounding files[];

extern const struct example_row overall_examples[];

extern const char overall_usage[];
extern const char overall_summary[];
extern const char overall_details[];

#endif
