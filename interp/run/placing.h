/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_PLACING_H
#define RUN_PLACING_H

#include "value/action.h"

/*
 * The arguments of an action with relative paths made absolute: they are meant from a folder of this machine. What runs
 * elsewhere keeps its `cwd` as it is, for that is a folder there; the key that leads there lies here.
 */
const struct value *args_placed(struct arena *arena, const struct action_spec *spec,
    const struct value *args, const char *folder);

#endif
