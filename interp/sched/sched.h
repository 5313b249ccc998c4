/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_SCHED_H
#define SCHED_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/judge.h"
#include "lang/plan.h"
#include "sched/message.h"
#include "sched/store.h"

/*
 * The scheduler decides; it knows no process, no clock and no file. It is fed `in` messages and gives `out` messages,
 * and the same feed always gives the same. Its state is flat: arrays of instances and ids into a store of values, so
 * that it can be copied and compared. The plan and the store must outlive it.
 *
 * An instance is one life of a plan node: what a step becomes when its block begins, again in every round of a
 * retried block. It goes through these stages (state.h), most of them only where the step says so:
 *
 *   waiting → when → preconditions → approval → (preconditions again) → action ⇄ delay → verify → outputs
 *           → finally (of a block) → done
 */
struct sched;

/* What holds for a whole run and never changes in it. */
struct sched_options {
	unsigned jobs; /* operations at once, polled checks not counted; at least 1 */
	bool
	    timeless; /* nobody knows what time it is: `now` and how long a step took are unknown */
	bool tells_nobody; /* of its course: the escalation is left out */
};

struct sched *sched_new(
    const struct plan *plan, struct store *store, const struct sched_options *options);
void sched_free(struct sched *sched);

/* A copy that shares plan and store. Only between posts: what sched_next() has not given yet is not copied. */
struct sched *sched_clone(const struct sched *sched);

/* Equal for states that will decide alike; times are left out. */
uint64_t sched_hash(const struct sched *sched);

/*
 * Takes one `in` message, stamped with at_us and t_us, and decides all that follows from it. What it says of
 * operations, timers and questions that are over is ignored.
 */
void sched_post(struct sched *sched, const struct message *in);

/*
 * The next effect, in order; false when there is none left. Its strings and values live until the next sched_post().
 * seq, at_us and t_us are left for the record to fill.
 */
bool sched_next(struct sched *sched, struct message *ret_out);

/* When the earliest timer is due, on the run's own clock; false when there is none. */
bool sched_due(const struct sched *sched, int64_t *ret_t_us, uint32_t *ret_id);

const struct plan *sched_plan(const struct sched *sched);

/* Nothing that changes may begin without its line in the record: so the run itself says. */
bool sched_needs_record(const struct sched *sched);

/* Nothing will be decided any more. */
bool sched_finished(const struct sched *sched);

/* A person is asked whether the run goes on although reality departs from its record: nothing new may begin. */
bool sched_held(const struct sched *sched);

/* It is being ended before its time. */
bool sched_interrupted(const struct sched *sched);

/* It was ended for such a departure, by its policy or by a person. */
bool sched_departed(const struct sched *sched);

/*
 * Nothing goes on until a person has answered: no operation is under way but processes beside blocks, nothing waits for
 * another attempt or for a lock.
 */
bool sched_waits_for_people(const struct sched *sched);

/*
 * Of a run of one step alone, once it has finished: what others may know of that step and those in it, for a run that
 * is given it; a map of paths to {outcome, outputs, result}.
 */
const struct value *sched_account(const struct sched *sched, struct arena *arena);

/* What is known of an operation that somebody else names. */
struct sched_operation {
	bool under_way;
	bool sensitive; /* its output is neither shown nor recorded */
	bool polled;
};
struct sched_operation sched_operation(const struct sched *sched, uint32_t op);

/*
 * Judges a result of an operation that is under way, as its `finished` message must carry it. Pure. ok and why are
 * the action's own success; now_us is what `now` shall be (wall clock). The verdict lives in the arena.
 */
struct verdict sched_judge(const struct sched *sched, uint32_t op, struct arena *arena, bool ok,
    struct str why, const struct value *result, int64_t now_us);

/* How many bytes of each output stream of an operation are to be kept: more where an expression reads them. */
int64_t sched_output_bound(const struct sched *sched, uint32_t op);

enum { BOUND_UNREAD = 128 << 10, BOUND_READ = 8 << 20 };

#endif
