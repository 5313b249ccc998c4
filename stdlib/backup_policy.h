/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_POLICY_H
#define STDLIB_BACKUP_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "stdlib/args.h"

/*
 * Which backups a retention keeps. It is asked of one after the other, the newest first, and told which of them were
 * whole: a damaged one is not the one of its day. Plain data.
 */
enum retention_rule { KEEP_LAST, KEEP_DAILY, KEEP_WEEKLY, KEEP_MONTHLY, RETENTION_RULES };

struct retention {
	int64_t max_age_us; /* younger ones stay; 0: no such rule */
	int64_t min_age_us; /* still younger ones are not touched */
	int64_t left[RETENTION_RULES]; /* how many each rule has still to keep */
	int64_t period[RETENTION_RULES]; /* of the last one that it kept */
	bool any; /* there is a rule at all */
};

/* Reads the parameters named like the rules, max_age and min_age. */
void retention_read(struct retention *retention, struct args *args);

/* A bit for each rule that wants a backup of this time, if it is whole. */
unsigned retention_wants(const struct retention *retention, int64_t time_us);

/* It was whole, and the rules keep it. */
void retention_keep(struct retention *retention, unsigned rules, int64_t time_us);

/* "keep_last, daily"; size must do for all. */
void retention_names(unsigned rules, char *into, size_t size);

#endif
