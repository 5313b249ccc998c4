/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_VIEW_TELLING_H
#define TEST_VIEW_TELLING_H

#include "lang/load.h"
#include "view/coverage.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define NOW_US (INT64_C(1795316645) * 1000000)

/* A run as it is told to a coverage by hand, a second between two lines. */
struct telling {
	struct load now; /* `covered` as it is now */
	struct coverage *coverage;
	struct coverage_reading *reading;
	int64_t at_us;
	uint32_t op;
	uint32_t id;
};

/* Loads `covered`, of which no run has been told yet; takes it down. */
void tell_open(struct telling *telling);
void tell_close(struct telling *telling);

void tell(struct telling *telling, struct message message);

/* A run of `covered`, and then that it is counted. */
void tell_begin(struct telling *telling, const char *run, const char *mode, int64_t days_ago);
void tell_end(struct telling *telling, const struct coverage_version *version);

/* An operation, and the end of the one that began last. A check, and `look`, only read. */
void tell_start(struct telling *telling, const char *node, enum start_what what);
void tell_finished(struct telling *telling, bool ok, enum origin origin);
void tell_step(struct telling *telling, const char *node, enum outcome outcome, bool allowed);

/* A step with an action, from its begin to its end. */
void tell_action(
    struct telling *telling, const char *node, enum origin origin, enum outcome outcome);
void tell_decided(struct telling *telling, const char *node, const char *what,
    const struct value *value, const char *why);

/* An approval, and what was answered. */
void tell_answer(struct telling *telling, const char *node, enum answer answer, enum origin origin);
void tell_approval(struct telling *telling, const char *node, enum answer answer);

/* A list of up to two items, until the next is asked for. */
const struct value *tell_list(size_t count);
const struct coverage_step *tell_find(const struct coverage *coverage, const char *path);

/* How it went that way at a trust, in runs. */
int64_t tell_runs(const struct coverage *coverage, const char *path, enum coverage_way way,
    enum coverage_kind kind);

#endif
