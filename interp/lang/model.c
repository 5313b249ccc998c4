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
	struct place steps;
	struct place finally;
	struct place verify;
};

#define DRAFT(field) offsetof(struct runbook_draft, field)

const struct key_table runbook_keys = {
    .noun = "a runbook",
    .keys =
	(const struct key[]){
	    {"reprise", read_node, DRAFT(version), KEY_REQUIRED, 0,
		"The version of the language: 1.", NULL},
	    {"id", read_node, DRAFT(id), KEY_REQUIRED, 0,
		"The runbook's name: a small letter, then small letters, digits and hyphens.",
		NULL},
	    {"title", read_string, DRAFT(runbook.title), 0, 0,
		"A line for people; otherwise the id.", NULL},
	    {"severity", read_string, DRAFT(runbook.severity), 0, 0,
		"How bad the incident is, in your own words: P1.", NULL},
	    {"description", read_string, DRAFT(runbook.description), 0, 0,
		"More for people: when to use it, where it comes from.", NULL},
	    {"symptoms", read_strings, DRAFT(symptoms), 0, 0,
		"What is seen when this is the runbook to take.", NULL},
	    {"objectives", read_node, DRAFT(objectives), 0, 0,
		"What the recovery must achieve: {rto, rpo, estimate}.", &objectives_keys},
	    {"params", read_node, DRAFT(params), 0, 0,
		"What a run may be told: name: {type, default, …}.", &param_keys},
	    {"secrets", read_node, DRAFT(secrets), 0, 0,
		"What must stay unseen, and where it is kept: name: {env: …}.", &secret_keys},
	    {"env", read_node, DRAFT(env), 0, 0, "Environment variables of every process.", NULL},
	    {"connections", read_node, DRAFT(connections), 0, 0,
		"Servers that actions talk to: name: {postgres: {host: …}}.", NULL},
	    {"steps", read_node, DRAFT(steps), KEY_REQUIRED, 0,
		"What is done; a step waits for all above unless `needs` says otherwise.",
		&step_keys},
	    {"finally", read_node, DRAFT(finally), 0, 0,
		"Steps that run at the end of every run, whatever became of it.", &step_keys},
	    {"verify", read_node, DRAFT(verify), 0, 0, "Checks that say what \"recovered\" means.",
		&check_keys},
	    {"include", NULL, 0, KEY_LATER, 0, "Files with what many runbooks share.", NULL},
	    {"on_failure", read_on_failure, DRAFT(runbook), 0, 0,
		"What a failed step means for the others: continue, stop, or rollback.", NULL},
	    {"targets", NULL, 0, KEY_LATER, 0, "Hosts, containers and pods by name.", NULL},
	    {"target", NULL, 0, KEY_LATER, 0, "Where steps run.", NULL},
	    {"triggers", NULL, 0, KEY_LATER, 0, "What starts it by itself.", NULL},
	    {"templates", NULL, 0, KEY_LATER, 0, "Steps to be used more than once.", NULL},
	    {"contacts", NULL, 0, KEY_LATER, 0, "Who is told.", NULL},
	    {"escalation", NULL, 0, KEY_LATER, 0, "Who is told when nobody answers.", NULL},
	    {0},
	},
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

static void read_part(
    struct reader *reader, const struct place *place, key_read *read, void *target)
{
	if (place->value)
		read(reader, place, target);
}

/* Top-level variables: the steps merge them into their own. */
static void read_top_env(struct reader *reader, const struct place *place)
{
	struct runbook *runbook = reader->runbook;
	struct env_list env = {0};

	if (!place->value)
		return;
	read_env(reader, place, &env);
	runbook->env_items = env.items;
	runbook->env_count = env.count;
	runbook->env = template_map(reader->arena, env.items, env.count, place->value->span);
}

/* What steps refer to comes first, in whatever order it was written. */
static void read_body(struct reader *reader, struct runbook_draft *draft)
{
	struct runbook *runbook = reader->runbook;
	struct step *root = runbook->root;

	read_version(reader, &draft->version);
	read_id(reader, &draft->id, &runbook->id);
	if (!runbook->title.len)
		runbook->title = runbook->id;
	runbook->symptoms = draft->symptoms.items;
	runbook->symptom_count = draft->symptoms.count;
	read_part(reader, &draft->objectives, read_objectives, &runbook->objectives);
	read_part(reader, &draft->params, read_params, runbook);
	read_part(reader, &draft->secrets, read_secrets, runbook);
	read_top_env(reader, &draft->env);
	read_part(reader, &draft->connections, read_connections, runbook);
	read_part(reader, &draft->steps, read_steps, &root->steps);
	read_part(reader, &draft->finally, read_finally, &root->finally);
	read_part(reader, &draft->verify, read_checks, &root->verify);
	root->title = runbook->title;
}

struct runbook *model_read(struct arena *arena, const struct source *source,
    const struct node *tree, const struct vocabulary *vocabulary, struct diags *diags)
{
	struct runbook_draft draft = {.runbook = {.source = source,
					  .vocabulary = vocabulary,
					  .objectives = {UNSET_US, UNSET_US, UNSET_US, UNSET_US}}};
	struct runbook *runbook = arena_alloc(arena, sizeof(*runbook));
	struct reader reader = {
	    .arena = arena, .vocabulary = vocabulary, .diags = diags, .runbook = runbook};

	if (!keys_read(&reader, &runbook_keys, tree, &draft))
		return NULL;
	*runbook = draft.runbook;
	runbook->root = arena_alloc(arena, sizeof(*runbook->root));
	*runbook->root = (struct step){
	    .is_block = true,
	    .span = tree->span,
	    .retry = {.attempts = 1, .backoff = 1},
	    .poll = {.within_us = UNSET_US},
	    .each = {.as = STR("item"), .max_parallel = 1},
	};
	read_body(&reader, &draft);
	runbook->root->estimate_low_us = runbook->objectives.estimate_low_us;
	runbook->root->estimate_high_us = runbook->objectives.estimate_high_us;
	return runbook;
}
