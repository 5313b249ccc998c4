/* SPDX-License-Identifier: Apache-2.0 */
#include "value/value_time.h"

#include <time.h>

enum { NANOS = 1000000000 };

bool duration_fits(__int128 nanos)
{
	return nanos >= INT64_MIN && nanos <= INT64_MAX;
}

/* ".5" or nothing: the fraction without its trailing zeros. */
static void show_fraction(struct buf *out, int32_t nanos)
{
	char digits[10] = ".";
	size_t len = 10;

	if (nanos == 0)
		return;
	for (size_t i = 9; i > 0; i--, nanos /= 10)
		digits[i] = (char)('0' + nanos % 10);
	while (digits[len - 1] == '0')
		len--;
	buf_append(out, digits, len);
}

void time_show(struct buf *out, int64_t seconds, int32_t nanos)
{
	time_t clock = seconds;
	struct tm tm;

	gmtime_r(&clock, &tm);
	buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	show_fraction(out, nanos);
	buf_byte(out, 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take(struct str *text, char byte)
{
	if (text->len == 0 || text->ptr[0] != byte)
		return false;
	*text = str_sub(*text, 1, text->len);
	return true;
}

static bool take_digits(struct str *text, size_t count, int *ret_value)
{
	int value = 0;

	if (text->len < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!is_digit(text->ptr[i]))
			return false;
		value = value * 10 + (text->ptr[i] - '0');
	}
	*text = str_sub(*text, count, text->len);
	*ret_value = value;
	return true;
}

/* Digits behind a point, as nanoseconds; those past the ninth are cut off. */
static bool take_fraction(struct str *text, int32_t *ret_nanos)
{
	int32_t nanos = 0;
	int32_t scale = NANOS / 10;
	size_t digits = 0;

	for (; text->len && is_digit(text->ptr[0]); scale /= 10, digits++) {
		nanos += (text->ptr[0] - '0') * scale;
		*text = str_sub(*text, 1, text->len);
	}
	*ret_nanos = nanos;
	return digits > 0;
}

static bool take_offset(struct str *text, int64_t *ret_seconds)
{
	int hours;
	int minutes;
	int sign;

	*ret_seconds = 0;
	if (take(text, 'Z'))
		return true;
	sign = take(text, '+') ? 1 : take(text, '-') ? -1 : 0;
	if (!sign || !take_digits(text, 2, &hours) || !take(text, ':') ||
	    !take_digits(text, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_seconds = sign * (hours * INT64_C(3600) + minutes * INT64_C(60));
	return true;
}

bool time_parse(struct str text, int64_t *ret_seconds, int32_t *ret_nanos)
{
	struct tm tm = {0};
	struct tm back;
	int32_t nanos = 0;
	int64_t offset;
	time_t clock;

	if (!take_digits(&text, 4, &tm.tm_year) || !take(&text, '-') ||
	    !take_digits(&text, 2, &tm.tm_mon) || !take(&text, '-') ||
	    !take_digits(&text, 2, &tm.tm_mday) || !take(&text, 'T') ||
	    !take_digits(&text, 2, &tm.tm_hour) || !take(&text, ':') ||
	    !take_digits(&text, 2, &tm.tm_min) || !take(&text, ':') ||
	    !take_digits(&text, 2, &tm.tm_sec))
		return false;
	if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59 || tm.tm_mon < 1)
		return false;
	if (take(&text, '.') && !take_fraction(&text, &nanos))
		return false;
	if (!take_offset(&text, &offset) || text.len)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	back = tm;
	clock = timegm(&back);
	if (back.tm_mday != tm.tm_mday || back.tm_mon != tm.tm_mon)
		return false; /* it was moved to a day that exists */
	*ret_seconds = clock - offset;
	*ret_nanos = nanos;
	return true;
}

void duration_show(struct buf *out, int64_t seconds, int32_t nanos)
{
	if (seconds < 0 || nanos < 0) {
		buf_byte(out, '-');
		nanos = -nanos;
	}
	buf_printf(out, "%llu", (unsigned long long)(seconds < 0 ? -seconds : seconds));
	show_fraction(out, nanos);
	buf_byte(out, 's');
}

/* The unit at the front in nanoseconds, 0 when there is none. */
static int64_t take_unit(struct str *text)
{
	static const struct {
		const char *name;
		int64_t nanos;
	} units[] = {
	    {"ns", 1},
	    {"us", 1000},
	    {"\xC2\xB5s", 1000},
	    {"\xCE\xBCs", 1000},
	    {"ms", 1000000},
	    {"s", NANOS},
	    {"m", INT64_C(60) * NANOS},
	    {"h", INT64_C(3600) * NANOS},
	    {"d", INT64_C(86400) * NANOS},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		struct str name = str_from(units[i].name);

		if (!str_starts(*text, name))
			continue;
		*text = str_sub(*text, name.len, text->len);
		return units[i].nanos;
	}
	return 0;
}

/* One number with its unit, added to *sum (nanoseconds). */
static bool take_part(struct str *text, __int128 *sum)
{
	const __int128 most = (__int128)1 << 64;
	__int128 whole = 0;
	__int128 fraction = 0;
	__int128 scale = 1;
	size_t digits = 0;
	int64_t unit;

	for (; text->len && is_digit(text->ptr[0]); digits++) {
		whole = whole * 10 + (text->ptr[0] - '0');
		if (whole > most)
			return false;
		*text = str_sub(*text, 1, text->len);
	}
	if (take(text, '.'))
		for (; text->len && is_digit(text->ptr[0]); digits++) {
			if (scale <
			    1000000000000000) { /* the rest is below a nanosecond in every unit */
				fraction = fraction * 10 + (text->ptr[0] - '0');
				scale *= 10;
			}
			*text = str_sub(*text, 1, text->len);
		}
	unit = take_unit(text);
	if (digits == 0 || unit == 0)
		return false;
	*sum += whole * unit + fraction * unit / scale;
	return *sum <= most;
}

bool duration_parse(struct str text, int64_t *ret_seconds, int32_t *ret_nanos)
{
	bool negative = take(&text, '-');
	__int128 sum = 0;

	if (!negative)
		take(&text, '+');
	if (text.len == 0)
		return false;
	if (str_is(text, "0"))
		text.len = 0;
	while (text.len)
		if (!take_part(&text, &sum))
			return false;
	if (negative)
		sum = -sum;
	if (!duration_fits(sum))
		return false;
	*ret_seconds = (int64_t)(sum / NANOS);
	*ret_nanos = (int32_t)(sum % NANOS);
	return true;
}
