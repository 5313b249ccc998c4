/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

#include "base/spell.h"
#include "base/units.h"

/* A share of a hundred, above 0: "99.9%". */
static void read_availability(struct reader *reader, const struct place *place, void *target)
{
	struct str text = {0};
	double share;

	if (place->value->kind == NODE_SCALAR)
		text = place->value->scalar.bytes;
	if (!str_ends(text, STR("%")) || !units_double(str_sub(text, 0, text.len - 1), &share) ||
	    !(share > 0 && share <= 100))
		diag_help(reader->diags, place_wrong(reader, place, "a share"), "as in 99.9%%");
	else
		*(struct str *)target = text;
}

static const struct shape shape_availability = {
    .name = "availability",
    .read = read_availability,
    .schema = JSON({"type" : "string", "pattern" : "^[0-9]{1,3}([.][0-9]+)?%$"}),
};

static const struct key objectives_rows[] = {
    {"rto", &shape_positive, offsetof(struct objectives, rto_us), 0, 0,
	"Recovery time objective: how long the recovery may take."},
    {"rpo", &shape_positive, offsetof(struct objectives, rpo_us), 0, 0,
	"Recovery point objective: how much of the latest data may be lost, as a time."},
    {"mttr", &shape_positive, offsetof(struct objectives, mttr_us), 0, 0,
	"Mean time to recovery: what many incidents together should come to."},
    {"availability", &shape_availability, offsetof(struct objectives, availability), 0, 0,
	"The share of the time in which the service is there, as 99.9%."},
    {"estimate", &shape_range, offsetof(struct objectives, estimate_low_us), 0, 0,
	"How long the whole run usually takes, as 20m or 15m..45m."},
    {0},
};

const struct key_table objectives_keys = {
    .name = "objectives",
    .noun = "`objectives`",
    .keys = objectives_rows,
};

static void read_objectives(struct reader *reader, const struct place *place, void *target)
{
	keys_read(reader, &objectives_keys, place->value, target);
}

const struct shape shape_objectives = {
    .name = "objectives",
    .read = read_objectives,
    .form = FORM_MAP,
    .of = &objectives_keys,
};

/* A secret as it stands in a document: exactly one of three. */
struct secret_places {
	struct place env;
	struct place file;
	struct place command;
};

static const struct shape shape_command = {
    .name = "command",
    .read = read_strings,
    .schema = JSON({"$ref" : "#/$defs/texts", "minItems" : 1}),
};
static const struct shape shape_variable = {
    .name = "variable",
    .read = read_string,
    .schema = JSON({"type" : "string", "pattern" : "^[A-Za-z_][A-Za-z0-9_]*$"}),
};

static const struct key secret_rows[] = {
    {"env", &shape_variable, offsetof(struct secret_places, env), KEY_KEPT, 0,
	"The environment variable that holds it."},
    {"file", &shape_text, offsetof(struct secret_places, file), KEY_KEPT, 0,
	"The file that holds it; a last newline is left out."},
    {"command", &shape_command, offsetof(struct secret_places, command), KEY_KEPT, 0,
	"An argv that prints it; a last newline is left out."},
    {0},
};

const struct key_table secret_keys = {
    .name = "secret",
    .noun = "a secret",
    .keys = secret_rows,
    .alternatives = true,
};

/* "$TOKEN" is the commonest mistake: the name is meant, not its value. */
static void check_variable(struct reader *reader, const struct place *place, struct str name)
{
	struct diag *diag;

	if (!name.ptr || is_variable(name))
		return;
	diag = diag_error(reader->diags, "bad-name", place->value->span,
	    "`%.*s` cannot name an environment variable", STR_ARG(str_sub(name, 0, 60)));
	if (str_starts(name, STR("$")))
		diag_help(reader->diags, diag, "write the name alone, without $");
}

static void read_secret(
    struct reader *reader, const struct place *place, struct secret_decl *secret)
{
	struct secret_places places = {0};
	struct strings argv = {0};

	keys_read(reader, &secret_keys, place->value, &places);
	if (places.env.value) {
		secret->from = SECRET_ENV;
		place_read(reader, &places.env, &secret->env);
		check_variable(reader, &places.env, secret->env);
	} else if (places.file.value) {
		secret->from = SECRET_FILE;
		place_read(reader, &places.file, &secret->env);
	} else if (places.command.value) {
		secret->from = SECRET_COMMAND;
		place_read(reader, &places.command, &argv);
		if (!argv.count && places.command.value->kind == NODE_LIST)
			place_wrong(reader, &places.command, "an argv");
		secret->argv = argv.items;
		secret->argc = argv.count;
	}
}

static void read_secrets(struct reader *reader, const struct place *place, void *target)
{
	struct runbook *runbook = target;
	size_t count = read_entries(reader, place);
	struct secret_decl *old = runbook->secrets;
	size_t old_count = runbook->secret_count;

	runbook->secrets = arena_array(reader->arena, old_count + count, sizeof(*runbook->secrets));
	for (size_t i = 0; i < old_count; i++)
		runbook->secrets[i] = old[i];
	for (size_t i = 0; i < count; i++) {
		const struct node_entry *entry = &place->value->map.entries[i];
		struct place item = {.name = entry->key, .value = entry->value};
		struct secret_decl *secret = &runbook->secrets[runbook->secret_count++];

		*secret = (struct secret_decl){
		    .name = entry->key->scalar.bytes, .span = entry->key->span};
		read_name(reader, entry->key, "a secret");
		for (size_t k = 0; k < old_count; k++)
			if (str_eq(old[k].name, secret->name))
				declared_twice(
				    reader, secret->span, old[k].span, "secret", secret->name);
		read_secret(reader, &item, secret);
	}
}

