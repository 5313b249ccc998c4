/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_SOURCE_LINES_H
#define RECORD_SOURCE_LINES_H

#include "base/arena.h"
#include "base/str.h"
#include "sched/message.h"

/*
 * Cuts a source into `source` messages of at most TRANSCRIPT_SOURCE bytes, never within a code point and behind a
 * newline where there is one in the second half; an empty source is one message. Calls emit for each, in order; the
 * messages point into name, text and a digest that lives until it returns.
 */
void source_lines(struct str name, struct str text,
    void (*emit)(void *context, const struct message *source), void *context);

#endif
