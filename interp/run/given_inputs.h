/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_GIVEN_INPUTS_H
#define RUN_GIVEN_INPUTS_H

#include "value/value.h"

/*
 * What a step that a person does gets, where no person is asked: a map of what `wanted` (as in the message `ask`) asks
 * for, as the map `said` has it, else as it is preset, else `otherwise`; without that it is left out. said, otherwise:
 * or NULL. NULL where nothing is asked for. A copy, in the arena.
 */
const struct value *given_inputs(struct arena *arena, const struct value *wanted,
    const struct value *said, const struct value *otherwise);

#endif
