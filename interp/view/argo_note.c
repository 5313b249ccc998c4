/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"
#include "view/argo_parts.h"

/*
 * What is not carried over, at its place. A table of what a step may say, each row with the shapes of which it is told:
 * in a pod reprise does all that it does here, so most is lost only between pods.
 */

#define CODE "not-carried"

static void note(struct argo *argo, struct span span, struct str what, const char *way_out)
{
	struct diag *diag = diag_warning(argo->notes, CODE, span, "%.*s", STR_ARG(what));

	diag_help(argo->notes, diag, "%s", way_out);
}

static void note_secrets(struct argo *argo)
{
	const struct runbook *runbook = argo->plan->runbook;

	for (size_t i = 0; i < runbook->secret_count; i++) {
		const struct secret_decl *secret = &runbook->secrets[i];

		if (secret->from == SECRET_ENV)
			note(argo, secret->span,
			    arena_printf(argo->arena,
				"secret %.*s: its value is not in the manifest",
				STR_ARG(secret->name)),
			    arena_printf(argo->arena,
				"put it into the Secret %.*s-secrets, under the key %.*s",
				STR_ARG(runbook->id), STR_ARG(secret->env))
				.ptr);
		else
			note(argo, secret->span,
			    arena_printf(argo->arena,
				"secret %.*s: what it is read from is not in a pod",
				STR_ARG(secret->name)),
			    secret->from == SECRET_FILE
				? "mount a Secret at that path, or take it from `env`"
				: "have its program in the image, or take it from `env`");
	}
}

static bool holds_placeholder(const struct value *value)
{
	return value && value->type == VALUE_STRING && str_find(value_text(value), STR("{{")) >= 0;
}

static void note_params(struct argo *argo)
{
	const struct runbook *runbook = argo->plan->runbook;

	for (size_t i = 0; i < runbook->param_count; i++) {
		const struct param_decl *param = &runbook->params[i];

		if (!value_get_str(argo->options->params, param->name))
			note(argo, param->span,
			    arena_printf(argo->arena, "parameter %.*s has no value in the manifest",
				STR_ARG(param->name)),
			    "give it by -p to this command, or to argo submit");
		if (holds_placeholder(value_get_str(argo->options->params, param->name)))
			note(argo, param->span,
			    arena_printf(argo->arena,
				"parameter %.*s has `{{` in its value, which Argo fills in",
				STR_ARG(param->name)),
			    "give another value, or have the step make it");
		if (param->pattern)
			note(argo, param->span,
			    arena_printf(argo->arena,
				"parameter %.*s: Argo does not hold it against its `pattern`",
				STR_ARG(param->name)),
			    "nothing to do: every pod does, before it begins anything");
	}
}

static bool check_shares(const struct checks *checks, struct str session)
{
	for (size_t i = 0; i < checks->count; i++)
		if (str_eq(checks->items[i].action.session, session))
			return true;
	return false;
}

static bool shares(const struct step *step, struct str session)
{
	return str_eq(step->action.session, session) || check_shares(&step->unless, session) ||
	    check_shares(&step->preconditions, session) || check_shares(&step->ready, session) ||
	    check_shares(&step->verify, session);
}

/* Which pods a session is used in: more than one has one each. */
static void note_sessions(struct argo *argo)
{
	const struct runbook *runbook = argo->plan->runbook;

	for (size_t k = 0; k < runbook->connection_count; k++) {
		const struct connection_decl *connection = &runbook->connections[k];
		const struct plan_node *first = NULL;
		bool many = false;

		for (size_t i = 0; connection->session && i < argo->plan->count; i++) {
			const struct plan_node *node = &argo->plan->nodes[i];
			const struct plan_node *unit = argo_unit(argo, node);

			if (!shares(node->step, connection->name))
				continue;
			many = many || (first && first != unit);
			first = unit ? unit : node;
		}
		if (many)
			note(argo, connection->span,
			    arena_printf(argo->arena,
				"connection %.*s: its `session` is another one in every pod",
				STR_ARG(connection->name)),
			    "put the steps that share it into one block with a `verify` or "
			    "`finally`: it runs in "
			    "one pod");
	}
}

