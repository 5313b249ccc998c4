/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/foreign.h"
#include "lang/model_parts.h"

/* An action's key in a map: the first of them, with its spec. */
struct picked {
	struct place place;
	const struct action_spec *spec;
	bool many;
};

static void pick(struct reader *reader, struct picked *picked, const struct node_entry *entry,
    const struct action_spec *spec)
{
	struct diag *diag;

	if (!picked->spec) {
		picked->place = (struct place){.name = entry->key, .value = entry->value};
		picked->spec = spec;
		return;
	}
	picked->many = true;
	diag = diag_error(reader->diags, "excluded", entry->key->span,
	    "`%.*s` cannot stand beside `%.*s`: there is one action at most",
	    STR_ARG(entry->key->scalar.bytes), STR_ARG(place_name(&picked->place)));
	diag_other(reader->diags, diag, picked->place.name->span, "the first action");
	diag_help(reader->diags, diag, "make two steps of it");
}

static void read_library(struct reader *reader, const struct picked *picked, struct gathered *args)
{
	struct str noun = arena_printf(reader->arena, "`%s`", picked->spec->name);

	params_read(reader, picked->spec->params, noun.ptr, &picked->place, args);
}

static void action_fill(struct reader *reader, struct action *action, const struct gathered *args,
    const struct place *place)
{
	action->span = place->name->span;
	for (size_t i = 0; i < args->count; i++)
		if (args->items[i].session.len)
			action->session = args->items[i].session;
	action->list = args->items;
	action->count = args->count;
	action->args = gathered_map(reader, args, place->value->span);
}

void process_action(struct reader *reader, const struct place *place,
    const struct process_places *places, struct action *action)
{
	struct gathered args = {0};

	action->spec = vocabulary_action(reader->vocabulary, STR("run"));
	process_read(reader, places, &args, action);
	action_fill(reader, action, &args, place);
}

unsigned action_read(struct reader *reader, const struct node *map,
    const struct process_places *places, struct action *action)
{
	struct picked picked = {0};
	struct gathered args = {0};
	unsigned goes;

	for (size_t i = 0; i < map->map.count; i++) {
		const struct node_entry *entry = &map->map.entries[i];
		struct str name = entry->key->scalar.bytes;
		const struct action_spec *spec = NULL;

		if (str_find(name, STR(".")) > 0 || str_is(name, "run") || str_is(name, "pipe"))
			spec = vocabulary_action(reader->vocabulary, name);
		if (spec)
			pick(reader, &picked, entry, spec);
	}
	if (!picked.spec)
		return GOES_NOTHING;
	action->spec = picked.spec;
	if (str_is(str_from(picked.spec->name), "run") ||
	    str_is(str_from(picked.spec->name), "pipe")) {
		goes = process_read(reader, places, &args, action);
	} else {
		read_library(reader, &picked, &args);
		goes = GOES_LIBRARY;
	}
	action_fill(reader, action, &args, &picked.place);
	return picked.many ? 0 : goes;
}

/* What a key goes with, for messages. */
static const char *goes_noun(unsigned goes)
{
	if (goes == GOES_SCRIPT)
		return "a `run` with a shell script";
	if (goes == GOES_PROCESS)
		return "`run` or `pipe`";
	if (goes == GOES_BLOCK)
		return "`steps`, a block";
	if (goes == GOES_MANUAL)
		return "`manual`";
	return goes & GOES_BLOCK ? "an action or a block" : "an action";
}

static const char *thing_noun(unsigned goes)
{
	if (goes & GOES_BLOCK)
		return "a block";
	if (goes & GOES_NOTHING)
		return "what has no action";
	if (goes & GOES_MANUAL)
		return "what a person does";
	if (goes & GOES_LIBRARY)
		return "a library action";
	return goes & GOES_SCRIPT ? "a shell script" : "an argv";
}

static void misfit(struct reader *reader, const struct key_table *table, const struct key *key,
    const struct node *name, unsigned goes)
{
	struct diag *diag;

	diag = diag_error(reader->diags, "misplaced-key", name->span,
	    "`%s` of %s goes with %s, not with %s", key->name, table->noun, goes_noun(key->goes),
	    thing_noun(goes));
	if (str_is(str_from(key->name), "expect") && !(goes & GOES_ACTION))
		diag_help(
		    reader->diags, diag, "there is no result to look at; write it under `verify`");
	if (key->goes == GOES_BLOCK)
		diag_help(reader->diags, diag,
		    "make it a block: put this step under `steps` of one that has `%s`", key->name);
	if (str_is(str_from(key->name), "shell") && goes & GOES_NOTHING)
		diag_help(reader->diags, diag, "%s", foreign_help(FOREIGN_KEY, STR("shell")));
}

void keys_fit(
    struct reader *reader, const struct key_table *table, const struct node *map, unsigned goes)
{
	for (size_t i = 0; i < map->map.count && goes; i++) {
		const struct node *name = map->map.entries[i].key;
		const struct key *key = keys_find(table, name->scalar.bytes);

		if (key && key->goes && !(key->flags & (KEY_LATER | KEY_ACTION)) &&
		    !(key->goes & goes))
			misfit(reader, table, key, name, goes);
	}
}

/* What a visit looks for. */
struct look {
	const struct action_spec *spec;
	bool replaces;
	bool streams;
};

static void look(void *self, const struct str *path, size_t count, struct span span)
{
	struct look *look = self;
	const char *const *success = look->spec->success_fields;
	bool part = count > 1 &&
	    (str_is(path[1], "head") || str_is(path[1], "tail") || str_is(path[1], "size"));

	(void)span;
	for (size_t i = 0; success && success[i]; i++)
		look->replaces |= str_is(path[0], success[i]);
	if (str_is(path[0], "json") || str_is(path[0], "lines"))
		look->streams = true;
	for (const struct field *field = look->spec->results; field && field->name; field++)
		if (field->type->kind == TYPE_STREAM && str_is(path[0], field->name) && !part)
			look->streams = true;
}

bool expr_replaces_success(const struct expr *expr, const struct action_spec *spec)
{
	struct look found = {.spec = spec};

	if (expr && spec)
		expr_visit_names(expr, look, &found);
	return found.replaces;
}

bool expr_reads_stream(const struct expr *expr, const struct action_spec *spec)
{
	struct look found = {.spec = spec};

	if (expr && spec)
		expr_visit_names(expr, look, &found);
	return found.streams;
}
