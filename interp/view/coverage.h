/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_COVERAGE_H
#define VIEW_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "lang/plan.h"
#include "sched/message.h"

/*
 * Which steps of a runbook were ever exercised, and which of the ways that each can go: a fold over the messages of
 * many runs, told to the plan as it is now. What a run did under an earlier text counts for the steps that still say
 * the same; of the others it is kept apart, as from before a change.
 */

/* How true it was. The order is by trust. */
enum coverage_kind {
	COVERAGE_LIVE, /* in a run that meant it */
	COVERAGE_READ, /* really run, or decided from what was really found, but in a rehearsal */
	COVERAGE_REHEARSED, /* not performed, or decided by an assumption: only gone through */
	COVERAGE_ASSUMED, /* what only reads, and was not even read: no exercise */
	COVERAGE_KINDS
};

/* What can happen to a step. */
enum coverage_way {
	WAY_DONE, /* it was begun, and ended well */
	WAY_FAILED, /* it was begun, and failed */
	WAY_TIMED_OUT,
	WAY_CUT, /* it was begun; it was ended, or nobody knows how it ended */
	WAY_UNABLE, /* it could not begin, or what only reads was refused a file: no exercise */
	WAY_SKIPPED,
	WAY_WHEN,
	WAY_WHEN_NOT,
	WAY_UNLESS, /* all of its `unless` held: it was not needed */
	WAY_UNLESS_NOT,
	WAY_REFUSED, /* a precondition did not hold */
	WAY_ALLOWED, /* it was begun and failed, and that was an answer */
	WAY_RETRIED,
	WAY_APPROVED,
	WAY_DENIED, /* or nobody could be asked, or answered in time */
	WAY_APPROVAL_ASSUMED, /* nobody was asked */
	WAY_DENIAL_ASSUMED,
	WAY_NO_ITEM, /* a loop over an empty list, */
	WAY_ONE_ITEM,
	WAY_MORE_ITEMS,
	COVERAGE_WAYS
};

/* Whether a run of this mode meant what it did: what is no mode of ours is no live run. */
bool coverage_is_live(struct str mode);

/* A run, or a rehearsal, that was counted. */
struct coverage_run {
	struct str run; /* its id */
	bool live;
	int64_t began_us; /* since 1970 */
	uint32_t number; /* from 1, when it is first named to people; 0: not yet */
};

/* One way of one step. */
struct coverage_mark {
	enum coverage_way way;
	enum coverage_kind kind;
	bool former; /* the step was another one then */
	int64_t runs; /* how many went so */
	int64_t last_us; /* since 1970 */
	struct coverage_run *last; /* the latest of them */
	const struct coverage_run *counted;
	struct coverage_mark *next;
};

struct coverage_step {
	const struct plan_node *node;
	struct str path; /* without rounds and items: "restore/load" */
	struct coverage_mark *marks;
};

struct coverage {
	struct arena *arena;
	const struct plan *plan;
	struct coverage_step *steps; /* by plan index */
	int64_t live_runs;
	int64_t rehearsals;
	int64_t first_us; /* when the first and the last of them began; 0: there was none */
	int64_t last_us;
};

/* The plan must outlive it. */
struct coverage *coverage_new(const struct plan *plan);
void coverage_free(struct coverage *coverage);

/*
 * One run as it is read. Nothing of it counts until it is counted, for a record may turn out to be damaged at its last
 * line. Messages need not outlive the call.
 */
struct coverage_reading;

struct coverage_reading *coverage_reading_new(const struct coverage *coverage);
void coverage_reading_free(struct coverage_reading *reading);
void coverage_feed(struct coverage_reading *reading, const struct message *message);

/* The digests of the files that its steps stood in, one behind another; empty: they are not recorded. */
struct str coverage_sources(const struct coverage_reading *reading);

/* The same of a list as `run.started` has it, in the arena. */
struct str coverage_sources_of(struct arena *arena, const struct value *sources);

/*
 * Which steps of another text of the runbook say the same as now; NULL where that is not known: none does. It lives as
 * long as the coverage; the other plan need not.
 */
struct coverage_version;
struct coverage_version *coverage_version(struct coverage *coverage, const struct plan *then);

/* Counts what was read. version: of its text; NULL: it was the text of now. */
void coverage_count(struct coverage *coverage, struct coverage_reading *reading,
    const struct coverage_version *version);

/* Whether it can go that way at all, and whether a gate wants that it went. */
bool coverage_has(const struct plan_node *node, enum coverage_way way);
bool coverage_is_wanted(const struct plan_node *node, enum coverage_way way);

/*
 * The latest time that it went that way, as it is now, at a trust between two; NULL: never. A failure that is an answer
 * is an end as good as any: it stands for WAY_DONE too.
 */
struct coverage_mark *coverage_latest(const struct coverage_step *step, enum coverage_way way,
    enum coverage_kind from, enum coverage_kind to);

/* The same of that way alone, and in how many runs. */
struct coverage_mark *coverage_went(const struct coverage_step *step, enum coverage_way way,
    enum coverage_kind from, enum coverage_kind to, int64_t *ret_runs);

/* The latest time before its change. */
struct coverage_mark *coverage_former(const struct coverage_step *step, enum coverage_way way);

/* Whether anything at all is told of a step as it is now. */
bool coverage_is_touched(const struct coverage_step *step);

/* How a way is called: "when true" to people, "when_true" in a document. */
const char *coverage_way_text(enum coverage_way way);
const char *coverage_way_name(enum coverage_way way);

/* What a view is asked for. */
struct coverage_view {
	struct coverage *coverage;
	int64_t now_us; /* since 1970 */
	int64_t max_age_us; /* 0: no gate */
	bool live_only; /* rehearsals were not counted */
	bool color;
	int64_t not_counted; /* damaged records */
};

/* Of what a gate wants. */
struct coverage_sum {
	size_t wanted;
	size_t missing;
	size_t only_gone_through; /* not missing, but for a rehearsal that did not perform it */
};

struct coverage_sum coverage_sum(const struct coverage_view *view);

/*
 * Whether one of what is wanted is missing, for one that the step has: never, not as it is now, not in max_age_us, or
 * it really went badly and has not really gone well since.
 */
bool coverage_is_missing(
    const struct coverage_view *view, const struct coverage_step *step, enum coverage_way way);

/* Whether what is not missing was only gone through in that time. */
bool coverage_is_only_gone_through(
    const struct coverage_view *view, const struct coverage_step *step, enum coverage_way way);

/* All of it for people, what was not exercised first; with a gate, only what it does not let pass. */
void coverage_text(struct coverage_view *view, struct buf *out);

/* The same for other programs. schema/language.md tells the form. */
void coverage_json(struct coverage_view *view, struct buf *out);

#endif
