/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_APPROVALS_H
#define CLI_APPROVALS_H

#include "cli/command.h"
#include "lang/plan.h"

/* What --approve gives beforehand: addresses (cli/address.h) of steps that ask. */

/* Whether each of them names a step that asks, by itself; says what is wrong. params: of the run. */
bool approvals_check(
    const struct invocation *invocation, const struct plan *plan, const struct value *params);

/* The one that covers an instance, as it was given; NULL: none. */
const char *approvals_given(const struct invocation *invocation, struct str node);

#endif
