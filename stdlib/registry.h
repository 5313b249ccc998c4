/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_REGISTRY_H
#define STDLIB_REGISTRY_H

#include "act/attempt.h"
#include "value/action.h"

/*
 * Everything the standard library offers. Both tables are made from registry.def, hold the same actions in the same
 * order, and are constant.
 */

/* What the executor performs. */
extern const struct registry stdlib_registry;

/* What the checker knows: the tables without the code. */
extern const struct vocabulary stdlib_vocabulary;

/* For each line of registry.def, what its file must define. */
#define CONNECTION(name) extern const struct connection_spec name##_connection;
#define CHANNEL(name) extern const struct connection_spec name##_channel;
#define ACTION(name)                                                                               \
	extern const struct action_spec name##_spec;                                               \
	extern const struct action_impl name;
#include "stdlib/registry.def"
#undef CONNECTION
#undef CHANNEL
#undef ACTION

#endif
