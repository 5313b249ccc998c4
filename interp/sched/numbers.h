/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_NUMBERS_H
#define SCHED_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Numbers given out, 0, 1, 2, …, and to which instance each: so that an answer finds who asked. Part of the
 * scheduler's flat state.
 */
struct numbers {
	uint32_t *instances; /* by number */
	size_t count;
	size_t capacity;
};

void numbers_done(struct numbers *numbers);
uint32_t numbers_give(struct numbers *numbers, uint32_t instance);

/* Who was given it; UINT32_MAX when nobody was. */
uint32_t numbers_owner(const struct numbers *numbers, uint32_t number);
void numbers_copy(struct numbers *copy, const struct numbers *numbers);

#endif
