/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINT_ELSEWHERE_PARTS_H
#define LINT_ELSEWHERE_PARTS_H

#include <string.h>

#include "lint/elsewhere.h"

/* What the files elsewhere*.c share and nobody else sees. */

/* What an option of ssh, docker, … is in a target. What is in no table has no place there. */
enum option_field {
	FIELD_NAME,
	FIELD_USER,
	FIELD_PORT,
	FIELD_IDENTITY,
	FIELD_JUMP,
	FIELD_POD_CONTAINER,
	FIELD_NAMESPACE,
	FIELD_CONTEXT,
	FIELDS,
	FIELD_OPTION, /* ssh's -o */
	FIELD_ENV,
	FIELD_CWD,
	FIELD_FLAG, /* has no value, and nothing is lost without it */
	FIELD_QUIET, /* the same, of sudo: it asks for no password */
};

struct option {
	char letter;
	const char *name;
	enum option_field field;
	const char *fixed; /* of FIELD_OPTION: what a letter stands for */
};

struct way {
	const char *program;
	const char *by;
	const char *why;
	const char *key; /* in a target */
	const char *names[FIELDS]; /* of its fields; FIELD_NAME may stand bare */
	const struct option *before; /* of what `verb` is */
	const char *verb; /* NULL: none */
	const struct option *after;
	int rank; /* the order in which a target goes in */
	bool joins; /* a shell there reads the words, put together */
	bool late; /* options may stand behind the name too */
};

/* One step on the way: what was said of a machine, a user, a container. Texts hold templates as they are written. */
struct stop {
	const struct way *way;
	struct str fields[FIELDS];
	struct buf options; /* `A: b, C: d` */
	bool quiet;
	bool unknown; /* a value is a variable of a script */
	size_t rest; /* the first word of what runs there */
};

struct finding {
	struct arena *arena;
	const struct each *each;
	bool joined; /* a shell has the words read, which are quoted for it */
	struct buf target;
	struct buf env;
	struct str cwd;
	bool unknown;
	bool many;
	bool plain; /* so far a sudo that asks nothing */
};

/* The way that a command goes by its name, or NULL. (elsewhere_stop.c) */
const struct way *way_of(const struct command *command);

/* Reads what a command says of its place; false: it runs nothing there, or says more than a target can. */
bool stop_read(struct finding *finding, const struct command *command, struct stop *stop);

#endif
