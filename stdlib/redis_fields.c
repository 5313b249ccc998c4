/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/redis_fields.h"

#include <string.h>

#include "base/map.h"
#include "base/units.h"
#include "stdlib/text.h"

enum { FIELDS_MAX = 20000, PAIRS_MAX = 1000 };

/* A map that is being filled, and how often each name came. */
struct filling {
	struct map_builder map;
	struct map names;
};

static void filling_begin(struct filling *filling, struct arena *arena)
{
	map_begin(&filling->map, arena);
	map_init(&filling->names);
}

static void add(struct filling *filling, struct str name, const struct value *value)
{
	struct arena *arena = filling->map.arena;
	struct str own = arena_str(arena, name);
	size_t *times = map_get(&filling->names, own);

	while (times && map_get(&filling->names, own))
		own = arena_printf(arena, "%.*s_%zu", STR_ARG(name), ++*times);
	times = arena_alloc(arena, sizeof(*times));
	*times = 1;
	map_put(&filling->names, own, times);
	map_add_str(&filling->map, own, value);
}

static const char digits[] = "0123456789";

static size_t skip_digits(struct str text, size_t at)
{
	while (at < text.len && text.ptr[at] && strchr(digits, text.ptr[at]))
		at++;
	return at;
}

/* Hexadecimal names with an e in them, versions and what begins with a zero are none. */
static const struct value *number(struct arena *arena, struct str text)
{
	size_t begin = str_starts(text, STR("-")) ? 1 : 0;
	size_t whole = skip_digits(text, begin);
	int64_t integer;
	double real;

	if (whole == begin || (text.ptr[begin] == '0' && whole > begin + 1))
		return NULL;
	if (whole == text.len)
		return units_int(text, &integer) ? value_int(arena, integer) : NULL;
	if (text.ptr[whole] != '.' || whole + 1 == text.len ||
	    skip_digits(text, whole + 1) != text.len || !units_double(text, &real))
		return NULL;
	return value_double(arena, real);
}

static const struct value *plain(struct arena *arena, struct str text)
{
	const struct value *value = number(arena, text);

	return value ? value : text_value(arena, text);
}

/* Cuts off what stands before a byte, and the byte; false when it is not there. */
static bool cut(struct str *rest, const char *byte, struct str *ret_part)
{
	ptrdiff_t at = str_find(*rest, str_from(byte));

	if (at < 0)
		return false;
	*ret_part = str_sub(*rest, 0, (size_t)at);
	*rest = str_sub(*rest, (size_t)at + 1, rest->len);
	return true;
}

static bool is_name(struct str text)
{
	static const char bytes[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	for (size_t i = 0; i < text.len; i++)
		if (!text.ptr[i] || !strchr(bytes, text.ptr[i]))
			return false;
	return text.len > 0;
}

/* "keys=1,expires=0"; NULL when it is something else. */
static const struct value *pairs(struct arena *arena, struct str text)
{
	struct filling pairs;
	struct str part, name;
	bool well = text.len > 0;

	filling_begin(&pairs, arena);
	while (well && text.len) {
		if (!cut(&text, ",", &part)) {
			part = text;
			text.len = 0;
		}
		well = cut(&part, "=", &name) && is_name(name) && pairs.map.count < PAIRS_MAX;
		if (well)
			add(&pairs, name, plain(arena, part));
	}
	map_done(&pairs.names);
	return well ? map_end(&pairs.map) : NULL;
}

/* "# Memory" */
static struct str section_name(struct arena *arena, struct str line)
{
	struct str name = value_text(text_value(arena, str_trim(str_sub(line, 1, line.len))));
	char *lower = arena_cstr(arena, name);

	for (size_t i = 0; i < name.len; i++)
		if (lower[i] >= 'A' && lower[i] <= 'Z')
			lower[i] = (char)(lower[i] - 'A' + 'a');
	return (struct str){lower, name.len};
}

static void add_field(struct filling *section, struct str line)
{
	struct arena *arena = section->map.arena;
	const struct value *value;
	struct str name;

	if (!cut(&line, ":", &name))
		return;
	value = pairs(arena, line);
	add(section, value_text(text_value(arena, name)), value ? value : plain(arena, line));
}

const struct value *redis_fields(struct arena *arena, struct str text)
{
	struct filling sections, section;
	struct str line, title = {0};
	size_t lines = 0;

	filling_begin(&sections, arena);
	filling_begin(&section, arena);
	while (lines <= FIELDS_MAX && str_line(&text, &line)) {
		lines++;
		line = str_trim(line);
		if (!str_starts(line, STR("#"))) {
			add_field(&section, line);
			continue;
		}
		if (title.len)
			add(&sections, title, map_end(&section.map));
		title = section_name(arena, line);
		map_done(&section.names);
		filling_begin(&section, arena);
	}
	if (title.len)
		add(&sections, title, map_end(&section.map));
	map_done(&section.names);
	map_done(&sections.names);
	return lines > FIELDS_MAX ? NULL : map_end(&sections.map);
}

const struct value *redis_field(
    const struct value *fields, const char *section, const char *name, enum value_type type)
{
	const struct value *value = value_get(value_get(fields, section), name);

	return value && value->type == type ? value : NULL;
}
