/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/spell.h"
#include "cli/action_words.h"
#include "cli/command.h"
#include "lang/bind.h"
#include "stdlib/registry.h"

/* What `words` says of something, between two texts; nothing where it says nothing. */
#define PRINT_WORDS(before, words, of, after)                                                      \
	do {                                                                                       \
		struct buf said;                                                                   \
                                                                                                   \
		buf_init(&said, BUF_UNBOUNDED);                                                    \
		words(&said, of);                                                                  \
		if (said.len)                                                                      \
			printf("%s%.*s%s", before, STR_ARG(buf_view(&said)), after);               \
		buf_done(&said);                                                                   \
	} while (0)

static void print_params(const struct param *params)
{
	for (const struct param *param = params; param->name; param++) {
		printf("  %-18s", param->name);
		PRINT_WORDS(" ", action_param_words, param, "\n");
		printf("  %-18s %s\n", "", param->doc);
		PRINT_WORDS("                     ", action_choice_words, param, "\n");
	}
}

static void print_action(const struct action_spec *spec)
{
	printf("%s", spec->name);
	PRINT_WORDS(" (", action_effect_words, spec, ")\n");
	printf("%s\n\nparameters\n", spec->summary);
	print_params(spec->params);
	if (!spec->params->name)
		printf("  none\n");
	printf("\nresult: what expect and outputs may read\n");
	for (const struct field *field = spec->results; field->name; field++)
		printf("  %-18s %-22s %s\n", field->name, type_noun(field->type), field->doc);
	if (!spec->results->name)
		printf("  nothing\n");
	if (spec->success_doc)
		printf("\nsuccess: %s\n", spec->success_doc);
	PRINT_WORDS("", action_success_words, spec, "\n");
	PRINT_WORDS("", action_timeout_words, spec, "\n");
}

/* `noun`: "connections", "contacts". */
static void print_kind(const char *noun, const struct connection_spec *spec)
{
	printf("%s of kind %s\n%s\n\nparameters\n", noun, spec->kind, spec->summary);
	print_params(spec->params);
}

static void list_kinds(const struct connection_spec *const *spec)
{
	printf("\n");
	for (; *spec; spec++)
		printf("%-22s %-8s %s\n", (*spec)->kind, "", (*spec)->summary);
}

static void print_all(void)
{
	const struct action_spec *const *spec = stdlib_vocabulary.actions;

	for (; *spec; spec++)
		printf("%-22s %-8s %s\n", (*spec)->name, effect_class_name((*spec)->effect),
		    (*spec)->summary);
	list_kinds(stdlib_vocabulary.connections);
	list_kinds(stdlib_vocabulary.channels);
	printf("\nreprise actions NAME shows one with its parameters and results.\n");
}

static int unknown(const char *name)
{
	struct spell spell;
	struct str best;

	spell_init(&spell, str_from(name));
	for (const struct action_spec *const *spec = stdlib_vocabulary.actions; *spec; spec++)
		spell_try(&spell, str_from((*spec)->name));
	best = spell_best(&spell);
	if (best.len)
		complain("there is no action %s; did you mean %.*s?", name, STR_ARG(best));
	else
		complain("there is no action %s; reprise actions lists them", name);
	return STATUS_WRONG;
}

static int run(const struct invocation *invocation)
{
	const struct action_spec *spec;
	const struct connection_spec *connection;
	const struct connection_spec *channel;

	if (invocation->arg_count == 0) {
		print_all();
		return STATUS_OK;
	}
	spec = vocabulary_action(&stdlib_vocabulary, str_from(invocation->args[0]));
	connection = vocabulary_connection(&stdlib_vocabulary, str_from(invocation->args[0]));
	channel = vocabulary_channel(&stdlib_vocabulary, str_from(invocation->args[0]));
	if (!spec && !connection && !channel)
		return unknown(invocation->args[0]);
	if (spec)
		print_action(spec);
	else if (connection)
		print_kind("connections", connection);
	else
		print_kind("contacts", channel);
	return STATUS_OK;
}

static const struct example_row examples[] = {
    {"reprise actions", "every action in a line"},
    {"reprise actions postgres.query", "its parameters and what it results in"},
    {0},
};

const struct command command_actions = {
    .name = "actions",
    .arguments = "[ACTION]",
    .least = 0,
    .most = 1,
    .summary = "list the standard library's actions, or tell all of one",
    .options = NULL,
    .examples = examples,
    .run = run,
};
