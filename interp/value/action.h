/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VALUE_ACTION_H
#define VALUE_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "value/type.h"
#include "value/value.h"

/*
 * What an action takes, gives and does to the world: constant tables, from which the validator, the schema, the
 * reference and the completion are made. The code that performs it is an action_impl (act/attempt.h).
 */
enum effect_class { EFFECT_READ, EFFECT_CHANGE, EFFECT_DESTROY };

/* One byte, in a text, for a part of it that is not known yet. */
#define EFFECT_HOLE '\x1a'

/* "read", "change", "destroy". */
const char *effect_class_name(enum effect_class class);

enum param_kind {
	PARAM_STRING,
	PARAM_INT,
	PARAM_FLOAT,
	PARAM_BOOL,
	PARAM_DURATION,
	PARAM_SIZE,
	PARAM_PATH, /* relative ones are meant from the runbook's folder; resolved before the action sees them */
	PARAM_LIST,
	PARAM_MAP,
	PARAM_ANY,
	PARAM_CONNECTION, /* a name of `connections` or an inline map; the action sees the connection's own map */
	PARAM_CONTACTS /* names of `contacts`; the action sees a list of {name, title, person or a channel} */
};

enum param_flags {
	PARAM_REQUIRED = 1,
	PARAM_PRINCIPAL = 2, /* may stand bare: `file.stat: PATH` */
	PARAM_TAKES_SECRETS = 4, /* values may hold secrets */
	PARAM_WORDS = 8, /* an argv: each item is text as written, a list in the list is spliced */
};

struct param {
	const char *name;
	enum param_kind kind;
	unsigned flags;
	const char *preset; /* the default as a runbook would write it, or NULL */
	const char *const *choices; /* the values allowed, ended by NULL; or NULL */
	const char *connection; /* PARAM_CONNECTION: the kind wanted, "postgres" */
	const char *doc;
};

/* What a connection of one kind is made of: `connections: {db: {postgres: {host: …}}}`. */
struct connection_spec {
	const char *kind; /* "postgres" */
	const char *summary;
	const struct param *params; /* ended by a NULL name */
	bool sessions; /* its actions can share one: `session: true` */
};

struct action_spec {
	const char *name; /* "postgres.query"; "run" and "pipe" for processes */
	const char *summary;
	const struct param *params; /* ended by a NULL name */
	const struct field *results; /* what expect and outputs may read; ended by a NULL name */
	const char *success_doc; /* what counts as success without `expect` */
	const char *const
	    *success_fields; /* naming one of these in `expect` replaces the action's own success */
	enum effect_class effect;
	bool
	    here; /* it looks at, or changes, the machine that it runs on: not what a connection or URL names */
	/*
	 * The exact class for given parameters, or NULL when `effect` holds always. Parameters not known yet are
	 * absent, items of a list VALUE_UNKNOWN, parts of a text EFFECT_HOLE: then it gives the upper bound. One that
	 * gives less than that must itself refuse, when it begins, what is no read where only reads may stand.
	 */
	enum effect_class (*effect_of)(const struct value *params);
	int64_t timeout_us; /* its own limit when the step sets none; 0: none */
	/* The exact limit for given parameters, or NULL; timeout_us is the upper bound then. */
	int64_t (*timeout_of)(const struct value *params);
};

/* Everything a runbook may name. The lists end in NULL. */
struct vocabulary {
	const struct action_spec *const *actions;
	const struct connection_spec *const *connections;
	const struct connection_spec *const *channels; /* through which contacts are told */
};

/* NULL when there is none. */
const struct action_spec *vocabulary_action(const struct vocabulary *vocabulary, struct str name);
const struct connection_spec *vocabulary_connection(
    const struct vocabulary *vocabulary, struct str kind);
const struct connection_spec *vocabulary_channel(
    const struct vocabulary *vocabulary, struct str kind);
/* An action's own limit for given parameters (NULL: none is known), in microseconds; 0: none. */
int64_t action_limit_us(const struct action_spec *spec, const struct value *params);
const struct param *action_param(const struct action_spec *spec, struct str name);

#endif
