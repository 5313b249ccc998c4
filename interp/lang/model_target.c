/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spell.h"
#include "lang/target_parts.h"

/* A target as its parts are read. */
struct making {
	struct reader *reader;
	struct target *target;
	struct template_entry entries[TARGET_KINDS + 1];
	size_t count;
	struct gathered args;
};

/* What the checker wants of a part that is no text. */
static const struct param part_params[] = {
    {.name = "port", .kind = PARAM_INT},
    {.name = "options", .kind = PARAM_MAP},
    {0},
};

static void add_part(struct making *making, const char *name, struct template *value)
{
	struct arg arg = {.name = str_from(name), .value = value};

	for (const struct param *param = part_params; param->name; param++)
		if (str_is(arg.name, param->name))
			arg.param = param;
	gathered_add(making->reader, &making->args, &arg);
}

/* Which machine it is: one, many, or of a pod what it is called. */
static void check_machine(struct reader *reader, const struct target_kind *kind,
    const struct place *place, const struct kind_draft *draft)
{
	bool selected = str_is(str_from(kind->name), "kubernetes") && draft->parts[1];
	struct diag *diag;

	if (draft->parts[0] || draft->machines || selected)
		return;
	if (place->value->kind == NODE_MAP &&
	    (node_get(place->value, str_from(kind->machine)) ||
		node_get(place->value, str_from(kind->machines))))
		return; /* it was refused */
	diag = diag_error(reader->diags, "missing-key", place->name->span,
	    "`%s` does not say which %s", kind->name, kind->machine);
	diag_help(reader->diags, diag, "as in {%s: {%s: …}}, or {%s: …}", kind->name, kind->machine,
	    kind->name);
}

static void read_kind(
    struct making *making, const struct target_kind *kind, const struct place *place)
{
	struct kind_draft draft = {0};
	struct template_entry parts[TARGET_PARTS];
	size_t errors = making->reader->diags->errors;
	size_t count = 0;

	if (place->value->kind == NODE_SCALAR && !node_is_null(place->value))
		shape_target_word.read(making->reader, place, &draft.parts[0]);
	else if (!keys_read(making->reader, kind->keys, place->value, &draft))
		return;
	if (making->reader->diags->errors == errors)
		check_machine(making->reader, kind, place, &draft);
	for (const struct key *key = kind->keys->keys; key->name; key++) {
		struct template *part;

		if (key->offset == offsetof(struct kind_draft, machines))
			continue;
		part = draft.parts[key->offset / sizeof(struct template *)];
		if (!part)
			continue;
		parts[count++] = (struct template_entry){str_from(key->name), part};
		add_part(making, key->name, part);
	}
	if (draft.machines && making->target->machines) {
		diag_help(making->reader->diags,
		    diag_error(making->reader->diags, "excluded", place->name->span,
			"a target is many in one way"),
		    "put one of them on a block around the step");
		return;
	}
	if (draft.machines) {
		making->target->many = true;
		making->target->machines = draft.machines;
		making->target->kind = kind->name;
		making->target->part = kind->machine;
	}
	making->entries[making->count++] = (struct template_entry){str_from(kind->name),
	    template_map(making->reader->arena, parts, count, place->value->span)};
}

/* A target that is one map: in the order in which it leads there. */
static bool read_map(struct reader *reader, const struct node *map, struct target *target)
{
	struct target_draft draft = {0};
	struct making making = {.reader = reader, .target = target};
	struct template *become = NULL;
	struct template_entry *entries;

	if (!keys_read(reader, &target_keys, map, &draft))
		return false;
	if (!map->map.count)
		diag_help(reader->diags,
		    diag_error(reader->diags, "empty", map->span, "this target leads nowhere"),
		    "as in {ssh: db1}; here is `local`");
	for (size_t i = 0; target_kinds[i].name; i++) {
		if (draft.kinds[i].value)
			read_kind(&making, &target_kinds[i], &draft.kinds[i]);
		if (i > 0 || !draft.become.value)
			continue;
		place_read(reader, &draft.become, &become);
		if (!become)
			continue;
		add_part(&making, "become", become);
		making.entries[making.count++] = (struct template_entry){STR("become"), become};
	}
	target->list = making.args.items;
	target->count = making.args.count;
	entries = arena_array(reader->arena, making.count, sizeof(*entries));
	for (size_t i = 0; i < making.count; i++)
		entries[i] = making.entries[i];
	target->value = template_map(reader->arena, entries, making.count, map->span);
	return true;
}

static const struct target local = {.name = STR("local"), .local = true};

