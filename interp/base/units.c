/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool units_int(struct str text, int64_t *ret_value)
{
	bool negative = text.len && text.ptr[0] == '-';
	int64_t value = 0;

	if (text.len && (text.ptr[0] == '-' || text.ptr[0] == '+'))
		text = str_sub(text, 1, text.len);
	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int digit = text.ptr[i] - '0';

		if (!is_digit(text.ptr[i]) || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, digit, &value))
			return false;
	}
	if (!negative && value == INT64_MIN)
		return false;
	*ret_value = negative ? value : -value; /* counted downwards, where one more number fits */
	return true;
}

/* [-+]? ( digits ( . digits? )? | . digits ) ( [eE] [-+]? digits )? */
static bool is_number(struct str text)
{
	size_t i = 0;
	size_t digits = 0;

	if (i < text.len && (text.ptr[i] == '-' || text.ptr[i] == '+'))
		i++;
	for (; i < text.len && is_digit(text.ptr[i]); i++)
		digits++;
	if (i < text.len && text.ptr[i] == '.')
		for (i++; i < text.len && is_digit(text.ptr[i]); i++)
			digits++;
	if (digits == 0)
		return false;
	if (i < text.len && (text.ptr[i] == 'e' || text.ptr[i] == 'E')) {
		i++;
		if (i < text.len && (text.ptr[i] == '-' || text.ptr[i] == '+'))
			i++;
		if (i == text.len)
			return false;
		while (i < text.len && is_digit(text.ptr[i]))
			i++;
	}
	return i == text.len;
}

bool units_double(struct str text, double *ret_value)
{
	char copy[400];
	double value;

	if (text.len >= sizeof(copy) || !is_number(text))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	value = strtod(copy, NULL); /* the program never leaves the "C" locale */
	*ret_value = value;
	return true;
}

struct unit {
	const char *name;
	int64_t scale;
};

/* Reads "12" or "1.5" off the front, scaled: the product in whole scaled units; false on overflow. */
static bool take_scaled(struct str *text, const struct unit *units, size_t count, int64_t *ret_sum)
{
	size_t end = 0;
	size_t name = 0;
	double number;

	while (end < text->len && (is_digit(text->ptr[end]) || text->ptr[end] == '.'))
		end++;
	while (end + name < text->len && !is_digit(text->ptr[end + name]) &&
	    text->ptr[end + name] != '.')
		name++;
	for (size_t i = 0; i < count; i++) {
		int64_t whole;

		if (!str_is(str_sub(*text, end, name), units[i].name))
			continue;
		if (units_int(str_sub(*text, 0, end), &whole)) {
			if (__builtin_mul_overflow(whole, units[i].scale, ret_sum))
				return false;
		} else if (units_double(str_sub(*text, 0, end), &number)) {
			number *= (double)units[i].scale;
			if (number >= 9.2e18)
				return false;
			*ret_sum = (int64_t)llround(number);
		} else {
			return false;
		}
		*text = str_sub(*text, end + name, text->len);
		return true;
	}
	return false;
}

bool units_duration(struct str text, int64_t *ret_us)
{
	/* in nanoseconds would overflow after 292 years; a runbook's finest grain is the microsecond */
	static const struct unit units[] = {
	    {"us", 1},
	    {"ms", 1000},
	    {"s", 1000000},
	    {"m", 60 * 1000000LL},
	    {"h", 3600 * 1000000LL},
	    {"d", 86400 * 1000000LL},
	};
	int64_t sum = 0;

	if (text.len == 0)
		return false;
	while (text.len) {
		int64_t part;

		if (!take_scaled(&text, units, sizeof(units) / sizeof(*units), &part) ||
		    __builtin_add_overflow(sum, part, &sum))
			return false;
	}
	*ret_us = sum;
	return true;
}

bool units_size(struct str text, int64_t *ret_bytes)
{
	static const struct unit units[] = {
	    {"", 1},
	    {"B", 1},
	    {"KiB", 1LL << 10},
	    {"MiB", 1LL << 20},
	    {"GiB", 1LL << 30},
	    {"TiB", 1LL << 40},
	    {"KB", 1000},
	    {"kB", 1000},
	    {"MB", 1000000},
	    {"GB", 1000000000LL},
	    {"TB", 1000000000000LL},
	};
	int64_t bytes;

	if (text.len == 0 || !take_scaled(&text, units, sizeof(units) / sizeof(*units), &bytes) ||
	    text.len)
		return false;
	*ret_bytes = bytes;
	return true;
}

bool units_share(struct str text, int64_t *ret_percent)
{
	static const struct unit units[] = {{"%", 1}};
	int64_t percent;

	if (str_find(text, STR(".")) >= 0 || text.len == 0 ||
	    !take_scaled(&text, units, 1, &percent) || text.len)
		return false;
	*ret_percent = percent;
	return true;
}

/* A number of one unit and the rest in the next smaller one, which is left out where the whole is round. */
static void show_two(struct buf *out, int64_t s, int64_t unit, const char *name, int64_t lesser,
    const char *lesser_name, bool is_round)
{
	buf_printf(out, "%lld%s", (long long)(s / unit), name);
	if (s % unit || !is_round)
		buf_printf(out, "%02lld%s", (long long)(s % unit / lesser), lesser_name);
}

