/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_name.h"

#include <string.h>

#include "base/units.h"

/* How a time is written: d is a digit, a point one of the separators. The longest come first. */
static const char *const shapes[] = {
    "dddd.dd.dd.dd.dd.dd",
    "dddd.dd.dd.dddddd",
    "dddddddd.dd.dd.dd",
    "dddddddd.dddddd",
    "dddddddddddddd",
    "dddd.dd.dd.dd.dd",
    "dddd.dd.dd.dddd",
    "dddddddd.dddd",
    "dddddddddddd",
    "dddd.dd.dd",
    "dddddddd",
};

static const char separators[] = "-_.:T ";

enum { DIGITS = 14 };

static bool is_digit(struct str text, size_t at)
{
	return at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9';
}

/* The digits of a shape that begins at `at`, with zeros for those that it lacks. */
static bool read_shape(struct str name, size_t at, const char *shape, char *digits)
{
	size_t count = 0;

	memset(digits, '0', DIGITS);
	for (; *shape; shape++, at++) {
		if (*shape == 'd' && is_digit(name, at))
			digits[count++] = name.ptr[at];
		else if (*shape == 'd' || at >= name.len || !strchr(separators, name.ptr[at]))
			return false;
	}
	return !is_digit(name, at);
}

static bool read_time(const char *digits, int64_t *ret_us)
{
	char time[] = "YYYY-MM-DDTHH:MM:SSZ";
	size_t next = 0;

	for (char *at = time; *at; at++)
		if (strchr("YMDHS", *at))
			*at = digits[next++];
	return memcmp(time, "1970", 4) >= 0 && units_time(str_from(time), ret_us);
}

bool backup_name_time(struct str name, int64_t *ret_us, size_t *ret_at)
{
	char digits[DIGITS];

	for (size_t at = 0; at < name.len; at++) {
		if (!is_digit(name, at) || (at > 0 && is_digit(name, at - 1)))
			continue;
		for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
			if (!read_shape(name, at, shapes[i], digits) || !read_time(digits, ret_us))
				continue;
			*ret_at = at;
			return true;
		}
	}
	return false;
}
