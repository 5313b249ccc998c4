/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/args.h"

#include <inttypes.h>
#include <string.h>

void args_init(struct args *args, const struct value *map, struct arena *arena)
{
	*args = (struct args){.map = map, .arena = arena};
}

static const struct value *given(const struct args *args, const char *key)
{
	const struct value *value = value_get(args->map, key);

	return value && value->type != VALUE_NULL ? value : NULL;
}

/* The argument when it has the wanted type, else NULL; absence is no mistake. */
static const struct value *typed(
    struct args *args, const char *key, enum value_type type, const char *noun)
{
	const struct value *value = given(args, key);

	if (!value || value->type == type)
		return value;
	if (!args->wrong.len)
		args->wrong = arena_printf(
		    args->arena, "%s must be %s, not %s", key, noun, value_noun(value));
	return NULL;
}

bool args_has(const struct args *args, const char *key)
{
	return given(args, key) != NULL;
}

struct str args_text(struct args *args, const char *key)
{
	struct str text = value_text(typed(args, key, VALUE_STRING, "text"));

	if (!text.len || !memchr(text.ptr, 0, text.len))
		return text;
	if (!args->wrong.len)
		args->wrong = arena_printf(args->arena, "%s holds a NUL byte", key);
	return (struct str){0};
}

const char *args_cstr(struct args *args, const char *key)
{
	struct str text = args_text(args, key);

	return text.len ? arena_cstr(args->arena, text) : NULL;
}

int64_t args_int(struct args *args, const char *key, int64_t fallback, int64_t least, int64_t most)
{
	const struct value *value = typed(args, key, VALUE_INT, "an int");

	if (!value)
		return fallback;
	if (value->integer >= least && value->integer <= most)
		return value->integer;
	if (!args->wrong.len)
		args->wrong = arena_printf(args->arena,
		    "%s must lie between %" PRId64 " and %" PRId64 ", not be %" PRId64, key, least,
		    most, value->integer);
	return fallback;
}

bool args_bool(struct args *args, const char *key, bool fallback)
{
	const struct value *value = typed(args, key, VALUE_BOOL, "true or false");

	return value ? value->boolean : fallback;
}

int64_t args_us(struct args *args, const char *key, int64_t fallback_us)
{
	const struct value *value = typed(args, key, VALUE_DURATION, "a duration");
	int64_t us = value ? value_us(value) : fallback_us;

	if (us >= 0)
		return us;
	if (!args->wrong.len)
		args->wrong = arena_printf(args->arena, "%s must not be negative", key);
	return fallback_us;
}

const struct value *args_list(struct args *args, const char *key)
{
	return typed(args, key, VALUE_LIST, "a list");
}

const struct value *args_map(struct args *args, const char *key)
{
	return typed(args, key, VALUE_MAP, "a map");
}
