/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_HELD_BACK_H
#define VIEW_HELD_BACK_H

#include "view/summary.h"

/*
 * Which processes that read were kept from writing, and which were not, and of which descendants could get away: a fold
 * over a run's messages. It owns copies of all it keeps.
 */
struct held_back;

struct held_back *held_back_new(void);

/* Accepts NULL. */
void held_back_free(struct held_back *held);

void held_back_see(struct held_back *held, const struct message *message);

/* Of the message seen last, what has not come up before; else empty. */
struct held_back_news {
	struct str free; /* why a process that reads can write */
	struct str bare; /* why one that ran elsewhere was run by a shell's means alone */
};
struct held_back_news held_back_news(const struct held_back *held);

/* What may be behind the failure of the step's last process that failed, and a way out; may be empty. */
struct str held_back_advice(const struct held_back *held, struct str node);

/* Takes note that a person was told so; false when that was so already. */
bool held_back_tell(struct held_back *held, struct str advice);

/* How many processes that read may have written. */
size_t held_back_free_count(const struct held_back *held);

/* "5 processes that read could write: --no-confine was given; 1: …"; nothing when there are none. */
void held_back_put_free(const struct held_back *held, struct buf *out);

/* The same of what ran elsewhere by a shell's means alone, which see no process that leaves its session. */
void held_back_put_bare(const struct held_back *held, struct buf *out);

/*
 * "look, db/wait": steps that ended badly at an action that could not write and failed without a word on standard
 * error; nothing when there are none. What printed something has told why, and a check that fails in silence does not
 * hold, as checks will. The summary must have been weighed.
 */
void held_back_put_suspects(
    const struct held_back *held, const struct summary *summary, struct buf *out);

#endif
