/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_COMPARISON_PARTS_H
#define VIEW_COMPARISON_PARTS_H

#include "view/comparison.h"

/* What the files comparison*.c share and nobody else sees. */

/* Of one list of fields so many are told. */
enum { FIELDS_MAX = 40 };

/* Adds what differs; values and strings must outlive the comparison, or live in its arena. */
void differences_add(
    struct arena *arena, struct differences *differences, const struct difference *difference);

/* Two values, field by field: what differs is added, each under its own path. */
struct fields {
	struct arena *arena;
	struct differences *differences;
	enum difference_kind kind;
	const char *prefix; /* stands before each path: "verify 2: " */
	int64_t seqs[SIDES];
	bool whole; /* the entries of the map itself are not looked into */
	size_t told;
};

/* Each may be NULL here: there is none. What is not a number is the same as what is not one either. */
bool fields_are_same(const struct value *a, const struct value *b);
void fields_compare(struct fields *fields, const struct value *a, const struct value *b);

/* Fills in what differs between the runs, their steps apart. */
void compare_runs(struct comparison *comparison);

/* Fills in what differs between the two sides of a step. */
void compare_step(struct comparison *comparison, struct compared_step *step);

/* One step that both runs have, or one of them, as its comparison goes on. */
struct pair {
	struct arena *arena;
	const struct recording *const *runs;
	struct compared_step *step;
	const struct message *ends[SIDES]; /* step.finished, or NULL */
	bool same_outcome;
	uint32_t last[SIDES][START_NOTIFY + 1]; /* attempts of each kind of operation; 0: none */
	bool loses[SIDES]; /* the run was cut off, and an operation of the step lost */
	int64_t again_seq[SIDES]; /* the last decision to begin its action anew for that; 0: none */
};

void pair_put(struct pair *pair, const struct difference *difference);

/* Words as a value; NULL gives none. They are not copied. */
const struct value *pair_words(struct pair *pair, const char *words);

/* The number of a message's line; negative where there is none. */
int64_t message_seq(const struct message *message);

/* Adds what differs between the operations of a step that both runs have. */
void compare_ops(struct pair *pair);

#endif
