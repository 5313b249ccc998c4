/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HISTORY_EPISODE_H
#define HISTORY_EPISODE_H

#include "base/arena.h"
#include "history/past.h"
#include "sched/message.h"

/* What one run came to: a fold over the messages of its transcript. It owns copies of all it keeps. */
struct episode;

struct episode *episode_new(void);
void episode_free(struct episode *episode);

/* Of other types than these it learns the time alone: whoever leaves them out says when the last of all was. */
bool episode_wants(enum message_type type);
void episode_see(struct episode *episode, const struct message *message);
void episode_heard(struct episode *episode, int64_t at_us, int64_t t_us);

/*
 * All of it in the arena, as far as it has been seen; before there was a run.started, nothing. Neither the path of the
 * transcript nor the objective is known here.
 */
struct past_run episode_past(const struct episode *episode, struct arena *arena);

#endif
