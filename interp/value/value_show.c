/* SPDX-License-Identifier: Apache-2.0 */
#include "value/value_show.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "value/value_time.h"

enum { DIGITS_MAX = 17, PLAIN_MAX = 6, PLAIN_MIN = -4 };

/* The fewest digits that read back as the same number, without a point, and the exponent of the first. */
static size_t shortest(double magnitude, char ret_digits[DIGITS_MAX + 1], int *ret_exponent)
{
	char text[40];
	size_t count = 0;

	for (int precision = 0; precision < DIGITS_MAX; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, magnitude);
		if (strtod(text, NULL) == magnitude)
			break;
	}
	for (const char *c = text; *c != 'e'; c++)
		if (*c != '.')
			ret_digits[count++] = *c;
	*ret_exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	return count;
}

static void show_plain(struct buf *out, const char *digits, size_t count, int exponent)
{
	size_t whole = exponent < 0 ? 0 : (size_t)exponent + 1;

	if (whole == 0) {
		buf_text(out, "0.");
		for (int i = exponent + 1; i < 0; i++)
			buf_byte(out, '0');
		buf_append(out, digits, count);
		return;
	}
	for (size_t i = 0; i < whole || i < count; i++) {
		if (i == whole)
			buf_byte(out, '.');
		buf_byte(out, i < count ? digits[i] : '0');
	}
}

void double_show(struct buf *out, double real)
{
	char digits[DIGITS_MAX + 1] = "";
	int exponent;
	size_t count;

	if (isnan(real) || isinf(real)) {
		buf_text(out, isnan(real) ? "NaN" : real < 0 ? "-Inf" : "+Inf");
		return;
	}
	if (signbit(real))
		buf_byte(out, '-');
	count = shortest(fabs(real), digits, &exponent);
	if (exponent >= PLAIN_MIN && exponent < PLAIN_MAX) {
		show_plain(out, digits, count, exponent);
		return;
	}
	buf_byte(out, digits[0]);
	if (count > 1) {
		buf_byte(out, '.');
		buf_append(out, digits + 1, count - 1);
	}
	buf_printf(out, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
}

bool value_show(const struct value *value, struct buf *out)
{
	switch (value->type) {
	case VALUE_BOOL:
		return buf_text(out, value->boolean ? "true" : "false");
	case VALUE_INT:
		return buf_printf(out, "%lld", (long long)value->integer);
	case VALUE_DOUBLE:
		double_show(out, value->real);
		return true;
	case VALUE_STRING:
		if (value->string.clip && !value->string.clip->whole)
			return false;
		return buf_str(out, value->string.text);
	case VALUE_DURATION:
		duration_show(out, value->time.seconds, value->time.nanos);
		return true;
	case VALUE_TIMESTAMP:
		time_show(out, value->time.seconds, value->time.nanos);
		return true;
	default:
		return false;
	}
}

bool value_has_object(const struct value *value)
{
	if (value->type == VALUE_LIST) {
		for (size_t i = 0; i < value->list.count; i++)
			if (value_has_object(value->list.items[i]))
				return true;
	} else if (value->type == VALUE_MAP) {
		for (size_t i = 0; i < value->map.count; i++)
			if (value_has_object(value->map.entries[i].value))
				return true;
	}
	return value->type == VALUE_OBJECT;
}

void value_brief(const struct value *value, size_t most, struct buf *out)
{
	struct buf text;
	struct json json;

	buf_init(&text, BUF_UNBOUNDED);
	if (value->type == VALUE_SECRET) {
		buf_text(&text, "(secret)");
	} else if (value->type == VALUE_UNKNOWN) {
		buf_text(&text, "not known");
	} else if (value->type == VALUE_DURATION && value_us(value) >= 0) {
		units_show_duration(&text, value_us(value));
	} else if (value_has_object(value)) {
		if (value->type == VALUE_LIST)
			buf_printf(&text, "(%zu items)", value->list.count);
		else
			buf_text(&text, "(not shown)");
	} else if (!value_show(value, &text)) {
		buf_clear(&text);
		json_init(&json, &text);
		value_to_json(&json, value);
	}
	if (text.len <= most)
		most = text.len;
	while (most < text.len && most && ((unsigned char)text.ptr[most] & 0xC0) == 0x80)
		most--;
	for (size_t i = 0; i < most; i++)
		if (text.ptr[i] == '\n')
			buf_text(out, "\\n");
		else
			buf_byte(out, text.ptr[i]);
	if (most < text.len)
		buf_text(out, "…");
	buf_done(&text);
}

void value_show_choices(const struct value *list, struct buf *out)
{
	for (size_t i = 0; i < list->list.count; i++) {
		size_t before = out->len;

		buf_text(out, i ? ", " : "");
		if (!value_show(list->list.items[i], out))
			out->len = before;
	}
}
