/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/spell.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/help.h"

enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

void complain(const char *format, ...)
{
	struct buf text;
	va_list args;

	buf_init(&text, BUF_UNBOUNDED);
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	fprintf(stderr, "reprise: %.*s\n", STR_ARG(buf_view(&text)));
	buf_done(&text);
}

bool print_text(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t written = write(fd, text, len);

		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0) {
			text += written;
			len -= (size_t)written;
		}
	}
	return true;
}

const struct option_row option_help = {"help", 'h', NULL, "this text"};

static const struct option_row *find_long(
    const struct command *command, const char *name, size_t len)
{
	for (const struct option_row *row = command->options; row && row->name; row++)
		if (strlen(row->name) == len && memcmp(row->name, name, len) == 0)
			return row;
	return NULL;
}

static const struct option_row *find_short(const struct command *command, char letter)
{
	for (const struct option_row *row = command->options; row && row->name; row++)
		if (row->letter == letter)
			return row;
	return NULL;
}

static void unknown_option(const struct command *command, const char *word, size_t len)
{
	struct spell spell;
	struct str best;

	spell_init(&spell, (struct str){word, len});
	for (const struct option_row *row = command->options; row && row->name; row++)
		spell_try(&spell, str_from(row->name));
	best = spell_best(&spell);
	if (best.len)
		complain("%s has no option --%.*s; did you mean --%.*s?", command->name, (int)len,
		    word, STR_ARG(best));
	else
		complain("%s has no option --%.*s; see reprise %s --help", command->name, (int)len,
		    word, command->name);
}

struct words {
	int count;
	char **items;
	int at;
};

static void add_option(
    struct invocation *invocation, const struct option_row *row, const char *value)
{
	invocation->options[invocation->option_count++] = (struct given){row, value};
}

/* --name, --name=value, --name value. */
static bool parse_long(struct invocation *invocation, struct words *words)
{
	const char *word = words->items[words->at] + 2;
	const char *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);
	const struct option_row *row = find_long(invocation->command, word, len);

	if (!row) {
		unknown_option(invocation->command, word, len);
		return false;
	}
	if (!row->value && equals) {
		complain("--%s takes no value", row->name);
		return false;
	}
	if (row->value && !equals && words->at + 1 >= words->count) {
		complain("--%s wants a value: %s", row->name, row->value);
		return false;
	}
	add_option(invocation, row,
	    !row->value  ? NULL
		: equals ? equals + 1
			 : words->items[++words->at]);
	return true;
}

/* -p value, -pvalue, and flags one after another. */
static bool parse_short(struct invocation *invocation, struct words *words)
{
	const char *letters = words->items[words->at] + 1;

	for (; *letters; letters++) {
		const struct option_row *row = find_short(invocation->command, *letters);

		if (!row) {
			complain("%s has no option -%c; see reprise %s --help",
			    invocation->command->name, *letters, invocation->command->name);
			return false;
		}
		if (!row->value) {
			add_option(invocation, row, NULL);
			continue;
		}
		if (!letters[1] && words->at + 1 >= words->count) {
			complain("-%c wants a value: %s", *letters, row->value);
			return false;
		}
		add_option(invocation, row, letters[1] ? letters + 1 : words->items[++words->at]);
		return true;
	}
	return true;
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static bool parse_words(struct invocation *invocation, struct words *words)
{
	bool options = true;

	for (; words->at < words->count; words->at++) {
		const char *word = words->items[words->at];
		bool ok = true;

		if (options && strcmp(word, "--") == 0)
			options = false;
		else if (options && strncmp(word, "--", 2) == 0)
			ok = parse_long(invocation, words);
		else if (options && word[0] == '-' && word[1])
			ok = parse_short(invocation, words);
		else
			invocation->args[invocation->arg_count++] = word;
		if (!ok)
			return false;
	}
	return true;
}

int invocation_parse(
    const struct command *command, int argc, char **argv, struct invocation *ret_invocation)
{
	struct invocation invocation = {.command = command};
	struct words words = {argc, argv, 0};
	size_t letters = 0;
	size_t color;

	if (wants_help(argc, argv)) {
		help_command(command);
		return -1;
	}
	for (int i = 0; i < argc; i++)
		letters += strlen(argv[i]) + 1;
	invocation.options = mem_alloc((letters + 1) * sizeof(*invocation.options));
	invocation.args = mem_alloc(((size_t)argc + 1) * sizeof(*invocation.args));
	if (!parse_words(&invocation, &words)) {
		invocation_done(&invocation);
		return STATUS_WRONG;
	}
	if (invocation.arg_count < command->least || invocation.arg_count > command->most) {
		complain("%s %s; usage: reprise %s %s", command->name,
		    invocation.arg_count < command->least ? "wants more" : "was given too much",
		    command->name, command->arguments);
		invocation_done(&invocation);
		return STATUS_WRONG;
	}
	if (option_given(&invocation, "color") && !option_choice(&invocation, "color", &color)) {
		invocation_done(&invocation);
		return STATUS_WRONG;
	}
	*ret_invocation = invocation;
	return 0;
}

void invocation_done(struct invocation *invocation)
{
	free(invocation->options);
	free(invocation->args);
	*invocation = (struct invocation){0};
}

const char *option_value(const struct invocation *invocation, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < invocation->option_count; i++)
		if (strcmp(invocation->options[i].option->name, name) == 0)
			value = invocation->options[i].value;
	return value;
}

