/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tally.h"

#include <stdarg.h>

#include "base/arena.h"
#include "base/buf.h"

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

uint32_t tally_meet_text(struct tally *tally, const char *format, ...)
{
	struct buf text;
	va_list args;
	uint32_t met;

	buf_init(&text, BUF_UNBOUNDED);
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	met = tally_meet(tally, buf_view(&text));
	buf_done(&text);
	return met;
}
