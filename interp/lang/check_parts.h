/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_CHECK_PARTS_H
#define LANG_CHECK_PARTS_H

#include "lang/plan_parts.h"

/* What the files that check expressions share; nobody else includes this. */

/* Where an expression stands: what it may name. */
enum check_when {
	CHECK_LOAD, /* in connections and the runbook's env: before there are steps */
	CHECK_BEFORE, /* before a step's action: what the step waits for */
	CHECK_AFTER /* after it: a block's own steps too */
};

struct checker {
	struct planner *planner;
	struct arena *arena;
	struct diags *diags;
	const struct plan *plan;
	const struct runbook *runbook;
	struct type_scope scope;

	uint32_t node; /* whose expression it is */
	enum check_when when;
	const struct action_spec *result; /* whose fields stand bare; NULL: no result yet */
	const struct action_spec *later; /* whose fields will be there, but not here */
	bool secrets; /* may be named */

	const struct type *roots[8]; /* by enum root */
	struct step_types *steps; /* by node: made when they are first named */
	uint32_t *reads; /* of the node, as they come */
	size_t read_count;
	size_t read_capacity;
	size_t read_errors; /* errors before this expression's names were looked at */
};

/* The types of one step's name: `steps.x`, its outputs and its result. */
struct step_types {
	struct checker *checker;
	uint32_t node;
	struct type *self; /* NULL: nobody has asked */
	struct type *outputs;
	struct type *result;
	const struct type **of_outputs; /* by output; NULL entries: not checked yet */
};

/* What the names that stand alone mean; sets up checker->scope. */
void check_scope_init(struct checker *checker);

/* The type of `steps`, and of what a step's result holds beside its table. */
const struct type *check_steps_type(struct checker *checker);
const struct type *result_field_type(const struct action_spec *spec, struct str name);

/* Writes down the type of an output once it is known. */
void check_output_known(
    struct checker *checker, uint32_t node, size_t output, const struct type *type);

/* Reports a `when` that can never be true, because what it asks for would have blocked the step. */
void check_never(struct checker *checker, const struct step *step);

/* Reports, with a suggestion out of the names tried before. */
struct spell;
void check_suggest(struct checker *checker, struct diag *diag, const struct spell *spell);

#endif
