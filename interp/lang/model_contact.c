/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

#include "base/spell.h"
#include "lang/contact.h"

/* How bad an incident is, who is told of it, and when. */

static const struct key severity_rows[] = {
    {"title", &shape_text, offsetof(struct severity_decl, title), 0, 0,
	"A line for people; otherwise its name."},
    {"description", &shape_text, offsetof(struct severity_decl, description), 0, 0,
	"More for people: what it means."},
    {"response", &shape_duration, offsetof(struct severity_decl, response_us), 0, 0,
	"How soon somebody must have begun; 0s is at once."},
    {"examples", &shape_texts, offsetof(struct severity_decl, examples), 0, 0,
	"What such an incident looks like."},
    {0},
};

const struct key_table severity_keys = {
    .name = "severity",
    .noun = "a severity",
    .keys = severity_rows,
};

static const struct severity_decl *find_severity(const struct runbook *runbook, struct str name)
{
	for (size_t i = 0; i < runbook->severity_count; i++)
		if (str_eq(runbook->severities[i].name, name))
			return &runbook->severities[i];
	return NULL;
}

const struct severity_decl *runbook_severity(const struct runbook *runbook)
{
	return find_severity(runbook, runbook->severity);
}

static void read_severities(struct reader *reader, const struct place *place, void *target)
{
	struct runbook *runbook = target;
	size_t count = read_entries(reader, place);
	size_t old = runbook->severity_count;
	struct severity_decl *all = arena_array(reader->arena, old + count, sizeof(*all));

	for (size_t i = 0; i < old; i++)
		all[i] = runbook->severities[i];
	for (size_t i = 0; i < count; i++) {
		const struct node_entry *entry = &place->value->map.entries[i];
		struct severity_decl *decl = &all[old + i];
		const struct severity_decl *before = find_severity(
		    runbook, entry->key->scalar.bytes);

		*decl = (struct severity_decl){.name = entry->key->scalar.bytes,
		    .response_us = UNSET_US,
		    .span = entry->key->span};
		if (!decl->name.len)
			diag_error(
			    reader->diags, "bad-name", entry->key->span, "a severity has a name");
		if (before)
			declared_twice(reader, decl->span, before->span, "severity", before->name);
		keys_read(reader, &severity_keys, entry->value, decl);
	}
	runbook->severities = all;
	runbook->severity_count = old + count;
}

/* Their names are the organization's own, P1 or SEV-2: a runbook's `severity` is one of them as it is written. */
const struct shape shape_severities = {
    .name = "severities",
    .read = read_severities,
    .schema = JSON({
	    "type" : "object",
	    "propertyNames" : {"minLength" : 1},
	    "additionalProperties" : {"$ref" : "#/$defs/severity"}
    }),
    .of = &severity_keys,
};

