/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_REDIS_FIELDS_H
#define STDLIB_REDIS_FIELDS_H

#include "base/arena.h"
#include "base/str.h"
#include "value/value.h"

/*
 * What INFO answers, as a map from section, in lower case, to a map of its fields: a whole number is an int, one with a
 * point a double, `keys=1,expires=0` a map of such, all else text. Of fields that share a name all but the first bear a
 * number behind it: module, module_2. NULL when there are more than 20000.
 */
const struct value *redis_fields(struct arena *arena, struct str text);

/* A field of a section; NULL when there is none, or when it is of another type. */
const struct value *redis_field(
    const struct value *fields, const char *section, const char *name, enum value_type type);

#endif
