/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/bind.h"
#include "lang/model_parts.h"

bool action_is_process(const struct action *action)
{
	return action->spec &&
	    (str_is(str_from(action->spec->name), "run") ||
		str_is(str_from(action->spec->name), "pipe"));
}

static const struct arg *find_arg(const struct action *action, const struct param *param)
{
	for (size_t i = 0; i < action->count; i++)
		if (action->list[i].param == param)
			return &action->list[i];
	return NULL;
}

bool action_is_constant(const struct action *action)
{
	for (size_t i = 0; i < action->count; i++)
		if (action->list[i].value && !action->list[i].shared &&
		    !template_value(action->list[i].value))
			return false;
	return true;
}

enum effect_class action_effect(struct arena *arena, const struct action *action)
{
	const struct action_spec *spec = action->spec;
	struct map_builder known;

	if (action_is_process(action))
		return EFFECT_CHANGE;
	if (!spec->effect_of)
		return spec->effect;
	map_begin(&known, arena);
	for (const struct param *param = spec->params; param->name; param++) {
		const struct arg *arg = find_arg(action, param);
		const struct value *value = NULL;

		if (arg)
			value = arg->value ? template_value(arg->value) : NULL;
		else if (param->preset)
			value = bind_text(arena, param->kind, str_from(param->preset));
		if (value)
			map_add(&known, param->name, value);
	}
	return spec->effect_of(map_end(&known));
}
