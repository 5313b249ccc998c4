/* SPDX-License-Identifier: Apache-2.0 */
#include "history/reading.h"

#include "history/episode.h"
#include "record/transcript_reader.h"

static enum reading trouble(const struct transcript_report *report, struct buf *why)
{
	if (report->state == TRANSCRIPT_DAMAGED)
		buf_printf(why, "damaged: line %lld: ", (long long)report->line);
	buf_text(why, report->why);
	return READING_TROUBLE;
}

/* Lines live no longer than it takes to see them. */
static enum reading read_lines(struct reader *reader, struct episode *episode, struct buf *why)
{
	const struct transcript_report *report = reader_report(reader);
	struct arena *arena = arena_new();
	bool known = true;
	struct line line;

	while (known && reader_next(reader, arena, &line)) {
		known = line.known || line.message.seq > 0;
		if (!known)
			buf_str(why, line.why);
		else if (line.known)
			episode_see(episode, &line.message);
		arena_reset(arena);
	}
	arena_free(arena);
	if (!known)
		return READING_TROUBLE;
	if (report->state == TRANSCRIPT_DAMAGED || report->state == TRANSCRIPT_UNREADABLE)
		return trouble(report, why);
	episode_heard(episode, report->last_at_us, report->last_t_us);
	return report->lines ? READING_RUN : READING_NOTHING;
}

enum reading reading_of(
    const char *path, struct arena *arena, struct past_run *ret_run, struct buf *why)
{
	struct reader *reader = reader_open(path, why);
	struct episode *episode;
	enum reading reading;

	if (!reader)
		return READING_TROUBLE;
	episode = episode_new();
	reader_only(reader, episode_wants);
	reading = read_lines(reader, episode, why);
	if (reading == READING_RUN) {
		*ret_run = episode_past(episode, arena);
		ret_run->path = str_from(path);
	}
	episode_free(episode);
	reader_free(reader);
	return reading;
}
