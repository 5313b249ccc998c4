/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_INCIDENT_PARTS_H
#define VIEW_INCIDENT_PARTS_H

#include "view/incident.h"
#include "view/labels.h"

/* How a moment of the report is known. */
enum known { KNOWN_NOT, KNOWN_BY_RECORD, KNOWN_BY_PERSON };

struct moment {
	enum known known;
	int64_t at_us;
};

/* What the parts of the report are made of; its texts live as long as the chronicle. */
struct incident {
	const struct rendering_about *about;
	const struct chronicle *chronicle;
	const struct summary *summary;
	struct labels *labels; /* NULL: the plan is not at hand */
	const struct objectives *objectives; /* NULL: not known */
	const struct outlook *outlook; /* what was expected, as it was told last; NULL: nothing */
	bool in_earnest; /* neither a rehearsal nor a replay */
	struct moment detected;
	struct moment restored;
	int64_t restored_t_us; /* where the record knows it: the same on the run's own clock */
	struct moment fixed; /* by the record, or not */
	const struct summary_step *fix; /* the last change that stands; NULL: there is none */
	bool verified; /* the runbook's own checks were asked, and hold */
	size_t verify_count;
	int64_t first_change_us; /* when it was begun, or asked for; CHRONICLE_NEVER */
	bool open[INCIDENT_KEYS]; /* a blank stands in what was put so far */
};

/* Finds what the record knows, and what people say in its place. */
void incident_find(struct incident *incident);

/* "`drop` (w08)": what it is called, and which items it is for. */
void incident_put_node(const struct incident *incident, struct buf *out, struct str node);

/* The same, then its title where that says more. */
void incident_put_step(
    const struct incident *incident, struct buf *out, const struct summary_step *step);

/* "PostgresDown on db-1": the alert that it answers. */
void incident_put_alert(const struct incident *incident, struct buf *out);

/* What was answered; empty: nothing. Of a list the first. */
struct str incident_answer(const struct incident *incident, enum incident_key key);

/* The answer as it was written, made harmless for a terminal; lines but the first begin behind so many blanks. */
void incident_put_answer(
    const struct incident *incident, enum incident_key key, size_t column, struct buf *out);

/* "run", "rehearsal", "replay" */
const char *incident_what(const struct incident *incident);

/* Whether a person is asked for it: of what was not done in earnest there is less to be known. */
bool incident_is_wanted(const struct incident *incident, enum incident_key key);

/* "**[to fill in: when the issue was detected]**"; where it is not wanted, that there is none. */
void incident_put_blank(struct incident *incident, enum incident_key key, struct buf *out);

/* How many. */
size_t incident_blanks(const struct incident *incident);

/* The answer, or else the blank. */
void incident_put_either(
    struct incident *incident, enum incident_key key, size_t column, struct buf *out);

/* "03:04", and the day before it where that is another than the report's. */
void incident_put_minute(const struct incident *incident, int64_t at_us, struct buf *out);

/* The day of the report. */
void incident_put_day(const struct incident *incident, struct buf *out);

void incident_put_timeline(struct incident *incident, struct buf *out);
void incident_put_cause(struct incident *incident, struct buf *out);
void incident_put_resolution(struct incident *incident, struct buf *out);
void incident_put_objectives(struct incident *incident, struct buf *out);
void incident_put_actions(struct incident *incident, struct buf *out);
void incident_put_checklist(struct incident *incident, struct buf *out);

/* It has destroyed something, or nobody knows that it has not. */
bool incident_may_have_destroyed(const struct summary_step *step);

/* Up to when the data is there again: by the latest output `restored_as_of`; false: none tells. */
bool incident_restored_as_of(const struct incident *incident, int64_t *ret_us);

/* The same, where no output tells by what a person says. */
/* It was restored before it was detected, as people say: one of both times is wrong. */
bool incident_is_impossible(const struct incident *incident);

/* From the begin of the run to the recovery, once that is known. */
int64_t incident_took_us(const struct incident *incident);

bool incident_as_of(const struct incident *incident, int64_t *ret_us);

#endif
