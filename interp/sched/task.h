/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_TASK_H
#define SCHED_TASK_H

#include "sched/state.h"

/* What an operation of an instance does, in one shape for actions and checks. */
struct task {
	const struct action *action; /* NULL of one that tells somebody */
	const struct check *check; /* NULL: the step's own action */
	const struct poll *poll;
	int64_t timeout_us;
	int64_t grace_us;
};

struct task task_of(
    const struct sched *sched, uint32_t index, enum start_what what, uint32_t check);

/*
 * Its arguments, evaluated and made what the action wants; NULL with a sentence. What cannot be made because of what
 * was not done is unknown.
 */
const struct value *task_args(
    struct sched *sched, uint32_t index, const struct task *task, struct str *ret_why);

/* What is known of them, where they are unknown, the rest as it is written: for people. NULL: too much for a record. */
const struct value *task_shown(struct sched *sched, uint32_t index, const struct task *task);

/* Those of its own dry run, where it has one and they are known; else NULL. */
const struct value *task_rehearsal(struct sched *sched, uint32_t index, const struct task *task);

/* SHA-256 (hex) of an action and its arguments; in the scratch. */
struct str task_digest(
    struct sched *sched, const struct action_spec *spec, const struct value *args);

#endif
