/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

#include "base/spell.h"
#include "expr/foreign.h"
#include "lang/bind.h"
#include "lang/contact.h"

/* What is being filled in, for messages. */
struct filling {
	struct reader *reader;
	const struct param *params;
	const char *noun;
	struct gathered *args;
	struct str meant; /* by the last one misspelt: not missed */
};

void gathered_expect(struct reader *reader, struct gathered *args, size_t count)
{
	args->items = arena_array(reader->arena, count, sizeof(*args->items));
	args->capacity = count;
}

void gathered_add(struct reader *reader, struct gathered *args, const struct arg *arg)
{
	args->items = arena_grow(
	    reader->arena, args->items, args->count, &args->capacity, sizeof(*args->items));
	args->items[args->count++] = *arg;
}

struct template *gathered_map(struct reader *reader, const struct gathered *args, struct span span)
{
	struct template_entry *entries = arena_array(reader->arena, args->count, sizeof(*entries));
	size_t count = 0;

	for (size_t i = 0; i < args->count; i++)
		if (args->items[i].value)
			entries[count++] = (struct template_entry){
			    args->items[i].name, args->items[i].value};
	return template_map(reader->arena, entries, count, span);
}

static bool is_template(const struct node *node)
{
	return node->kind == NODE_SCALAR && str_find(node->scalar.bytes, STR("${{")) >= 0;
}

static void value_wrong(struct reader *reader, const struct param *param, const struct node *node)
{
	kind_wrong(reader, str_from(param->name), param->kind, node);
}

static void check_choice(struct reader *reader, const struct param *param, const struct node *node)
{
	if (!param->choices || node->kind != NODE_SCALAR || is_template(node))
		return;
	for (size_t i = 0; param->choices[i]; i++)
		if (str_is(node->scalar.bytes, param->choices[i]))
			return;
	word_wrong(reader, str_from(param->name), param->choices, node);
}

static struct connection_decl *find_connection(struct reader *reader, struct str name)
{
	struct runbook *runbook = reader->runbook;

	for (size_t i = 0; i < runbook->connection_count; i++)
		if (str_eq(runbook->connections[i].name, name))
			return &runbook->connections[i];
	return NULL;
}

