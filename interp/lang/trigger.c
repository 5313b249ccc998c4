/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/trigger.h"

/* So many items of a pattern may be tried on one label: a tenth of a second. */
enum { STEPS = 10 << 20 };

enum regex_end matcher_holds(const struct matcher *matcher, struct str text)
{
	const char *error;
	int64_t steps = STEPS;
	bool holds = false;
	enum regex_end end;

	if (matcher->regex) {
		end = regex_match(matcher->regex, text, 0, &steps, &error);
		if (end == REGEX_FAILED)
			return end;
		holds = end == REGEX_MATCH;
	}
	for (size_t i = 0; i < matcher->count && !holds; i++)
		holds = str_eq(matcher->values[i], text);
	return holds != matcher->negated ? REGEX_MATCH : REGEX_NONE;
}

enum regex_end trigger_means(
    const struct trigger *trigger, const struct value *labels, const struct matcher **ret_failed)
{
	enum regex_end all = REGEX_MATCH;

	for (size_t i = 0; i < trigger->count && all != REGEX_NONE; i++) {
		const struct matcher *matcher = &trigger->matchers[i];
		const struct value *value = value_get_str(labels, matcher->label);
		enum regex_end end = matcher_holds(
		    matcher, value ? value_text(value) : (struct str){0});

		if (end == REGEX_FAILED)
			*ret_failed = matcher;
		if (end != REGEX_MATCH)
			all = end;
	}
	return all;
}

const struct trigger *trigger_find(
    const struct runbook *runbook, const struct value *labels, const struct matcher **ret_failed)
{
	const struct trigger *best = NULL;

	*ret_failed = NULL;
	for (size_t i = 0; i < runbook->trigger_count; i++) {
		const struct trigger *trigger = &runbook->triggers[i];
		const struct matcher *failed = NULL;
		enum regex_end end = trigger_means(trigger, labels, &failed);

		if (end == REGEX_FAILED)
			*ret_failed = failed;
		if (end == REGEX_MATCH && (!best || trigger->count > best->count))
			best = trigger;
	}
	if (best)
		*ret_failed = NULL;
	return best;
}

static const struct type texts = {.kind = TYPE_MAP, .of = &type_string};

const struct alert_name trigger_names[] = {
    {"labels", &texts},
    {"annotations", &texts},
    {"startsAt", &type_timestamp},
    {"fingerprint", &type_string},
    {"generatorURL", &type_string},
    {0},
};

static const struct value *get_name(const struct scope *scope, struct arena *arena, struct str name)
{
	const struct alert *alert = scope->self;

	if (str_is(name, "labels"))
		return alert->labels;
	if (str_is(name, "annotations"))
		return alert->annotations;
	if (str_is(name, "startsAt"))
		return value_timestamp_us(arena, alert->starts_at_us);
	if (str_is(name, "fingerprint"))
		return value_string(arena, alert->fingerprint);
	return str_is(name, "generatorURL") ? value_string(arena, alert->generator_url) : NULL;
}

struct told_param *trigger_tell(
    const struct trigger *trigger, const struct alert *alert, struct arena *arena)
{
	const struct scope scope = {.get = get_name, .self = alert};
	struct told_param *told = arena_array(arena, trigger->param_count, sizeof(*told));

	for (size_t i = 0; i < trigger->param_count; i++) {
		const struct arg *param = &trigger->params[i];
		const struct value *value = template_eval(param->value, &scope, arena);

		told[i] = (struct told_param){.name = param->name};
		if (value->type == VALUE_ERROR)
			told[i].why = value->error.message;
		else
			told[i].value = value;
	}
	return told;
}

static void show_values(const struct matcher *matcher, struct buf *out)
{
	if (matcher->regex)
		buf_str(out, matcher->pattern);
	for (size_t i = 0; i < matcher->count; i++) {
		buf_text(out, i ? " or " : "");
		if (matcher->values[i].len)
			buf_str(out, matcher->values[i]);
		else
			buf_text(out, "\"\"");
	}
}

/* The alert's name needs no name. */
void matcher_show(const struct matcher *matcher, struct buf *out)
{
	if (!str_is(matcher->label, "alertname")) {
		buf_str(out, matcher->label);
		buf_byte(out, ' ');
	}
	buf_text(out, matcher->negated ? "not " : "");
	buf_text(out, matcher->regex ? "matching " : "");
	show_values(matcher, out);
}

void trigger_show(const struct trigger *trigger, struct buf *out)
{
	for (size_t i = 0; i < trigger->count; i++) {
		buf_text(out, i ? ", " : "");
		matcher_show(&trigger->matchers[i], out);
	}
}
