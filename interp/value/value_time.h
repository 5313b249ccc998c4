/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VALUE_VALUE_TIME_H
#define VALUE_VALUE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* Durations and timestamps to the nanosecond, as CEL reads and writes them. Seconds and nanos as in struct value. */

/* What a timestamp can be: 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z. */
#define TIME_MIN INT64_C(-62135596800)
#define TIME_MAX INT64_C(253402300799)

/* A duration in nanoseconds must fit 64 bits (some 292 years); false when it does not. */
bool duration_fits(__int128 nanos);

/* RFC 3339 in UTC with as many digits of the fraction as are needed: "2009-02-13T23:31:30.5Z". */
void time_show(struct buf *out, int64_t seconds, int32_t nanos);

/* RFC 3339 with Z or an offset; false when malformed; the range is the caller's to check. */
bool time_parse(struct str text, int64_t *ret_seconds, int32_t *ret_nanos);

/* In seconds: "90s", "-1.5s". */
void duration_show(struct buf *out, int64_t seconds, int32_t nanos);

/* "1h30m", "1.5s", "-250ms", "7d", "0": units ns us ms s m h d; false when malformed or out of range. */
bool duration_parse(struct str text, int64_t *ret_seconds, int32_t *ret_nanos);

#endif
