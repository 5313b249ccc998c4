/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_NODE_PATH_H
#define SCHED_NODE_PATH_H

#include "base/arena.h"
#include "base/str.h"

/* The path of a step's instance, as messages name it: "restore#2/probe[3]/load", with rounds and items. */

/* What a path lies in: "a#2/b[3]/c" in "a#2/b[3]", that in "a#2/b", and that in "a"; at the top the empty one. */
struct str node_above(struct str node);

/* The step's path as it is written, "restore/probe/load", in the arena or the path itself where that is the same. */
struct str node_written(struct arena *arena, struct str node);

#endif
