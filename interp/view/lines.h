/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_LINES_H
#define VIEW_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "sched/message.h"

/*
 * The live output of operations cut into lines: a line is given out when it is whole, or when its operation ends. Past
 * a number of lines an operation's output is only counted, and its last lines are kept. It owns what it holds.
 */
struct lines;

enum { LINES_SHOWN = 24, LINES_TAIL = 8 };

typedef void lines_show(void *self, struct str step, struct str line);

struct lines *lines_new(lines_show *show, void *self);
void lines_free(struct lines *lines);

/* Takes an `output` message. */
void lines_feed(struct lines *lines, const struct message *output);

/*
 * The operation is over: shows what is left. Of an output that was cut, says how many lines were not shown, and shows
 * the last ones. `hidden` gets the sentence, `show` the lines.
 */
void lines_end(struct lines *lines, uint32_t op, lines_show *hidden);

/* The last line of what no message brings before the end of an operation that has spoken. */
void lines_hear(struct lines *lines, uint32_t op, struct str line);

/*
 * The last line of an operation that is not over, or one so many before it; one that is not whole yet is the last.
 * False when there is none. *ret_shown says that it was given out.
 */
bool lines_last(
    const struct lines *lines, uint32_t op, size_t back, struct str *ret_line, bool *ret_shown);

#endif
