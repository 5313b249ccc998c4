/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

enum { LANGUAGE_VERSION = 1 };

/* A runbook as it is read. */
struct runbook_draft {
	struct runbook runbook;
	struct strings symptoms;
	struct place env;
	struct place version;
	struct place id;
	struct place objectives;
	struct place params;
	struct place secrets;
	struct place connections;
	struct place targets;
	struct place steps;
	struct place finally;
	struct place verify;
	struct place outputs;
	struct place include;
	struct place templates;
	struct place triggers;
	struct place severity;
	struct place severities;
	struct place contacts;
	struct place escalation;
};

#define DRAFT(field) offsetof(struct runbook_draft, field)

static const struct shape shape_version = {
    .name = "version",
    .schema = JSON({"const" : 1}),
};
static const struct shape shape_book_id = {
    .name = "runbook-id",
    .schema = JSON({"type" : "string", "pattern" : "^[a-z][a-z0-9-]*$"}),
};
static const struct shape shape_files = {
    .name = "files",
    .schema = JSON({"$ref" : "#/$defs/texts"}),
};

/* What a runbook and a file to include both declare. */
#define DECLARATION_KEYS                                                                           \
	{"include", &shape_files, DRAFT(include), KEY_KEPT, 0,                                     \
	    "Files with params, secrets, connections, contacts and templates that many "           \
	    "runbooks share."},                                                                    \
	    {"objectives", &shape_objectives, DRAFT(objectives), KEY_KEPT, 0,                      \
		"What the recovery must achieve: {rto, rpo, mttr, availability, estimate}."},      \
	    {"params", &shape_params, DRAFT(params), KEY_KEPT, 0,                                  \
		"What a run may be told: name: {type, default, …}."},                              \
	    {"secrets", &shape_secrets, DRAFT(secrets), KEY_KEPT, 0,                               \
		"What must stay unseen, and where it is kept: name: {env: …}."},                   \
	    {"env", &shape_env, DRAFT(env), KEY_KEPT, 0,                                           \
		"Environment variables of every process."},                                        \
	    {"connections", &shape_connections, DRAFT(connections), KEY_KEPT, 0,                   \
		"Servers that actions talk to: name: {postgres: {host: …}}."},                     \
	    {"targets", &shape_targets, DRAFT(targets), KEY_KEPT, 0,                               \
		"Hosts, containers and pods that steps run at: name: {ssh: …}."},                  \
	    {"severities", &shape_severities, DRAFT(severities), KEY_KEPT, 0,                      \
		"How bad an incident may be, the worst first: name: {response: 15m, …}."},         \
	    {"contacts", &shape_contacts, DRAFT(contacts), KEY_KEPT, 0,                            \
		"Who is told, and how: name: {pagerduty: {routing_key: …}}."},                     \
	    {"escalation", &shape_escalation, DRAFT(escalation), KEY_KEPT, 0,                      \
		"Who is told when a run lasts, fails or waits: [{after: 15m, notify: […]}]."},     \
	{                                                                                          \
		"templates", &shape_templates, DRAFT(templates), KEY_KEPT, 0,                      \
		    "Step graphs with parameters, to be used as one step: name: {params, steps, "  \
		    "…}."                                                                        \
	}

static const struct key runbook_rows[] = {
    {"reprise", &shape_version, DRAFT(version), KEY_REQUIRED | KEY_KEPT, 0,
	"The version of the language: 1."},
    {"id", &shape_book_id, DRAFT(id), KEY_REQUIRED | KEY_KEPT, 0,
	"The runbook's name: a small letter, then small letters, digits and hyphens."},
    {"title", &shape_text, DRAFT(runbook.title), 0, 0, "A line for people; otherwise the id."},
    {"severity", &shape_text, DRAFT(severity), KEY_KEPT, 0,
	"How bad the incident is: P1. One of `severities`, where those are declared."},
    {"description", &shape_text, DRAFT(runbook.description), 0, 0,
	"More for people: when to use it, where it comes from."},
    {"symptoms", &shape_texts, DRAFT(symptoms), 0, 0,
	"What is seen when this is the runbook to take."},
    {"triggers", &shape_triggers, DRAFT(triggers), KEY_KEPT, 0,
	"The alerts that it answers: {alert, match, params}."},
    DECLARATION_KEYS,
    {"steps", &shape_some_steps, DRAFT(steps), KEY_REQUIRED | KEY_KEPT, 0,
	"What is done; a step waits for all above unless `needs` says otherwise."},
    {"finally", &shape_steps, DRAFT(finally), KEY_KEPT, 0,
	"Steps that run at the end of every run, whatever became of it."},
    {"verify", &shape_checks, DRAFT(verify), KEY_KEPT, 0,
	"Checks that say what \"recovered\" means."},
    {"outputs", &shape_outputs, DRAFT(outputs), KEY_KEPT, 0,
	"What a runbook that uses this one may ask: name: expression."},
    {"on_failure", &shape_on_failure, DRAFT(runbook), 0, 0,
	"What a failed step means for the others: continue, stop, or rollback."},
    {"target", NULL, 0, KEY_LATER, 0, "Where steps run."},
    {0},
};

