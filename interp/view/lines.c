/* SPDX-License-Identifier: Apache-2.0 */
#include "view/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"

/* A line longer than this is cut for the screen; the record has all of it. */
enum { LONGEST = 400, STREAMS = 2 };

struct talker {
	struct talker *next;
	uint32_t op;
	char *step;
	struct buf partial[STREAMS];
	int64_t ends[STREAMS]; /* where its next bytes belong, */
	int64_t lost; /* and how many never came: of a long output the record has both ends */
	size_t shown;
	size_t count; /* of whole lines, of both streams */
	char *tail[LINES_TAIL]; /* the last of them, a ring */
	enum output_stream latest;
	char *heard; /* of what no message brings yet, the last line; NULL: none */
};

struct lines {
	struct talker *talkers;
	lines_show *show;
	void *self;
};

struct lines *lines_new(lines_show *show, void *self)
{
	struct lines *lines = mem_alloc(sizeof(*lines));

	lines->show = show;
	lines->self = self;
	return lines;
}

static void talker_free(struct talker *talker)
{
	for (int i = 0; i < STREAMS; i++)
		buf_done(&talker->partial[i]);
	for (int i = 0; i < LINES_TAIL; i++)
		free(talker->tail[i]);
	free(talker->heard);
	free(talker->step);
	free(talker);
}

void lines_free(struct lines *lines)
{
	if (!lines)
		return;
	while (lines->talkers) {
		struct talker *next = lines->talkers->next;

		talker_free(lines->talkers);
		lines->talkers = next;
	}
	free(lines);
}

static struct talker *talker_of(struct lines *lines, const struct message *output)
{
	struct talker *talker = lines->talkers;

	while (talker && talker->op != output->output.op)
		talker = talker->next;
	if (talker)
		return talker;
	talker = mem_alloc(sizeof(*talker));
	talker->op = output->output.op;
	talker->step = mem_strndup(output->output.step.ptr, output->output.step.len);
	for (int i = 0; i < STREAMS; i++) {
		buf_init(&talker->partial[i], LONGEST);
		talker->ends[i] = -1; /* whoever comes later has not missed anything */
	}
	talker->next = lines->talkers;
	lines->talkers = talker;
	return talker;
}

static struct str without_return(struct str line)
{
	return line.len && line.ptr[line.len - 1] == '\r' ? str_sub(line, 0, line.len - 1) : line;
}

static void whole_line(struct lines *lines, struct talker *talker, struct str line)
{
	char **slot = &talker->tail[++talker->count % LINES_TAIL];

	line = without_return(line);
	free(*slot);
	*slot = mem_strndup(line.ptr, line.len);
	if (talker->shown >= LINES_SHOWN || talker->lost)
		return;
	talker->shown++;
	lines->show(lines->self, str_from(talker->step), line);
}

/*
 * Appends as much as fits; the rest of a long line is not for the screen. A carriage return begins the line anew, as on
 * a terminal: of a progress bar the last state is shown. One at the end belongs to a line break, or not: we shall see.
 */
static void add_partial(struct buf *partial, struct str part)
{
	const char *back = part.len ? memrchr(part.ptr, '\r', part.len - 1) : NULL;

	if (back || (part.len && partial->len && partial->ptr[partial->len - 1] == '\r'))
		buf_clear(partial);
	if (back)
		part = str_sub(part, (size_t)(back - part.ptr) + 1, part.len);
	buf_str(partial, str_sub(part, 0, partial->max - partial->len));
}

/* What stands before a gap does not go on behind it. */
static void see_gap(struct lines *lines, struct talker *talker, const struct message *output)
{
	struct buf *partial = &talker->partial[output->output.stream];
	int64_t *end = &talker->ends[output->output.stream];
	int64_t gap = *end < 0 ? 0 : output->output.offset - *end;

	*end = output->output.offset + (int64_t)output->output.bytes.len;
	if (gap <= 0)
		return;
	if (partial->len)
		whole_line(lines, talker, buf_view(partial));
	buf_clear(partial);
	buf_text(partial, "…");
	talker->lost += gap;
}

void lines_feed(struct lines *lines, const struct message *output)
{
	struct talker *talker = talker_of(lines, output);
	struct buf *partial = &talker->partial[output->output.stream];
	struct str rest = output->output.bytes;

	talker->latest = output->output.stream;
	see_gap(lines, talker, output);
	while (rest.len) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		size_t len = end ? (size_t)(end - rest.ptr) : rest.len;

		add_partial(partial, str_sub(rest, 0, len));
		rest = str_sub(rest, end ? len + 1 : len, rest.len);
		if (!end)
			break;
		whole_line(lines, talker, buf_view(partial));
		buf_clear(partial);
	}
}

static void show_tail(struct lines *lines, struct talker *talker, lines_show *hidden)
{
	size_t unseen = talker->count - talker->shown;
	size_t kept = unseen < LINES_TAIL ? unseen : LINES_TAIL;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	buf_text(&text, "… ");
	if (unseen > kept)
		buf_printf(&text, "%zu lines not shown, they are in the record%s", unseen - kept,
		    talker->lost ? "; " : " ");
	if (talker->lost) {
		units_show_size(&text, talker->lost);
		buf_printf(&text, " %swere not kept ", unseen > kept ? "between them " : "");
	}
	buf_text(&text, "…");
	if (unseen > kept || talker->lost)
		hidden(lines->self, str_from(talker->step), buf_view(&text));
	buf_done(&text);
	for (size_t i = talker->count - kept + 1; i <= talker->count; i++)
		lines->show(
		    lines->self, str_from(talker->step), str_from(talker->tail[i % LINES_TAIL]));
}

void lines_end(struct lines *lines, uint32_t op, lines_show *hidden)
{
	struct talker **link = &lines->talkers;
	struct talker *talker;

	while (*link && (*link)->op != op)
		link = &(*link)->next;
	talker = *link;
	if (!talker)
		return;
	for (int i = 0; i < STREAMS; i++)
		if (talker->partial[i].len)
			whole_line(lines, talker, buf_view(&talker->partial[i]));
	show_tail(lines, talker, hidden);
	*link = talker->next;
	talker_free(talker);
}

void lines_hear(struct lines *lines, uint32_t op, struct str line)
{
	struct talker *talker = lines->talkers;

	while (talker && talker->op != op)
		talker = talker->next;
	if (!talker)
		return;
	free(talker->heard);
	line = without_return(line);
	talker->heard = mem_strndup(line.ptr, line.len < LONGEST ? line.len : LONGEST);
}

/* What is not whole yet, of the stream that spoke last; what comes behind all that was told before it. */
static struct str unfinished(const struct talker *talker)
{
	struct str latest;

	if (talker->heard)
		return str_from(talker->heard);
	latest = without_return(buf_view(&talker->partial[talker->latest]));
	return latest.len ? latest : without_return(buf_view(&talker->partial[!talker->latest]));
}

bool lines_last(
    const struct lines *lines, uint32_t op, size_t back, struct str *ret_line, bool *ret_shown)
{
	const struct talker *talker = lines->talkers;
	struct str partial;

	while (talker && talker->op != op)
		talker = talker->next;
	if (!talker)
		return false;
	partial = unfinished(talker);
	*ret_line = partial;
	*ret_shown = false;
	if (partial.len && back == 0)
		return true;
	if (talker->heard) /* what stands before it is not known here */
		return false;
	back -= partial.len > 0;
	if (back >= talker->count || back >= LINES_TAIL)
		return false;
	*ret_line = str_from(talker->tail[(talker->count - back) % LINES_TAIL]);
	*ret_shown = talker->count - back <= talker->shown;
	return true;
}
