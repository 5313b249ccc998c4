/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_COMPARISON_H
#define VIEW_COMPARISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "record/recording.h"
#include "value/value.h"

/*
 * Two runs beside each other: what `reprise diff` shows. Instances are the same when their paths are. Nothing is
 * decided here from when something was or how long it took: such times are shown, and do not count.
 */
enum side { SIDE_A, SIDE_B, SIDES };

/* What is different. */
enum difference_kind {
	/* of the runs */
	DIFFERENCE_RUNBOOK, /* another one: its id */
	DIFFERENCE_SOURCE, /* a file of it: its digest */
	DIFFERENCE_PARAM,
	DIFFERENCE_MODE,
	DIFFERENCE_PROGRAM, /* the version of something */
	/* of a step, the first of the runs too */
	DIFFERENCE_OUTCOME,
	DIFFERENCE_PRESENCE, /* only one run has it: how it ended there */
	DIFFERENCE_ATTEMPTS, /* how often it was tried */
	DIFFERENCE_DECISION, /* by its name in the record */
	DIFFERENCE_CHECK, /* whether it held */
	DIFFERENCE_ANSWER, /* what a person said */
	DIFFERENCE_WHO, /* it was somebody else */
	DIFFERENCE_REASON, /* it went wrong, or did not hold, in both, for another reason */
	DIFFERENCE_RESULT, /* a field of a result */
	DIFFERENCE_INPUT, /* what a person typed */
	DIFFERENCE_OUTPUT,
	DIFFERENCE_TIME, /* the same, a time or a duration */
	DIFFERENCE_ARGUMENT,
	DIFFERENCE_UNKNOWN, /* a record does not hold it, or the run was cut off and decided for that */
	DIFFERENCE_KINDS
};

/* How much it says: the gravest of several is what counts. */
enum weight {
	WEIGHT_NONE, /* there is no difference */
	WEIGHT_NOTED, /* runs that went the same way all the same */
	WEIGHT_RESULT, /* the same way, and something else came of it */
	WEIGHT_PATH /* another way */
};

struct difference {
	enum difference_kind kind;
	struct str name; /* of what: "when", "exit_code", "verify 2: stdout" */
	const struct value *values[SIDES]; /* NULL: there is none */
	struct str whys[SIDES]; /* sentences that belong to them; perhaps empty */
	int64_t seqs[SIDES]; /* the lines of the record that tell it; negative: none does */
};

struct differences {
	struct difference *items;
	size_t count;
	size_t capacity;
	size_t left_out; /* there are more than anybody wants to see */
	enum weight weight;
};

struct compared_step {
	struct str node;
	const struct recorded_step *sides[SIDES]; /* NULL: the run never came to it */
	uint32_t attempts[SIDES]; /* 0: it was not begun */
	int64_t duration_us[SIDES]; /* negative: it has none */
	struct differences differences;
};

struct comparison {
	struct arena *arena;
	const struct recording *runs[SIDES];
	struct differences of_runs;
	/*
	 * The steps of both: what lies in a step stands behind it, what follows one another as it does in A, and what B
	 * alone has behind what it follows there. The runbook itself, with its checks, comes last.
	 */
	struct compared_step *steps;
	size_t step_count;
	size_t counts[WEIGHT_PATH + 1]; /* steps by weight */
	enum weight weight; /* the gravest of all */
	/* What of that weight happened first; NULL where nothing, or only something of the runs, has it. */
	const struct compared_step *parting;
	const struct difference *parting_difference;
};

/* Compares them; they must outlive what it gives, which comparison_free() frees. */
struct comparison *comparison_new(const struct recording *a, const struct recording *b);
void comparison_free(struct comparison *comparison);

/* "decision", "result", …: a kind as documents spell it. */
const char *difference_kind_name(enum difference_kind kind);

enum weight difference_weight(enum difference_kind kind);

/*
 * How many times longer it took in B than in A, where that is worth a word: twice as long or half as long at least,
 * and a second more or less. 0 where it is not. Negative durations are none.
 */
double durations_ratio(int64_t a_us, int64_t b_us);

#endif
