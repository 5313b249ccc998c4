/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_REDIS_INQUIRY_H
#define STDLIB_REDIS_INQUIRY_H

#include "stdlib/redis_session.h"

/* What redis.info, redis.persistence and redis.replication share: INFO is asked, its answer taken apart and judged. */
struct redis_inquiry {
	struct attempt *attempt;
	struct str peer;
	const struct value *fields; /* as redis_fields() gives them */
	/* Adds what the action gives; false with a sentence when that is no success. */
	bool (*judge)(
	    struct redis_inquiry *inquiry, struct map_builder *result, struct str *ret_why);
};

/* No time that a server tells is longer, or later: the year 9999. */
#define REDIS_TIME_MAX_S INT64_C(253402300799)

/* The start of an action with a parameter `connection`; section NULL: those that INFO gives by itself. */
void redis_inquiry_start(struct attempt *attempt, const char *section,
    bool (*judge)(struct redis_inquiry *inquiry, struct map_builder *result, struct str *ret_why));

/* Its cancel. */
void redis_inquiry_cancel(struct attempt *attempt, enum cancel_how how);

/* The server's clock, or ours where it does not tell; microseconds since 1970. */
int64_t redis_inquiry_time_us(const struct redis_inquiry *inquiry);

/* Adds a field to a result under another name, if it is there. A duration is a number of seconds that is not -1. */
void redis_inquiry_int(const struct redis_inquiry *inquiry, struct map_builder *result,
    const char *as, const char *section, const char *name);
void redis_inquiry_seconds(const struct redis_inquiry *inquiry, struct map_builder *result,
    const char *as, const char *section, const char *name);

/* Whether a text field is this, or an int field is not 0; false when it is not there. */
bool redis_inquiry_is(
    const struct redis_inquiry *inquiry, const char *section, const char *name, const char *text);
bool redis_inquiry_set(const struct redis_inquiry *inquiry, const char *section, const char *name);

#endif
