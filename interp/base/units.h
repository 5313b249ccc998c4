/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/* Numbers with and without units, as runbooks write them: the only place where text becomes a number. */

/* Decimal, optional sign, all of the text; false on anything else or past 64 bits. */
bool units_int(struct str text, int64_t *ret_value);

/* A decimal or exponent number as YAML 1.2's core schema and JSON write it, all of the text. */
bool units_double(struct str text, double *ret_value);

/* "500ms", "30s", "1h30m", "7d", "1.5s": units us ms s m h d, in microseconds; no sign; false on overflow. */
bool units_duration(struct str text, int64_t *ret_us);

/* "512", "512B", "64KiB", "8GiB", "10MB": bytes; KiB is 1024, KB is 1000. */
bool units_size(struct str text, int64_t *ret_bytes);

/* "25%": whole per cent, without a sign; false on anything else. */
bool units_share(struct str text, int64_t *ret_percent);

/* A duration for people, two units at most: "850ms", "12.3s", "4m10s", "2h05m", "3d04h"; a round one as "30s", "4h". */
void units_show_duration(struct buf *out, int64_t us);

/* The same as a text in the arena. */
struct str units_duration_text(struct arena *arena, int64_t us);

/* A size for people: "512 B", "3.4 MiB". */
void units_show_size(struct buf *out, int64_t bytes);

/* The shortest decimal form that reads back as the same double, with ".0" or an exponent: "1.0", "0.1", "1e+300". */
void units_show_double(struct buf *out, double value);

/* UTC wall clock from microseconds since 1970 as RFC 3339: "2026-11-22T03:04:05.123456Z". */
void units_show_time(struct buf *out, int64_t us);

/* Reads that form (with or without a fraction of 1 to 9 digits, Z or an offset); false for days that do not exist. */
bool units_time(struct str text, int64_t *ret_us);

#endif
