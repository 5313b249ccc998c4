/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/shell_parts.h"

struct str command_word(const struct command *command, size_t i)
{
	if (i >= command->count || !command->words[i].known)
		return (struct str){0};
	return command->words[i].text;
}

struct str command_name(const struct command *command)
{
	struct str name = command_word(command, 0);
	ptrdiff_t slash;

	while ((slash = str_find(name, STR("/"))) >= 0)
		name = str_sub(name, (size_t)slash + 1, name.len);
	return name;
}

bool command_is(const struct command *command, const char *name)
{
	return str_is(command_name(command), name);
}

bool command_is_one(const struct command *command, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		if (command_is(command, names[i]))
			return true;
	return false;
}

bool command_has(const struct command *command, const char *word)
{
	for (size_t i = 1; i < command->count; i++)
		if (str_is(command_word(command, i), word))
			return true;
	return false;
}

/* Whether a group of short options ends in one whose value is the next word. */
static bool takes_next(struct str word, const char *with_value)
{
	for (size_t i = 1; i < word.len; i++)
		if (word.ptr[i] && strchr(with_value, word.ptr[i]))
			return i + 1 == word.len;
	return false;
}

static bool is_short(struct str word)
{
	return word.len > 1 && word.ptr[0] == '-' && word.ptr[1] != '-';
}

static bool has_letter(struct str word, char letter, const char *with_value)
{
	for (size_t i = 1; i < word.len; i++) {
		if (word.ptr[i] == letter)
			return true;
		if (strchr(with_value, word.ptr[i]))
			return false;
	}
	return false;
}

static bool is_long(struct str word, const char *name)
{
	struct str wanted = str_from(name);

	return str_starts(word, STR("--")) && str_starts(str_sub(word, 2, word.len), wanted) &&
	    (word.len == wanted.len + 2 || word.ptr[wanted.len + 2] == '=');
}

bool command_option(
    const struct command *command, char letter, const char *name, const char *with_value)
{
	for (size_t i = 1; i < command->count; i++) {
		struct str word = command->words[i].text;

		if (str_is(word, "--"))
			return false;
		if (name && is_long(word, name))
			return true;
		if (!is_short(word))
			continue;
		if (letter && has_letter(word, letter, with_value))
			return true;
		i += takes_next(word, with_value);
	}
	return false;
}

size_t command_operand(const struct command *command, size_t from, const char *with_value)
{
	for (size_t i = from; i < command->count; i++) {
		struct str word = command->words[i].text;

		if (str_is(word, "--"))
			return i + 1;
		if (word.len == 0 || word.ptr[0] != '-')
			return i;
		if (is_short(word))
			i += takes_next(word, with_value);
	}
	return command->count;
}

/* Programs that run the rest of their line: options with values, and how many words stand before it. */
struct wrapper {
	const char *name;
	const char *with_value;
	size_t operands;
};

static const struct wrapper wrappers[] = {
    {"sudo", "ugpCDThR", 0},
    {"doas", "uC", 0},
    {"env", "uSC", 0},
    {"nice", "n", 0},
    {"ionice", "cn", 0},
    {"nohup", "", 0},
    {"timeout", "ks", 1},
    {"setsid", "", 0},
    {"stdbuf", "ioe", 0},
    {"chroot", "", 1},
    {"exec", "a", 0},
    {"command", "", 0},
    {"xargs", "IdEnPLs", 0},
    {"flock", "wE", 1},
    {"chronic", "", 0},
};

static const char *const shells[] = {"sh", "bash", "dash", "ash", "ksh", "zsh", NULL};
static const char *const containers[] = {"docker", "podman", "nerdctl", NULL};

bool command_is_shell(const struct command *command)
{
	return command_is_one(command, shells);
}

/* Words `from` on as a command of their own. */
static void run_words(struct arena *arena, struct shell *shell, size_t index, size_t from, bool far)
{
	struct command inner = shell->commands[index];

	if (from >= inner.count)
		return;
	inner.words += from;
	inner.count -= from;
	inner.span.start = inner.words[0].span.start;
	inner.inner = true;
	inner.far |= far;
	inner.outer = index;
	shell->commands = arena_grow(
	    arena, shell->commands, shell->count, &shell->capacity, sizeof(*shell->commands));
	shell->commands[shell->count++] = inner;
	shell_unwrap(arena, shell, shell->count - 1);
}

/* Words `from` on, joined, as a script; where a part is not known, nothing of it is. */
static void run_text(
    struct arena *arena, struct shell *shell, size_t index, size_t from, size_t to, bool far)
{
	struct command *outer = &shell->commands[index];
	struct shell_place place = {0};
	struct buf text;