const struct key_table runbook_keys = {
    .name = "runbook",
    .noun = "a runbook",
    .keys = runbook_rows,
};

static void read_version(struct reader *reader, const struct place *place)
{
	struct diag *diag;
	int64_t version;

	if (!place->value)
		return;
	if (place->value->kind != NODE_SCALAR || !node_int(place->value, &version)) {
		place_wrong(reader, place, "the language's version, 1");
	} else if (version != LANGUAGE_VERSION) {
		diag = diag_error(reader->diags, "version", place->value->span,
		    "version %lld of the language is not known", (long long)version);
		diag_help(
		    reader->diags, diag, "this program reads `reprise: %d`", LANGUAGE_VERSION);
	}
}

static void read_id(struct reader *reader, const struct place *place, struct str *ret_id)
{
	struct str id = {0};
	struct diag *diag;
	bool good;

	if (!place->value)
		return;
	read_string(reader, place, &id);
	if (!id.ptr)
		return;
	good = id.len && id.ptr[0] >= 'a' && id.ptr[0] <= 'z';
	for (size_t i = 1; i < id.len && good; i++)
		good = (id.ptr[i] >= 'a' && id.ptr[i] <= 'z') ||
		    (id.ptr[i] >= '0' && id.ptr[i] <= '9') || id.ptr[i] == '-';
	*ret_id = id;
	if (good)
		return;
	diag = diag_error(reader->diags, "bad-name", place->value->span,
	    "`%.*s` cannot name a runbook", STR_ARG(str_sub(id, 0, 60)));
	diag_help(reader->diags, diag, "a small letter, then small letters, digits and hyphens");
}

/* Variables of an included file come first; the same one twice is what the nearer file says. */
static void merge_env(struct reader *reader, const struct env_list *env)
{
	struct runbook *runbook = reader->runbook;
	struct template_entry *all = arena_array(
	    reader->arena, runbook->env_count + env->count, sizeof(*all));
	size_t count = 0;

	for (size_t i = 0; i < runbook->env_count; i++) {
		bool again = false;

		for (size_t k = 0; k < env->count && !again; k++)
			again = str_eq(runbook->env_items[i].name, env->items[k].name);
		if (!again)
			all[count++] = runbook->env_items[i];
	}
	for (size_t i = 0; i < env->count; i++)
		all[count++] = env->items[i];
	runbook->env_items = all;
	runbook->env_count = count;
}

/* Top-level variables: the steps merge them into their own. */
static void read_top_env(struct reader *reader, const struct place *place)
{
	struct runbook *runbook = reader->runbook;
	struct env_list env = {0};

	if (!place->value)
		return;
	place_read(reader, place, &env);
	merge_env(reader, &env);
	runbook->env = template_map(
	    reader->arena, runbook->env_items, runbook->env_count, place->value->span);
}

/* What both a runbook and a part of one declare. */
static void read_declarations(struct reader *reader, struct runbook_draft *draft)
{
	struct runbook *runbook = reader->runbook;

	read_version(reader, &draft->version);
	if (draft->include.value)
		read_includes(reader, &draft->include);
	place_read(reader, &draft->objectives, &runbook->objectives);
	place_read(reader, &draft->params, runbook);
	place_read(reader, &draft->secrets, runbook);
	read_top_env(reader, &draft->env);
	place_read(reader, &draft->connections, runbook);
	place_read(reader, &draft->targets, runbook);
	place_read(reader, &draft->severities, runbook);
	place_read(reader, &draft->contacts, runbook);
	place_read(reader, &draft->escalation, runbook);
	place_read(reader, &draft->templates, runbook);
}

