/* SPDX-License-Identifier: Apache-2.0 */
#include "record/redact.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "record/matcher.h"
#include "record/secret_forms.h"

struct redactor {
	struct matcher *matcher;
	char **marks; /* by secret: what stands in its place */
	size_t count;
};

struct adding {
	struct matcher *matcher;
	uint32_t number;
};

static void add_form(void *context, struct str form)
{
	struct adding *adding = context;

	matcher_add(adding->matcher, form, adding->number);
}

static char *mark_of(struct str name)
{
	struct buf mark;

	buf_init(&mark, BUF_UNBOUNDED);
	buf_text(&mark, "${{ secrets.");
	buf_str(&mark, name);
	buf_text(&mark, " }}");
	return buf_take(&mark);
}

struct redactor *redactor_new(const struct secret_text *secrets, size_t count)
{
	struct redactor *redactor = mem_alloc(sizeof(*redactor));

	redactor->matcher = matcher_new();
	redactor->marks = mem_alloc(count * sizeof(*redactor->marks));
	redactor->count = count;
	for (size_t i = 0; i < count; i++) {
		struct adding adding = {redactor->matcher, (uint32_t)i};

		redactor->marks[i] = mark_of(secrets[i].name);
		secret_forms(secrets[i].value, add_form, &adding);
	}
	matcher_build(redactor->matcher);
	return redactor;
}

void redactor_free(struct redactor *redactor)
{
	if (!redactor)
		return;
	for (size_t i = 0; i < redactor->count; i++)
		free(redactor->marks[i]);
	free(redactor->marks);
	matcher_free(redactor->matcher);
	free(redactor);
}

bool secret_is_maskable(struct str value)
{
	return value.len >= SECRET_SHORTEST;
}

size_t redactor_longest(const struct redactor *redactor)
{
	return redactor ? matcher_longest(redactor->matcher) : 0;
}

void redact_stream_begin(struct redact_stream *stream, const struct redactor *redactor)
{
	*stream = (struct redact_stream){.redactor = redactor};
	buf_init(&stream->held, BUF_UNBOUNDED);
	buf_init(&stream->out, BUF_UNBOUNDED);
}

void redact_stream_done(struct redact_stream *stream)
{
	buf_done(&stream->held);
	buf_done(&stream->out);
}

/* Bytes as they are, as far as no occurrence covers them. */
static void put_plain(struct redact_stream *stream, size_t from, size_t to)
{
	if (from < stream->covered)
		from = stream->covered;
	if (from < to)
		buf_append(&stream->out, stream->held.ptr + from, to - from);
}

/*
 * An occurrence. One that overlaps the last widens what is covered: under the same mark when it is the same secret,
 * else under one more.
 */
static void put_mark(struct redact_stream *stream, const struct match *match)
{
	size_t end = match->start + match->len;

	if (end <= stream->covered)
		return;
	if (match->start >= stream->covered || match->number != stream->last)
		buf_text(&stream->out, stream->redactor->marks[match->number]);
	stream->covered = end;
	stream->last = match->number;
}

/* Decides everything that begins before `limit`. */
static struct str decide(struct redact_stream *stream, size_t limit)
{
	const struct matcher *matcher = stream->redactor->matcher;
	struct str text = buf_view(&stream->held);
	struct match match;
	size_t from = 0;

	stream->decided = limit;
	buf_clear(&stream->out);
	if (stream->covered == 0 &&
	    (!matcher_find(matcher, text, 0, &match) || match.start >= limit))
		return str_sub(text, 0, limit);
	while (matcher_find(matcher, text, from, &match) && match.start < limit) {
		put_plain(stream, from, match.start);
		put_mark(stream, &match);
		from = match.start + 1;
		/* the byte at match.start is covered by now */
	}
	put_plain(stream, from, limit);
	return buf_view(&stream->out);
}

/* Forgets what the last call gave out. */
static void forget_decided(struct redact_stream *stream)
{
	buf_consume(&stream->held, stream->decided);
	stream->covered -= stream->covered < stream->decided ? stream->covered : stream->decided;
	stream->decided = 0;
}

struct str redact_stream_feed(struct redact_stream *stream, struct str bytes)
{
	if (redactor_longest(stream->redactor) == 0)
		return bytes;
	forget_decided(stream);
	buf_str(&stream->held, bytes);
	return decide(stream, matcher_pending(stream->redactor->matcher, buf_view(&stream->held)));
}

struct str redact_stream_end(struct redact_stream *stream)
{
	struct str rest;

	if (redactor_longest(stream->redactor) == 0)
		return (struct str){0};
	forget_decided(stream);
	rest = decide(stream, stream->held.len);
	stream->covered = stream->held.len; /* forgotten with the rest at the next call */
	return rest;
}

struct str redact_text(const struct redactor *redactor, struct arena *arena, struct str text)
{
	struct redact_stream stream;
	struct match match;
	struct str masked;

	if (!redactor || !matcher_find(redactor->matcher, text, 0, &match))
		return text;
	redact_stream_begin(&stream, redactor);
	buf_str(&stream.held, text);
	masked = arena_str(arena, decide(&stream, text.len));
	redact_stream_done(&stream);
	return masked;
}
