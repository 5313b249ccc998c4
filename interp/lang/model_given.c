/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

#include "base/spell.h"
#include "lang/bind.h"

static const struct value *get_value(
    const struct scope *scope, struct arena *arena, struct str name)
{
	(void)arena;
	return str_is(name, "value") ? scope->self : NULL;
}

static void not_a_choice(const struct param_decl *decl, struct span span, struct diags *diags)
{
	struct diag *diag = diag_error(diags, "not-a-choice", span,
	    "the value of `%.*s` is not one of those allowed", STR_ARG(decl->name));
	struct buf all;

	buf_init(&all, BUF_UNBOUNDED);
	value_show_choices(decl->choices, &all);
	diag_help(diags, diag, "one of %.*s", STR_ARG(buf_view(&all)));
	buf_done(&all);
}

bool param_fits(struct arena *arena, const struct param_decl *decl, const struct value *value,
    struct span span, struct diags *diags)
{
	struct scope scope = {.get = get_value, .self = value};
	const struct value *matches;

	if (decl->choices && !value_list_has(decl->choices, value)) {
		not_a_choice(decl, span, diags);
		return false;
	}
	if (!decl->pattern)
		return true;
	matches = expr_eval(decl->pattern, &scope, arena);
	if (matches->type == VALUE_BOOL && matches->boolean)
		return true;
	diag_error(diags, "no-match", span, "the value of `%.*s` does not match its pattern %.*s",
	    STR_ARG(decl->name), STR_ARG(decl->pattern_text));
	return false;
}

/* Items given as JSON, made what the declaration says of them. */
static const struct value *convert_item(
    struct arena *arena, enum param_kind of, const struct value *item)
{
	if (of == PARAM_ANY)
		return item;
	if (item->type == VALUE_STRING && of != PARAM_INT && of != PARAM_FLOAT && of != PARAM_BOOL)
		return bind_text(arena, of, value_text(item));
	if (item->type == VALUE_INT && of == PARAM_FLOAT)
		return value_double(arena, (double)item->integer);
	if (item->type == VALUE_INT)
		return of == PARAM_INT || of == PARAM_SIZE ? item : NULL;
	if (item->type == VALUE_DOUBLE)
		return of == PARAM_FLOAT ? item : NULL;
	if (item->type == VALUE_BOOL)
		return of == PARAM_BOOL ? item : NULL;
	if (item->type == VALUE_LIST)
		return of == PARAM_LIST ? item : NULL;
	return item->type == VALUE_MAP && of == PARAM_MAP ? item : NULL;
}

static const struct value *convert_list(
    struct arena *arena, const struct param_decl *decl, const struct value *list)
{
	const struct value **items = arena_array(arena, list->list.count, sizeof(struct value *));

	for (size_t i = 0; i < list->list.count; i++) {
		items[i] = convert_item(arena, decl->of, list->list.items[i]);
		if (!items[i])
			return NULL;
	}
	return value_list(arena, items, list->list.count);
}

static const struct value *convert_map(
    struct arena *arena, const struct param_decl *decl, const struct value *map)
{
	struct value_entry *entries = arena_array(arena, map->map.count, sizeof(*entries));

	for (size_t i = 0; i < map->map.count; i++) {
		entries[i] = map->map.entries[i];
		entries[i].value = convert_item(arena, decl->of, entries[i].value);
		if (!entries[i].value)
			return NULL;
	}
	return value_map(arena, entries, map->map.count);
}

const struct value *decl_read(
    struct arena *arena, const struct param_decl *decl, struct str text, struct diags *diags)
{
	const struct value *value = bind_text(arena, decl->kind, text);
	struct diag *diag;
	struct str error;

	if (value && decl->kind == PARAM_LIST)
		value = value->type == VALUE_LIST ? convert_list(arena, decl, value) : NULL;
	if (value && decl->kind == PARAM_MAP)
		value = value->type == VALUE_MAP ? convert_map(arena, decl, value) : NULL;
	if (value)
		return param_fits(arena, decl, value, decl->span, diags) ? value : NULL;
	diag = diag_error(diags, "wrong-type", decl->span,
	    "`%.*s` was given as \"%.*s\", which is not %s%s", STR_ARG(decl->name),
	    STR_ARG(str_sub(text, 0, 60)), param_kind_noun(decl->kind),
	    decl->of != PARAM_ANY ? " of the declared kind" : "");
	if ((decl->kind == PARAM_LIST || decl->kind == PARAM_MAP) &&
	    !value_from_plain_json(arena, text, &error))
		diag_help(diags, diag, "lists and maps are given as JSON: %s",
		    decl->kind == PARAM_LIST ? "[\"a\", \"b\"]" : "{\"a\": 1}");
	else if (decl->of != PARAM_ANY)
		diag_help(diags, diag, "each of its values must be %s", param_kind_noun(decl->of));
	return NULL;
}

/* A value of an expression as the declaration has it: texts are read, whole numbers become sizes and floats. */
static const struct value *convert(
    struct arena *arena, const struct param_decl *decl, const struct value *value)
{
	bool text = decl->kind == PARAM_STRING || decl->kind == PARAM_PATH;

