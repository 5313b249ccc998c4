/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_INCIDENT_H
#define VIEW_INCIDENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "view/chronicle.h"
#include "view/rendering.h"

/*
 * The incident report in the form of the page's template: what the record knows of it, and what people have answered.
 * What only a person knows and nobody has answered is a marked blank.
 */

/* What a person may answer, in the order of the template. */
enum incident_key {
	ANSWER_SEVERITY,
	ANSWER_IMPACT,
	ANSWER_DETECTED,
	ANSWER_INVESTIGATED,
	ANSWER_CAUSE_KNOWN,
	ANSWER_FIXED,
	ANSWER_RESTORED,
	ANSWER_TIMELINE,
	ANSWER_ROOT_CAUSE,
	ANSWER_RESOLUTION,
	ANSWER_RESTORED_AS_OF,
	ANSWER_PREVENT,
	ANSWER_DETECT,
	ANSWER_RUNBOOKS,
	ANSWER_MONITOR,
	ANSWER_MORE,
	ANSWER_LESSONS,
	ANSWER_CHECK_SERVICES,
	ANSWER_CHECK_DATA,
	ANSWER_CHECK_COMMUNICATION,
	ANSWER_CHECK_REPORT,
	ANSWER_CHECK_TIMELINE,
	ANSWER_CHECK_CAUSE,
	ANSWER_CHECK_ACTIONS,
	ANSWER_CHECK_RUNBOOKS,
	INCIDENT_KEYS
};

enum incident_form {
	INCIDENT_TEXT, /* Markdown, of one line or more */
	INCIDENT_TIME, /* incident_time() */
	INCIDENT_TEXTS, /* a list of texts */
	INCIDENT_EVENTS /* a list of "HH:MM - what happened" */
};

struct incident_row {
	const char *map; /* the map that it stands in: "checklist"; NULL: the outermost */
	const char *name;
	enum incident_form form;
	const char
	    *hint; /* what is wanted: the blank's words, and the comment in a file of answers */
	bool always; /* of what was not done in earnest it is wanted too */
};

/* By key. The rows of one map stand together. */
extern const struct incident_row incident_rows[];

struct incident_answer {
	const struct str *items; /* one, but of lists */
	size_t count; /* 0: nobody has answered */
};

struct incident_answers {
	struct incident_answer by_key[INCIDENT_KEYS];
};

/*
 * A moment, UTC: "03:04", "2026-11-22 03:04" with seconds or without, or as RFC 3339 writes it. A time of day is that
 * which is nearest to `near_us`.
 */
bool incident_time(struct str text, int64_t near_us, int64_t *ret_us);

/* Cuts the time, and the dash, off "03:04 - the shop was switched off"; false where there is none. */
bool incident_event(struct str text, int64_t near_us, int64_t *ret_us, struct str *ret_what);

/*
 * Appends the report, without the record. The chronicle has been weighed. ret_open says by key for what a blank is
 * left; NULL: nobody asks.
 */
void incident_put(const struct rendering_about *about, const struct chronicle *chronicle,
    bool *ret_open, struct buf *out);

#endif
