/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_TRIGGER_H
#define LANG_TRIGGER_H

#include "base/regex.h"
#include "lang/alert.h"
#include "lang/model.h"

/*
 * Which alerts a runbook answers, and with which parameters. As in Alertmanager, a label that an alert does not have is
 * the empty text, and a regular expression must match the whole value. All of it lives in the arena of the load.
 */

/* What is asked of one label. */
struct matcher {
	struct str label;
	bool negated; /* `not`, `not_matches` */
	struct str *values; /* it is one of them; */
	size_t count;
	struct str pattern; /* or matches this */
	struct regex *regex; /* NULL: it is a matter of values */
	struct span span; /* of the label's name */
};

struct trigger {
	struct matcher *matchers; /* that of the alert's name first; all must hold */
	size_t count;
	struct arg *params; /* name and value: what the alert tells */
	size_t param_count;
	struct span span;
};

/* Whether a text is what a matcher asks for. REGEX_FAILED: its pattern gave up, and nobody knows. */
enum regex_end matcher_holds(const struct matcher *matcher, struct str text);

/*
 * Whether a trigger means an alert with these labels, a map of texts; REGEX_FAILED with the matcher that gave up in
 * *ret_failed.
 */
enum regex_end trigger_means(
    const struct trigger *trigger, const struct value *labels, const struct matcher **ret_failed);

/*
 * The trigger that answers: of those that mean the alert the most specific, the one with most matchers; of equals the
 * first. NULL: none, perhaps because of *ret_failed, which is NULL otherwise.
 */
const struct trigger *trigger_find(
    const struct runbook *runbook, const struct value *labels, const struct matcher **ret_failed);

/* What is told of a parameter, in a trigger's order. */
struct told_param {
	struct str name;
	const struct value *value; /* NULL: it could not be told, */
	struct str why; /* and why */
};

/* What a trigger tells of one alert: param_count items in the arena. */
struct told_param *trigger_tell(
    const struct trigger *trigger, const struct alert *alert, struct arena *arena);

/* The names that its parameters are made of, ended by NULL: "labels", "startsAt", … */
struct alert_name {
	const char *name;
	const struct type *type;
};
extern const struct alert_name trigger_names[];

/* What it asks for, for people: "PostgresDown, severity critical, instance matches db-.*". */
void trigger_show(const struct trigger *trigger, struct buf *out);
void matcher_show(const struct matcher *matcher, struct buf *out);

#endif
