/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_SUMMARY_H
#define VIEW_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "sched/message.h"

/*
 * What a run came to: a fold over its messages, which the terminal's last words and the report are made of. It owns
 * copies of all it keeps.
 */
struct summary_step {
	struct str node;
	struct str step;
	enum outcome outcome; /* OUTCOME_NONE: it has not finished */
	bool allowed;
	struct str why;
	enum effect_class effect; /* of its action as it was begun */
	bool began; /* its action was begun, not only its checks */
	bool acted; /* its action itself has succeeded */
	uint32_t attempts;
	int64_t began_at_us; /* wall clock */
	int64_t began_t_us;
	int64_t finished_at_us;
	int64_t duration_us;
	const struct value *outputs; /* or NULL */
};

struct summary_approval {
	uint32_t id;
	enum ask_kind kind;
	struct str step;
	struct str node;
	struct str prompt;
	const struct value *actions; /* as in the ask */
	bool answered;
	enum answer answer;
	struct str who;
	const struct value *inputs; /* what a person typed; NULL: none */
	int64_t at_us;
};

struct summary {
	struct arena *arena;
	struct map by_node; /* node to index + 1 */
	struct summary_step *steps;
	size_t step_count;
	size_t step_capacity;
	struct summary_approval *approvals;
	size_t approval_count;
	size_t approval_capacity;
	uint32_t *op_step; /* by op: index + 1 of the step whose action it is, or 0 */
	size_t op_capacity;
	struct str run;
	struct str runbook;
	struct str title;
	struct str user;
	struct str host;
	struct str mode;
	int64_t began_at_us;
	int64_t ended_at_us;
	int64_t duration_us;
	bool finished;
	bool sealed;
	enum run_outcome outcome;
	struct str why;
};

void summary_init(struct summary *summary);
void summary_done(struct summary *summary);

void summary_see(struct summary *summary, const struct message *message);

/*
 * Steps whose action changes something and was begun, but has not ended well: what may be half done. One whose failure
 * its author called an answer is none of them.
 */
bool step_is_half_done(const struct summary_step *step);

/* How many steps ended so; allowed failures are counted apart from others. */
size_t summary_count(const struct summary *summary, enum outcome outcome, bool allowed);

#endif
