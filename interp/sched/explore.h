/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_EXPLORE_H
#define SCHED_EXPLORE_H

#include "sched/sched.h"

/*
 * Every way a runbook can go: a model checker over the scheduler. Copies of its state are given every answer that what
 * they wait for may get: an action succeeds, fails, does not end in time or is lost, a check holds or does not, a
 * person approves or denies, a condition over what nobody knows holds or does not, a list has none, one or two items.
 * States that will go on alike are one, so it ends; where least went wrong is looked at first, so no story has more in
 * it than it needs.
 *
 * Pure: no clock, no file, no process.
 */
struct explore_options {
	size_t max_states; /* states looked at, at least 1 */
	size_t max_bytes; /* of those that are still to be gone on from; 0: 512 MiB */
	bool whole; /* for tests: states that differ in what nothing reads are two */
	/* For tests: told of each end, with a bit (1 << enum outcome) for each outcome that a plan node had in it. */
	void (*ended)(void *self, enum run_outcome outcome, const uint16_t *outcomes);
	void *self;
};

enum finding_kind {
	FINDING_UNREACHED, /* no way leads to this step; its story comes as near as any */
	FINDING_UNNOTICED, /* the run recovers although this step failed, and nothing looked at it afterwards */
	FINDING_BLIND, /* this step destroys before any check has held */
	FINDING_LEFT, /* a failure leaves what this step changed, and nothing rolls it back */
	FINDINGS
};

struct finding {
	enum finding_kind kind;
	uint32_t node;
	uint32_t culprit; /* FINDING_LEFT: the step that fails; else PLAN_NONE */
	const struct str *story; /* sentences, in order */
	size_t story_count; /* 0: FINDING_UNREACHED of what not even the block around it comes to */
};

struct exploration {
	struct arena *arena;
	size_t states;
	bool complete; /* not stopped before every way was looked at */
	bool crowded; /* not complete: more were open at once than max_bytes hold */
	/*
	 * In how many ways it can recover: how each attempt, check and question ended and which conditions held,
	 * whatever the order of what runs side by side; without those in which the interpreter died. Exact up to 2^53;
	 * a lower bound when not complete.
	 */
	double ways;
	unsigned ends; /* a bit (1 << enum run_outcome) for each end that a run can have */
	uint16_t
	    *outcomes; /* by plan node: a bit (1 << enum outcome) for each outcome it can have */
	const struct finding *findings; /* by kind and plan node */
	size_t count;
};

/* Names of the kinds, for programs, indexed and ended by NULL: "never-reached", … */
extern const char *const finding_kind_names[];

/*
 * Explores a plan that may be run. params: a map of the parameters that are fixed; any other is unknown. The plan must
 * outlive the result. To be freed by explore_free().
 */
struct exploration *explore(
    const struct plan *plan, const struct value *params, const struct explore_options *options);
void explore_free(struct exploration *exploration);

#endif
