/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/check_parts.h"

/*
 * A `when` that asks for the failure of a step whose failure blocks this one. It is evaluated with what is sure, and
 * all else unknown: where a step begins, each that it waits for and that allows no failure has succeeded, or was
 * skipped if it can be. If no such world makes the condition anything but false, the step never runs.
 */
enum { GATES_MAX = 4 };

struct gate {
	uint32_t node;
	bool may_skip;
	bool skipped; /* in the world that is looked at */
};

struct worlds {
	struct checker *checker;
	struct gate gates[GATES_MAX];
	size_t count;
	bool many; /* more than can be looked at */
	struct span span; /* of the first name of one */
	bool blind; /* everything is unknown: to tell apart what is false anyway */
};

/* Whether a failure of `other` would block the step: only an allowed one, or one that finally ignores, does not. */
static bool find_gate(const struct checker *checker, uint32_t other, struct gate *ret_gate)
{
	const struct plan *plan = checker->plan;
	uint32_t a;
	uint32_t b;
	struct gate gate = {.node = other};

	if (!plan_lift(plan, checker->node, other, &a, &b) || plan->nodes[a].part == PART_FINALLY)
		return false;
	for (uint32_t at = other;; at = plan->nodes[at].parent) {
		if (plan->nodes[at].step->allow_failure || plan->nodes[at].part == PART_FINALLY)
			return false;
		if (plan->nodes[at].step->when)
			gate.may_skip = true;
		if (at == b)
			break;
	}
	*ret_gate = gate;
	return true;
}

static void visit(void *self, const struct str *path, size_t count, struct span span)
{
	struct worlds *worlds = self;
	const struct plan_node *node;
	struct gate gate;

	if (count < 3 || !str_is(path[0], "steps"))
		return;
	node = plan_find(worlds->checker->plan, worlds->checker->runbook, path[1]);
	if (!node || !find_gate(worlds->checker, node->index, &gate))
		return;
	for (size_t i = 0; i < worlds->count; i++)
		if (worlds->gates[i].node == gate.node)
			return;
	if (!worlds->count)
		worlds->span = span;
	if (worlds->count == GATES_MAX)
		worlds->many = true;
	else
		worlds->gates[worlds->count++] = gate;
}

static const struct value *unknown(struct arena *arena)
{
	static const uint32_t nobody[] = {PLAN_ROOT};

	return value_unknown(arena, nobody, 1);
}

static const struct value *get_fact(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct gate *gate = object->object.self;

	if (str_is(field, "failed"))
		return value_bool(false);
	if (str_is(field, "succeeded"))
		return value_bool(!gate->skipped);
	if (str_is(field, "skipped"))
		return value_bool(gate->skipped);
	if (str_is(field, "outcome"))
		return value_string(arena, gate->skipped ? STR("skipped") : STR("succeeded"));
	return unknown(arena);
}

static const struct object_class step_class = {"step", get_fact};

static const struct value *get_step(
    struct arena *arena, const struct value *object, struct str field)
{
	const struct worlds *worlds = object->object.self;
	const struct plan_node *node = plan_find(
	    worlds->checker->plan, worlds->checker->runbook, field);

	for (size_t i = 0; node && !worlds->blind && i < worlds->count; i++)
		if (worlds->gates[i].node == node->index)
			return value_object(arena, &step_class, &worlds->gates[i], node->index);
	return unknown(arena);
}

static const struct object_class steps_class = {"steps", get_step};

static const struct value *get_root(const struct scope *scope, struct arena *arena, struct str name)
{
	if (str_is(name, "steps"))
		return value_object(arena, &steps_class, scope->self, 0);
	return unknown(arena);
}

static bool is_false(const struct worlds *worlds, const struct expr *expr)
{
	struct scope scope = {get_root, worlds};
	const struct value *value = expr_eval(expr, &scope, worlds->checker->arena);

	return value->type == VALUE_BOOL && !value->boolean;
}

/* Every world: the bits of `choice` say which gates were skipped. */
static bool always_false(struct worlds *worlds, const struct expr *expr)
{
	for (unsigned choice = 0; choice < 1u << worlds->count; choice++) {
		bool possible = true;

		for (size_t i = 0; i < worlds->count; i++) {
			worlds->gates[i].skipped = choice >> i & 1;
			possible &= !worlds->gates[i].skipped || worlds->gates[i].may_skip;
		}
		if (possible && !is_false(worlds, expr))
			return false;
	}
	return true;
}

void check_never(struct checker *checker, const struct step *step)
{
	struct worlds worlds = {.checker = checker};
	struct diag *diag;
	struct str id;

	expr_visit_names(step->when, visit, &worlds);
	if (!worlds.count || worlds.many || !always_false(&worlds, step->when))
		return;
	worlds.blind = true;
	if (is_false(&worlds, step->when))
		return;
	id = checker->plan->nodes[worlds.gates[0].node].step->id;
	diag = diag_error(checker->diags, "never-reached", worlds.span,
	    "this is never true: where this step begins, `%.*s` has succeeded%s", STR_ARG(id),
	    worlds.gates[0].may_skip ? " or was skipped" : "");
	diag_help(checker->diags, diag,
	    "its failure would block this step; `allow_failure: true` on `%.*s` lets it go on",
	    STR_ARG(id));
	diag_other(checker->diags, diag, checker->plan->nodes[worlds.gates[0].node].step->span,
	    "the step stands here");
}