	if (value->type == VALUE_STRING)
		return text ? value : bind_text(arena, decl->kind, value_text(value));
	if (decl->kind == PARAM_LIST)
		return value->type == VALUE_LIST ? convert_list(arena, decl, value) : NULL;
	if (decl->kind == PARAM_MAP)
		return value->type == VALUE_MAP ? convert_map(arena, decl, value) : NULL;
	if (decl->kind == PARAM_DURATION)
		return value->type == VALUE_DURATION ? value : NULL;
	return convert_item(arena, decl->kind, value);
}

const struct value *decl_bind(struct arena *arena, const struct param_decl *decl,
    const struct value *value, struct str *ret_why)
{
	const struct value *fit = convert(arena, decl, value);
	struct diags diags;
	bool good;

	if (!fit) {
		*ret_why = arena_printf(arena, "%.*s wants %s, this is %s", STR_ARG(decl->name),
		    param_kind_noun(decl->kind), value_noun(value));
		return NULL;
	}
	diags_init(&diags);
	good = param_fits(arena, decl, fit, decl->span, &diags);
	if (!good && diags.count)
		*ret_why = arena_str(arena, diags.items[0].message);
	diags_done(&diags);
	return good ? fit : NULL;
}

static void check_unknown(const struct runbook *runbook, const struct param_given *given,
    size_t count, struct diags *diags)
{
	for (size_t i = 0; i < count; i++) {
		struct spell spell;
		struct diag *diag;
		size_t at = 0;

		spell_init(&spell, given[i].name);
		while (
		    at < runbook->param_count && !str_eq(runbook->params[at].name, given[i].name))
			spell_try(&spell, runbook->params[at++].name);
		if (at < runbook->param_count)
			continue;
		diag = diag_error(diags, "unknown-param",
		    given[i].node ? given[i].node->span : (struct span){0},
		    "the runbook has no parameter `%.*s`", STR_ARG(given[i].name));
		if (spell_best(&spell).len)
			diag_help(diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
	}
}

/* The last one given counts, as on any command line. */
static const struct param_given *find_given(
    const struct param_given *given, size_t count, struct str name)
{
	while (count-- > 0)
		if (str_eq(given[count].name, name))
			return &given[count];
	return NULL;
}

static const struct value *rebase(struct arena *arena, enum param_kind kind, enum param_kind of,
    const struct value *value, struct str way)
{
	struct value_entry *entries;
	const struct value **items;
	struct str path;

	if (kind == PARAM_PATH && value->type == VALUE_STRING) {
		path = value_text(value);
		if (!path.len || str_starts(path, STR("/")))
			return value;
		while (str_starts(path, STR("./")))
			path = str_sub(path, 2, path.len);
		return value_string(
		    arena, arena_printf(arena, "%.*s%.*s", STR_ARG(way), STR_ARG(path)));
	}
	if (of != PARAM_PATH)
		return value;
	if (value->type == VALUE_LIST) {
		items = arena_array(arena, value->list.count, sizeof(struct value *));
		for (size_t i = 0; i < value->list.count; i++)
			items[i] = rebase(arena, of, PARAM_ANY, value->list.items[i], way);
		return value_list(arena, items, value->list.count);
	}
	if (value->type != VALUE_MAP)
		return value;
	entries = arena_array(arena, value->map.count, sizeof(*entries));
	for (size_t i = 0; i < value->map.count; i++)
		entries[i] = (struct value_entry){value->map.entries[i].key,
		    rebase(arena, of, PARAM_ANY, value->map.entries[i].value, way)};
	return value_map(arena, entries, value->map.count);
}

/* One of several choices is the author's word, whoever gives it. */
const struct value *decl_rebase(
    struct arena *arena, const struct param_decl *decl, const struct value *value, struct str way)
{
	return way.len && !decl->choices ? rebase(arena, decl->kind, decl->of, value, way) : value;
}

/* A value that was given; NULL after a report. */
static const struct value *read_given(struct arena *arena, const struct param_decl *decl,
    const struct param_given *given, struct diags *diags)
{
	const struct value *value = given->node ? decl_from_node(arena, decl, given->node, diags)
						: decl_read(arena, decl, given->text, diags);

	return value ? decl_rebase(arena, decl, value, given->way) : NULL;
}

const struct value *model_params(struct arena *arena, const struct runbook *runbook,
    const struct param_given *given, size_t count, struct diags *diags)
{
	struct map_builder map;
	size_t errors = diags->errors;

	check_unknown(runbook, given, count, diags);
	map_begin(&map, arena);
	for (size_t i = 0; i < runbook->param_count; i++) {
		const struct param_decl *decl = &runbook->params[i];
		const struct param_given *text = find_given(given, count, decl->name);
		const struct value *value = decl->preset;
		struct diag *diag;

		if (text)
			value = read_given(arena, decl, text, diags);
		if (value) {
			map_add_str(&map, decl->name, value);
		} else if (!text) {
			diag = diag_error(diags, "missing-param", decl->span,
			    "the parameter `%.*s` was not given", STR_ARG(decl->name));
			diag_help(diags, diag, "-p %.*s=VALUE", STR_ARG(decl->name));
		}
	}
	return diags->errors == errors ? map_end(&map) : NULL;
}

const struct value *model_presets(struct arena *arena, const struct runbook *runbook)
{
	struct map_builder map;

	map_begin(&map, arena);
	for (size_t i = 0; i < runbook->param_count; i++)
		if (runbook->params[i].preset)
			map_add_str(&map, runbook->params[i].name, runbook->params[i].preset);
	return map_end(&map);
}
