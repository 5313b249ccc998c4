/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_HEARD_H
#define STDLIB_HEARD_H

#include <stddef.h>

#include "base/str.h"

/* What a process that is only asked something says on standard error; begins as zeros. Plain data. */
enum { HEARD_MAX = 1000 }; /* bash quotes the line of a script */

struct heard {
	char text[HEARD_MAX];
	size_t len;
};

/* The first HEARD_MAX bytes are kept. */
void heard_add(struct heard *heard, struct str bytes);

/* The first line: what follows quotes what was asked about. */
struct str heard_line(const struct heard *heard);

#endif
