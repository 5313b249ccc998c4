/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_PLAN_JSON_H
#define VIEW_PLAN_JSON_H

#include "lang/load.h"
#include "sched/outlook.h"

/*
 * A plan as data for other programs: all that plan_text() says, and the graph as it will be run. `params` is what is
 * known of the parameters, `outlook` how long it is expected to take, or NULL. schema/language.md tells the form.
 */
void plan_json(const struct load *load, const struct value *params, const struct outlook *outlook,
    struct buf *out);

#endif