/* What steps refer to comes first, in whatever order it was written. */
static void read_body(struct reader *reader, struct runbook_draft *draft)
{
	struct runbook *runbook = reader->runbook;
	struct step *root = runbook->root;

	read_id(reader, &draft->id, &runbook->id);
	if (!runbook->title.len)
		runbook->title = runbook->id;
	root->title = runbook->title;
	runbook->symptoms = draft->symptoms.items;
	runbook->symptom_count = draft->symptoms.count;
	read_declarations(reader, draft);
	place_read(reader, &draft->severity, &runbook->severity);
	severity_check(reader, &draft->severity);
	escalation_link(reader);
	place_read(reader, &draft->triggers, runbook);
	place_read(reader, &draft->steps, &root->steps);
	place_read(reader, &draft->finally, &root->finally);
	place_read(reader, &draft->verify, &root->verify);
	place_read(reader, &draft->outputs, root);
	root->estimate_low_us = runbook->objectives.estimate_low_us;
	root->estimate_high_us = runbook->objectives.estimate_high_us;
}

static const struct key part_rows[] = {
    {"reprise", &shape_version, DRAFT(version), KEY_REQUIRED | KEY_KEPT, 0,
	"The version of the language: 1."},
    {"description", &shape_text, DRAFT(runbook.description), 0, 0,
	"More for people: when to use it, where it comes from."},
    DECLARATION_KEYS,
    {0},
};

const struct key_table part_keys = {
    .name = "part",
    .noun = "a file to include",
    .keys = part_rows,
};

bool model_is_part(const struct node *tree)
{
	if (tree->kind != NODE_MAP || !tree->map.count)
		return false;
	for (size_t i = 0; i < tree->map.count; i++)
		if (!keys_find(&part_keys, tree->map.entries[i].key->scalar.bytes))
			return false;
	return true;
}

static void include_one(struct reader *reader, const struct node *name)
{
	struct reading link;
	struct reader inner = *reader;
	struct runbook_draft draft = {0};
	const struct node *tree;

	if (name->kind != NODE_SCALAR || node_is_null(name)) {
		diag_error(reader->diags, "wrong-type", name->span,
		    "`include` is a list of files, not of %.*s",
		    STR_ARG(node_noun(reader->arena, name)));
		return;
	}
	inner.file = files_open_beside(
	    reader->files, reader->file->source, name->scalar.bytes, name->span, reader->diags);
	if (!inner.file || !enter(&inner, &link, inner.file, name->scalar.bytes, name->span))
		return;
	tree = file_tree(reader->files, inner.file, reader->diags);
	if (tree && keys_read(&inner, &part_keys, tree, &draft))
		read_declarations(&inner, &draft);
}

void read_includes(struct reader *reader, const struct place *place)
{
	if (place->value->kind != NODE_LIST) {
		diag_help(reader->diags, place_wrong(reader, place, "a list of files"),
		    "as in [organization.yaml]");
		return;
	}
	for (size_t i = 0; i < place->value->list.count; i++)
		include_one(reader, place->value->list.items[i]);
}

struct runbook *runbook_read(struct reader *reader, const struct node *tree)
{
	struct runbook_draft draft = {.runbook = {.source = reader->file->source,
					  .vocabulary = reader->vocabulary,
					  .objectives = {.rto_us = UNSET_US,
					      .rpo_us = UNSET_US,
					      .mttr_us = UNSET_US,
					      .estimate_low_us = UNSET_US,
					      .estimate_high_us = UNSET_US}}};
	struct runbook *runbook = arena_alloc(reader->arena, sizeof(*runbook));
	bool part = !reader->outermost && model_is_part(tree);

	reader->runbook = runbook;
	if (!reader->outermost)
		reader->outermost = runbook;
	if (!keys_read(reader, part ? &part_keys : &runbook_keys, tree, &draft))
		return NULL;
	draft.runbook.incomplete = runbook->incomplete;
	*runbook = draft.runbook;
	runbook->root = arena_alloc(reader->arena, sizeof(*runbook->root));
	*runbook->root = step_defaults();
	runbook->root->is_block = true;
	runbook->root->span = tree->span;
	runbook->is_part = part;
	if (part) {
		read_declarations(reader, &draft);
		escalation_link(reader);
	} else {
		read_body(reader, &draft);
	}
	return runbook;
}

struct runbook *model_read(struct arena *arena, struct files *files,
    const struct vocabulary *vocabulary, struct diags *diags)
{
	struct runbook *runbook;
	struct reading link;
	struct map secrets;
	struct reader reader = {.arena = arena,
	    .vocabulary = vocabulary,
	    .diags = diags,
	    .files = files,
	    .file = files->items[0],
	    .secrets = &secrets};

	map_init(&secrets);
	enter(&reader, &link, reader.file, str_from(reader.file->source->name), (struct span){0});
	runbook = runbook_read(&reader, reader.file->tree);
	map_done(&secrets);
	return runbook;
}
