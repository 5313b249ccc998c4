/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include <stdbool.h>

#include "act/loop.h"
#include "base/str.h"

/*
 * The terminal that a person answers at, whatever the standard streams are: lines, as they are typed. It leaves the
 * terminal as it is, so that its own editing, ^C and ^D work, and nothing has to be put back after a crash.
 */
struct console;

enum console_end {
	CONSOLE_EOF, /* ^D on an empty line */
	CONSOLE_GONE /* it was closed: nothing will come any more */
};

struct console_events {
	void (*line)(void *self, struct str line);
	void (*end)(void *self, enum console_end end);
	/* This process was stopped: what was typed until now was perhaps meant for somebody else. */
	void (*went_on)(void *self);
};

/* NULL when the program has no terminal. */
struct console *console_new(struct loop *loop, const struct console_events *events, void *self);

/* Frees itself from the loop. Accepts NULL. */
void console_free(struct console *console);

/* For those who write to it. */
int console_fd(const struct console *console);

/* Whether a descriptor leads to it too. */
bool console_is(int fd);

/* Whether lines are to be taken. What is typed meanwhile is kept by the system. */
void console_listen(struct console *console, bool listen);

/* Forgets what was typed so far, a line that is not complete included; true when there was a whole one. */
bool console_discard(struct console *console);

/* The device, such as /dev/pts/3; NULL when none of the standard streams tells. */
const char *console_name(void);

#endif
