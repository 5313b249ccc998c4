/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_PG_ARRAY_H
#define STDLIB_PG_ARRAY_H

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/str.h"
#include "value/value.h"

/* The type of an array type's elements, by the server's numbers; 0: no array that is known here. */
Oid pg_array_element(Oid type);

/*
 * An array as the server shows it ("{1,NULL}") as a list of its elements' values, lists of lists where it has several
 * dimensions. NULL when it is none, or when its indexes do not begin at 1 ("[0:1]={1,2}").
 */
const struct value *pg_array(struct arena *arena, Oid element, struct str text);

#endif
