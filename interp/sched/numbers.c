/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/numbers.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void numbers_done(struct numbers *numbers)
{
	free(numbers->instances);
	*numbers = (struct numbers){0};
}

uint32_t numbers_give(struct numbers *numbers, uint32_t instance)
{
	numbers->instances = mem_grow(
	    numbers->instances, numbers->count, &numbers->capacity, sizeof(*numbers->instances));
	numbers->instances[numbers->count] = instance;
	return (uint32_t)numbers->count++;
}

uint32_t numbers_owner(const struct numbers *numbers, uint32_t number)
{
	return number < numbers->count ? numbers->instances[number] : UINT32_MAX;
}

void numbers_copy(struct numbers *copy, const struct numbers *numbers)
{
	*copy = (struct numbers){.count = numbers->count, .capacity = numbers->count};
	if (numbers->count == 0)
		return;
	copy->instances = mem_alloc(numbers->count * sizeof(*copy->instances));
	memcpy(copy->instances, numbers->instances, numbers->count * sizeof(*copy->instances));
}
