/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_UNTOLD_H
#define RUN_UNTOLD_H

#include "run/secrets.h"

/*
 * Arguments in which every contact that would be told with a secret that is not there says so instead, as `untold`: the
 * others can be told all the same. The arguments themselves where no parameter is of contacts, or none lacks anything.
 */
const struct value *args_untold(const struct secrets *secrets, struct arena *arena,
    const struct action_spec *spec, const struct value *args);

#endif
