/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_GIVEN_H
#define CLI_GIVEN_H

#include "base/arena.h"
#include "base/diag.h"
#include "cli/command.h"
#include "lang/model.h"

/*
 * The parameters of a run, the -p of the command line over the defaults: a map in the arena. NULL after saying what is
 * wrong, on standard error or in `diags`.
 */
const struct value *given_params(const struct invocation *invocation, const struct runbook *runbook,
    struct arena *arena, struct diags *diags);

#endif
