/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_SHELL_H
#define LANG_SHELL_H

#include "base/arena.h"
#include "base/source.h"
#include "lang/model.h"

/*
 * Shell text taken apart into simple commands: as much of it as lints need, never to run it. What is not understood is
 * left out, so that a finding rests on what was. Everything lives in the arena.
 */
struct word {
	struct str text; /* quotes taken away, what is expanded left out */
	bool known; /* nothing was left out */
	bool
	    lost; /* what was left out stands nowhere: the value of a variable, what a command prints */
	bool expands; /* a variable or a command stands in it */
	bool quoted; /* at least a part of it stood in quotes */
	bool quoted_start; /* its first byte is a quote */
	const struct template *template; /* of an argv's item, else NULL */
	struct expr *beside; /* what the text is a default of, in an argv */
	struct span span;
};

enum link {
	LINK_END, /* ; or the end of a line */
	LINK_PIPE,
	LINK_AND,
	LINK_OR,
	LINK_BACKGROUND
};

struct command {
	struct word *words; /* assignments before the program are left out */
	size_t count;
	struct span span;
	enum link after; /* what stands behind it */
	enum link before;
	bool tested; /* its status is asked for: if, while, until, ! */
	bool looped; /* stands in the body of a loop */
	bool captured; /* its output is taken: $(…) */
	bool inner; /* what another command runs: sudo, docker exec, sh -c */
	bool far; /* runs elsewhere: ssh, docker exec, kubectl exec */
	bool fed; /* its standard input comes from a pipe, a file or a text */
	size_t outer; /* of an inner one: the command that runs it */
};

/* A variable where it is expanded. */
struct expansion {
	struct str name;
	bool quoted; /* in double quotes, or where nothing is split */
	bool plain; /* $X or ${X}, nothing done to it */
	size_t command; /* the command it belongs to, or SIZE_MAX */
	size_t word; /* its place there */
	size_t here; /* how many $(…) it stands in, for the reader */
	struct span span;
};

/* An expression of a template in a text that a shell reads as code. A text within a text is read more than once. */
struct code_piece {
	struct expr *expr;
	bool free; /* stands outside of quotes, so that a quoted word is one there */
	size_t by; /* the command that has it read, or SIZE_MAX */
};

struct shell {
	struct command *commands;
	size_t count;
	size_t capacity;
	struct expansion *expansions;
	size_t expansion_count;
	size_t expansion_capacity;
	struct expr **marked; /* expressions that texts hold marks of */
	size_t marked_count;
	size_t marked_capacity;
	struct code_piece *pieces;
	size_t piece_count;
	size_t piece_capacity;
};

/*
 * Where bytes of a text that is read stand: in a decoded scalar, from `offset` on; with a NULL source everything stands
 * at `whole`.
 */
struct shell_place {
	const struct text *source;
	size_t offset;
	struct span whole;
};

/* How a command takes one of its words. */
enum code {
	CODE_NONE, /* as it is */
	CODE_SHELL, /* as the text of a shell */
	CODE_SQL,
	CODE_PROGRAM /* as a program of another language */
};
enum code command_takes(const struct command *command, size_t word);

/* How it takes its standard input. */
enum code command_takes_stdin(const struct command *command);

/* Whether a shell reads a word as code, alone or joined with others. */
bool command_has_read(const struct command *command, size_t word);

/* The expressions of templates whose values are part of a word, one by one; NULL past the last. */
struct expr *word_expr(const struct shell *shell, const struct word *word, size_t i);

/* Adds the commands of a script. `outer` is the command that runs it, or SIZE_MAX. */
void shell_read(struct arena *arena, struct shell *shell, struct str script,
    const struct shell_place *place, size_t outer, bool far);

/* How a command stands among others. */
struct shell_joint {
	bool fed;
	enum link before;
	enum link after;
};

/* Adds an argv of a runbook or template, and what it runs in turn. (shell_argv.c) */
void shell_argv(struct arena *arena, struct shell *shell, const struct runbook *book,
    const struct template *argv, const struct shell_joint *joint);

/* Adds the commands of a text with templates that a command reads as code. (shell_argv.c) */
void shell_text(
    struct arena *arena, struct shell *shell, const struct template *text, size_t outer);

/* The declared parameter that a template is, and nothing else; NULL otherwise. */
const struct param_decl *template_param(
    const struct runbook *book, const struct template *template);
const struct param_decl *book_param(const struct runbook *book, struct str name);

/* Beyond these a text is no longer taken apart. */
enum { COMMANDS_MAX = 10000 };

/*
 * Adds what the command runs in turn: `sudo CMD`, `docker exec C CMD`, `sh -c TEXT`, `ssh HOST TEXT`. (shell_inner.c)
 */
void shell_unwrap(struct arena *arena, struct shell *shell, size_t index);

/* The program's name without its folder; empty when it is not known. */
struct str command_name(const struct command *command);
bool command_is(const struct command *command, const char *name);
bool command_is_one(const struct command *command, const char *const *names);

/* Word number i when all of it is known, else the empty text. */
struct str command_word(const struct command *command, size_t i);

/* Whether one of its words is this. */
bool command_has(const struct command *command, const char *word);

/*
 * Whether an option is given: alone, as `--name=value`, or as a letter in a group of short ones. `with_value` holds the
 * letters whose value follows, so that a group ends there; either name may be NULL or 0.
 */
bool command_option(
    const struct command *command, char letter, const char *name, const char *with_value);

/*
 * The word that holds the value of an option, from word `from` on: the next one, or its own when it stands there. 0:
 * there is none.
 */
size_t command_value(const struct command *command, size_t from, char letter, const char *name,
    const char *with_value);

/* The first word from `from` on that is no option; command->count when there is none. */
size_t command_operand(const struct command *command, size_t from, const char *with_value);

/* The same, where some long options have their value in the next word; their names end in NULL. */
size_t command_operand_long(const struct command *command, size_t from, const char *with_value,
    const char *const *long_with_value);

bool command_is_shell(const struct command *command);

/* Whether what it runs is out of reach, for its signals too: on another machine, in a container or a pod. */
bool command_goes_far(const struct command *command);

/* Whether it is known to run other commands, which were added behind it. */
bool command_runs_others(const struct command *command);

#endif
