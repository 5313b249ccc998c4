/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_CHECK_PARTS_H
#define LANG_CHECK_PARTS_H

#include "lang/plan_parts.h"
#include "lang/worlds.h"

/* What the files that check expressions share; nobody else includes this. */

/* Where an expression stands: what it may name. */
enum check_when {
	CHECK_LOAD, /* in connections and the runbook's env: before there are steps */
	CHECK_BEFORE, /* before a step's action: what the step waits for */
	CHECK_AFTER /* after it: a block's own steps too */
};

/* A step that was told to guard itself against another. */
struct told {
	uint32_t node;
	uint32_t whom;
};

struct checker {
	struct planner *planner;
	struct arena *arena;
	struct arena *scratch; /* of one look at an action */
	struct diags *diags;
	const struct plan *plan;
	const struct runbook *runbook;
	struct type_scope scope;

	uint32_t node; /* whose expression it is */
	enum check_when when;
	enum world_stage stage; /* where in the step */
	const struct action_spec *result; /* whose fields stand bare; NULL: no result yet */
	const struct action_spec *later; /* whose fields will be there, but not here */
	bool secrets; /* may be named */
	bool before_items; /* in `when` and `for_each`: the step's own loop has no item yet */
	const struct each *each; /* the loop of a check */
	const struct type *each_item;

	const struct type *roots[8]; /* by enum root */
	const struct type *outcome; /* of a step */
	struct step_types *steps; /* by node: made when they are first named */
	const struct type **items; /* by node: of a loop, its items' */
	uint32_t *reads; /* of the node, as they come */
	size_t read_count;
	size_t read_capacity;
	struct worlds *worlds; /* NULL: there is no graph, for it has a cycle */
	struct told *told; /* in the order of the nodes */
	size_t told_count;
	size_t told_capacity;
	size_t read_errors; /* errors before this expression's names were looked at */
};

/* The types of one step's name: `steps.x`, its outputs and its result. */
struct step_types {
	struct checker *checker;
	uint32_t node;
	struct type *self; /* NULL: nobody has asked */
	struct type *outputs;
	struct type *result;
	struct type *items; /* of a loop: the list of what became of its items */
	const struct type **of_outputs; /* by output; NULL entries: not checked yet */
};

/* What the names that stand alone mean; sets up checker->scope. */
void check_scope_init(struct checker *checker);

/* The names that loops give: `item`, or what `as` calls it, and `index`; NULL: no such name. */
const struct type *check_loop_name(struct checker *checker, struct str name);

/* Checks the list of a step's or a check's loop; gives the type of its items. */
const struct type *check_each(struct checker *checker, const struct each *each);

/* Reports item names of the loops around that hide a field of a result. */
void check_hiding(struct checker *checker, const struct action_spec *spec);

/* The loop that holds a node and does not hold the expression too, or PLAN_NONE. */
uint32_t check_foreign_loop(const struct checker *checker, uint32_t node);

/* The type of `steps.<loop>.items`. */
struct type *check_items_type(struct step_types *types);
const struct type *check_step_type(struct checker *checker, uint32_t node);

/* Checks an expression or template in the checker's present place. */
const struct type *check_expr(struct checker *checker, struct expr *expr);

/* Reports that no secret may stand here; gives NULL. */
const struct type *check_no_secret(struct checker *checker, struct span span);

/* What locks and rollbacks forbid. */
void check_locks(struct checker *checker);
void check_rollbacks(struct checker *checker);

/* The names at the top, ended by NULL: "params", "steps", … */
extern const char *const check_root_names[];

/* The type of a step's `outcome`. */
const struct type *check_outcome_type(struct arena *arena);

/* The type of `steps`, and of what a step's result holds beside its table. */
const struct type *check_steps_type(struct checker *checker);
const struct type *result_field_type(const struct action_spec *spec, struct str name);

/* Writes down the type of an output once it is known. */
void check_output_known(
    struct checker *checker, uint32_t node, size_t output, const struct type *type);

/* A step that uses something has the types of its outputs. */
void check_outputs_used(struct checker *checker);

/* Reports a `when` that can never be true, because what it asks for would have blocked the step. */
void check_never(struct checker *checker, const struct step *step);

/* Checks what a target in place is made of; of one that is said elsewhere, keeps which steps it reads. */
void check_target(struct checker *checker, const struct at *at);
/* The same of where an action runs, and each of its stages. */
void check_where(struct checker *checker, const struct action *action);
/* What is declared: before there are steps. */
void check_targets(struct checker *checker, const struct runbook *runbook);
void check_args(struct checker *checker, const struct arg *args, size_t count);
/* Reports a value that cannot become what a parameter asks for. */
void check_param(struct checker *checker, const struct template *template, const struct type *type,
    struct str name, enum param_kind kind);
/* Checks what triggers say, and reports those that never answer. */
void check_triggers(struct checker *checker);
/* Writes down the steps that a template names as read. */
void check_reads(struct checker *checker, const struct template *template);
/* Checks the list of a loop; gives the type of its items. */
const struct type *check_loop_list(struct checker *checker, const struct each *each);

/* Reports values that become part of code which a program is given. */
void check_far(struct checker *checker, const struct action *action);

/* Reports what an expression asks of steps that may not have it. */
void check_guard(struct checker *checker, const struct expr *expr);

/* Reports, with a suggestion out of the names tried before. */
struct spell;
void check_suggest(struct checker *checker, struct diag *diag, const struct spell *spell);

#endif
