/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/pg_value.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "stdlib/pg_array.h"
#include "stdlib/plain_json.h"
#include "stdlib/text.h"

static const struct value *cell_bool(struct arena *arena, struct str text)
{
	(void)arena;
	return value_bool(str_is(text, "t"));
}

static const struct value *cell_int(struct arena *arena, struct str text)
{
	int64_t integer;

	return units_int(text, &integer) ? value_int(arena, integer) : NULL;
}

static const struct value *cell_double(struct arena *arena, struct str text)
{
	double real;

	if (str_is(text, "NaN"))
		return value_double(arena, NAN);
	if (str_is(text, "Infinity"))
		return value_double(arena, INFINITY);
	if (str_is(text, "-Infinity"))
		return value_double(arena, -INFINITY);
	return units_double(text, &real) ? value_double(arena, real) : NULL;
}

static const struct value *cell_numeric(struct arena *arena, struct str text)
{
	const struct value *value = cell_int(arena, text);

	return value ? value : cell_double(arena, text);
}

static const struct value *cell_json(struct arena *arena, struct str text)
{
	struct str error;

	return value_from_plain_json(arena, arena_str(arena, text), &error);
}

/* "2026-11-22 03:04:05.1+00" */
static const struct value *cell_time(struct arena *arena, struct str text)
{
	char iso[64];
	int64_t us;

	if (text.len < 14 || text.len >= sizeof(iso) || !str_ends(text, STR("+00")) ||
	    text.ptr[10] != ' ')
		return NULL;
	memcpy(iso, text.ptr, text.len);
	iso[10] = 'T';
	iso[text.len - 3] = 'Z';
	return units_time((struct str){iso, text.len - 2}, &us) ? value_timestamp_us(arena, us)
								: NULL;
}

/* One "-12.5H" of an ISO 8601 period, in microseconds; cuts it off. */
static bool period_part(
    struct str *rest, const char *units, const int64_t *unit_us, int64_t *ret_us)
{
	int64_t whole = 0, part = 0, scale = 1000000, us;
	const char *unit;
	bool minus = str_starts(*rest, STR("-"));
	size_t i = minus ? 1 : 0;

	for (; i < rest->len && rest->ptr[i] >= '0' && rest->ptr[i] <= '9'; i++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, rest->ptr[i] - '0', &whole))
			return false;
	if (i < rest->len && rest->ptr[i] == '.')
		for (i++; i < rest->len && rest->ptr[i] >= '0' && rest->ptr[i] <= '9'; i++) {
			scale /= 10;
			part += (rest->ptr[i] - '0') * scale;
		}
	unit = i < rest->len ? strchr(units, rest->ptr[i]) : NULL;
	if (!unit || !*unit || __builtin_mul_overflow(whole, unit_us[unit - units], &us) ||
	    __builtin_add_overflow(us, part, &us))
		return false;
	*rest = str_sub(*rest, i + 1, rest->len);
	*ret_us = minus ? -us : us;
	return true;
}

/* "P1DT2H3M4.5S"; years and months have no fixed length. */
static const struct value *cell_interval(struct arena *arena, struct str text)
{
	static const int64_t day_us[] = {86400000000};
	static const int64_t time_us[] = {3600000000, 60000000, 1000000};
	int64_t us, sum = 0;
	bool times = false;

	if (!str_starts(text, STR("P")))
		return NULL;
	text = str_sub(text, 1, text.len);
	while (text.len) {
		if (!times && text.ptr[0] == 'T') {
			times = true;
			text = str_sub(text, 1, text.len);
			continue;
		}
		if (!period_part(&text, times ? "HMS" : "D", times ? time_us : day_us, &us) ||
		    __builtin_add_overflow(sum, us, &sum))
			return NULL;
	}
	return value_duration_us(arena, sum);
}

/* By the server's numbers of its built-in types, which never change. */
static const struct {
	Oid type;
	const struct value *(*read)(struct arena *arena, struct str text);
} readers[] = {
    {16, cell_bool},
    {20, cell_int},
    {21, cell_int},
    {23, cell_int},
    {26, cell_int},
    {114, cell_json},
    {700, cell_double},
    {701, cell_double},
    {1184, cell_time},
    {1186, cell_interval},
    {1700, cell_numeric},
    {3802, cell_json},
};

const struct value *pg_value(struct arena *arena, Oid type, struct str text)
{
	Oid element = pg_array_element(type);
	const struct value *value = element ? pg_array(arena, element, text) : NULL;

	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++)
		if (readers[i].type == type)
			value = readers[i].read(arena, text);
	return value ? value : text_value(arena, text);
}

static bool show(struct buf *out, const struct value *value, const char **ret_why);

/* Every element quoted, so that none is taken for NULL or a border. */
static bool show_quoted(struct buf *out, const struct value *value, const char **ret_why)
{
	struct buf plain;
	bool shown;

	buf_init(&plain, BUF_UNBOUNDED);
	shown = show(&plain, value, ret_why);
	buf_byte(out, '"');
	for (size_t i = 0; i < plain.len; i++) {
		if (plain.ptr[i] == '"' || plain.ptr[i] == '\\')
			buf_byte(out, '\\');
		buf_byte(out, plain.ptr[i]);
	}
	buf_byte(out, '"');
	buf_done(&plain);
	return shown;
}

/* {"1","a b",NULL} */
static bool show_array(struct buf *out, const struct value *value, const char **ret_why)
{
	bool shown = true;

	buf_byte(out, '{');
	for (size_t i = 0; i < value->list.count && shown; i++) {
		const struct value *item = value->list.items[i];

		if (i)
			buf_byte(out, ',');
		if (item->type == VALUE_NULL)
			buf_text(out, "NULL");
		else if (item->type == VALUE_LIST)
			shown = show_array(out, item, ret_why);
		else
			shown = show_quoted(out, item, ret_why);
	}
	buf_byte(out, '}');
	return shown;
}

static bool show_duration(struct buf *out, int64_t us)
{
	uint64_t size = us < 0 ? -(uint64_t)us : (uint64_t)us;

	return buf_printf(out, "%s%" PRIu64 ".%06" PRIu64 " seconds", us < 0 ? "-" : "",
	    size / 1000000, size % 1000000);
}

static bool show(struct buf *out, const struct value *value, const char **ret_why)
{
	switch (value->type) {
	case VALUE_LIST:
		return show_array(out, value, ret_why);
	case VALUE_MAP:
		return plain_json_write(out, value, ret_why);
	case VALUE_DURATION:
		return show_duration(out, value_us(value));
	case VALUE_STRING:
		if (value->string.clip && !value->string.clip->whole) {
			*ret_why = "it was too long to be kept";
			return false;
		}
		if (value->string.text.len &&
		    memchr(value->string.text.ptr, 0, value->string.text.len)) {
			*ret_why = "PostgreSQL's text has no NUL byte";
			return false;
		}
		return buf_str(out, value->string.text);
	default:
		*ret_why = "it has no form in SQL";
		return value_show(value, out);
	}
}

bool pg_param(
    struct arena *arena, const struct value *value, const char **ret_text, struct str *ret_why)
{
	const char *why = NULL;
	struct buf text;
	bool shown;

	if (value->type == VALUE_NULL) {
		*ret_text = NULL;
		return true;
	}
	buf_init(&text, BUF_UNBOUNDED);
	shown = show(&text, value, &why);
	if (shown)
		*ret_text = arena_cstr(arena, buf_view(&text));
	else
		*ret_why = str_from(why);
	buf_done(&text);
	return shown;
}
