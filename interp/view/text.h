/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_TEXT_H
#define VIEW_TEXT_H

#include "base/buf.h"
#include "base/str.h"
#include "lang/plan.h"
#include "sched/message.h"

/* Text from outside, made harmless, and small pieces that several views share. */

/*
 * One line for a terminal: control characters and escape sequences are shown as "\x1b", tabs as spaces, marks that
 * turn the direction of text and ill-formed bytes as U+FFFD.
 */
void text_harmless(struct buf *out, struct str text);

/* The same of a text of several lines: every line but the first begins behind so many blanks. */
void text_lines(struct buf *out, struct str text, size_t column);

/* The same without a longer sentence that is told in full elsewhere: of "step load: …" only "step load". */
void text_lines_but(struct buf *out, struct str text, struct str known, size_t column);

/* The same as text_harmless(), cut where it becomes longer than a person reads on the way: the record has all of it. */
void text_short(struct buf *out, struct str text);

/* The same, at most so many columns of it; what was cut ends in "…". */
void text_fit(struct buf *out, struct str text, size_t columns);

/* Cuts the first word off a text, and the spaces and line breaks before it; empty at the end. */
struct str text_word(struct str *text);

/* Of a text of several lines the first, and how many more there are. */
void text_first_line(struct buf *out, struct str text);

/*
 * Of a run.started: "PostgresDown on db1, firing since 2026-11-22 03:01:05 UTC, 3m before the run began"; nothing where
 * it answers no alert.
 */
void text_alert(struct buf *out, const struct message *started);

/* Of an alert as the record has it: "alertname=PostgresDown, instance=db1"; NULL: nothing. Nothing is escaped. */
void text_alert_labels(struct buf *out, const struct value *alert);

/* What a step found out, on one line: "seed: db2, count: 3"; the record has all of it. */
void text_outputs(struct buf *out, const struct value *outputs);

/* The day, UTC: "2026-11-22". */
void text_day(struct buf *out, int64_t at_us);

/* The time of day, UTC: "03:04:05". */
void text_clock(struct buf *out, int64_t at_us);

/* A duration in whole seconds, of which people are told where no more is wanted. */
int64_t text_seconds(int64_t us);

/* Of a run.resumed: "a torn last line of the record was cut off, 7 bytes". */
void text_torn(struct buf *out, const struct message *resumed);

/* ", 5.1s of it with a question open", behind a duration that a person's thinking is part of; not for moments. */
void text_open(struct buf *out, int64_t open_us);

/* "succeeded", "FAILED", "timed out", …: an outcome as people read it. */
const char *text_outcome(enum outcome outcome, bool allowed);

/* " (logged in as alice)": where somebody is another user by now than who logged in (sched/person.h; NULL: unknown). */
void text_login(struct buf *out, const struct value *person);

/*
 * "approved by ", "nobody could be asked: ", …: what stands before who answered. taken: nobody was asked, "taken as
 * approved: ".
 */
const char *text_answer(enum ask_kind kind, enum answer answer, bool taken);

/*
 * What a run that goes on has decided of an action that was cut off, or of what it gave: "may be lost", "is done
 * again"; NULL for any other decision.
 */
const char *text_found_again(const struct message *decided);

/* Whether a note is the runner's own, and no person's. */
bool text_is_own_note(const struct message *note);

/* What an operation is for, beside the action itself: "verify", "unless", "beside it". */
const char *text_purpose(enum start_what what);

/*
 * What a start does, on one line: "docker compose restart postgres", "postgres.ready connection=…"; of a script its
 * first. Where that was not known, as it is written.
 */
void text_action(struct buf *out, const struct message *start, const struct plan *plan);

/* All of its lines, as they are; without a plan (NULL) only the action's name. */
void text_action_whole(struct buf *out, const struct message *start, const struct plan *plan);

/* What follows for items that have not begun when one is not done: "; no further item is begun", or nothing. */
void text_items_left(struct buf *out, const struct each *each);

/* " at db1", where that is not here; nothing else. */
void text_at(struct buf *out, const struct message *start);

#endif
