/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

/* What a person does: a question whose answer is a result. */

static const struct value *text_or_null(struct sched *sched, struct str text)
{
	return text.len ? value_string(sched->scratch, text) : NULL;
}

static void add(struct map_builder *map, const char *key, const struct value *value)
{
	if (value)
		map_add(map, key, value);
}

/* What is asked for, as the runbook declares it. */
static const struct value *inputs_of(struct sched *sched, const struct manual *manual)
{
	const struct value **items;
	struct map_builder map;

	if (!manual->input_count)
		return NULL;
	items = arena_array(sched->scratch, manual->input_count, sizeof(*items));
	for (size_t i = 0; i < manual->input_count; i++) {
		const struct param_decl *decl = &manual->inputs[i];

		map_begin(&map, sched->scratch);
		map_add(&map, "name", value_string(sched->scratch, decl->name));
		map_add(&map, "type",
		    value_string(sched->scratch, str_from(param_kind_name(decl->kind))));
		add(&map, "default", decl->preset);
		add(&map, "enum", decl->choices);
		add(&map, "pattern", text_or_null(sched, decl->pattern_text));
		add(&map, "description", text_or_null(sched, decl->description));
		items[i] = map_end(&map);
	}
	return value_list(sched->scratch, items, manual->input_count);
}

void manual_ask(struct sched *sched, uint32_t index)
{
	const struct step *step = step_of(sched, index);
	struct instance *instance = instance_at(sched, index);
	struct sched_scope scope;
	struct message *out;
	struct str path;
	struct str prompt;
	struct str item;

	if (operation_unrecorded(sched, index, EFFECT_CHANGE))
		return;
	instance_began(sched, index);
	instance->attempt++;
	instance->ask = numbers_give(&sched->asks, index);
	if (step->timeout_us > 0)
		instance->expiry = timer_add(
		    sched, index, TIMER_EXPIRY, sched->t_us + step->timeout_us);
	scope_init(&scope, sched, index, sched->at_us);
	prompt = brief(sched, template_text(step->manual.text, &scope.scope, sched->scratch));
	path = path_of(sched, index);
	item = item_of(sched, index);
	out = emit(sched, MESSAGE_ASK);
	out->ask.id = instance->ask;
	out->ask.node = path;
	out->ask.step = step->id;
	out->ask.item = item;
	out->ask.kind = ASK_MANUAL;
	out->ask.prompt = prompt;
	out->ask.by = 1;
	out->ask.expires_us = question_expires(sched, index);
	out->ask.inputs = inputs_of(sched, &step->manual);
}

/* The inputs are outputs too; what `outputs` says comes over them. */
static const struct value *merge(
    struct sched *sched, const struct value *inputs, const struct value *outputs)
{
	struct map_builder map;

	if (!inputs || !outputs)
		return inputs ? inputs : outputs;
	map_begin(&map, sched->scratch);
	for (size_t i = 0; i < inputs->map.count; i++) {
		const struct value_entry *entry = &inputs->map.entries[i];

		if (!value_get_str(outputs, value_text(entry->key)))
			map_add_str(&map, value_text(entry->key), entry->value);
	}
	for (size_t i = 0; i < outputs->map.count; i++)
		map_add_str(
		    &map, value_text(outputs->map.entries[i].key), outputs->map.entries[i].value);
	return map_end(&map);
}

static void done(struct sched *sched, uint32_t index, const struct value *inputs, bool really)
{
	struct rules rules = rules_of_step(step_of(sched, index));
	struct instance *instance = instance_at(sched, index);
	const struct value *outputs;
	struct sched_scope scope;
	struct verdict verdict;

	scope_init(&scope, sched, index, sched->at_us);
	verdict = judge(&rules, &scope.scope, sched->scratch, true, (struct str){0}, inputs);
	if (!really && verdict.unknown) {
		verdict.ok = true;
		verdict.outputs = outputs_unknown(sched->scratch, node_of(sched, index), NULL);
	}
	outputs = merge(sched, inputs, verdict.outputs);
	operation_keep(sched, index, inputs);
	if (verdict.ok && outputs && !value_fits(outputs, MESSAGE_VALUE)) {
		verdict.ok = false;
		verdict.why = STR("its outputs are too large to be recorded");
	}
	if (!verdict.ok) {
		instance_failed(sched, index, OUTCOME_FAILED, verdict.why, verdict.retry);
		return;
	}
	instance->outputs = store_put(sched->store, outputs);
	instance->retry_wanted = verdict.retry;
	stage_set(sched, index, STAGE_VERIFY);
	instance_wake(sched, index);
}

void manual_answered(struct sched *sched, uint32_t index, const struct message *in)
{
	struct instance *instance = instance_at(sched, index);
	struct str who = in->answered.who;

	bool really = in->answered.origin == ORIGIN_LIVE;

	instance->expiry = NONE;
	if (!really)
		taint_own(sched, index);
	instance->vague |= in->answered.origin == ORIGIN_UNKNOWN;
	switch (in->answered.answer) {
	case ANSWER_APPROVED:
		done(sched, index, in->answered.inputs, really);
		break;
	case ANSWER_DENIED:
		instance_failed(sched, index, OUTCOME_FAILED,
		    say(sched, "%.*s said that it could not be done", STR_ARG(who)), true);
		break;
	case ANSWER_EXPIRED:
		instance_failed(
		    sched, index, OUTCOME_TIMED_OUT, STR("nobody did it in time"), true);
		break;
	case ANSWER_AGAIN: /* of something lost alone */
	case ANSWER_UNAVAILABLE:
		if (operation_unrecorded(
			sched, index, EFFECT_CHANGE)) /* the question was held back */
			break;
		instance_finish(sched, index, OUTCOME_DENIED,
		    say(sched, "a person must do it and nobody could be asked: %.*s",
			STR_ARG(who)));
		break;
	}
}

void manual_expired(struct sched *sched, uint32_t index)
{
	question_withdraw(sched, index, STR("its time was up"));
	instance_failed(sched, index, OUTCOME_TIMED_OUT, STR("nobody did it in time"), true);
}
