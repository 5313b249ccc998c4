/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SCHED_WALK_ITEMS_H
#define TESTS_SCHED_WALK_ITEMS_H

#include "base/str.h"
#include "lang/plan.h"

/*
 * Whether the items of each loop at the top of a plan began when they might, as the lines that a run came to say: none
 * before all canaries had ended well, none but those let in before once more than may had failed.
 */
bool items_in_turn(const struct plan *plan, struct str lines);

#endif
