/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

#include <assert.h>

#include "base/spell.h"

static const struct key stdin_rows[] = {
    {"text", &shape_secret_template, 0, 0, 0, "The text itself; secrets may stand in it."},
    {"file", &shape_template, sizeof(struct template *), 0, 0,
	"A file to read it from; relative ones are meant from the runbook's folder."},
    {0},
};

const struct key_table stdin_keys = {
    .name = "stdin",
    .noun = "`stdin`",
    .keys = stdin_rows,
    .alternatives = true,
};

static const struct key stdout_rows[] = {
    {"file", &shape_template, 0, KEY_REQUIRED, 0,
	"The file it is written to; relative ones are meant from the runbook's folder."},
    {0},
};

const struct key_table stdout_keys = {
    .name = "stdout",
    .noun = "`stdout`",
    .keys = stdout_rows,
};

/* An argument is taken as written, a list is spliced. */
const struct shape shape_argv = {
    .name = "argv",
    .schema = JSON({"type" : "array", "minItems" : 1, "items" : {"not" : {"type" : "object"}}}),
    .doc = "A program and its arguments, each as written; a list is spliced.",
};
const struct shape shape_run = {
    .name = "run",
    .schema = JSON({
	    "anyOf" : [
		    {"$ref" : "#/$defs/argv"}, {
			    "type" : [ "string", "number", "boolean" ],
			    "pattern" : "^(?![\\s\\S]*\\$\\{\\{)\\s*\\S"
		    }
	    ]
    }),
    .doc = "An argv (a list), or a text for a shell, without templates.",
    .templates = true,
};
const struct shape shape_pipe = {
    .name = "pipe",
    .schema = JSON({
	    "type" : "array",
	    "minItems" : 1,
	    "items" : {"anyOf" : [ {"$ref" : "#/$defs/argv"}, {"$ref" : "#/$defs/stage"} ]}
    }),
    .of = &stage_keys,
};
const struct shape shape_stdin = {.name = "stdin", .form = FORM_MAP, .of = &stdin_keys};
const struct shape shape_stdout = {.name = "stdout", .form = FORM_MAP, .of = &stdout_keys};

static void add(struct reader *reader, struct gathered *args, const char *name, bool secrets,
    struct template *value)
{
	gathered_add(reader, args,
	    &(struct arg){.name = str_from(name), .value = value, .secrets = secrets});
}

/* A script: no templates inside, so that no value can become code. */
static struct template *read_script(struct reader *reader, const struct node *node)
{
	ptrdiff_t at = str_find(node->scalar.bytes, STR("${{"));
	struct diag *diag;

	if (at >= 0) {
		diag = diag_error(reader->diags, "template-in-script",
		    text_span(&node->scalar, (size_t)at, (size_t)at + 3),
		    "a shell script takes no templates: a value could become code");
		diag_help(reader->diags, diag,
		    "hand it over as `env: {NAME: \"${{ … }}\"}` and write \"$NAME\", or use an "
		    "argv");
		return NULL;
	}
	return template_scalar(
	    reader->arena, node, value_string(reader->arena, node->scalar.bytes));
}

static struct template *read_argv(struct reader *reader, const struct node *node)
{
	if (node->list.count == 0) {
		diag_help(reader->diags,
		    diag_error(reader->diags, "wrong-type", node->span,
			"an argv has at least the name of a program"),
		    "as in [systemctl, restart, nginx]");
		return NULL;
	}
	return template_parse(reader->arena, node, TEMPLATE_RAW | TEMPLATE_SPLICE, reader->diags);
}

static unsigned read_run(struct reader *reader, const struct place *place, struct gathered *args)
{
	const struct node *node = place->value;

	if (node->kind == NODE_LIST) {
		add(reader, args, "argv", false, read_argv(reader, node));
		return GOES_PROCESS;
	}
	if (node->kind == NODE_SCALAR && str_trim(node->scalar.bytes).len && !node_is_null(node)) {
		add(reader, args, "script", false, read_script(reader, node));
		return GOES_PROCESS | GOES_SCRIPT;
	}
	place_wrong(reader, place, "a list (an argv) or a text (a shell script)");
	return 0;
}

/* A stage, and where it runs; NULL after an error. */
static struct template *read_stage(
    struct reader *reader, const struct node *stage, struct at *at, bool *own)
{
	const struct node *argv;

	if (stage->kind == NODE_SCALAR) {
		diag_help(reader->diags,
		    diag_error(reader->diags, "wrong-type", stage->span,
			"a stage of a pipe is an argv, a list, not %.*s",
			STR_ARG(node_noun(reader->arena, stage))),
		    "as in [[pg_dump, app], [gzip]]");
		return NULL;
	}
	argv = target_stage(reader, stage, at, own);
	return argv ? read_argv(reader, argv) : NULL;
}

static unsigned read_pipe(
    struct reader *reader, const struct place *place, struct gathered *args, struct action *action)
{
	const struct node *node = place->value;
	struct template **stages;
	struct diag *diag;
	struct at *places;
	size_t count = 0;
	bool own = false;

	if (node->kind != NODE_LIST || node->list.count == 0) {
		diag = place_wrong(reader, place, "a list of argvs");
		diag_help(reader->diags, diag, "as in [[ls], [wc, -l]]");
		return 0;
	}
	stages = arena_array(reader->arena, node->list.count, sizeof(struct template *));
	places = arena_array(reader->arena, node->list.count, sizeof(*places));
	for (size_t i = 0; i < node->list.count; i++) {
		stages[count] = read_stage(reader, node->list.items[i], &places[count], &own);
		count += stages[count] != NULL;
	}
	action->stages = own ? places : NULL;
	action->stage_count = own ? count : 0;
	add(reader, args, "stages", false, template_list(reader->arena, stages, count, node->span));
	return GOES_PROCESS;
}

