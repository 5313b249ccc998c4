/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdint.h>

#include "act/loop.h"
#include "base/str.h"
#include "view/terminal.h"

/*
 * Draws the panel of a live terminal: soon after something happened, and a few times a second while time passes. It
 * knows the window's size, and that this process may be stopped, or in the background, where the terminal is another's.
 * Nothing of the terminal's state is changed, so that nothing has to be put back after a crash.
 */
struct screen;

struct screen_options {
	struct loop *loop;
	struct terminal *terminal;
	int fd;
	struct str
	    stopped; /* what is said where this process is stopped at the terminal; empty: nothing */
	int64_t (*now)(void *self); /* the run's own clock */
	void (*go_on)(void *self); /* it was stopped, and goes on */
	/* Appends when the run is expected to end, in a sentence; asked now and then. NULL: nobody knows. */
	void (*foretell)(void *self, int64_t now_us, struct buf *out);
	void *self;
};

struct screen *screen_new(const struct screen_options *options);

/* Takes the panel away. Frees itself from the loop. Accepts NULL, as the next one does. */
void screen_free(struct screen *screen);

/* Something happened. */
void screen_touch(struct screen *screen);

/* SIGINT ends this process from now on, with 0, and a panel that is there goes with it. */
void screen_leave_on_interrupt(void);

#endif
