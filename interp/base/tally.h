/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_TALLY_H
#define BASE_TALLY_H

#include <stdint.h>

#include "base/map.h"

struct arena;

/* How often each of several texts was met. */
struct tally {
	struct arena *arena; /* of the texts; the caller's, who keeps it until tally_done() */
	struct map counts;
};

void tally_init(struct tally *tally, struct arena *arena);
void tally_done(struct tally *tally);

/* How often it was met before; it is now. */
uint32_t tally_meet(struct tally *tally, struct str text);

/* The same of a formatted text. */
uint32_t tally_meet_text(struct tally *tally, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
