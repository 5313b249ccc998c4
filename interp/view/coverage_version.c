/* SPDX-License-Identifier: Apache-2.0 */
#include "view/coverage_parts.h"

#include "view/plan_json_parts.h"

struct coverage_version {
	bool *former; /* by plan index of now; NULL: nobody knows what it said, all may be */
};

bool coverage_is_former(const struct coverage_version *version, uint32_t node)
{
	return !version->former || version->former[node];
}

/* What is done, as the runbook writes it. */
static void put_action(struct plan_doc *doc, const char *key, const struct action *action)
{
	if (!action->spec)
		return;
	json_key(&doc->json, key);
	value_to_json(&doc->json, template_eval_known(action->args, &doc->scope.scope, doc->arena));
}

static void put_checks(struct plan_doc *doc, const char *key, const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++)
		put_action(doc, key, &checks->items[i].action);
}

/* What a template or another runbook is given decides what its steps do. */
static void put_uses(struct plan_doc *doc, const struct plan_node *node)
{
	for (; node->index != PLAN_ROOT; node = &doc->plan->nodes[node->parent]) {
		const struct use *use = &node->step->use;

		plan_scope_enter(&doc->scope, node);
		for (size_t i = 0; use->book && i < use->count; i++)
			if (use->list[i].value) {
				json_key_str(&doc->json, use->list[i].name);
				value_to_json(&doc->json,
				    template_eval_known(
					use->list[i].value, &doc->scope.scope, doc->arena));
			}
	}
}

/*
 * All that decides what a step does, as the runbook writes it: with the connections and the environment that its
 * actions are given, and templates as they stand, whatever parameters are by default. Titles and places do not count.
 */
static void put_step(struct plan_doc *doc, const struct plan_node *node)
{
	const struct step *step = node->step;
	struct json *json = &doc->json;

	json_open_map(json);
	plan_scope_enter(&doc->scope, node);
	plan_doc_rules(doc, node);
	put_action(doc, "args", &step->action);
	put_action(doc, "beside", &step->background);
	put_checks(doc, "unless", &step->unless);
	put_checks(doc, "precondition", &step->preconditions);
	put_checks(doc, "ready", &step->ready);
	put_checks(doc, "verify", &step->verify);
	json_put_int(json, "grace_us", step->grace_us);
	json_put_int(json, "max_delay_us", step->retry.max_delay_us);
	json_put_text(json, "effect", effect_class_name(step->effect));
	json_put_bool(json, "asks", node->asks);
	put_uses(doc, node);
	json_close_map(json);
}

static void write_step(const struct plan *plan, const struct value *nothing,
    const struct plan_node *node, struct arena *arena, struct buf *out)
{
	struct plan_doc doc = {.plan = plan, .arena = arena};

	buf_clear(out);
	json_init(&doc.json, out);
	plan_scope_init(&doc.scope, plan, nothing);
	put_step(&doc, node);
}

struct coverage_version *coverage_version(struct coverage *coverage, const struct plan *then)
{
	static const struct value nothing = {.type = VALUE_MAP};
	struct coverage_version *version = arena_alloc(coverage->arena, sizeof(*version));
	struct arena *arena = arena_new();
	struct buf texts[2];

	buf_init(&texts[0], BUF_UNBOUNDED);
	buf_init(&texts[1], BUF_UNBOUNDED);
	if (then)
		version->former = arena_array(
		    coverage->arena, coverage->plan->count, sizeof(*version->former));
	for (size_t i = 1; then && i < coverage->plan->count; i++) {
		const struct coverage_step *step = &coverage->steps[i];
		const struct plan_node *before = plan_at(then, step->path);

		version->former[i] = !before;
		if (!before)
			continue;
		write_step(coverage->plan, &nothing, step->node, arena, &texts[0]);
		write_step(then, &nothing, before, arena, &texts[1]);
		version->former[i] = !str_eq(buf_view(&texts[0]), buf_view(&texts[1]));
		arena_reset(arena);
	}
	buf_done(&texts[0]);
	buf_done(&texts[1]);
	arena_free(arena);
	return version;
}

struct str coverage_sources_of(struct arena *arena, const struct value *sources)
{
	struct str text = {0};
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	for (size_t i = 0; sources && sources->type == VALUE_LIST && i < sources->list.count; i++) {
		const struct value *file = sources->list.items[i];
		const struct value *digest = file->type == VALUE_MAP ? value_get(file, "sha256")
								     : NULL;

		if (digest && digest->type == VALUE_STRING)
			buf_str(&out, value_text(digest));
		buf_byte(&out, '\n');
	}
	if (out.len)
		text = arena_str(arena, buf_view(&out));
	buf_done(&out);
	return text;
}
