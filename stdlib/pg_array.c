/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/pg_array.h"

#include <stddef.h>

#include "base/buf.h"
#include "stdlib/pg_value.h"

/* More dimensions PostgreSQL does not have. */
enum { DIMENSIONS = 6 };

Oid pg_array_element(Oid type)
{
	static const struct {
		Oid array;
		Oid element;
	} table[] = {
	    {199, 114}, /* json */
	    {651, 650}, /* cidr */
	    {1000, 16}, /* bool */
	    {1001, 17}, /* bytea */
	    {1002, 18}, /* "char" */
	    {1003, 19}, /* name */
	    {1005, 21}, /* int2 */
	    {1007, 23}, /* int4 */
	    {1009, 25}, /* text */
	    {1014, 1042}, /* bpchar */
	    {1015, 1043}, /* varchar */
	    {1016, 20}, /* int8 */
	    {1021, 700}, /* float4 */
	    {1022, 701}, /* float8 */
	    {1028, 26}, /* oid */
	    {1041, 869}, /* inet */
	    {1115, 1114}, /* timestamp */
	    {1182, 1082}, /* date */
	    {1183, 1083}, /* time */
	    {1185, 1184}, /* timestamptz */
	    {1187, 1186}, /* interval */
	    {1231, 1700}, /* numeric */
	    {2210, 2205}, /* regclass */
	    {2951, 2950}, /* uuid */
	    {3221, 3220}, /* pg_lsn */
	    {3807, 3802}, /* jsonb */
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].array == type)
			return table[i].element;
	return 0;
}

/* What is still to be read. */
struct reading {
	struct arena *arena;
	Oid element;
	struct str rest;
	int depth;
};

static bool take(struct reading *reading, char byte)
{
	if (!reading->rest.len || reading->rest.ptr[0] != byte)
		return false;
	reading->rest = str_sub(reading->rest, 1, reading->rest.len);
	return true;
}

/* Behind its quote: "a\"b" */
static const struct value *read_quoted(struct reading *reading)
{
	const struct value *value = NULL;
	struct buf text;
	size_t i = 0;

	buf_init(&text, BUF_UNBOUNDED);
	for (; i < reading->rest.len && reading->rest.ptr[i] != '"'; i++) {
		if (reading->rest.ptr[i] == '\\' && i + 1 < reading->rest.len)
			i++;
		buf_byte(&text, reading->rest.ptr[i]);
	}
	reading->rest = str_sub(reading->rest, i, reading->rest.len);
	if (take(reading, '"'))
		value = pg_value(reading->arena, reading->element, buf_view(&text));
	buf_done(&text);
	return value;
}

static const struct value *read_plain(struct reading *reading)
{
	struct str text = reading->rest;

	for (text.len = 0; text.len < reading->rest.len; text.len++)
		if (text.ptr[text.len] == ',' || text.ptr[text.len] == '}')
			break;
	if (!text.len)
		return NULL;
	reading->rest = str_sub(reading->rest, text.len, reading->rest.len);
	return str_is(text, "NULL") ? value_null()
				    : pg_value(reading->arena, reading->element, text);
}

/* Behind its brace: 1,{2},"3"} */
static const struct value *read_list(struct reading *reading)
{
	const struct value **items = NULL;
	const struct value *item;
	size_t count = 0, capacity = 0;

	if (reading->depth == DIMENSIONS)
		return NULL;
	reading->depth++;
	if (!take(reading, '}')) {
		do {
			if (take(reading, '{'))
				item = read_list(reading);
			else if (take(reading, '"'))
				item = read_quoted(reading);
			else
				item = read_plain(reading);
			if (!item)
				return NULL;
			items = arena_grow(reading->arena, items, count, &capacity, sizeof(*items));
			items[count++] = item;
		} while (take(reading, ','));
		if (!take(reading, '}'))
			return NULL;
	}
	reading->depth--;
	return value_list(reading->arena, items, count);
}

const struct value *pg_array(struct arena *arena, Oid element, struct str text)
{
	struct reading reading = {.arena = arena, .element = element, .rest = text};
	const struct value *list = take(&reading, '{') ? read_list(&reading) : NULL;

	return reading.rest.len ? NULL : list;
}
