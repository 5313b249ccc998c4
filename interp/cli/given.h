/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_GIVEN_H
#define CLI_GIVEN_H

#include "base/arena.h"
#include "cli/command.h"
#include "lang/load.h"

/*
 * The parameters of a run: those of --params-file over the defaults, and -p over both; a map in the arena. NULL after
 * saying what is wrong, on standard error or in the load's diagnostics.
 */
const struct value *given_params(
    const struct invocation *invocation, struct load *load, struct arena *arena);

/* Those that were given, without defaults: none is missed. */
const struct value *given_params_alone(
    const struct invocation *invocation, struct load *load, struct arena *arena);

/* The rows of the options that it reads. */
#define OPTION_PARAMS                                                                              \
	{"param", 'p', "NAME=VALUE", "a parameter of the runbook; may be given several times"},    \
	{                                                                                          \
		"params-file", 0, "FILE", "parameters as a map in YAML or JSON; -p comes over it"  \
	}

#endif
