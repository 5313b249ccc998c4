/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_ALONE_H
#define SCHED_ALONE_H

#include "sched/state.h"

/* A run of one step alone. */
void alone_begin(struct sched *sched, const struct value *alone);
/* Whether a node is a block around that step, of which only what holds for the step matters. */
bool alone_around(const struct sched *sched, uint32_t node);
/* Whether a list of such a block has nothing in it that is run. */
bool alone_leaves_out(const struct sched *sched, uint32_t node, enum plan_part part);
/* Of a list that begins: all but the way to that step is done already. */
void alone_settle(struct sched *sched, uint32_t index, enum plan_part part);
/* Of the step's loop the list with the one item that is run, else the list; NULL with a sentence: it has none such. */
const struct value *alone_item(
    struct sched *sched, uint32_t index, const struct value *list, struct str *ret_why);
int64_t alone_attempts(const struct sched *sched, uint32_t index);
/* What was run, and how it ended: in place of a word about the runbook. */
struct str alone_sentence(struct sched *sched);

#endif
