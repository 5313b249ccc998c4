/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_LOSSES_H
#define CLI_LOSSES_H

#include "cli/command.h"
#include "lang/plan.h"
#include "sched/message.h"

/* The option itself, for the table of a command whose steps may be lost. */
#define OPTION_LOST                                                                                \
	{                                                                                          \
		"lost", 0, "STEP=done|again|left",                                                 \
		    "of a step that nobody knows the end of: it was done, do it again, leave it"   \
	}

/*
 * What --lost says beforehand of a step whose end nobody knows: `--lost STEP=done`, it was done; `STEP=again`, it shall
 * be done again; `STEP=left`, it stays lost. STEP is an address (cli/address.h).
 */

/* Whether each of them names a step and one of those words; says what is wrong. params: of the run. */
bool losses_check(
    const struct invocation *invocation, const struct plan *plan, const struct value *params);

/* What was said of an instance, the last counts; NULL: nothing. *ret_answer is what it comes to. */
const char *losses_given(
    const struct invocation *invocation, struct str node, enum answer *ret_answer);

#endif
