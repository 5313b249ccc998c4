/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_PG_VALUE_H
#define STDLIB_PG_VALUE_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"
#include "value/value.h"

/*
 * Between PostgreSQL's texts and values. The session must show dates in ISO, intervals in iso_8601 and UTC.
 *
 *   int2 int4 int8 oid     int
 *   float4 float8          double
 *   numeric                int when it has no decimal point and fits 64 bits, else the nearest double: what needs every
 *                          digit is cast to text in the SQL
 *   bool                   bool
 *   json jsonb             what it holds; text when it holds a whole number past 64 bits
 *   timestamptz            timestamp; text for infinity and years past 9999
 *   interval               duration, a day counting 24 hours; text ("P1M") when it has months or years
 *   arrays of these, and of the built-in types of text, time and addresses
 *                          list; text when the indexes do not begin at 1
 *   everything else        text, as the server shows it: bytea as "\x00ff", a timestamp without a zone as it stands
 */

/* A cell's text, which is copied; NULL never. */
const struct value *pg_value(struct arena *arena, Oid type, struct str text);

/*
 * A parameter's text, whose type the server infers: lists become arrays, maps JSON, durations intervals. *ret_text is
 * NULL for null. False with a sentence for what has no such form.
 */
bool pg_param(
    struct arena *arena, const struct value *value, const char **ret_text, struct str *ret_why);

#endif
