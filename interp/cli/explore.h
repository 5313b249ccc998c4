/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_EXPLORE_H
#define CLI_EXPLORE_H

#include "cli/command.h"

/*
 * `reprise rehearse --explore`: every way a runbook can go, shown in --format. Reads -p, --params-file, --max-states,
 * --format and --color. Gives the exit status: STATUS_OK, STATUS_FAILED when it found something, STATUS_WRONG.
 */
int explore_runbook(const struct invocation *invocation);

/* False after saying which options go with --explore alone, or not with it. */
bool explore_options_fit(const struct invocation *invocation);

/* The rows of the options that belong to it alone. */
#define OPTION_EXPLORE                                                                             \
	{"explore", 0, NULL,                                                                       \
	    "find every way it can go, and what is wrong with some; runs nothing"},                \
	    {"max-states", 0, "NUMBER",                                                            \
		"with --explore: look at so many states at most (the default: 200000)"},           \
	{                                                                                          \
		"format", 'f', "text|json", "with --explore: text (the default), or a document"    \
	}

#endif
