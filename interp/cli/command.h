/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * Commands: one file each, one row each in the table of main.c. Help, usage errors and the list of commands are made
 * of the same tables.
 */

/* Exit statuses, the same for every command; what they mean to people is in surroundings.c. */
enum status {
	STATUS_OK = 0, /* recovered; nothing wrong */
	STATUS_FAILED = 1, /* the runbook ran and did not succeed */
	STATUS_DIFFERENT = 1, /* two runs differ, as diff(1) says it of files */
	STATUS_WRONG = 2, /* the invocation or the runbook is wrong, nothing ran */
	STATUS_DENIED = 3, /* an approval was missing or denied */
	STATUS_INTERRUPTED = 4,
	STATUS_DIVERGED = 5, /* a replay diverged */
	STATUS_DAMAGED = 6, /* a transcript is damaged or unreadable */
	STATUS_BUG = 70
};

struct option_row {
	const char *name; /* without the dashes; NULL ends a table */
	char letter; /* short form, or 0 */
	/*
	 * Its value as the help calls it; NULL: a flag. Words in small letters are said as they stand, "text|json";
	 * what is in capitals stands for something: a FILE, a RUN, STEP=WORD.
	 */
	const char *value;
	const char *doc;
};

/* One given option or argument of a command line that was understood. */
struct given {
	const struct option_row *option;
	const char *value;
};

struct invocation {
	const struct command *command;
	struct given *options; /* in the order given */
	size_t option_count;
	const char **args;
	size_t arg_count;
};

/* Every command has it. */
extern const struct option_row option_help;

/* A command line to copy, and what it is for. */
struct example_row {
	const char *line; /* NULL ends a table */
	const char *doc;
};

struct command {
	const char *name;
	const char *arguments; /* "FILE…", for the usage line */
	size_t least; /* arguments wanted at least, */
	size_t most; /* and at most */
	const char *summary; /* one sentence, in small letters, without a full stop */
	const char *details; /* paragraphs for its own help; NULL: none */
	const struct option_row *options;
	const struct example_row *examples; /* NULL: none */
	int (*run)(const struct invocation *invocation); /* gives the exit status */
};

/* Every command, in the order of the help, ended by NULL. */
extern const struct command *const commands[];

/* NULL: there is none of that name. */
const struct command *command_find(const char *name);

extern const struct command command_actions;
extern const struct command command_check;
extern const struct command command_complete;
extern const struct command command_coverage;
extern const struct command command_diff;
extern const struct command command_eval;
extern const struct command command_export;
extern const struct command command_history;
extern const struct command command_manual;
extern const struct command command_match;
extern const struct command command_note;
extern const struct command command_plan;
extern const struct command command_rehearse;
extern const struct command command_replay;
extern const struct command command_report;
extern const struct command command_resume;
extern const struct command command_run;
extern const struct command command_schema;
extern const struct command command_verify;
extern const struct command command_watch;

/*
 * Understands a command's words. 0 with *ret_invocation filled (to be freed by invocation_done()), or the exit status
 * after help or an error was printed: -1 stands for "help was shown", STATUS_WRONG for an error.
 */
int invocation_parse(
    const struct command *command, int argc, char **argv, struct invocation *ret_invocation);
void invocation_done(struct invocation *invocation);

bool option_given(const struct invocation *invocation, const char *name);

/* The last value given, or NULL. */
const char *option_value(const struct invocation *invocation, const char *name);

/*
 * Which of the words that its row has, "text|json", an option has for its value: its place among them, the first where
 * it was not given. False after saying what there is.
 */
bool option_choice(const struct invocation *invocation, const char *name, size_t *ret_choice);

/* The first of words with | between them, which is cut off *words; false when there is none left. */
bool choice_next(struct str *words, struct str *ret_word);

/* The number from 1 to `most` that an option has for its value; not given: the preset. False after a complaint. */
bool option_number(const struct invocation *invocation, const char *name, int64_t most,
    int64_t preset, int64_t *ret_number);

/*
 * Whether a stream is to be coloured: --color always|never|auto, NO_COLOR (no-color.org), a terminal that is not dumb.
 */
bool wants_color(const struct invocation *invocation, int fd);

/* Whether what is written to a stream can be drawn over: a terminal that is not dumb, without --plain. */
bool wants_live(const struct invocation *invocation, int fd);

/* The row of --plain, shared by commands that show a run. */
#define OPTION_PLAIN                                                                               \
	{                                                                                          \
		"plain", 0, NULL,                                                                  \
		    "lines alone, and no panel beneath them that is drawn anew: for a screen "     \
		    "reader, or to be kept"                                                        \
	}

/* The row of --color, shared by commands that have colours. */
#define OPTION_COLOR                                                                               \
	{                                                                                          \
		"color", 0, "auto|always|never",                                                   \
		    "auto is the default: on a terminal, unless NO_COLOR is set"                   \
	}

/* A sentence on standard error, behind "reprise: ". */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes all of a text; false when nobody takes it. */
bool print_text(int fd, const char *text, size_t len);

#endif