bool is_variable(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
			(i > 0 && c >= '0' && c <= '9')))
			return false;
	}
	return name.len > 0;
}

static void read_env(struct reader *reader, const struct place *place, void *target)
{
	struct env_list *list = target;
	size_t count = read_entries(reader, place);

	list->items = arena_array(reader->arena, count, sizeof(*list->items));
	for (size_t i = 0; i < count; i++) {
		const struct node_entry *entry = &place->value->map.entries[i];
		struct place item = {.name = entry->key, .value = entry->value};
		struct template *value = NULL;

		if (!is_variable(entry->key->scalar.bytes)) {
			diag_help(reader->diags,
			    diag_error(reader->diags, "bad-name", entry->key->span,
				"`%.*s` cannot name an environment variable",
				STR_ARG(str_sub(entry->key->scalar.bytes, 0, 60))),
			    "a letter or _, then letters, digits and _");
			continue;
		}
		read_secret_text(reader, &item, &value);
		if (value)
			list->items[list->count++] = (struct template_entry){
			    entry->key->scalar.bytes, value};
	}
}

const struct shape shape_env = {
    .name = "env",
    .read = read_env,
    .schema = JSON({
	    "type" : "object",
	    "propertyNames" : {"$ref" : "#/$defs/variable"},
	    "additionalProperties" : {"$ref" : "#/$defs/secret-text"}
    }),
};

/* The runbook's variables, the step's own over them. */
static struct template *merge_env(
    struct reader *reader, const struct env_list *own, struct span span)
{
	const struct runbook *runbook = reader->runbook;
	size_t count = 0;
	struct template_entry *merged;

	if (!own->count)
		return runbook->env;
	merged = arena_array(
	    reader->arena, runbook->env_count + own->count, sizeof(struct template_entry));
	for (size_t i = 0; i < runbook->env_count; i++) {
		bool hidden = false;

		for (size_t j = 0; j < own->count && !hidden; j++)
			hidden = str_eq(own->items[j].name, runbook->env_items[i].name);
		if (!hidden)
			merged[count++] = runbook->env_items[i];
	}
	for (size_t j = 0; j < own->count; j++)
		merged[count++] = own->items[j];
	return template_map(reader->arena, merged, count, span);
}

/* What the step itself wrote is listed variable by variable, to be checked here; the rest is checked elsewhere. */
static void add_env(struct reader *reader, const struct place *place, struct gathered *args)
{
	struct env_list own = {0};
	struct arg arg = {.name = STR("env"), .secrets = true, .shared = true};
	struct arg *parts;

	place_read(reader, place, &own);
	arg.value = merge_env(reader, &own, place->value ? place->value->span : (struct span){0});
	if (!arg.value)
		return;
	parts = arena_array(reader->arena, own.count, sizeof(*parts));
	for (size_t i = 0; i < own.count; i++)
		parts[i] = (struct arg){
		    .name = own.items[i].name, .value = own.items[i].value, .secrets = true};
	arg.parts = parts;
	arg.part_count = own.count;
	gathered_add(reader, args, &arg);
}

/* stdin and stdout: a small map, whose parts are checked one by one. */
static void add_stream(struct reader *reader, const struct place *place,
    const struct key_table *table, const char *name, struct gathered *args)
{
	struct template *found[2] = {0};
	struct gathered parts = {0};

	if (!place->value || !keys_read(reader, table, place->value, found))
		return;
	for (size_t i = 0; i < 2; i++)
		if (found[i])
			add(reader, &parts, table->keys[i].name,
			    table->keys[i].shape == &shape_secret_template, found[i]);
	gathered_add(reader, args,
	    &(struct arg){.name = str_from(name),
		.value = gathered_map(reader, &parts, place->value->span),
		.parts = parts.items,
		.part_count = parts.count});
}

static void add_shell(struct reader *reader, const struct place *place, struct gathered *args)
{
	if (!place->value)
		return;
	if (place->value->kind == NODE_LIST)
		add(reader, args, "shell", false, read_argv(reader, place->value));
	else
		place_wrong(reader, place, "an argv, as in [sh, -eu, -c]");
}

unsigned process_read(struct reader *reader, const struct process_places *places,
    struct gathered *args, struct action *action)
{
	struct template *cwd = NULL;
	unsigned goes;

	if (!places->run.value && !places->pipe.value) /* it was refused as a whole */
		return GOES_PROCESS;
	gathered_expect(reader, args,
	    1u + (places->env.value || reader->runbook->env) + (places->cwd.value != NULL) +
		(places->stdin_from.value != NULL) + (places->stdout_to.value != NULL) +
		(places->shell.value != NULL));
	action->at = target_here(reader);
	goes = places->run.value ? read_run(reader, &places->run, args)
				 : read_pipe(reader, &places->pipe, args, action);
	add_env(reader, &places->env, args);
	place_read(reader, &places->cwd, &cwd);
	if (cwd)
		add(reader, args, "cwd", false, cwd);
	add_stream(reader, &places->stdin_from, &stdin_keys, "stdin", args);
	add_stream(reader, &places->stdout_to, &stdout_keys, "stdout", args);
	add_shell(reader, &places->shell, args);
	return goes;
}
