/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_ARGS_H
#define STDLIB_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "value/value.h"

/*
 * Reads an action's arguments. The first one of a wrong type is remembered in `wrong` as a sentence and stands for its
 * fallback, so an action reads all it needs and asks once. Owns nothing: texts live as long as the arguments, C
 * strings in the arena.
 */
struct args {
	const struct value *map; /* the arguments, or a map among them */
	struct arena *arena;
	struct str wrong; /* empty while all is well */
};

void args_init(struct args *args, const struct value *map, struct arena *arena);

/* Whether the argument was given and is not null. */
bool args_has(const struct args *args, const char *key);

/* Empty when absent. A NUL byte within is wrong. */
struct str args_text(struct args *args, const char *key);

/* The same as a C string; NULL when absent or empty. */
const char *args_cstr(struct args *args, const char *key);

/* Within least..most, else wrong. */
int64_t args_int(struct args *args, const char *key, int64_t fallback, int64_t least, int64_t most);

bool args_bool(struct args *args, const char *key, bool fallback);

/* A duration in microseconds, not negative. */
int64_t args_us(struct args *args, const char *key, int64_t fallback_us);

/* A list or map; NULL when absent. */
const struct value *args_list(struct args *args, const char *key);
const struct value *args_map(struct args *args, const char *key);

#endif
