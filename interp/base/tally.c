/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tally.h"

#include "base/arena.h"

struct count {
	uint32_t met;
};

void tally_init(struct tally *tally, struct arena *arena)
{
	tally->arena = arena;
	map_init(&tally->counts);
}

void tally_done(struct tally *tally)
{
	map_done(&tally->counts);
}

uint32_t tally_meet(struct tally *tally, struct str text)
{
	struct count *count = map_get(&tally->counts, text);

	if (!count) {
		count = arena_alloc(tally->arena, sizeof(*count));
		map_put(&tally->counts, arena_str(tally->arena, text), count);
	}
	return count->met++;
}
