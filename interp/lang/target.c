/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/target.h"

#include "value/target.h"

bool action_is_away(const struct action *action)
{
	bool away = action->at.target && !action->at.target->local && !action->stage_count;

	for (size_t i = 0; i < action->stage_count && !away; i++)
		away = action->stages[i].target && !action->stages[i].target->local;
	return away;
}

/* One target on its way to a value. */
struct seeing {
	struct arena *arena;
	const struct target_sight *sight;
	const struct at *at;
	bool known;
};

static const struct value *as_text(struct arena *arena, const struct value *value)
{
	const struct value *text = value;
	struct buf buf;

	buf_init(&buf, BUF_UNBOUNDED);
	if (value->type != VALUE_STRING && value_show(value, &buf))
		text = value_string(arena, arena_str(arena, buf_view(&buf)));
	buf_done(&buf);
	return text;
}

/* A relative path, seen from where it is used. */
static const struct value *see_path(const struct seeing *seeing, const struct value *path)
{
	struct str text = value_text(path);

	if (!seeing->at->way.len || !text.len || text.ptr[0] == '/' || text.ptr[0] == '~')
		return path;
	return value_string(seeing->arena,
	    arena_printf(seeing->arena, "%.*s%.*s", STR_ARG(seeing->at->way), STR_ARG(text)));
}

static const struct value *wrong(const struct seeing *seeing, struct str name, const char *why)
{
	return value_error(seeing->arena, 0, 0, "target: %.*s %s", STR_ARG(name), why);
}

static const struct value *see_port(
    const struct seeing *seeing, struct str name, const struct value *port)
{
	if (seeing->known ||
	    (port->type == VALUE_INT && port->integer >= 1 && port->integer <= TARGET_PORT_MAX))
		return port;
	return wrong(seeing, name, "is no port, 1 to 65535");
}

/* ssh's options are texts. */
static const struct value *see_options(const struct seeing *seeing, const struct value *options)
{
	struct map_builder map;

	if (options->type != VALUE_MAP)
		return options;
	map_begin(&map, seeing->arena);
	for (size_t i = 0; i < options->map.count; i++)
		map_add_str(&map, value_text(options->map.entries[i].key),
		    as_text(seeing->arena, options->map.entries[i].value));
	return map_end(&map);
}

/* One part of it: a word of its own for a program, with a few that are not. */
static const struct value *see_part(
    const struct seeing *seeing, struct str name, const struct value *part)
{
	const char *why;

	if (str_is(name, "port"))
		return see_port(seeing, name, part);
	if (str_is(name, "options"))
		return see_options(seeing, part);
	part = as_text(seeing->arena, part);
	if (part->type != VALUE_STRING)
		return seeing->known ? part : wrong(seeing, name, "is no text");
	why = target_word_wrong(value_text(part));
	if (why && !seeing->known &&
	    !(str_is(name, "selector") && value_text(part).len && value_text(part).ptr[0] != '-'))
		return wrong(seeing, name, why);
	return str_is(name, "identity") ? see_path(seeing, part) : part;
}

static const struct value *see_map(const struct seeing *seeing, const struct value *given,
    const char *machine, const struct value *item)
{
	struct map_builder map;
	const struct value *part;

	map_begin(&map, seeing->arena);
	if (item) {
		part = see_part(seeing, str_from(machine), item);
		if (part->type == VALUE_ERROR)
			return part;
		map_add(&map, machine, part);
	}
	for (size_t i = 0; i < given->map.count; i++) {
		struct str name = value_text(given->map.entries[i].key);

		part = see_part(seeing, name, given->map.entries[i].value);
		if (part->type == VALUE_ERROR)
			return part;
		map_add_str(&map, name, part);
	}
	return map_end(&map);
}

/* Of many, what stands for the machine while it is not known which: all of them, "{web1, web2}". */
static const struct value *any_machine(const struct seeing *seeing, const struct target *target)
{
	const struct scope *scope = seeing->sight->scope(seeing->sight, target, seeing->at);
	const struct value *list = expr_eval(target->machines, scope, seeing->arena);
	const struct value *text;
	struct buf all;

	buf_init(&all, BUF_UNBOUNDED);
	buf_byte(&all, '{');
	if (list->type == VALUE_LIST)
		value_show_choices(list, &all);
	else
		buf_str(&all, expr_line(target->machines, seeing->arena));
	buf_byte(&all, '}');
	text = value_string(seeing->arena, arena_str(seeing->arena, buf_view(&all)));
	buf_done(&all);
	return text;
}

