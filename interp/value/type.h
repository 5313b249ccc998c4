/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VALUE_TYPE_H
#define VALUE_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/source.h"
#include "base/str.h"

/*
 * Static types: what is known of a value before anything runs. They are constants or live in the arena of the load.
 */
enum type_kind {
	TYPE_DYN, /* known at run time only */
	TYPE_NULL,
	TYPE_BOOL,
	TYPE_INT,
	TYPE_DOUBLE,
	TYPE_STRING,
	TYPE_STREAM, /* a string that may have been cut: also .head, .tail, .size */
	TYPE_LIST,
	TYPE_MAP,
	TYPE_DURATION,
	TYPE_TIMESTAMP,
	TYPE_TYPE,
	TYPE_SECRET,
	TYPE_OBJECT
};

struct diags;
struct type;
struct value;

struct field {
	const char *name;
	const struct type *type;
	const char *doc; /* one sentence, with the unit */
};

struct type {
	enum type_kind kind;
	const char *name; /* of an object, for messages: "the result of postgres.query" */
	const struct type *of; /* of a list's items or a map's values; NULL: dyn */
	const struct field *fields; /* of an object, ended by a NULL name */
	/*
	 * Of an object whose fields are not a table: the field's type, or NULL after an error was reported at span.
	 */
	const struct type *(*find)(
	    const struct type *type, struct str name, struct span span, struct diags *diags);
	const void *self; /* find's own */
	const struct value *choices; /* of a scalar, the list of all it can be; NULL: anything */
};

extern const struct type type_dyn;
extern const struct type type_null;
extern const struct type type_bool;
extern const struct type type_int;
extern const struct type type_double;
extern const struct type type_string;
extern const struct type type_stream;
extern const struct type type_list; /* of anything */
extern const struct type type_map;
extern const struct type type_duration;
extern const struct type type_timestamp;
extern const struct type type_type;
extern const struct type type_secret;

/* What [] and {} are: of whatever the other branch, or the next item, is of. */
extern const struct type type_empty_list;
extern const struct type type_empty_map;

/* What two branches, two items or two lists have in common; dyn: nothing. */
const struct type *type_common(const struct type *a, const struct type *b);

/* What a scalar is that is one of a list of values. */
const struct type *type_of_choices(
    struct arena *arena, const struct type *scalar, const struct value *choices);

/* A list or map (kind) of `of`; NULL: of nothing, it is empty. */
const struct type *type_of_many(struct arena *arena, enum type_kind kind, const struct type *of);

const struct type *type_of_value(struct arena *arena, const struct value *value);

/* How a condition, or a text, is made of such a value: a sentence for a help; NULL: it is one, or nothing is known. */
const char *type_to_condition(const struct type *type);
const char *type_to_text(const struct type *type);

/* For messages: "int", "list of string", an object's name. Static storage or the type's own. */
const char *type_noun(const struct type *type);

#endif
