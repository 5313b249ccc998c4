/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
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

/* What is known of a text that holds expressions. */
static const struct value *known_text(struct arena *arena, const struct template *template)
{
	struct template_piece piece;
	struct buf text;
	const struct value *known;

	if (!template_piece(template, 0, &piece))
		return NULL;
	buf_init(&text, BUF_UNBOUNDED);
	for (size_t i = 0; template_piece(template, i, &piece); i++)
		if (piece.expr)
			buf_byte(&text, EFFECT_HOLE);
		else
			buf_str(&text, piece.literal);
	known = value_string(arena, arena_str(arena, buf_view(&text)));
	buf_done(&text);
	return known;
}

/* What is known of an argument, of a list item by item, of a text part by part; NULL: nothing. */
static const struct value *known_value(
    struct arena *arena, const struct param *param, const struct template *template)
{
	const struct value **items;
	size_t count = 0;

	if (!template_value(template) && param->kind == PARAM_STRING)
		return known_text(arena, template);
	if (template_value(template) || param->kind != PARAM_LIST || !template_item(template, 0))
		return template_value(template);
	while (template_item(template, count))
		count++;
	items = arena_array(arena, count, sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		items[i] = template_value(template_item(template, i));
		if (!items[i])
			items[i] = value_unknown(arena, NULL, 0);
	}
	return value_list(arena, items, count);
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
			value = arg->value ? known_value(arena, param, arg->value) : NULL;
		else if (param->preset)
			value = bind_text(arena, param->kind, str_from(param->preset));
		if (value)
			map_add(&known, param->name, value);
	}
	return spec->effect_of(map_end(&known));
}
