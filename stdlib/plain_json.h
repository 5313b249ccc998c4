/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_PLAIN_JSON_H
#define STDLIB_PLAIN_JSON_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"
#include "value/value.h"

/*
 * Values as JSON for the world: without the record's tags. Durations ("90s") and timestamps (RFC 3339) become text,
 * keys that are no strings their text. False, with a sentence of static storage, for what JSON has no form for
 * (infinities, a text that was cut); out then holds a part.
 */
bool plain_json_write(struct buf *out, const struct value *value, const char **ret_why);

#endif
