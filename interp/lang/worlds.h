/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_WORLDS_H
#define LANG_WORLDS_H

#include "lang/plan.h"

/*
 * The worlds in which an expression may be evaluated. A world says how the steps ended that somebody asks about, what
 * parameters of few values are, and which conditions hold that nobody can know. It is made while it is looked at: what
 * is asked for the first time is chosen, and the next world differs from this one in its last choice that can differ.
 * So only what matters is ever told apart. A world counts when it can be: conditions around whoever asks hold in it,
 * and each step ended as its own conditions say.
 *
 * More worlds than can be looked at are as none: what is found rests on all of them or on one that was seen.
 */
struct worlds;

/* How far a step has come where an expression of it is evaluated: what comes before it there has held. */
enum world_stage {
	WORLD_WHEN,
	WORLD_EACH,
	WORLD_UNLESS,
	WORLD_PRECONDITIONS,
	WORLD_ACTION,
	WORLD_EXPECT,
	WORLD_OUTPUTS,
	WORLD_VERIFY
};

/* Who asks. */
struct asking {
	uint32_t node;
	enum world_stage stage;
};

/* How a step ended. */
enum world_end {
	WORLD_SUCCEEDED,
	WORLD_SKIPPED,
	WORLD_ABSENT, /* its block never began: skipped as that was */
	WORLD_FAILED, /* or timed out */
	WORLD_STOPPED, /* denied, cancelled, blocked or lost */
	WORLD_ENDS
};

/* Why a step was skipped. */
enum world_cause { CAUSE_WHEN, CAUSE_UNLESS, CAUSE_EACH };

/* What somebody asked for that a step does not have in a world. */
struct missing {
	uint32_t node;
	uint32_t item; /* 0, or the item of a loop that it belongs to */
	bool is_item; /* it is the item itself */
	const char *what; /* "outputs", "result", "items" */
	struct str message;
};

struct worlds *worlds_new(struct arena *arena, const struct plan *plan);
void worlds_free(struct worlds *worlds);

/* The first world; `lenient`: also those in which a failure did not block what needs the step. */
void worlds_begin(struct worlds *worlds, bool lenient);

/* The next one; false when there is none, or when there are too many. */
bool worlds_next(struct worlds *worlds);

/* How many choices have made this world; and that it does not matter what was chosen behind the first ones. */
size_t worlds_choices(const struct worlds *worlds);
void worlds_keep(struct worlds *worlds, size_t choices);

/* Whether all were looked at, as far as is known. */
bool worlds_exhausted(const struct worlds *worlds);

/* Evaluates in this world; a value of it lives until the next one. */
const struct value *world_eval(
    struct worlds *worlds, const struct asking *asking, const struct expr *expr, bool wants_bool);

/* What the error is about that world_eval() gave; NULL: it is none, or is about something else. */
const struct missing *world_missing(const struct worlds *worlds, const struct value *value);

/* Whether this world can be, as seen by who asks. May choose more. */
bool world_fits(struct worlds *worlds, const struct asking *asking);

/* How a step ended in this world, and why it was skipped, if that was chosen; WORLD_ENDS and CAUSE_WHEN otherwise. */
enum world_end world_chosen(const struct worlds *worlds, uint32_t node, uint32_t item);
enum world_cause world_chosen_cause(const struct worlds *worlds, uint32_t node);

/* Whether it was chosen that its action began. */
bool world_chosen_began(const struct worlds *worlds, uint32_t node);

/* Whether the steps of a block never began, because its `unless` held. */
bool world_is_needless(const struct worlds *worlds, uint32_t node);

/* Whether a condition is false in every world in which it is asked. */
bool worlds_never(
    struct worlds *worlds, const struct asking *asking, const struct expr *expr, bool lenient);

#endif
