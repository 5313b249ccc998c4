/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* UTF-8 as Unicode defines it (The Unicode Standard, table 3-7): no overlong forms, no surrogates. */

/*
 * Length in bytes (1 to 4) of the well-formed code point at the start of text, and the code point itself; 0 when the
 * text is empty or does not begin with one.
 */
size_t utf8_decode(struct str text, uint32_t *ret_code);

/* Writes 1 to 4 bytes; a surrogate or a number past U+10FFFF becomes U+FFFD. Returns how many. */
size_t utf8_encode(uint32_t code, char ret_bytes[4]);

bool utf8_valid(struct str text);

/*
 * Whether a code point steers what shows it instead of being shown: the controls, and the marks that turn the direction
 * of the text around them.
 */
bool utf8_steers(uint32_t code);

/* Number of code points; each ill-formed byte counts as one. */
size_t utf8_count(struct str text);

/* Appends text with each byte of an ill-formed sequence replaced by U+FFFD. */
bool utf8_clean(struct buf *buf, struct str text);

/*
 * Columns in a terminal: none for controls and combining marks, two for what is wide there, one for any other code
 * point. Where terminals differ, rather too many.
 */
size_t utf8_columns(struct str text);

#endif
