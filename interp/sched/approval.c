/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

#include "base/digest.h"
#include "lang/bind.h"

/* What a step will do, in words: resolved as far as it can be now. */
static struct str describe(struct sched *sched, uint32_t index, const struct step *step)
{
	struct sched_scope scope;
	const struct value *args;
	struct buf text;
	struct str shown;

	if (step->manual.text) {
		scope_init(&scope, sched, index, sched->at_us);
		return brief(sched, template_text(step->manual.text, &scope.scope, sched->scratch));
	}
	buf_init(&text, BUF_UNBOUNDED);
	scope_init(&scope, sched, index, sched->at_us);
	args = template_eval_known(step->action.args, &scope.scope, sched->scratch);
	if (args->type == VALUE_MAP)
		action_show(step->action.spec, args, &text);
	else
		action_show_written(step->action.spec, step->action.args, &text);
	shown = arena_str(sched->scratch, buf_view(&text));
	buf_done(&text);
	if (shown.len >
	    MESSAGE_SENTENCE) { /* a script of many pages: its digest stands for the rest */
		char hex[DIGEST_HEX + 1];

		digest_of(shown, hex);
		shown = say(sched, "%.*s… (%zu bytes, SHA-256 %s)", MESSAGE_SENTENCE, shown.ptr,
		    shown.len, hex);
	}
	return shown;
}

struct list {
	const struct value **items;
	size_t count;
	size_t capacity;
};

/* The list as it fits into a question: of very many actions the first, and how many more there are. */
static const struct value *shown_part(struct sched *sched, const struct list *list)
{
	size_t count = list->count;
	const struct value *shown = value_list(sched->scratch, list->items, count);
	struct map_builder map;

	while (count && !value_fits(shown, MESSAGE_VALUE)) {
		count /= 2;
		map_begin(&map, sched->scratch);
		map_add(&map, "step", value_string(sched->scratch, STR("")));
		map_add(&map, "title",
		    value_string(sched->scratch,
			say(sched, "and %zu more, see reprise plan", list->count - count)));
		map_add(&map, "effect", value_get(list->items[count], "effect"));
		map_add(&map, "action", value_string(sched->scratch, STR("…")));
		list->items[count] = map_end(&map);
		shown = value_list(sched->scratch, list->items, count + 1);
	}
	return shown;
}

static void add_action(
    struct sched *sched, uint32_t index, const struct plan_node *node, struct list *list)
{
	struct map_builder map;
	struct arena *arena = sched->scratch;

	map_begin(&map, arena);
	map_add(&map, "step", value_string(arena, node->step->id));
	map_add(&map, "title", value_string(arena, node->step->title));
	map_add(
	    &map, "effect", value_string(arena, str_from(effect_class_name(node->step->effect))));
	map_add(&map, "action", value_string(arena, describe(sched, index, node->step)));
	list->items = arena_grow(
	    arena, list->items, list->count, &list->capacity, sizeof(*list->items));
	list->items[list->count++] = map_end(&map);
}

/* Everything at or below a node that changes or destroys, in document order. */
static void collect(
    struct sched *sched, uint32_t index, const struct plan_node *node, struct list *list)
{
	if ((node->step->action.spec || node->step->manual.text) &&
	    node->step->effect != EFFECT_READ)
		add_action(sched, index, node, list);
	for (size_t i = 0; i < node->child_count; i++)
		collect(sched, index, &sched->plan->nodes[node->children[i]], list);
	for (size_t i = 0; i < node->finally_count; i++)
		collect(sched, index, &sched->plan->nodes[node->finally[i]], list);
}

struct str approval_digest(struct sched *sched, uint32_t index, const struct value **ret_actions)
{
	char *hex = arena_alloc(sched->scratch, DIGEST_HEX + 1);
	struct list list = {0};
	const struct value *actions;
	struct buf text;
	struct json json;

	collect(sched, index, node_of(sched, index), &list);
	actions = value_list(sched->scratch, list.items, list.count);
	buf_init(&text, BUF_UNBOUNDED);
	json_init(&json, &text);
	value_to_json(&json, actions);
	digest_of(buf_view(&text), hex);
	buf_done(&text);
	if (ret_actions)
		*ret_actions = shown_part(sched, &list);
	return (struct str){hex, DIGEST_HEX};
}

static struct str prompt_of(struct sched *sched, uint32_t index)
{
	const struct approval *approve = &step_of(sched, index)->approve;
	struct sched_scope scope;

	if (!approve->prompt)
		return (struct str){0};
	scope_init(&scope, sched, index, sched->at_us);
	return template_text(approve->prompt, &scope.scope, sched->scratch);
}

void approval_ask(struct sched *sched, uint32_t index)
{
	const struct value *actions;
	struct str digest = approval_digest(sched, index, &actions);
	struct str prompt = prompt_of(sched, index);
	struct str path = path_of(sched, index);
	struct message *out = emit(sched, MESSAGE_ASK);

	instance_at(sched, index)->ask = numbers_give(&sched->asks, index);
	out->ask.id = instance_at(sched, index)->ask;
	out->ask.node = path;
	out->ask.step = step_of(sched, index)->id;
	out->ask.prompt = prompt;
	out->ask.by = step_of(sched, index)->approve.by > 1 ? step_of(sched, index)->approve.by : 1;
	out->ask.digest = digest;
	out->ask.actions = actions;
}

static void approved(struct sched *sched, uint32_t index, const struct message *in)
{
	struct instance *instance = instance_at(sched, index);

	instance->approved = true;
	instance->approved_digest = store_put(
	    sched->store, value_string(sched->scratch, in->answered.digest));
	/* time has passed: what had to hold must hold still */
	instance->polled_once = true;
	stage_set(sched, index, STAGE_UNLESS);
	instance_wake(sched, index);
}

void approval_answered(struct sched *sched, const struct message *in)
{
	static const char *const sentences[] = {
	    [ANSWER_DENIED] = "the approval was denied by",
	    [ANSWER_EXPIRED] = "nobody approved in time:",
	    [ANSWER_UNAVAILABLE] = "an approval is needed and nobody could be asked:",
	};

	uint32_t index = numbers_owner(&sched->asks, in->answered.id);
	struct instance *instance = index == NONE ? NULL : instance_at(sched, index);

	if (!instance || instance->ask != in->answered.id ||
	    (instance->stage != STAGE_APPROVAL && instance->stage != STAGE_ACTION))
		return;
	instance->ask = NONE;
	if (instance->stage == STAGE_ACTION)
		manual_answered(sched, index, in);
	else if (in->answered.answer == ANSWER_APPROVED)
		approved(sched, index, in);
	else
		instance_finish(sched, index, OUTCOME_DENIED,
		    say(sched, "%s %.*s", sentences[in->answered.answer],
			STR_ARG(in->answered.who)));
}
