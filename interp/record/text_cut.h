/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_TEXT_CUT_H
#define RECORD_TEXT_CUT_H

#include <stddef.h>

#include "base/str.h"

/* Where to cut a text that becomes several lines of the record. */

/*
 * Length of the first piece of text, at most max (at least 4) bytes: all of it, or up to behind the last newline of
 * the second half, or up to the last border between code points.
 */
size_t text_cut(struct str text, size_t max);

/* How many bytes at the end of text (0 to 3) may be the beginning of a code point whose rest is still to come. */
size_t text_partial(struct str text);

#endif