const struct shape shape_secrets = {
    .name = "secrets",
    .read = read_secrets,
    .form = FORM_NAMES,
    .of = &secret_keys,
};

static void unknown_kind(struct reader *reader, const struct node *name)
{
	const struct connection_spec *const *specs = reader->vocabulary->connections;
	struct spell spell;
	struct diag *diag = diag_error(reader->diags, "unknown-connection", name->span,
	    "there is no kind of connection `%.*s`", STR_ARG(name->scalar.bytes));
	struct buf all;

	spell_init(&spell, name->scalar.bytes);
	buf_init(&all, BUF_UNBOUNDED);
	for (size_t i = 0; specs[i]; i++) {
		spell_try(&spell, str_from(specs[i]->kind));
		buf_printf(&all, "%s%s", i ? ", " : "", specs[i]->kind);
	}
	if (spell_best(&spell).len)
		diag_help(reader->diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
	else
		diag_help(reader->diags, diag, "one of %.*s", STR_ARG(buf_view(&all)));
	buf_done(&all);
}

static void read_kind(
    struct reader *reader, const struct place *place, struct connection_decl *decl)
{
	struct gathered args = {0};
	struct str noun;

	decl->spec = vocabulary_connection(reader->vocabulary, place_name(place));
	if (!decl->spec) {
		unknown_kind(reader, place->name);
		return;
	}
	noun = arena_printf(reader->arena, "a %s connection", decl->spec->kind);
	params_read(reader, decl->spec->params, noun.ptr, place, &args);
	decl->list = args.items;
	decl->count = args.count;
	decl->args = gathered_map(reader, &args, place->value->span);
}

static void read_connection(
    struct reader *reader, const struct place *place, struct connection_decl *decl)
{
	bool found = false;
	struct diag *diag;

	if (place->value->kind != NODE_MAP || place->value->map.count == 0) {
		diag = place_wrong(reader, place, "a map with the kind of connection");
		diag_help(reader->diags, diag, "as in {postgres: {host: 127.0.0.1}}");
		return;
	}
	for (size_t i = 0; i < place->value->map.count; i++) {
		const struct node_entry *entry = &place->value->map.entries[i];

		if (str_is(entry->key->scalar.bytes, "session"))
			read_bool(reader,
			    &(struct place){.name = entry->key, .value = entry->value},
			    &decl->session);
		else if (found)
			diag_help(reader->diags,
			    diag_error(reader->diags, "excluded", entry->key->span,
				"a connection is of one kind"),
			    "declare two, each with a name");
		else
			read_kind(reader,
			    &(struct place){.name = entry->key, .value = entry->value}, decl);
		found |= !str_is(entry->key->scalar.bytes, "session");
	}
	if (decl->session && decl->spec && !decl->spec->sessions)
		diag_help(reader->diags,
		    diag_error(reader->diags, "excluded", place->name->span,
			"a %s connection keeps no session that steps could share",
			decl->spec->kind),
		    "leave `session` out");
	if (!found)
		diag_help(reader->diags,
		    diag_error(reader->diags, "missing-key", place->name->span,
			"the connection `%.*s` says no kind, as in {session: true, postgres: {…}}",
			STR_ARG(place_name(place))),
		    "write the kind and what it needs; `reprise actions` lists the kinds");
}

static void read_connections(struct reader *reader, const struct place *place, void *target)
{
	struct runbook *runbook = target;
	size_t count = read_entries(reader, place);
	struct connection_decl *old = runbook->connections;
	size_t old_count = runbook->connection_count;

	runbook->connections = arena_array(
	    reader->arena, old_count + count, sizeof(*runbook->connections));
	for (size_t i = 0; i < old_count; i++)
		runbook->connections[i] = old[i];
	for (size_t i = 0; i < count; i++) {
		const struct node_entry *entry = &place->value->map.entries[i];
		struct place item = {.name = entry->key, .value = entry->value};
		struct connection_decl *decl = &runbook->connections[runbook->connection_count++];

		*decl = (struct connection_decl){
		    .name = entry->key->scalar.bytes, .span = entry->key->span};
		read_name(reader, entry->key, "a connection");
		for (size_t k = 0; k < old_count; k++)
			if (str_eq(old[k].name, decl->name))
				declared_twice(
				    reader, decl->span, old[k].span, "connection", decl->name);
		read_connection(reader, &item, decl);
	}
}

/* A connection is made of what its kind wants: the vocabulary knows. */
const struct shape shape_connections = {
    .name = "connections",
    .read = read_connections,
    .schema = JSON({
	    "type" : "object",
	    "propertyNames" : {"$ref" : "#/$defs/name"},
	    "additionalProperties" : {"$ref" : "#/$defs/connection"}
    }),
};
