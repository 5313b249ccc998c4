/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ASSUMPTIONS_H
#define CLI_ASSUMPTIONS_H

#include "cli/command.h"
#include "lang/plan.h"
#include "run/assumption.h"

/*
 * What a rehearsal is told to take for given: --assume STEP=OUTCOME, --assume STEP.outputs.NAME=VALUE (JSON, or a
 * text), --inject STEP=failed|timed_out|exit:N.
 */

/* Whether all that is said can be; says what cannot. params: of the run. */
bool assumptions_check(
    const struct invocation *invocation, const struct plan *plan, const struct value *params);

/* Who tells of them; both must outlive it. */
struct assumptions assumptions_of(const struct invocation *invocation);

/* {assume, inject}: the words as they were given, each list where there is one; NULL: nothing is said. In the arena. */
void assumptions_facts(
    const struct invocation *invocation, struct arena *arena, struct map_builder *facts);

/* The rows of the options that it reads. */
#define OPTION_ASSUMPTIONS                                                                         \
	{"assume", 0, "STEP=succeeded|failed|timed_out|skipped|denied",                            \
	    "take a step to have ended so; or STEP.outputs.NAME=VALUE"},                           \
	{                                                                                          \
		"inject", 0, "STEP=failed|timed_out|exit:N",                                       \
		    "have a step fail, one that would be performed too"                            \
	}

#endif