static const struct value *see_given(
    const struct seeing *seeing, const struct target *target, const struct value *machine)
{
	const struct scope *scope = seeing->sight->scope(seeing->sight, target, seeing->at);
	const struct value *given = seeing->known
	    ? template_eval_known(target->value, scope, seeing->arena)
	    : template_eval(target->value, scope, seeing->arena);
	struct map_builder map;

	if (given->type != VALUE_MAP)
		return given;
	map_begin(&map, seeing->arena);
	if (target->name.len)
		map_add(&map, "name", value_string(seeing->arena, target->name));
	for (size_t i = 0; i < given->map.count; i++) {
		struct str name = value_text(given->map.entries[i].key);
		const struct value *part = given->map.entries[i].value;
		bool many = machine && target->kind && str_is(name, target->kind);

		if (part->type == VALUE_MAP)
			part = see_map(seeing, part, target->part, many ? machine : NULL);
		else
			part = see_part(seeing, name, part);
		if (part->type == VALUE_ERROR)
			return part;
		map_add_str(&map, name, part);
	}
	return map_end(&map);
}

/* A list of targets before it is known which of them it is. */
static const struct value *see_any(const struct seeing *seeing, const struct target *target)
{
	struct map_builder map;
	struct map_builder ssh;

	map_begin(&ssh, seeing->arena);
	map_add(&ssh, "host", any_machine(seeing, target));
	map_begin(&map, seeing->arena);
	map_add(&map, "ssh", map_end(&ssh));
	return map_end(&map);
}

static const struct value *see(const struct seeing *seeing, const struct target *target)
{
	const struct value *machine = NULL;
	struct seeing member = *seeing;
	struct at at = *seeing->at;
	size_t index = 0;

	if (target->local || (!target->value && !target->members))
		return value_null();
	if (!target->many)
		return see_given(seeing, target, NULL);
	machine = seeing->sight->machine(seeing->sight, seeing->at, &index);
	if (!machine && !seeing->known)
		return value_error(seeing->arena, 0, 0, "target: nobody knows which machine it is");
	if (machine && machine->type == VALUE_UNKNOWN && !seeing->known)
		return machine;
	if (!machine || machine->type == VALUE_UNKNOWN) {
		if (target->members)
			return see_any(seeing, target);
		return see_given(seeing, target, any_machine(seeing, target));
	}
	if (!target->members)
		return see_given(seeing, target, machine);
	if (index >= target->member_count)
		return value_error(seeing->arena, 0, 0, "target: nobody knows which machine it is");
	at.way = arena_printf(seeing->arena, "%.*s%.*s", STR_ARG(seeing->at->way),
	    STR_ARG(target->members[index].way));
	member.at = &at;
	return see(&member, target->members[index].target);
}

static const struct value *with(
    struct arena *arena, const struct value *args, const char *name, const struct value *value)
{
	struct map_builder map;

	if (value->type == VALUE_ERROR || value->type == VALUE_UNKNOWN)
		return value;
	if (value->type == VALUE_NULL)
		return args;
	map_begin(&map, arena);
	for (size_t i = 0; i < args->map.count; i++)
		map_add_str(&map, value_text(args->map.entries[i].key), args->map.entries[i].value);
	map_add(&map, name, value);
	return map_end(&map);
}

const struct value *target_add(struct arena *arena, const struct action *action,
    const struct value *args, const struct target_sight *sight, bool known)
{
	struct seeing seeing = {arena, sight, &action->at, known};
	const struct value **items;

	if (args->type != VALUE_MAP || !action_is_away(action))
		return args;
	if (!action->stage_count)
		return with(arena, args, "target", see(&seeing, action->at.target));
	items = arena_array(arena, action->stage_count, sizeof(*items));
	for (size_t i = 0; i < action->stage_count; i++) {
		seeing.at = &action->stages[i];
		items[i] = seeing.at->target ? see(&seeing, seeing.at->target) : value_null();
		if (items[i]->type == VALUE_ERROR || items[i]->type == VALUE_UNKNOWN)
			return items[i];
	}
	return with(arena, args, "targets", value_list(arena, items, action->stage_count));
}