bool option_given(const struct invocation *invocation, const char *name)
{
	for (size_t i = 0; i < invocation->option_count; i++)
		if (strcmp(invocation->options[i].option->name, name) == 0)
			return true;
	return false;
}

bool choice_next(struct str *words, struct str *ret_word)
{
	const char *bar = words->len ? memchr(words->ptr, '|', words->len) : NULL;
	size_t len = bar ? (size_t)(bar - words->ptr) : words->len;

	if (!words->len)
		return false;
	*ret_word = (struct str){words->ptr, len};
	len += bar ? 1 : 0;
	*words = (struct str){words->ptr + len, words->len - len};
	return true;
}

static void wrong_choice(const char *name, struct str words, const char *value)
{
	struct buf list;
	struct str word;

	buf_init(&list, BUF_UNBOUNDED);
	while (choice_next(&words, &word))
		buf_printf(&list, "%s%.*s",
		    list.len == 0   ? ""
			: words.len ? ", "
				    : " or ",
		    STR_ARG(word));
	complain("--%s is %.*s, not %s", name, STR_ARG(buf_view(&list)), value);
	buf_done(&list);
}

bool option_choice(const struct invocation *invocation, const char *name, size_t *ret_choice)
{
	const struct option_row *row = find_long(invocation->command, name, strlen(name));
	const char *value = option_value(invocation, name);
	struct str words;
	struct str word;

	*ret_choice = 0;
	if (!row || !value)
		return true;
	words = str_from(row->value);
	while (choice_next(&words, &word)) {
		if (str_eq(word, str_from(value)))
			return true;
		++*ret_choice;
	}
	wrong_choice(name, str_from(row->value), value);
	return false;
}

bool option_number(const struct invocation *invocation, const char *name, int64_t most,
    int64_t preset, int64_t *ret_number)
{
	const char *text = option_value(invocation, name);
	int64_t number = preset;

	if (text && (!units_int(str_from(text), &number) || number < 1 || number > most)) {
		complain("--%s wants a number from 1 to %lld, not %s", name, (long long)most, text);
		return false;
	}
	*ret_number = number;
	return true;
}

bool wants_color(const struct invocation *invocation, int fd)
{
	const char *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	size_t when;

	option_choice(invocation, "color", &when);
	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	return isatty(fd) && !(none && *none) && !(term && strcmp(term, "dumb") == 0);
}

bool wants_live(const struct invocation *invocation, int fd)
{
	const char *term = getenv("TERM");

	return !option_given(invocation, "plain") && isatty(fd) && term && *term &&
	    strcmp(term, "dumb") != 0;
}
