/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A state of the scheduler, with what was answered on the way to it. */

static size_t words_of(const struct explorer *explorer)
{
	return (explorer->destroying_count + 63) / 64;
}

/* Of what nobody owes an answer, as many at once as there are. */
enum { JOBS = 1 << 20 };

struct standing *standing_new(struct explorer *explorer)
{
	struct sched_options options = {.jobs = JOBS, .timeless = true, .tells_nobody = true};
	struct standing *standing = mem_alloc(sizeof(*standing));

	standing->sched = sched_new(&explorer->plan, explorer->store, &options);
	standing->watch = (struct watch){.doubt = PLAN_NONE, .left = PLAN_NONE};
	standing->watch.looked = mem_alloc(words_of(explorer) * sizeof(uint64_t));
	return standing;
}

static void *copy_of(const void *array, size_t count, size_t size)
{
	void *copy = mem_alloc(count * size);

	if (count)
		memcpy(copy, array, count * size);
	return copy;
}

struct standing *standing_copy(const struct explorer *explorer, const struct standing *standing)
{
	struct standing *copy = mem_alloc(sizeof(*copy));

	*copy = *standing;
	copy->sched = sched_clone(standing->sched);
	copy->facts = copy_of(standing->facts, standing->fact_count, sizeof(*standing->facts));
	copy->fact_capacity = standing->fact_count;
	copy->marks = copy_of(standing->marks, standing->mark_count, sizeof(*standing->marks));
	copy->mark_capacity = standing->mark_count;
	copy->watch.looked = copy_of(
	    standing->watch.looked, words_of(explorer), sizeof(*standing->watch.looked));
	return copy;
}

void standing_free(struct standing *standing)
{
	if (!standing)
		return;
	sched_free(standing->sched);
	free(standing->facts);
	free(standing->marks);
	free(standing->watch.looked);
	free(standing);
}

bool standing_fact(const struct standing *standing, uint32_t atom, uint32_t *ret_answer)
{
	size_t low = 0;
	size_t high = standing->fact_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (standing->facts[middle].atom < atom)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == standing->fact_count || standing->facts[low].atom != atom)
		return false;
	*ret_answer = standing->facts[low].answer;
	return true;
}
