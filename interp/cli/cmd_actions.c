/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/spell.h"
#include "base/units.h"
#include "cli/command.h"
#include "lang/bind.h"
#include "stdlib/registry.h"

static void print_duration(int64_t us)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	units_show_duration(&text, us);
	printf("%.*s", STR_ARG(buf_view(&text)));
	buf_done(&text);
}

static void print_params(const struct param *params)
{
	for (const struct param *param = params; param->name; param++) {
		printf("  %-18s %s%s", param->name, param_kind_noun(param->kind),
		    param->flags & PARAM_REQUIRED ? ", required" : "");
		if (param->preset)
			printf(", %s by default", param->preset);
		if (param->flags & PARAM_PRINCIPAL)
			printf(", may stand bare");
		if (param->flags & PARAM_TAKES_SECRETS)
			printf(", may hold secrets");
		printf("\n  %-18s %s\n", "", param->doc);
		for (size_t i = 0; param->choices && param->choices[i]; i++)
			printf(
			    "%s%s", i ? ", " : "                     one of ", param->choices[i]);
		if (param->choices)
			printf("\n");
	}
}

static void print_success(const struct action_spec *spec)
{
	if (!spec->success_doc)
		return;
	printf("\nsuccess: %s\n", spec->success_doc);
	for (size_t i = 0; spec->success_fields && spec->success_fields[i]; i++)
		printf("%s%s", i ? ", " : "an expect decides alone when it names one of: ",
		    spec->success_fields[i]);
	if (spec->success_fields)
		printf("\n");
}

static void print_action(const struct action_spec *spec)
{
	printf("%s (%s%s)\n%s\n\nparameters\n", spec->name, effect_class_name(spec->effect),
	    spec->effect_of ? ", or less: by its parameters" : "", spec->summary);
	print_params(spec->params);
	if (!spec->params->name)
		printf("  none\n");
	printf("\nresult: what expect and outputs may read\n");
	for (const struct field *field = spec->results; field->name; field++)
		printf("  %-18s %-22s %s\n", field->name, type_noun(field->type), field->doc);
	if (!spec->results->name)
		printf("  nothing\n");
	print_success(spec);
	if (spec->timeout_us) {
		printf("timeout, unless the step sets one: %s",
		    spec->timeout_of ? "by its parameters, at most " : "");
		print_duration(spec->timeout_us);
		printf("\n");
	}
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

const struct command command_actions = {
    .name = "actions",
    .arguments = "[NAME]",
    .least = 0,
    .most = 1,
    .summary = "list the standard library's actions, or tell all of one",
    .options = NULL,
    .run = run,
};
