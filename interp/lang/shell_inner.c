/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/shell_parts.h"

/* Commands within commands: programs that run the rest of their line, and those that have a text read by a shell. */

/* Options with values, and how many words stand before what is run. */
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
    {"busybox", "", 0},
    {"gosu", "", 1},
    {"su-exec", "", 1},
    {"setuidgid", "", 1},
    {"nsenter", "tSG", 0},
    {"unshare", "SG", 0},
    {"systemd-run", "puMHtE", 0},
    {"systemd-cat", "tp", 0},
    {"taskset", "", 1},
    {"strace", "eopsSuPEaXbO", 0},
    {"sshpass", "pfdP", 0},
    {"tini", "pe", 0},
    {"dumb-init", "r", 0},
    {"time", "fo", 0},
};

/* Programs whose words, from an operand on, are joined and read by a shell, mostly elsewhere. */
struct joiner {
	const char *name;
	const char *with_value;
	size_t operands;
	bool far;
};

static const struct joiner joiners[] = {
    {"eval", "", 0, false},
    {"watch", "nq", 0, false},
    {"parallel", "jaICdnN", 0, false},
    {"ssh", "BbcDEeFIiJLlmOopQRSWw", 1, true},
    {"autossh", "MBbcDEeFIiJLlmOopQRSWw", 1, true},
    {"rsh", "l", 1, true},
    {"pdsh", "wxtuflR", 0, true},
    {"clush", "wxgfto", 0, true},
    {"pssh", "hHltpoexO", 0, true},
    {"parallel-ssh", "hHltpoexO", 0, true},
};

static const char *const shells[] = {"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", NULL};

bool command_is_shell(const struct command *command)
{
	return command_is_one(command, shells);
}

/* Adds a command that another one runs. */
static void run_command(
    struct arena *arena, struct shell *shell, size_t index, struct command inner, bool far)
{
	inner.inner = true;
	inner.far |= far;
	inner.outer = index;
	shell->commands = arena_grow(
	    arena, shell->commands, shell->count, &shell->capacity, sizeof(*shell->commands));
	shell->commands[shell->count++] = inner;
	shell_unwrap(arena, shell, shell->count - 1);
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
	run_command(arena, shell, index, inner, far);
}

/* Words `from` on, joined, as a script; where a part is lost, nothing of it is. */
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
		const struct word *word = &outer->words[i];

		if (word->lost) {
			buf_done(&text);
			return;
		}
		if (i > from)
			buf_byte(&text, ' ');
		if (word->beside)
			mark_add(arena, shell, &text, MARK_BESIDE, word->beside);
		buf_str(&text, word->text);
	}
	if (from + 1 == to && outer->words[from].template && outer->words[from].known)
		place.source = template_source(outer->words[from].template);
	shell_read(
	    arena, shell, arena_str(arena, buf_view(&text)), &place, index, far || outer->far);
	buf_done(&text);
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
		if (command_takes(command, at + 1) == CODE_SHELL) /* flock FILE -c TEXT */
			return false;
		run_words(arena, shell, index, at, false);
		return true;
	}
	return false;
}

/* The word from which on a program has its words joined and read by a shell; 0: it does not. */
static size_t joined_word(const struct command *command, bool *ret_far)
{
	for (size_t i = 0; i < sizeof(joiners) / sizeof(*joiners); i++) {
		size_t at;

		if (!command_is(command, joiners[i].name))
			continue;
		*ret_far = joiners[i].far;
		at = command_operand(command, 1, joiners[i].with_value);
		for (size_t k = 0; k < joiners[i].operands; k++)
			at = command_operand(command, at + 1, joiners[i].with_value);
		return at;
	}
	return 0;
}

/* What `parallel` puts behind ::: are arguments, each of which it quotes. */
static size_t joined_end(const struct command *command)
{
	for (size_t i = 1; command_is(command, "parallel") && i < command->count; i++)
		if (str_starts(command->words[i].text, STR(":::")))
			return i;
	return command->count;
}

bool command_has_read(const struct command *command, size_t word)
{
	bool far;
	size_t at = joined_word(command, &far);

	if (at)
		return word >= at && word < joined_end(command);
	return command_takes(command, word) == CODE_SHELL;
}

bool command_goes_far(const struct command *command)
{
	bool far;

	return joined_word(command, &far) ? far : container_entered(command);
}

bool command_runs_others(const struct command *command)
{
	for (size_t i = 0; i < sizeof(wrappers) / sizeof(*wrappers); i++)
		if (command_is(command, wrappers[i].name))
			return true;
	for (size_t i = 1; command_is_shell(command) && i < command->count; i++)
		if (command_takes(command, i) == CODE_SHELL)
			return !command->words[i].lost;
	return false;
}

/* A shell with its text among the words of a program that nobody knows: find -exec sh -c …, lxc exec … */
static size_t shell_within(const struct command *command)
{
	for (size_t i = 1; i + 2 < command->count; i++) {
		struct command inner = {.words = command->words + i, .count = command->count - i};

		for (size_t k = 1; command_is_shell(&inner) && k < inner.count; k++)
			if (command_takes(&inner, k) == CODE_SHELL)
				return i;
	}
	return 0;
}

void shell_unwrap(struct arena *arena, struct shell *shell, size_t index)
{
	const struct command *command;
	struct command inner;
	bool reads = false;
	bool far;
	size_t at;

	if (shell->count > COMMANDS_MAX || unwrap_wrapper(arena, shell, index))
		return;
	command = &shell->commands[index];
	if ((at = joined_word(command, &far))) {
		run_text(arena, shell, index, at, joined_end(command), far);
		return;
	}
	for (size_t i = 1; i < shell->commands[index].count; i++)
		if (command_takes(&shell->commands[index], i) == CODE_SHELL) {
			run_text(arena, shell, index, i, i + 1, false);
			reads = true;
		}
	command = &shell->commands[index];
	if (!reads && container_command(arena, command, &inner))
		run_command(arena, shell, index, inner, true);
	else if (!reads && (at = shell_within(command)))
		run_words(arena, shell, index, at, false);
}