static void unknown_connection(struct reader *reader, const struct node *node)
{
	struct runbook *runbook = reader->runbook;
	struct spell spell;
	struct diag *diag;

	if (runbook->incomplete ||
	    left_open(runbook, node->span, "connection", node->scalar.bytes, reader->diags))
		return;
	diag = diag_error(reader->diags, "unknown-connection", node->span,
	    "there is no connection `%.*s`", STR_ARG(node->scalar.bytes));
	spell_init(&spell, node->scalar.bytes);
	for (size_t i = 0; i < runbook->connection_count; i++)
		spell_try(&spell, runbook->connections[i].name);
	if (spell_best(&spell).len)
		diag_help(reader->diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
	else
		diag_help(reader->diags, diag, "declare it under `connections` at the top level");
}

static void named_connection(
    struct reader *reader, const struct param *param, const struct node *node, struct arg *arg)
{
	struct connection_decl *decl = find_connection(reader, node->scalar.bytes);
	struct diag *diag;

	if (is_template(node)) {
		diag_help(reader->diags,
		    diag_error(reader->diags, "wrong-type", node->span,
			"a connection is named as it is, not by a template"),
		    "write its name alone; what differs in it may be a template under "
		    "`connections`");
		return;
	}
	if (!decl) {
		unknown_connection(reader, node);
		return;
	}
	if (decl->spec && param->connection &&
	    !str_is(str_from(decl->spec->kind), param->connection)) {
		diag = diag_error(reader->diags, "wrong-type", node->span,
		    "`%.*s` is a %s connection, a %s connection is wanted", STR_ARG(decl->name),
		    decl->spec->kind, param->connection);
		diag_other(reader->diags, diag, decl->span, "declared here");
		return;
	}
	arg->value = decl->args;
	arg->shared = true;
	if (decl->session)
		arg->session = decl->name;
}

static void inline_connection(
    struct reader *reader, const struct param *param, const struct place *place, struct arg *arg)
{
	const struct connection_spec *spec = param->connection
	    ? vocabulary_connection(reader->vocabulary, str_from(param->connection))
	    : NULL;
	struct gathered parts = {0};

	if (!spec) {
		place_wrong(reader, place, "the name of a connection");
		return;
	}
	if (place->value->kind == NODE_MAP && node_get(place->value, str_from(spec->kind))) {
		diag_help(reader->diags,
		    diag_error(reader->diags, "misplaced-key", place->value->span,
			"a connection in place says no kind, as it can only be %s", spec->kind),
		    "let its parameters stand bare, as in {host: db1, user: app}");
		return;
	}
	params_read(reader, spec->params,
	    arena_printf(reader->arena, "a %s connection", spec->kind).ptr, place, &parts);
	arg->value = gathered_map(reader, &parts, place->value->span);
	arg->parts = parts.items;
	arg->part_count = parts.count;
}

static void read_connection(
    struct reader *reader, const struct param *param, const struct place *place, struct arg *arg)
{
	if (place->value->kind == NODE_MAP)
		inline_connection(reader, param, place, arg);
	else if (place->value->kind == NODE_SCALAR && !node_is_null(place->value))
		named_connection(reader, param, place->value, arg);
	else
		value_wrong(reader, param, place->value);
}

/* A contact among those that an action tells; false when it is none. */
static bool read_contact(
    struct reader *reader, const struct node *node, const struct contact **ret_contact)
{
	struct node_list_entry name = {
	    node->kind == NODE_SCALAR ? node->scalar.bytes : STR(""), node->span};

	if (node->kind != NODE_SCALAR || node_is_null(node) || is_template(node)) {
		diag_help(reader->diags,
		    diag_error(reader->diags, "wrong-type", node->span,
			"a contact is named as it is, not by %.*s",
			STR_ARG(is_template(node) ? STR("a template")
						  : node_noun(reader->arena, node))),
		    "write its name alone, or a list of names; they are declared under `contacts`");
		return false;
	}
	*ret_contact = runbook_contact(reader->runbook, name.name);
	if (!*ret_contact && !reader->runbook->incomplete)
		contact_unknown(reader, &name);
	return *ret_contact != NULL;
}

static void read_contacts(struct reader *reader, const struct node *node, struct arg *arg)
{
	const struct node *single[] = {node};
	const struct node *const *items = node->kind == NODE_LIST ? node->list.items : single;
	size_t count = node->kind == NODE_LIST ? node->list.count : 1;
	const struct contact **contacts = arena_array(reader->arena, count, sizeof(*contacts));
	struct template **told = arena_array(reader->arena, count, sizeof(*told));

	if (!count)
		diag_error(reader->diags, "empty", node->span, "one contact at least is told");
	for (size_t i = 0; i < count; i++) {
		if (!read_contact(reader, items[i], &contacts[arg->contact_count]))
			continue;
		told[arg->contact_count] = contacts[arg->contact_count]->told;
		arg->contact_count++;
	}
	arg->contacts = contacts;
	arg->shared = true;
	arg->value = template_list(reader->arena, told, arg->contact_count, node->span);
}

/* A value that is no connection: typed here when it is constant, by the checker when it is a template. */
static struct template *read_value(
    struct reader *reader, const struct param *param, const struct node *node)
{
	bool text = param->kind == PARAM_STRING || param->kind == PARAM_PATH;
	unsigned flags = (text ? TEMPLATE_RAW : 0u) |
	    (param->flags & PARAM_WORDS ? TEMPLATE_RAW | TEMPLATE_SPLICE : 0u) |
	    (param->flags & PARAM_TAKES_SECRETS ? TEMPLATE_SECRETS : 0u);
	const struct value *value;

	check_choice(reader, param, node);
	if (param->kind == PARAM_ANY || is_template(node) ||
	    (param->kind == PARAM_LIST && node->kind == NODE_LIST) ||
	    (param->kind == PARAM_MAP && node->kind == NODE_MAP))
		return template_parse(reader->arena, node, flags, reader->diags);
	value = node->kind == NODE_SCALAR ? kind_from_scalar(reader->arena, param->kind, node)
					  : NULL;
	if (!value) {
		value_wrong(reader, param, node);
		return NULL;
	}
	return template_scalar(reader->arena, node, value);
}

static void add_value(struct filling *filling, const struct param *param, const struct place *place)
{
	struct arg arg = {
	    .name = str_from(param->name),
	    .param = param,
	    .secrets = (param->flags & PARAM_TAKES_SECRETS) != 0,
	};

	if (param->kind == PARAM_CONNECTION)
		read_connection(filling->reader, param, place, &arg);
	else if (param->kind == PARAM_CONTACTS)
		read_contacts(filling->reader, place->value, &arg);
	else
		arg.value = read_value(filling->reader, param, place->value);
	gathered_add(filling->reader, filling->args, &arg);
}

static const struct param *find_param(const struct param *params, struct str name)
{
	for (; params->name; params++)
		if (str_is(name, params->name))
			return params;
	return NULL;
}

/* Returns the parameter that was probably meant. */
static struct str unknown_param(struct filling *filling, const struct node *name)
{
	const char *foreign = foreign_help(FOREIGN_PARAM, name->scalar.bytes);
	struct diags *diags = filling->reader->diags;
	struct spell spell;
	struct diag *diag = diag_error(diags, "unknown-param", name->span,
	    "%s has no parameter `%.*s`", filling->noun, STR_ARG(name->scalar.bytes));

	spell_init(&spell, name->scalar.bytes);
	for (const struct param *param = filling->params; param->name; param++)
		spell_try(&spell, str_from(param->name));
	if (foreign)
		diag_help(diags, diag, "%s", foreign);
	else if (spell_best(&spell).len)
		diag_help(diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
	return foreign ? STR("") : spell_best(&spell);
}

static void read_map(struct filling *filling, const struct node *map)
{
	for (size_t i = 0; i < map->map.count; i++) {
		const struct node_entry *entry = &map->map.entries[i];
		const struct param *param = find_param(filling->params, entry->key->scalar.bytes);

		if (param)
			add_value(filling, param,
			    &(struct place){.name = entry->key, .value = entry->value});
		else
			filling->meant = unknown_param(filling, entry->key);
	}
}

static const struct param *principal(const struct param *params)
{
	while (params->name && !(params->flags & PARAM_PRINCIPAL))
		params++;
	return params->name ? params : NULL;
}

static bool is_given(const struct gathered *args, const struct param *param)
{
	for (size_t i = 0; i < args->count; i++)
		if (args->items[i].param == param)
			return true;
	return false;
}

static void check_required(struct filling *filling, const struct place *place)
{
	struct diags *diags = filling->reader->diags;

	for (const struct param *param = filling->params; param->name; param++) {
		struct diag *diag;

		if (!(param->flags & PARAM_REQUIRED) || is_given(filling->args, param) ||
		    str_is(filling->meant, param->name))
			continue;
		diag = diag_error(diags, "missing-param", place->name->span,
		    "%s needs the parameter `%s`", filling->noun, param->name);
		diag_help(diags, diag, "%s", param->doc);
	}
}

void params_read(struct reader *reader, const struct param *params, const char *noun,
    const struct place *place, struct gathered *args)
{
	struct filling filling = {.reader = reader, .params = params, .noun = noun, .args = args};
	const struct param *bare = principal(params);

	gathered_expect(reader, args, place->value->kind == NODE_MAP ? place->value->map.count : 1);
	if (place->value->kind == NODE_MAP)
		read_map(&filling, place->value);
	else if (bare && !(place->value->kind == NODE_SCALAR && node_is_null(place->value)))
		add_value(&filling, bare, place);
	else if (!(place->value->kind == NODE_SCALAR && node_is_null(place->value)))
		diag_help(reader->diags,
		    diag_error(reader->diags, "wrong-type", place->value->span,
			"%s wants a map of its parameters, not %.*s", noun,
			STR_ARG(node_noun(reader->arena, place->value))),
		    "as in {name: value}");
	check_required(&filling, place);
}