void units_show_duration(struct buf *out, int64_t us)
{
	int64_t s = us / 1000000;
	bool is_round = us % 1000000 == 0;

	if (us < 0)
		us = s = 0;
	if (us == 0)
		buf_text(out, "0s");
	else if (us < 1000)
		buf_printf(out, "%lldus", (long long)us);
	else if (us < 1000000)
		buf_printf(out, "%lldms", (long long)(us / 1000));
	else if (s < 60 && is_round)
		buf_printf(out, "%llds", (long long)s);
	else if (s < 60)
		buf_printf(out, "%lld.%llds", (long long)s, (long long)(us % 1000000 / 100000));
	else if (s < 3600)
		show_two(out, s, 60, "m", 1, "s", is_round);
	else if (s < 86400)
		show_two(out, s, 3600, "h", 60, "m", is_round);
	else
		show_two(out, s, 86400, "d", 3600, "h", is_round);
}

struct str units_duration_text(struct arena *arena, int64_t us)
{
	struct buf text;
	struct str shown;

	buf_init(&text, BUF_UNBOUNDED);
	units_show_duration(&text, us);
	shown = arena_str(arena, buf_view(&text));
	buf_done(&text);
	return shown;
}

void units_show_size(struct buf *out, int64_t bytes)
{
	static const char *const names[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double size = (double)bytes;
	size_t unit = 0;

	if (bytes < 1024) {
		buf_printf(out, "%lld B", (long long)bytes);
		return;
	}
	size /= 1024;
	while (size >= 1024 && unit < 5) {
		size /= 1024;
		unit++;
	}
	buf_printf(out, "%.1f %s", size, names[unit]);
}

void units_show_double(struct buf *out, double value)
{
	char text[40];
	const char *exponent;
	int digits = 0;
	int64_t power;

	if (isnan(value) || isinf(value)) {
		buf_text(out, isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity");
		return;
	}
	do
		snprintf(text, sizeof(text), "%.*g", ++digits, value);
	while (digits < 17 && strtod(text, NULL) != value);
	exponent = strchr(text, 'e');
	/* 1500.0 rather than 1.5e+03: an exponent only where the zeros would hide the number */
	if (exponent && units_int(str_from(exponent + 1), &power) && power >= 0 && power < 17)
		snprintf(text, sizeof(text), "%.0f", value);
	buf_text(out, text);
	if (!strpbrk(text, ".e"))
		buf_text(out, ".0");
}

void units_show_time(struct buf *out, int64_t us)
{
	int64_t fraction = us % 1000000;
	time_t seconds = us / 1000000;
	struct tm tm;

	if (fraction < 0) {
		fraction += 1000000;
		seconds--;
	}
	gmtime_r(&seconds, &tm);
	buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%06lldZ", tm.tm_year + 1900, tm.tm_mon + 1,
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (long long)fraction);
}

/* Exactly `digits` digits off the front. */
static bool take_number(struct str *text, size_t digits, int *ret_value)
{
	int64_t value;

	if (text->len < digits || !is_digit(text->ptr[0]) ||
	    !units_int(str_sub(*text, 0, digits), &value))
		return false;
	*text = str_sub(*text, digits, text->len);
	*ret_value = (int)value;
	return true;
}

static bool take_byte(struct str *text, char byte)
{
	if (text->len == 0 || text->ptr[0] != byte)
		return false;
	*text = str_sub(*text, 1, text->len);
	return true;
}

static bool take_zone(struct str *text, int64_t *ret_offset_s)
{
	int hours;
	int minutes;
	int sign;

	*ret_offset_s = 0;
	if (take_byte(text, 'Z'))
		return true;
	sign = take_byte(text, '+') ? 1 : take_byte(text, '-') ? -1 : 0;
	if (!sign || !take_number(text, 2, &hours) || !take_byte(text, ':') ||
	    !take_number(text, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_offset_s = sign * (hours * 3600LL + minutes * 60LL);
	return true;
}

/* 1 to 9 digits behind the point; what is finer than a microsecond is cut off. */
static bool take_fraction(struct str *text, int64_t *ret_micros)
{
	int64_t scale = 100000;
	int64_t micros = 0;
	size_t count = 0;

	for (; count < text->len && is_digit(text->ptr[count]); count++, scale /= 10)
		micros += (text->ptr[count] - '0') * scale;
	if (count == 0 || count > 9)
		return false;
	*text = str_sub(*text, count, text->len);
	*ret_micros = micros;
	return true;
}

bool units_time(struct str text, int64_t *ret_us)
{
	struct tm tm = {0};
	int64_t micros = 0;
	int64_t seconds;
	int64_t offset;
	int day;

	if (!take_number(&text, 4, &tm.tm_year) || !take_byte(&text, '-') ||
	    !take_number(&text, 2, &tm.tm_mon) || !take_byte(&text, '-') ||
	    !take_number(&text, 2, &tm.tm_mday) || !take_byte(&text, 'T') ||
	    !take_number(&text, 2, &tm.tm_hour) || !take_byte(&text, ':') ||
	    !take_number(&text, 2, &tm.tm_min) || !take_byte(&text, ':') ||
	    !take_number(&text, 2, &tm.tm_sec))
		return false;
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
		return false;
	if (take_byte(&text, '.') && !take_fraction(&text, &micros))
		return false;
	if (!take_zone(&text, &offset) || text.len)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	day = tm.tm_mday;
	seconds = timegm(&tm);
	if (tm.tm_mday != day) /* February 30th: timegm() goes on into March */
		return false;
	*ret_us = (seconds - offset) * 1000000 + micros;
	return true;
}