void severity_check(struct reader *reader, const struct place *place)
{
	const struct runbook *runbook = reader->runbook;
	struct spell spell;
	struct diag *diag;
	struct buf all;

	if (!runbook->severity.len || !runbook->severity_count || runbook_severity(runbook))
		return;
	diag = diag_error(reader->diags, "unknown-severity", place->value->span,
	    "there is no severity `%.*s`", STR_ARG(runbook->severity));
	diag_other(
	    reader->diags, diag, runbook->severities[0].span, "the severities are declared here");
	spell_init(&spell, runbook->severity);
	buf_init(&all, BUF_UNBOUNDED);
	for (size_t i = 0; i < runbook->severity_count; i++) {
		spell_try(&spell, runbook->severities[i].name);
		buf_printf(&all, "%s%.*s", i ? ", " : "", STR_ARG(runbook->severities[i].name));
	}
	if (spell_best(&spell).len)
		diag_help(reader->diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
	else
		diag_help(reader->diags, diag, "one of %.*s", STR_ARG(buf_view(&all)));
	buf_done(&all);
}

static const struct key contact_rows[] = {
    {"title", &shape_text, offsetof(struct contact, title), 0, 0,
	"A line for people; otherwise its name."},
    {"description", &shape_text, offsetof(struct contact, description), 0, 0,
	"More for people: what it is told for, when it is there."},
    {"person", &shape_text, offsetof(struct contact, person), 0, 0,
	"Whom to call or write to: no program does it, the operator is asked to."},
    {0},
};

const struct key_table contact_keys = {
    .name = "contact",
    .noun = "a contact",
    .keys = contact_rows,
    .channels = true,
};

static void list_channels(struct reader *reader, struct diag *diag)
{
	const struct connection_spec *const *specs = reader->vocabulary->channels;
	struct buf all;

	buf_init(&all, BUF_UNBOUNDED);
	for (size_t i = 0; specs && specs[i]; i++)
		buf_printf(&all, ", `%s`", specs[i]->kind);
	diag_help(reader->diags, diag, "one of `person`%.*s", STR_ARG(buf_view(&all)));
	buf_done(&all);
}

static void read_channel(struct reader *reader, const struct place *place, struct contact *contact)
{
	struct gathered args = {0};

	params_read(reader, contact->channel->params,
	    arena_printf(reader->arena, "`%s`", contact->channel->kind).ptr, place, &args);
	contact->list = args.items;
	contact->count = args.count;
	contact->args = gathered_map(reader, &args, place->value->span);
}

static struct template *constant(struct reader *reader, struct str text)
{
	return template_constant(reader->arena, value_string(reader->arena, text));
}

/* Nothing in it but what the channel is made of can be a secret. */
static void make_told(struct reader *reader, struct contact *contact)
{
	struct template_entry entries[3] = {
	    {STR("name"), constant(reader, contact->name)},
	    {STR("title"), constant(reader, contact->title)},
	    {STR("person"), NULL},
	};

	if (contact->channel)
		entries[2] = (struct template_entry){
		    str_from(contact->channel->kind), contact->args};
	else
		entries[2].value = constant(reader, contact->person);
	contact->told = template_map(reader->arena, entries, 3, contact->span);
}

static void read_contact(struct reader *reader, const struct place *place, struct contact *contact)
{
	const struct node *map = place->value;
	size_t errors = reader->diags->errors;

	if (!keys_read(reader, &contact_keys, map, contact))
		return;
	for (size_t i = 0; i < map->map.count; i++) {
		const struct node_entry *entry = &map->map.entries[i];
		const struct connection_spec *spec = vocabulary_channel(
		    reader->vocabulary, entry->key->scalar.bytes);

		if (!spec)
			continue;
		if (contact->channel || contact->person.len) {
			diag_help(reader->diags,
			    diag_error(reader->diags, "excluded", entry->key->span,
				"a contact is told in one way"),
			    "declare two, each with a name; both may stand in one `notify`");
			continue;
		}
		contact->channel = spec;
		read_channel(
		    reader, &(struct place){.name = entry->key, .value = entry->value}, contact);
	}
	if (!contact->channel && !contact->person.len && reader->diags->errors == errors)
		list_channels(reader,
		    diag_error(reader->diags, "missing-key", place->name->span,
			"the contact `%.*s` says no way to tell it", STR_ARG(contact->name)));
}

const struct contact *runbook_contact(const struct runbook *runbook, struct str name)
{
	for (size_t i = 0; i < runbook->contact_count; i++)
		if (str_eq(runbook->contacts[i].name, name))
			return &runbook->contacts[i];
	return NULL;
}

void contact_unknown(struct reader *reader, const struct node_list_entry *name)
{
	const struct runbook *runbook = reader->runbook;
	struct spell spell;
	struct diag *diag;

	if (left_open(runbook, name->span, "contact", name->name, reader->diags))
		return;
	diag = diag_error(reader->diags, "unknown-contact", name->span,
	    "there is no contact `%.*s`", STR_ARG(name->name));
	spell_init(&spell, name->name);
	for (size_t i = 0; i < runbook->contact_count; i++)
		spell_try(&spell, runbook->contacts[i].name);
	if (spell_best(&spell).len)
		diag_help(reader->diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
	else
		diag_help(reader->diags, diag, "declare it under `contacts` at the top level");
}

static void read_contacts(struct reader *reader, const struct place *place, void *target)
{
	struct runbook *runbook = target;
	size_t count = read_entries(reader, place);
	size_t old = runbook->contact_count;
	struct contact *all = arena_array(reader->arena, old + count, sizeof(*all));

	for (size_t i = 0; i < old; i++)
		all[i] = runbook->contacts[i];
	for (size_t i = 0; i < count; i++) {
		const struct node_entry *entry = &place->value->map.entries[i];
		struct place item = {.name = entry->key, .value = entry->value};
		struct contact *contact = &all[old + i];
		const struct contact *before = runbook_contact(runbook, entry->key->scalar.bytes);

		*contact = (struct contact){
		    .name = entry->key->scalar.bytes, .span = entry->key->span};
		read_name(reader, entry->key, "a contact");
		if (before)
			declared_twice(
			    reader, contact->span, before->span, "contact", before->name);
		read_contact(reader, &item, contact);
		if (!contact->title.len)
			contact->title = contact->name;
		make_told(reader, contact);
	}
	runbook->contacts = all;
	runbook->contact_count = old + count;
}

const struct shape shape_contacts = {
    .name = "contacts",
    .read = read_contacts,
    .form = FORM_NAMES,
    .of = &contact_keys,
};
