/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ALONE_H
#define CLI_ALONE_H

#include "cli/command.h"
#include "lang/plan.h"
#include "sched/sched.h"

/*
 * A run of one step alone, or of the runbook's `verify` alone: which, and what the steps came to that are not run with
 * it.
 */

/* What run.started says of it, in the arena; NULL: all is run. False after saying what cannot be. */
bool alone_read(const struct invocation *invocation, const struct plan *plan, struct arena *arena,
    const struct value **ret_alone);

/* Makes the folder of --outputs, if that was given; false after saying why it cannot be. */
bool account_prepare(const struct invocation *invocation);

/* Leaves there what the step came to, once the run has finished; false after a complaint. */
bool account_write(
    const struct invocation *invocation, const struct sched *sched, const struct value *alone);

/* The rows of the options that these read. */
#define OPTION_ALONE                                                                               \
	{"step", 0, "STEP",                                                                        \
	    "this step alone, with the checks, approvals and locks that hold for it"},             \
	    {"verify", 0, NULL, "the runbook's `verify` alone"},                                   \
	    {"given", 0, "STEP=ACCOUNT",                                                           \
		"how a step ended that is not run with it: an outcome, or what --outputs left; "   \
		"or "                                                                              \
		"STEP.outputs.NAME=VALUE"},                                                        \
	    {"item", 0, "ITEM",                                                                    \
		"of a loop that is run alone: this item of its list, a text or JSON"},             \
	    {"once", 0, NULL, "one attempt of the step: whoever runs it tries again"},             \
	{                                                                                          \
		"outputs", 0, "FOLDER",                                                            \
		    "leave there what the step came to: account.json, outcome, outputs/NAME"       \
	}

#endif
