/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "cli/command.h"
#include "cli/offer.h"

/* A command line under way, without the program's name. */
struct typed {
	const char **words;
	size_t count;
	size_t at; /* the word that is to be completed */
};

/* The option that a word begins and whose value is the next word; NULL: none. */
static const struct option_row *wants_value(const struct command *command, const char *word)
{
	for (const struct option_row *row = command->options; row && row->name; row++) {
		bool is_long = strncmp(word, "--", 2) == 0 && strcmp(word + 2, row->name) == 0;
		bool is_short = row->letter && word[0] == '-' && word[1] == row->letter && !word[2];

		if (row->value && (is_long || is_short))
			return row;
	}
	return NULL;
}

/* What the help calls argument number `index`, without brackets and dots; the last one stands for all further ones. */
static struct str argument_name(const struct command *command, size_t index)
{
	struct str rest = str_from(command->arguments);
	struct str name = STR("");

	for (size_t i = 0; i <= index && rest.len; i++) {
		size_t len = strcspn(rest.ptr, " ");

		name = str_sub(rest, 0, len);
		len += rest.ptr[len] ? 1 : 0;
		rest = str_sub(rest, len, rest.len - len);
	}
	if (index >= command->most)
		return STR("");
	if (str_ends(name, STR("…")))
		name = str_sub(name, 0, name.len - STR("…").len);
	if (str_starts(name, STR("[")))
		name = str_sub(name, 1, name.len - 2);
	return name;
}

/*
 * Goes over the words but the one to be completed, whose number among the arguments it gives, and whether it stands
 * behind a --, where no word is an option.
 */
static size_t read_arguments(const struct typed *typed, struct offer *offer, bool *ret_is_argument)
{
	bool no_options = false;
	size_t index = 0;
	size_t own = 0;

	for (size_t i = 1; i < typed->count; i++) {
		const char *word = typed->words[i];
		struct str name;

		if (i == typed->at) {
			own = index++;
			*ret_is_argument = no_options;
		} else if (!no_options && wants_value(offer->command, word)) {
			i++;
		} else if (!no_options && strcmp(word, "--") == 0) {
			no_options = true;
		} else if (no_options || word[0] != '-') {
			name = argument_name(offer->command, index++);
			if (str_eq(name, STR("FILE")) || str_eq(name, STR("RUNBOOK")))
				offer->runbook = word;
			if (str_eq(name, STR("RUN")))
				offer->run = word;
		}
	}
	return own;
}

static void offer_options(const struct offer *offer)
{
	char name[64];

	for (const struct option_row *row = offer->command->options; row && row->name; row++) {
		snprintf(name, sizeof(name), "--%s", row->name);
		offer_word(offer, str_from(name), str_from(row->doc));
	}
	snprintf(name, sizeof(name), "--%s", option_help.name);
	offer_word(offer, str_from(name), str_from(option_help.doc));
}

/* "--color=al": the value stands behind the =. */
static void offer_attached(struct offer *offer, const char *word)
{
	size_t name = strcspn(word, "=");

	for (const struct option_row *row = offer->command->options; row && row->name; row++)
		if (row->value && strlen(row->name) + 2 == name &&
		    strncmp(row->name, word + 2, name - 2) == 0) {
			offer->option = row;
			offer->prefix = (struct str){word, name + 1};
			offer->begin = str_from(word + name + 1);
			offer_value(offer, str_from(row->value));
		}
}

static void offer_for_command(const struct typed *typed, struct offer *offer)
{
	const char *word = typed->words[typed->at];
	bool is_argument = false;
	size_t argument = read_arguments(typed, offer, &is_argument);

	offer->option = typed->at > 1 && !is_argument
	    ? wants_value(offer->command, typed->words[typed->at - 1])
	    : NULL;
	if (is_argument)
		offer_value(offer, argument_name(offer->command, argument));
	else if (offer->option)
		offer_value(offer, str_from(offer->option->value));
	else if (strncmp(word, "--", 2) == 0 && strchr(word, '='))
		offer_attached(offer, word);
	else if (word[0] == '-')
		offer_options(offer);
	else
		offer_value(offer, argument_name(offer->command, argument));
}

static void complete(const struct typed *typed, struct buf *out)
{
	const char *word = typed->words[typed->at];
	struct offer offer = {.prefix = {word, 0}, .begin = str_from(word), .out = out};

	if (typed->at == 0) {
		offer_value(&offer, STR("COMMAND"));
		offer_value(&offer, STR("help|--help|--version"));
		return;
	}
	offer.command = command_find(typed->words[0]);
	if (offer.command)
		offer_for_command(typed, &offer);
	else if (strcmp(typed->words[0], "help") == 0 && typed->at == 1)
		offer_value(&offer, STR("COMMAND"));
}

static int run(const struct invocation *invocation)
{
	struct typed typed = {invocation->args + 1, invocation->arg_count - 1, 0};
	int64_t at;
	struct buf out;

	if (!units_int(str_from(invocation->args[0]), &at) || at < 1 || (size_t)at > typed.count) {
		complain("complete wants the number of a word, from 1 to %zu, not %s", typed.count,
		    invocation->args[0]);
		return STATUS_WRONG;
	}
	typed.at = (size_t)at - 1;
	buf_init(&out, BUF_UNBOUNDED);
	complete(&typed, &out);
	if (out.len)
		fwrite(out.ptr, 1, out.len, stdout);
	buf_done(&out);
	return STATUS_OK;
}

static const struct example_row examples[] = {
    {"reprise complete 2 -- run --app", "1 is the command, 2 what is to be completed: --approve"},
    {0},
};

const struct command command_complete = {
    .name = "complete",
    .arguments = "N WORD…",
    .least = 2,
    .most = (size_t)-1,
    .summary = "tell what may stand in a command line, for the completion of shells",
    .details = "WORD… is a command line without `reprise`, N the word that is being written. A "
	       "line for each\n"
	       "word that may stand there, a tab, and what it is; a word that ends with = goes on. "
	       "`:files` with\n"
	       "endings, and `:folders`, are for the shell to look for. The completions of bash, "
	       "zsh and fish\n"
	       "that are installed with reprise ask this.",
    .examples = examples,
    .run = run,
};
