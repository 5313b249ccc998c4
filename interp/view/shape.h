/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_SHAPE_H
#define VIEW_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

/*
 * The shape of a document for other programs: which keys an object has, of what kind, from where in a struct, and what
 * they are. The document and its JSON Schema are written from the same tables.
 */
enum shape_kind {
	SHAPE_STR, /* struct str; left out when it is empty */
	SHAPE_BYTES, /* the same; under "base64" when it is no UTF-8 */
	SHAPE_TIME, /* int64_t, wall clock; left out unless it is positive */
	SHAPE_INT, /* int64_t; left out when it is negative */
	SHAPE_TRUE, /* bool; left out when it is false */
	SHAPE_YESNO, /* enum shape_yesno; left out when it is not known */
	SHAPE_WORD, /* const char *, one of names; left out when it is NULL */
	SHAPE_VALUE, /* const struct value *, as a transcript has it; left out when it is NULL */
	SHAPE_OBJECT, /* const void *, to a struct of the other shape; left out when it is NULL */
	SHAPE_LIST, /* struct shape_list, of such; of strings where there is no other shape */
	SHAPE_OWN /* struct shape_list, whose put() writes the value; left out when that is NULL */
};

enum shape_yesno { SHAPE_UNKNOWN, SHAPE_NO, SHAPE_YES };

/* Appends the items to the open list. */
struct shape_list {
	void (*put)(struct json *json, const void *self);
	const void *self;
};

struct shape_field {
	const char *key; /* NULL ends a table */
	enum shape_kind kind;
	size_t offset;
	const char *doc; /* what it is, for the schema */
	bool always; /* never left out; lists never are */
	const char *const *names; /* SHAPE_WORD: ended by NULL */
	const struct shape *of; /* SHAPE_OBJECT, SHAPE_LIST */
	void (*define)(struct json *json); /* SHAPE_OWN: its keys in the schema */
};

struct shape {
	const char *name; /* among the definitions of the schema */
	const char *doc;
	const struct shape_field *fields;
};

/* Writes the struct as an object. */
void shape_put(struct json *json, const struct shape *shape, const void *from);

/* Writes the definitions of a shape and of all that it leads to, and of their kinds, into the open map of those. */
void shape_define(struct json *json, const struct shape *shape);

#endif