static void unknown_target(struct reader *reader, const struct node *name)
{
	const struct runbook *runbook = reader->runbook;
	struct spell spell;
	struct diag *diag;

	if (runbook->incomplete ||
	    left_open(runbook, name->span, "target", name->scalar.bytes, reader->diags))
		return;
	diag = diag_error(reader->diags, "unknown-target", name->span, "there is no target `%.*s`",
	    STR_ARG(str_sub(name->scalar.bytes, 0, 60)));
	spell_init(&spell, name->scalar.bytes);
	for (size_t i = 0; i < runbook->target_count; i++)
		spell_try(&spell, runbook->targets[i]->name);
	spell_try(&spell, STR("local"));
	if (spell_best(&spell).len)
		diag_help(reader->diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
	else
		diag_help(reader->diags, diag,
		    "declare it under `targets` at the top level, or write {ssh: %.*s}",
		    STR_ARG(str_sub(name->scalar.bytes, 0, 60)));
}

static const struct target *find_target(struct reader *reader, const struct node *name)
{
	struct diag *diag;

	if (str_find(name->scalar.bytes, STR("${{")) >= 0) {
		diag = diag_error(reader->diags, "wrong-type", name->span,
		    "a target is named as it is, not by a template");
		diag_help(reader->diags, diag,
		    "write its name alone; what differs in it may be a template, as in {ssh: "
		    "\"${{ … }}\"}");
		return NULL;
	}
	if (str_is(name->scalar.bytes, "local"))
		return &local;
	for (size_t i = 0; i < reader->runbook->target_count; i++)
		if (str_eq(reader->runbook->targets[i]->name, name->scalar.bytes))
			return reader->runbook->targets[i];
	unknown_target(reader, name);
	return NULL;
}

static struct target *new_target(struct reader *reader, struct span span)
{
	struct target *target = arena_alloc(reader->arena, sizeof(*target));

	*target = (struct target){.span = span, .source = reader->runbook->source};
	return target;
}

/* What an item of a list of targets is called: its machine, or who one becomes there. */
static struct template *machine_of(struct reader *reader, const struct target *target)
{
	static const char *const paths[][2] = {{"docker", "container"}, {"podman", "container"},
	    {"kubernetes", "pod"}, {"kubernetes", "selector"}, {"ssh", "host"}, {"become", NULL}};

	for (size_t i = 0; target->value && i < sizeof(paths) / sizeof(*paths); i++) {
		const struct template *part = template_get(target->value, str_from(paths[i][0]));

		if (part && paths[i][1])
			part = template_get(part, str_from(paths[i][1]));
		if (part)
			return (struct template *)(uintptr_t)part;
	}
	return template_constant(
	    reader->arena, value_string(reader->arena, target->local ? STR("here") : STR("")));
}

static bool read_member(struct reader *reader, const struct node *node, struct at *at)
{
	struct diag *diag;

	if (node->kind == NODE_MAP) {
		struct target *target = new_target(reader, node->span);

		if (!read_map(reader, node, target))
			return false;
		at->target = target;
	} else if (node->kind == NODE_SCALAR && !node_is_null(node)) {
		at->target = find_target(reader, node);
	} else {
		diag_error(reader->diags, "wrong-type", node->span,
		    "a list of targets holds maps and names, not %.*s",
		    STR_ARG(node_noun(reader->arena, node)));
	}
	if (!at->target || !at->target->many)
		return at->target != NULL;
	diag = diag_error(
	    reader->diags, "excluded", node->span, "a target of a list is one, this is many");
	if (at->target->name.len)
		diag_other(reader->diags, diag, at->target->span, "declared here");
	diag_help(reader->diags, diag, "write its machines one by one, or a step for each");
	return false;
}

/* Its item must be known where the list stands: what a declared one is called there may be the template's affair. */
static bool is_named_here(struct reader *reader, const struct target *target,
    const struct template *machine, struct span span)
{
	struct diag *diag;

	if (!target->book || target->book == reader->runbook || template_value(machine))
		return true;
	diag = diag_error(reader->diags, "excluded", span,
	    "where `%.*s` leads is a template, which a list in here cannot see",
	    STR_ARG(target->name));
	diag_help(reader->diags, diag, "declare the list itself under `targets`");
	return false;
}

static bool read_list(struct reader *reader, const struct node *list, struct target *target)
{
	struct template **words = arena_array(
	    reader->arena, list->list.count, sizeof(struct template *));
	struct at *members = arena_array(reader->arena, list->list.count, sizeof(*members));
	bool good = list->list.count > 0;

	target->many = true;
	if (!good)
		diag_error(reader->diags, "empty", list->span, "this list of targets is empty");
	for (size_t i = 0; i < list->list.count; i++) {
		members[i] = (struct at){0};
		if (!read_member(reader, list->list.items[i], &members[i])) {
			good = false;
			continue;
		}
		words[i] = machine_of(reader, members[i].target);
		good &= is_named_here(
		    reader, members[i].target, words[i], list->list.items[i]->span);
		if (members[i].target->source)
			members[i].way = files_way(
			    reader->files, members[i].target->source, reader->runbook->source);
	}
	if (!good)
		return false;
	target->members = members;
	target->member_count = list->list.count;
	target->machines = target_list(reader, words, list->list.count, list->span);
	return target->machines != NULL;
}

static const struct target *read_here(struct reader *reader, const struct place *place)
{
	const struct node *node = place->value;
	struct target *target;
	struct diag *diag;

	if (node->kind == NODE_SCALAR && !node_is_null(node))
		return find_target(reader, node);
	if (node->kind == NODE_SCALAR) {
		diag = place_wrong(reader, place, "a target");
		diag_help(reader->diags, diag, "the name of one, {ssh: …}, or `local`");
		return NULL;
	}
	target = new_target(reader, node->span);
	if (node->kind == NODE_LIST)
		return read_list(reader, node, target) ? target : NULL;
	return read_map(reader, node, target) ? target : NULL;
}

static void read_at(struct reader *reader, const struct place *place, void *target)
{
	struct at *at = target;

	at->target = read_here(reader, place);
	at->step = reader->step;
	if (at->target)
		reader->at = *at;
}

const struct shape shape_target = {
    .name = "at",
    .read = read_at,
    .schema = JSON({
	    "anyOf" : [
		    {"type" : "string", "pattern" : "^[a-z][a-z0-9_]*$"}, {
			    "type" : "array",
			    "minItems" : 1,
			    "items" : {
				    "anyOf" : [
					    {"type" : "string", "pattern" : "^[a-z][a-z0-9_]*$"},
					    {"$ref" : "#/$defs/target"}
				    ]
			    }
		    }
	    ]
    }),
    .form = FORM_MAP,
    .of = &target_keys,
    .templates = true,
};

static void declare(struct reader *reader, const struct node_entry *entry, struct target *target)
{
	struct place place = {.name = entry->key, .value = entry->value};
	struct diag *diag;

	if (entry->value->kind == NODE_MAP) {
		read_map(reader, entry->value, target);
	} else if (entry->value->kind == NODE_LIST) {
		read_list(reader, entry->value, target);
	} else {
		diag = place_wrong(reader, &place, "a map, or a list of targets");
		diag_help(reader->diags, diag, "as in {ssh: db1}");
	}
}

static struct target *new_declared(struct reader *reader, const struct node *name)
{
	struct runbook *runbook = reader->runbook;
	struct target *target = new_target(reader, name->span);

	target->name = name->scalar.bytes;
	target->book = runbook;
	if (str_is(target->name, "local"))
		diag_help(reader->diags,
		    diag_error(reader->diags, "bad-name", name->span,
			"`local` cannot be declared: it is this machine"),
		    "give it another name");
	else
		read_name(reader, name, "a target");
	for (size_t k = 0; k < runbook->target_count; k++)
		if (str_eq(runbook->targets[k]->name, target->name))
			declared_twice(
			    reader, name->span, runbook->targets[k]->span, "target", target->name);
	return target;
}

/* Lists come last: they name the others, wherever those stand. */
static void read_targets(struct reader *reader, const struct place *place, void *object)
{
	struct runbook *runbook = object;
	size_t count = read_entries(reader, place);
	size_t old = runbook->target_count;
	struct target **all = arena_array(reader->arena, old + count, sizeof(struct target *));

	for (size_t i = 0; i < old; i++)
		all[i] = runbook->targets[i];
	runbook->targets = all;
	for (size_t i = 0; i < count; i++) {
		all[old + i] = new_declared(reader, place->value->map.entries[i].key);
		all[old + i]->many = place->value->map.entries[i].value->kind == NODE_LIST;
		runbook->target_count++;
	}
	for (int lists = 0; lists < 2; lists++)
		for (size_t i = 0; i < count; i++)
			if ((place->value->map.entries[i].value->kind == NODE_LIST) == lists)
				declare(reader, &place->value->map.entries[i], all[old + i]);
}

const struct shape shape_targets = {
    .name = "targets",
    .read = read_targets,
    .schema = JSON({
	    "type" : "object",
	    "propertyNames" :
		{"allOf" : [ {"$ref" : "#/$defs/name"}, {"not" : {"const" : "local"}} ]},
	    "additionalProperties" : {"type" : [ "object", "array" ], "$ref" : "#/$defs/at"}
    }),
    .templates = true,
};