static void note_approval(struct argo *argo, const struct plan_node *node)
{
	const struct approval *approve = &node->step->approve;
	struct str path = argo->nodes[node->index].path;
	const struct plan_node *unit = argo_unit(argo, node);
	struct span span = approve->span.source ? approve->span : node->step->span;

	if (!node->asks || node->part == PART_ROLLBACK)
		return;
	if (approve->by > 1)
		note(argo, span,
		    arena_printf(argo->arena,
			"step %.*s: `by: %lld`, and Argo goes on when one person says so",
			STR_ARG(path), (long long)approve->by),
		    "let only those resume the workflow who may decide alone, or run this step by "
		    "hand");
	if (approve->when)
		note(argo, span,
		    arena_printf(argo->arena, "step %.*s: `when` of its approval: Argo always asks",
			STR_ARG(path)),
		    "nothing to do: it asks once too often");
	if (approve->expires_us > 0)
		note(argo, span,
		    arena_printf(argo->arena,
			"step %.*s: an approval neither lapses nor is void once the action changes",
			STR_ARG(path)),
		    "read the log of its task `rehearse`, which says what would be done, and "
		    "resume soon");
	if (unit && unit != node)
		note(argo, span,
		    arena_printf(argo->arena,
			"step %.*s is asked for before %.*s begins, not before itself",
			STR_ARG(path), STR_ARG(argo->nodes[unit->index].path)),
		    "approve the block instead, or move the step out of it");
}

static void note_people(struct argo *argo, const struct plan_node *node)
{
	const struct plan_node *unit = argo_unit(argo, node);

	if (node->step->manual.text && unit != node && node->part != PART_ROLLBACK)
		note(argo, node->step->manual.span,
		    arena_printf(argo->arena,
			"step %.*s: in the pod of %.*s nobody can be asked to do it, and it is "
			"denied",
			STR_ARG(argo->nodes[node->index].path),
			STR_ARG(argo->nodes[unit ? unit->index : 0].path)),
		    "move it out of that block");
}

static void note_inside(struct argo *argo, const struct plan_node *node)
{
	const struct step *step = node->step;
	const struct plan_node *unit = argo_unit(argo, node);
	struct argo_node *own = &argo->nodes[node->index];

	if (own->why_whole && own->shape != ARGO_LOOP)
		note(argo, step->span,
		    arena_printf(argo->arena, "block %.*s runs in one pod, and is no DAG: %s",
			STR_ARG(own->path), own->why_whole),
		    "nothing to do: it does there what it does here");
	if (step->lock.len && unit && unit != node)
		note(argo, step->lock_span,
		    arena_printf(argo->arena,
			"step %.*s: its `lock` holds in the pod of %.*s alone", STR_ARG(own->path),
			STR_ARG(argo->nodes[unit->index].path)),
		    "give the lock to that block: it becomes a mutex of Argo");
	if (step->rollback.count)
		note(argo, step->rollback.items[0]->span,
		    arena_printf(argo->arena,
			"step %.*s: its `rollback` is run when it fails itself, and not when a "
			"later one does",
			STR_ARG(own->path)),
		    "run the steps that are undone together as one block with a `verify`, or undo "
		    "by hand");
	if (step->sensitive && step->output_count && own->is_read)
		note(argo, step->span,
		    arena_printf(argo->arena,
			"step %.*s is `sensitive`: its outputs are not handed over",
			STR_ARG(own->path)),
		    "put it and the steps that need them into one block with a `verify`");
}

static void note_loop(struct argo *argo, const struct plan_node *node)
{
	const struct each *each = &node->step->each;
	struct argo_node *own = &argo->nodes[node->index];

	if (!each->list || own->shape == ARGO_INSIDE)
		return;
	if (own->shape == ARGO_LOOP)
		note(argo, each->span,
		    arena_printf(argo->arena, "step %.*s: `index` is 0 in every item's pod, and %s",
			STR_ARG(own->path),
			each_keeps_going(each) ? "a failed item keeps no other from its turn"
					       : "what runs beside a failed item goes on"),
		    "go through a list of maps that have their number, where it is wanted");
	else
		note(argo, each->span,
		    arena_printf(
			argo->arena, "step %.*s: all its items run in one pod", STR_ARG(own->path)),
		    "nothing to do: it does there what it does here. Argo can go through a "
		    "constant list, a "
		    "parameter, or an output of a step, whose items nobody asks for later");
}

