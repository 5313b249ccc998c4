/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/source.h"
#include "base/str.h"

/*
 * Diagnostics: what an author got wrong, where, and the way out. A struct diags owns its diagnostics; the sources
 * that their spans point into must outlive it. Every mistake of a file is collected before any is shown.
 */
enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct diag {
	enum severity severity;
	const char *code; /* stable, short: "unknown-key"; static storage */
	struct span span;
	struct str message; /* one sentence without a full stop */
	struct str help; /* the way out, or empty */
	struct span other; /* a second place ("first defined here"), or without a source */
	struct str other_text;
};

struct diags {
	struct arena *arena;
	struct diag *items;
	size_t count;
	size_t capacity;
	size_t errors; /* the lost ones too, and those that were told before */
	size_t repeated; /* of them: the same place and the same words */
	size_t lost; /* past DIAGS_MAX: counted, not kept */
	uint64_t *seen; /* a table of what was told: hashes, 0 where it is free */
	size_t seen_count;
	size_t seen_capacity; /* a power of two, or 0 */
};

/*
 * So many are kept, errors and warnings. One that was told before is not kept either: what is read more than once has
 * its mistake once.
 */
enum { DIAGS_MAX = 200 };

void diags_init(struct diags *diags);
void diags_done(struct diags *diags);

/* Adds an error or a warning; the message is formatted at once. Returns it, to be given help; never NULL. */
struct diag *diag_error(struct diags *diags, const char *code, struct span span, const char *format,
    ...) __attribute__((format(printf, 4, 5)));
struct diag *diag_warning(struct diags *diags, const char *code, struct span span,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Whether every mistake that was told is one of its own from now on: `errors` no longer counts the repeated ones. */
void diags_settle(struct diags *diags);

/* The way out. */
void diag_help(struct diags *diags, struct diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A second place that explains the first. */
void diag_other(struct diags *diags, struct diag *diag, struct span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* By file (in order of first mention) and position; equal ones keep their order. */
void diags_sort(struct diags *diags);

/*
 * Renders one for people:
 *
 *   file.yaml:12:9: error: unknown key "tiemout" [unknown-key]
 *      12 |         tiemout: 5m
 *         |         ^~~~~~~
 *         = help: did you mean "timeout"?
 */
void diag_render(const struct diag *diag, bool color, struct buf *out);

/* All of them, sorted, and how many more there were; nothing when there are none. */
void diags_render(struct diags *diags, bool color, struct buf *out);

#endif
