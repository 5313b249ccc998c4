/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

#include "base/digest.h"
#include "lang/bind.h"

/* Of a loop's items so much is shown. */
enum { ITEMS_BYTES = 200 };

/* As a question can hold it: of a script of many pages the first, and a digest that stands for the rest. */
static struct str bounded(struct sched *sched, struct str shown)
{
	char hex[DIGEST_HEX + 1];

	if (shown.len <= MESSAGE_SENTENCE)
		return arena_str(sched->scratch, shown);
	digest_of(shown, hex);
	return say(
	    sched, "%.*s… (%zu bytes, SHA-256 %s)", MESSAGE_SENTENCE, shown.ptr, shown.len, hex);
}

/* What a step will do, in words, as far as it is known. */
static void describe(
    struct sched *sched, uint32_t index, const struct plan_node *node, struct map_builder *map)
{
	const struct step *step = node->step;
	const struct template *template = step->manual.text ? step->manual.text : step->action.args;
	struct arena *arena = sched->scratch;
	struct coming_scope scope;
	const struct value *args;
	struct buf action;
	struct buf around;

	coming_init(&scope, sched, index, node);
	buf_init(&action, BUF_UNBOUNDED);
	buf_init(&around, BUF_UNBOUNDED);
	args = template_eval_known(template, &scope.scope, arena);
	if (step->manual.text) {
		buf_str(&action, template_text(template, &scope.scope, arena));
	} else if (args->type == VALUE_MAP) {
		args = target_coming(sched, index, node, args, true);
		action_show(step->action.spec, args, &action);
		action_show_around(args, &around);
	} else {
		action_show_written(step->action.spec, step->action.args, &action);
	}
	map_add(map, "action", value_string(arena, bounded(sched, buf_view(&action))));
	if (around.len)
		map_add(map, "around", value_string(arena, bounded(sched, buf_view(&around))));
	args = template_eval(template, &scope.scope, arena);
	if (!step->manual.text)
		args = target_coming(sched, index, node, args, false);
	if (args->type == VALUE_ERROR || args->type == VALUE_UNKNOWN)
		map_add(map, "unknown", value_bool(true));
	buf_done(&action);
	buf_done(&around);
}

/* The nodes from one up to an instance's own, without that: the blocks and loops that stand between. */
static const struct plan_node *step_up(
    const struct sched *sched, uint32_t index, const struct plan_node *node)
{
	node = &sched->plan->nodes[node->parent];
	return node == node_of(sched, index) ? NULL : node;
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

/* The items of a loop as far as they are known: "host: db1, db2", "host of steps.find.outputs.hosts". */
static struct str items_of(struct sched *sched, uint32_t index, const struct plan_node *node)
{
	const struct each *each = &node->step->each;
	const struct value *list;
	struct coming_scope scope;
	struct buf text;
	struct str shown;

	coming_init(&scope, sched, index, &sched->plan->nodes[node->parent]);
	list = expr_eval(each->list, &scope.scope, sched->scratch);
	buf_init(&text, BUF_UNBOUNDED);
	buf_str(&text, each->as);
	if (list->type != VALUE_LIST)
		buf_printf(&text, " of %.*s", STR_ARG(expr_text(each->list)));
	for (size_t i = 0; list->type == VALUE_LIST && i < list->list.count; i++) {
		if (text.len > ITEMS_BYTES) {
			buf_printf(&text, " and %zu more", list->list.count - i);
			break;
		}
		buf_printf(&text, "%s%.*s", i ? ", " : ": ",
		    STR_ARG(shown_item(sched, list->list.items[i])));
	}
	shown = arena_str(sched->scratch, buf_view(&text));
	buf_done(&text);
	return shown;
}

/* What stands between a step and the one that asks decides whether, and how often, it comes to it. */
static void add_circumstances(
    struct sched *sched, uint32_t index, const struct plan_node *node, struct map_builder *map)
{
	struct str when = {0};
	struct str each = {0};
	bool asked = false;

	if (node == node_of(sched, index))
		return;
	for (const struct plan_node *at = node; at; at = step_up(sched, index, at)) {
		const struct step *step = at->step;

		asked = asked || at->asks;
		if (step->when)
			when = say(sched, "%.*s%s%.*s", STR_ARG(expr_text(step->when)),
			    when.len ? ", and " : "", STR_ARG(when));
		if (step->each.list)
			each = say(sched, "%.*s%s%.*s", STR_ARG(items_of(sched, index, at)),
			    each.len ? ", and " : "", STR_ARG(each));
	}
	if (when.len)
		map_add(map, "when", value_string(sched->scratch, when));
	if (each.len)
		map_add(map, "each", value_string(sched->scratch, each));
	if (asked)
		map_add(map, "asked", value_bool(true));
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
	describe(sched, index, node, &map);
	add_circumstances(sched, index, node, &map);
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
	return brief(sched, template_text(approve->prompt, &scope.scope, sched->scratch));
}

void question_withdraw(struct sched *sched, uint32_t index, struct str why)
{
	struct instance *instance = instance_at(sched, index);
	struct message *out;

	if (instance->ask == NONE)
		return;
	out = emit(sched, MESSAGE_UNASK);
	out->unask.id = instance->ask;
	out->unask.why = why;
	instance->ask = NONE;
}

/* A block around it that is out of time takes its questions with it. */
int64_t question_expires(const struct sched *sched, uint32_t index)
{
	int64_t earliest_us = 0;

	for (uint32_t at = index; at != NONE; at = instance_at(sched, at)->parent) {
		const struct instance *instance = instance_at(sched, at);

		for (size_t i = 0; i < sched->timer_count; i++) {
			const struct timer *timer = &sched->timers[i];

			if ((timer->id == instance->expiry || timer->id == instance->deadline) &&
			    (!earliest_us || timer->due_us < earliest_us))
				earliest_us = timer->due_us;
		}
	}
	return earliest_us;
}

void approval_ask(struct sched *sched, uint32_t index)
{
	const struct value *actions;
	struct str digest = approval_digest(sched, index, &actions);
	struct str prompt = prompt_of(sched, index);
	struct str path = path_of(sched, index);
	struct str item = item_of(sched, index);
	struct message *out = emit(sched, MESSAGE_ASK);

	instance_at(sched, index)->ask = numbers_give(&sched->asks, index);
	out->ask.id = instance_at(sched, index)->ask;
	out->ask.node = path;
	out->ask.step = step_of(sched, index)->id;
	out->ask.item = item;
	out->ask.prompt = prompt;
	out->ask.expires_us = question_expires(sched, index);
	out->ask.by = step_of(sched, index)->approve.by;
	out->ask.digest = digest;
	out->ask.actions = actions;
	out->ask.agreed = store_get(sched->store, instance_at(sched, index)->agreed);
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

	if (divergence_answered(sched, in))
		return;
	if (!instance || instance->ask != in->answered.id ||
	    (instance->stage != STAGE_APPROVAL && instance->stage != STAGE_ACTION &&
		instance->stage != STAGE_LOST) ||
	    (in->answered.answer == ANSWER_AGAIN && instance->stage != STAGE_LOST))
		return;
	instance->ask = NONE;
	if (instance->stage == STAGE_ACTION)
		manual_answered(sched, index, in);
	else if (instance->stage == STAGE_LOST)
		lost_answered(sched, index, in);
	else if (in->answered.answer == ANSWER_APPROVED)
		approval_agreed(sched, index, in);
	else
		instance_finish(sched, index, OUTCOME_DENIED,
		    say(sched, "%s %.*s", sentences[in->answered.answer],
			STR_ARG(in->answered.who)));
}
