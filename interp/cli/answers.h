/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ANSWERS_H
#define CLI_ANSWERS_H

#include "cli/command.h"
#include "lang/plan.h"

/*
 * What --answer says beforehand about steps that a person does: `--answer STEP=done`, `--answer STEP=failed`,
 * `--answer STEP.INPUT=VALUE`. STEP is an address (cli/address.h).
 */

/*
 * Whether each of them names such a step and such an input, with a value of its type; says what is wrong. params: of
 * the run.
 */
bool answers_check(
    const struct invocation *invocation, const struct plan *plan, const struct value *params);

enum answers_said { ANSWERS_NOTHING, ANSWERS_DONE, ANSWERS_FAILED };

/*
 * What was said of an instance of a step, and in *ret_address how it was named. ANSWERS_DONE only when every input has
 * a value, given or by default: *ret_inputs is a map of them in the arena, NULL where nothing is asked for.
 */
enum answers_said answers_of(const struct invocation *invocation, const struct step *step,
    struct str node, struct arena *arena, struct str *ret_address, const struct value **ret_inputs);

#endif