/* A pod goes to a target as this machine does: by programs and keys that it must have. Told once of each. */
static void note_target(struct argo *argo, struct map *told, const struct at *at)
{
	const struct target *target = at->target;
	struct str key = {(const char *)&target, sizeof(target)};

	if (!target || target->local || map_get(told, arena_str(argo->arena, key)))
		return;
	map_put(told, arena_str(argo->arena, key), (void *)(uintptr_t)target);
	note(argo, target->span,
	    target->name.len ? arena_printf(argo->arena, "target %.*s: a pod goes there by itself",
				   STR_ARG(target->name))
			     : STR("this target: a pod goes there by itself"),
	    "have its ssh, docker or kubectl in the image, and mount the keys, known_hosts and "
	    "configuration that they take");
}

static void note_action(struct argo *argo, struct map *told, const struct action *action)
{
	note_target(argo, told, &action->at);
	for (size_t i = 0; i < action->stage_count; i++)
		note_target(argo, told, &action->stages[i]);
}

static void note_targets(struct argo *argo)
{
	struct map told;

	map_init(&told);
	for (uint32_t i = 0; i < argo->plan->count; i++) {
		const struct step *step = argo->plan->nodes[i].step;
		const struct checks *lists[] = {&step->unless, &step->preconditions, &step->verify};

		note_action(argo, &told, &step->action);
		for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++)
			for (size_t j = 0; j < lists[k]->count; j++)
				note_action(argo, &told, &lists[k]->items[j].action);
	}
	map_done(&told);
}

static void note_retry(struct argo *argo, const struct plan_node *node)
{
	const struct retry *retry = &node->step->retry;
	struct argo_node *own = &argo->nodes[node->index];

	if (own->shape == ARGO_INSIDE || retry->attempts <= 1)
		return;
	if (!argo_retries(node))
		note(argo, node->step->span,
		    arena_printf(argo->arena,
			"step %.*s: its `retry` is done in its pod, not by Argo",
			STR_ARG(own->path)),
		    "nothing to do. Argo can do it without `when`, on a step that is no block or "
		    "loop, "
		    "whose failure is not allowed and whose `backoff` is whole");
	else
		note(argo, node->step->span,
		    arena_printf(argo->arena,
			"step %.*s: Argo tries it again also when its preconditions did not hold%s",
			STR_ARG(own->path), retry->jitter > 0 ? ", and without `jitter`" : ""),
		    "nothing to do: nothing was touched then");
}

static void note_runbook(struct argo *argo)
{
	const struct runbook *runbook = argo->plan->runbook;
	const struct step *root = runbook->root;

	if (runbook->on_failure == FAILURE_ROLLBACK)
		note(argo, runbook->on_failure_span,
		    STR("`on_failure: rollback`: nothing is undone that another pod has done"),
		    "undo by hand, or put what belongs together into one block with a `verify`");
	if (root->verify.count)
		note(argo, root->verify.items[0].span,
		    STR("the runbook's `verify` is not asked once a step has failed"),
		    "nothing to do: it could not save the run");
	if (root->output_count)
		note(argo, root->outputs[0].span,
		    STR("`outputs` of the runbook: no workflow asks for them"), "nothing to do");
}

void argo_notes(struct argo *argo)
{
	note_runbook(argo);
	note_params(argo);
	note_secrets(argo);
	note_sessions(argo);
	note_targets(argo);
	for (uint32_t i = 1; i < argo->plan->count; i++) {
		const struct plan_node *node = &argo->plan->nodes[i];

		note_approval(argo, node);
		note_people(argo, node);
		note_inside(argo, node);
		note_loop(argo, node);
		note_retry(argo, node);
	}
	diags_sort(argo->notes);
}
