/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_policy.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/units.h"

enum { COUNT_MAX = 100000 };

static const int64_t second_us = 1000000;
static const int64_t day_us = 86400 * INT64_C(1000000);

/* Each backup is a period of its own. */
static int64_t last_of(int64_t time_us)
{
	(void)time_us;
	return 0;
}

static int64_t day_of(int64_t time_us)
{
	return time_us / day_us + 1;
}

/* 1970 began on a Thursday; weeks begin on Monday. */
static int64_t week_of(int64_t time_us)
{
	return (time_us / day_us + 3) / 7 + 1;
}

static int64_t month_of(int64_t time_us)
{
	time_t seconds = (time_t)(time_us / second_us);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return (int64_t)tm.tm_year * 12 + tm.tm_mon + 1;
}

/* Periods are never 0, but for the one of which each backup is another. */
static const struct {
	const char *name;
	int64_t (*period)(int64_t time_us);
} rules[RETENTION_RULES] = {
    [KEEP_LAST] = {"keep_last", last_of},
    [KEEP_DAILY] = {"daily", day_of},
    [KEEP_WEEKLY] = {"weekly", week_of},
    [KEEP_MONTHLY] = {"monthly", month_of},
};

void retention_read(struct retention *retention, struct args *args)
{
	*retention = (struct retention){.max_age_us = args_us(args, "max_age", 0),
	    .min_age_us = args_us(args, "min_age", 3600 * second_us)};
	retention->any = retention->max_age_us > 0;
	for (size_t i = 0; i < RETENTION_RULES; i++) {
		retention->left[i] = args_int(args, rules[i].name, 0, 0, COUNT_MAX);
		retention->any |= retention->left[i] > 0;
	}
}

unsigned retention_wants(const struct retention *retention, int64_t time_us)
{
	unsigned wants = 0;

	for (size_t i = 0; i < RETENTION_RULES; i++) {
		int64_t period = rules[i].period(time_us);

		if (retention->left[i] > 0 && (!period || period != retention->period[i]))
			wants |= 1U << i;
	}
	return wants;
}

void retention_keep(struct retention *retention, unsigned kept, int64_t time_us)
{
	for (size_t i = 0; i < RETENTION_RULES; i++) {
		if (!(kept & 1U << i))
			continue;
		retention->left[i]--;
		retention->period[i] = rules[i].period(time_us);
	}
}

void retention_names(unsigned kept, char *into, size_t size)
{
	size_t at = 0;

	*into = '\0';
	for (size_t i = 0; i < RETENTION_RULES && at < size; i++)
		if (kept & 1U << i)
			at += (size_t)snprintf(
			    into + at, size - at, "%s%s", at ? ", " : "", rules[i].name);
}
