/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lint/lint_parts.h"

/* What a shell would do with a word of an argv, which no shell ever sees. */
struct habit {
	const char *what; /* behind the word: "stays as it is" */
	const char *help;
};

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* $NAME, ${NAME}, $NAME/…, and the same behind "=". */
static bool is_variable(struct str text)
{
	ptrdiff_t equals = str_find(text, STR("="));
	bool braced;
	size_t i;

	if (equals >= 0 && text.ptr[0] != '$')
		text = str_sub(text, (size_t)equals + 1, text.len);
	if (text.len < 2 || text.ptr[0] != '$')
		return false;
	braced = text.ptr[1] == '{';
	i = 1 + (size_t)braced;
	if (i >= text.len || !is_name_start(text.ptr[i]))
		return false;
	while (i < text.len &&
	    (is_name_start(text.ptr[i]) || (text.ptr[i] >= '0' && text.ptr[i] <= '9')))
		i++;
	if (braced)
		return i < text.len && text.ptr[i] == '}';
	return i == text.len || text.ptr[i] == '/' || text.ptr[i] == ':' || text.ptr[i] == '.';
}

/* Programs whose operands are files, so that a * among them can only be meant as a pattern of names. */
static bool takes_files(const struct command *command)
{
	static const char *const programs[] = {"ls", "cat", "rm", "cp", "mv", "chmod", "chown",
	    "du", "stat", "gzip", "gunzip", "wc", "head", "tail", "touch", "ln", "test", "[",
	    "mkdir", "rmdir", "md5sum", "sha256sum", "file", "shred", "truncate", NULL};

	return command_is_one(command, programs);
}

/* Programs that may want such a word as it is. */
static bool wants_marks(const struct command *command)
{
	static const char *const programs[] = {"test", "[", "expr", "tr", "cut", "grep", "egrep",
	    "fgrep", "awk", "sed", "paste", "jq", "yq", "find", "perl", "envsubst", "bc", "column",
	    "xargs", NULL};

	return command_is_one(command, programs);
}

static bool is_redirection(struct str text)
{
	static const char *const words[] = {">", ">>", "2>", "2>>", "&>", "2>&1", ">&2", "1>&2"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_is(text, words[i]))
			return true;
	return str_starts(text, STR(">/")) || str_starts(text, STR("2>/")) ||
	    str_starts(text, STR("&>/")) || str_starts(text, STR(">./"));
}

static bool is_option(struct str text)
{
	return text.len > 1 && text.ptr[0] == '-';
}

/* A word that stands for itself between others: | > && */
static const struct habit *find_mark(const struct command *command, size_t index)
{
	static const struct habit pipe = {
	    "is an argument here, no pipe", "write `pipe: [[…], […]]`"};
	static const struct habit redirection = {"is an argument here, and no file is written",
	    "write `stdout: {file: …}`, or put all of it into a script: `run: text`"};
	static const struct habit input = {
	    "is an argument here, and no file is read", "write `stdin: {file: …}`"};
	static const struct habit chain = {"is an argument here, and joins no commands",
	    "make two steps of it, or a script: `run: text`"};
	struct str text = command_word(command, index);

	if (wants_marks(command) || is_option(command_word(command, index - 1)))
		return NULL;
	if (is_redirection(text))
		return &redirection;
	if (str_is(text, "&&") || str_is(text, "||") || str_is(text, ";") ||
	    (str_is(text, "&") && index + 1 == command->count))
		return &chain;
	if (index + 1 == command->count)
		return NULL;
	return str_is(text, "|") ? &pipe : str_is(text, "<") ? &input : NULL;
}

static const struct habit *find_argument(const struct command *command, size_t index)
{
	static const struct habit home = {
	    "names no home folder here", "write the whole path, or hand it over as a parameter"};
	static const struct habit variable = {
	    "stays as it is here", "write `${{ params.x }}`, or put it into a script: `run: text`"};
	static const struct habit output = {"is run by nobody here",
	    "put it into a script: `run: text`, or have an earlier step give it as an output"};
	static const struct habit pattern = {"is looked up by nobody here",
	    "put it into a script: `run: text`, where a shell looks for the files"};
	struct str text = command->words[index].text;

	if (str_is(text, "~") || str_starts(text, STR("~/")))
		return &home;
	if (is_variable(text) && !wants_marks(command))
		return &variable;
	if (str_starts(text, STR("$(")) && str_ends(text, STR(")")) && !wants_marks(command))
		return &output;
	if (takes_files(command) && !is_option(text) && memchr(text.ptr, '*', text.len))
		return &pattern;
	return command->words[index].known ? find_mark(command, index) : NULL;
}

/* What stands in the place of the program and is none. */
static const struct habit *find_program(const struct command *command)
{
	static const struct habit words = {"is one word, and no program is called that",
	    "write each word by itself: [program, argument]; a script is `run: text`"};
	static const struct habit assignment = {
	    "is no program: only a shell takes it for a variable", "write `env: {NAME: value}`"};
	static const struct habit folder = {"is a command of the shell, no program",
	    "write `cwd`, or put all of it into a script: `run: text`"};
	static const struct habit builtin = {
	    "is a command of the shell, no program", "put all of it into a script: `run: text`"};
	static const char *const builtins[] = {
	    "source", ".", "export", "alias", "ulimit", "umask", "set", "eval", "trap", NULL};
	struct str text = command_word(command, 0);
	ptrdiff_t equals = str_find(text, STR("="));
	ptrdiff_t slash = str_find(text, STR("/"));

	if (equals > 0 && (slash < 0 || slash > equals) && is_name_start(text.ptr[0]))
		return &assignment;
	if (str_find(text, STR(" ")) >= 0)
		return &words;
	if (str_is(text, "cd"))
		return &folder;
	return slash < 0 && command_is_one(command, builtins) ? &builtin : NULL;
}

/* Whether a word is one of a command within, which is looked at by itself. */
static bool stands_within(const struct shell *shell, size_t index, const struct word *word)
{
	for (size_t i = index + 1; i < shell->count; i++)
		for (size_t k = 0; k < shell->commands[i].count; k++)
			if (shell->commands[i].words[k].template == word->template &&
			    shell->commands[i].words[k].text.ptr == word->text.ptr)
				return true;
	return false;
}

static bool find_habit(const struct shell *shell, size_t index, const struct habit **ret_habit,
    const struct word **ret_word)
{
	const struct command *command = &shell->commands[index];

	for (size_t i = 0; i < command->count; i++) {
		const struct word *word = &command->words[i];

		if (!word->template || !word->text.len || stands_within(shell, index, word) ||
		    command_has_read(command, i) || command_takes(command, i) != CODE_NONE)
			continue;
		*ret_word = word;
		*ret_habit = NULL;
		if (i > 0)
			*ret_habit = find_argument(command, i);
		else if (command->outer == SIZE_MAX)
			*ret_habit = find_program(command);
		if (*ret_habit)
			return true;
	}
	return false;
}

static void argv_shell(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];

		for (size_t k = 0; k < process->shell.count && !process->is_script; k++) {
			const struct habit *habit;
			const struct word *word;
			struct diag *diag;

			if (!find_habit(&process->shell, k, &habit, &word))
				continue;
			diag = lint_in(lint, rule, process, word->span,
			    "no shell reads an argv: `%.*s` %s",
			    STR_ARG(word->known ? word->text : str_trim(span_text(word->span))),
			    habit->what);
			lint_help(lint, diag, "%s", habit->help);
			break;
		}
	}
}

const struct rule argv_rules[] = {
    {"argv-shell", "a word of an argv that only a shell would understand", argv_shell},
    {0},
};