	if (from >= to || to > outer->count)
		return;
	place.whole = outer->words[from].span;
	buf_init(&text, BUF_UNBOUNDED);
	for (size_t i = from; i < to; i++) {
		if (!outer->words[i].known) {
			buf_done(&text);
			return;
		}
		buf_printf(&text, "%s%.*s", i > from ? " " : "", STR_ARG(outer->words[i].text));
	}
	if (from + 1 == to && outer->words[from].template)
		place.source = template_source(outer->words[from].template);
	shell_read(
	    arena, shell, arena_str(arena, buf_view(&text)), &place, index, far || outer->far);
	buf_done(&text);
}

/* Where the text stands that a shell is given by -c; 0: nowhere. */
size_t shell_text_word(const struct command *command)
{
	for (size_t i = 1; i < command->count; i++) {
		struct str word = command->words[i].text;

		if (!is_short(word) && !str_starts(word, STR("+")))
			return 0;
		if (has_letter(word, 'c', "O")) {
			/* -o pipefail may stand between -c and the text's place: -eo pipefail -c */
			return takes_next(word, "oO") ? i + 2 : i + 1;
		}
		i += takes_next(word, "oO");
	}
	return 0;
}

/* Where the command stands that `docker … exec` or `compose … exec` runs; 0: it is none. */
size_t container_command_word(const struct command *command)
{
	bool compose = command_is(command, "docker-compose");
	size_t at = compose || command_is_one(command, containers)
	    ? command_operand(command, 1, "Hcl")
	    : 0;

	if (!at)
		return 0;
	if (!compose && str_is(command_word(command, at), "compose")) {
		compose = true;
		at++;
	} else if (!compose && str_is(command_word(command, at), "container")) {
		at++;
	}
	if (compose)
		at = command_operand_long(command, at, "fp",
		    (const char *const[]){"profile", "file", "project-name", "env-file",
			"project-directory", "ansi", NULL});
	if (!str_is(command_word(command, at), "exec"))
		return 0;
	at = command_operand_long(command, at + 1, "euw",
	    (const char *const[]){"env", "user", "workdir", "env-file", "index", NULL});
	return at + 1;
}

size_t command_operand_long(const struct command *command, size_t from, const char *with_value,
    const char *const *long_with_value)
{
	size_t at = command_operand(command, from, with_value);

	for (size_t i = from; i < at && i < command->count; i++) {
		struct str word = command->words[i].text;

		for (size_t k = 0; long_with_value[k]; k++)
			if (str_starts(word, STR("--")) &&
			    str_is(str_sub(word, 2, word.len), long_with_value[k]) && i + 1 == at)
				return command_operand_long(
				    command, at + 1, with_value, long_with_value);
	}
	return at;
}

/* The same of `kubectl … exec … -- CMD`. */
size_t kubectl_command_word(const struct command *command)
{
	bool exec = false;

	if (!command_is(command, "kubectl") && !command_is(command, "oc"))
		return 0;
	for (size_t i = 1; i < command->count; i++) {
		exec |= str_is(command_word(command, i), "exec");
		if (exec && str_is(command_word(command, i), "--"))
			return i + 1;
	}
	return 0;
}

size_t ssh_command_word(const struct command *command)
{
	size_t host;

	if (!command_is(command, "ssh"))
		return 0;
	host = command_operand(command, 1, "BbcDEeFIiJLlmOopQRSWw");
	return command_operand(command, host + 1, "BbcDEeFIiJLlmOopQRSWw");
}

bool command_runs_others(const struct command *command)
{
	for (size_t i = 0; i < sizeof(wrappers) / sizeof(*wrappers); i++)
		if (command_is(command, wrappers[i].name))
			return true;
	return command_is_shell(command) && shell_text_word(command) > 0 &&
	    shell_text_word(command) < command->count &&
	    command->words[shell_text_word(command)].known;
}

static bool unwrap_wrapper(struct arena *arena, struct shell *shell, size_t index)
{
	const struct command *command = &shell->commands[index];

	for (size_t i = 0; i < sizeof(wrappers) / sizeof(*wrappers); i++) {
		size_t at;

		if (!command_is(command, wrappers[i].name))
			continue;
		at = command_operand(command, 1, wrappers[i].with_value) + wrappers[i].operands;
		while (at < command->count && command_is(command, "env") &&
		    str_find(command->words[at].text, STR("=")) > 0)
			at++;
		run_words(arena, shell, index, at, false);
		return true;
	}
	return false;
}

void shell_unwrap(struct arena *arena, struct shell *shell, size_t index)
{
	const struct command *command;
	size_t at;

	if (shell->count > COMMANDS_MAX || unwrap_wrapper(arena, shell, index))
		return;
	command = &shell->commands[index];
	if (command_is_shell(command)) {
		at = shell_text_word(command);
		if (at)
			run_text(arena, shell, index, at, at + 1, false);
	} else if (command_is(command, "eval")) {
		run_text(arena, shell, index, 1, command->count, false);
	} else if ((at = ssh_command_word(command))) {
		run_text(arena, shell, index, at, command->count, true);
	} else if ((at = container_command_word(command)) || (at = kubectl_command_word(command))) {
		run_words(arena, shell, index, at, true);
	}
}
