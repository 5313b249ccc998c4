/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_HISTORY_H
#define VIEW_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "history/index.h"
#include "history/practice.h"
#include "lang/plan.h"

/* What `reprise history` says: which runs there were, and how each runbook was practised. */

struct history_book {
	struct str id;
	const char *path; /* of its file; NULL: it was not found, and `plan` is NULL too */
	const struct plan *plan;
	struct practice practice; /* by all its runs, whatever was asked for */
};

struct history_view {
	const struct past *runs; /* that were asked for */
	size_t most; /* so many of them are listed, the newest; 0: all */
	const struct history_book *books; /* by id */
	size_t book_count;
	const char *folder; /* where runs are kept */
	bool chosen; /* not all runs were asked for */
	bool steps; /* tell of the steps */
	int64_t now_us;
	int64_t max_age_us; /* 0: no gate */
	size_t columns; /* that a line may have; 0: as many as it takes */
	bool color;
	const struct index_trouble *troubles; /* records that were not counted */
	size_t trouble_count;
};

/* Why a gate does not let a runbook pass; HISTORY_LATELY: it does. */
enum history_lack {
	HISTORY_LATELY, /* it was run or rehearsed well in that time, and has not failed since it last recovered */
	HISTORY_NEVER,
	HISTORY_NOT_LATELY,
	HISTORY_FAILED
};

enum history_lack history_lack(const struct history_view *view, const struct history_book *book);

/* Of all books, how many lack something. */
size_t history_lacking(const struct history_view *view);

/* What kind of run it was: "run", "rehearsal", "replay", "alone"; a later version's mode as it is recorded. */
struct str history_mode(const struct past_run *run);

/* "recovered", "failed", …, "unfinished". */
const char *history_outcome(const struct past_run *run);

/* Whole days from a moment until now. */
int64_t history_days(const struct history_view *view, int64_t at_us);

/* All of it for people; with a gate, only what it does not let pass. */
void history_text(const struct history_view *view, struct buf *out);

/* The same for other programs. schema/language.md tells the form. */
void history_json(const struct history_view *view, struct buf *out);

#endif
