/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/command.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* What a word is, by those before it. */
enum place {
	ARGUMENT,
	COMMAND,
	PREFIXED, /* behind a program that runs another one: its own numbers may come first */
	OPTION_VALUE, /* behind an option of such a program: the option's value, or the command */
	SHELL, /* behind a shell */
	SCRIPT /* behind its -c */
};

struct word {
	const char *ptr;
	size_t len;
};

struct scan {
	const char *name;
	enum place place;
	bool found;
	bool single, twice; /* within quotes */
	bool assigns; /* the quotes are an assignment's */
};

static const char *const prefixes[] = {"env", "timeout", "xargs", "nice", "ionice", "nohup",
    "setsid", "stdbuf", "chrt", "taskset", "time", "command", "exec", "builtin", "unshare", NULL};
static const char *const shells[] = {"sh", "bash", "dash", "ash", "ksh", "zsh", NULL};
static const char *const keywords[] = {
    "if", "then", "elif", "else", "while", "until", "do", "!", "{", NULL};

static bool is_word(struct word word, const char *text)
{
	return strlen(text) == word.len && memcmp(word.ptr, text, word.len) == 0;
}

static bool is_one_of(struct word word, const char *const *texts)
{
	for (; *texts; texts++)
		if (is_word(word, *texts))
			return true;
	return false;
}

/* "/usr/bin/env": "env" */
static struct word last_part(struct word word)
{
	const char *slash = memrchr(word.ptr, '/', word.len);
	size_t before = slash ? (size_t)(slash + 1 - word.ptr) : 0;

	return (struct word){word.ptr + before, word.len - before};
}

static bool is_assignment(struct word word)
{
	size_t i = 0;

	while (i < word.len && (isalnum((unsigned char)word.ptr[i]) || word.ptr[i] == '_'))
		i++;
	return i > 0 && i < word.len && word.ptr[i] == '=';
}

static enum place after_command(struct word word)
{
	struct word program = last_part(word);

	if (is_one_of(word, keywords) || is_assignment(word))
		return COMMAND;
	return is_one_of(program, prefixes) ? PREFIXED
	    : is_one_of(program, shells)    ? SHELL
					    : ARGUMENT;
}

static enum place after_word(enum place place, struct word word)
{
	bool is_option = word.len > 1 && word.ptr[0] == '-';
	enum place next;

	switch (place) {
	case PREFIXED:
		if (is_option)
			return OPTION_VALUE;
		if (isdigit((unsigned char)word.ptr[0]) || is_assignment(word))
			return PREFIXED;
		return after_command(word);
	case OPTION_VALUE:
		if (is_option)
			return OPTION_VALUE;
		next = after_command(word);
		return next == PREFIXED || next == SHELL ? next : PREFIXED;
	case SHELL: /* "-c", "-euc"; other words are options' values, or a script's file */
		return is_option && word.ptr[1] != '-' && word.ptr[word.len - 1] == 'c' ? SCRIPT
											: SHELL;
	case COMMAND:
	case SCRIPT:
		return after_command(word);
	default:
		return ARGUMENT;
	}
}

static void take_word(struct scan *scan, struct word word)
{
	if (scan->place != ARGUMENT && scan->place != SHELL && is_word(last_part(word), scan->name))
		scan->found = true;
	scan->place = after_word(scan->place, word);
}

/* Behind an assignment's text the command is still to come. */
static void end_quotes(struct scan *scan)
{
	if (scan->assigns)
		scan->place = COMMAND;
	scan->assigns = false;
}

/* A text in single quotes is an argument as a whole, unless it is a command, or the script of another shell. */
static const char *take_single(struct scan *scan, const char *text)
{
	const char *end;

	if (scan->twice)
		return text + 1;
	if (scan->single || scan->place != ARGUMENT) {
		scan->single = !scan->single;
		if (!scan->single)
			end_quotes(scan);
		return text + 1;
	}
	end = strchr(text + 1, '\'');
	return end ? end + 1 : text + strlen(text);
}

static const char *take_double(struct scan *scan, const char *text)
{
	scan->twice = !scan->twice;
	if (!scan->twice)
		end_quotes(scan);
	return text + 1;
}

/* What stands between words: most of it begins a command. */
static const char *take_mark(struct scan *scan, const char *text)
{
	switch (*text) {
	case '\'':
		return take_single(scan, text);
	case '"':
		return take_double(scan, text);
	case '\\':
		return text[1] ? text + 2 : text + 1;
	case '\n':
	case ';':
	case '|':
	case '&':
	case '(':
	case '`':
		scan->place = COMMAND;
		return text + 1;
	default:
		return text + 1;
	}
}

static void take_script(struct scan *scan, const char *text)
{
	scan->place = COMMAND;
	while (*text && !scan->found) {
		struct word word = {text, strcspn(text, " \t\n;|&()<>`'\"\\")};

		if (word.len == 0) {
			text = take_mark(scan, text);
		} else if (*text == '#') {
			text = strchrnul(text, '\n');
		} else {
			take_word(scan, word);
			text += word.len;
			if (scan->place == COMMAND && text[-1] == '=' &&
			    (*text == '"' || *text == '\''))
				scan->assigns = true;
		}
	}
}

bool command_runs(char *const *argv, const char *name)
{
	struct scan scan = {.name = name, .place = COMMAND};

	for (; *argv && !scan.found; argv++) {
		if (scan.place == SCRIPT) {
			take_script(&scan, *argv);
			break;
		}
		take_word(&scan, (struct word){*argv, strlen(*argv)});
		if (scan.place == ARGUMENT)
			break;
	}
	return scan.found;
}
