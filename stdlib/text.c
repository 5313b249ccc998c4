/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/text.h"

#include "base/buf.h"
#include "base/utf8.h"

/* The text itself where it is well-formed, else a clean copy in the arena. */
static struct str clean(struct arena *arena, struct str text)
{
	struct buf buf;

	if (utf8_valid(text))
		return text;
	buf_init(&buf, BUF_UNBOUNDED);
	utf8_clean(&buf, text);
	text = arena_str(arena, buf_view(&buf));
	buf_done(&buf);
	return text;
}

const struct value *text_value(struct arena *arena, struct str text)
{
	struct str cleaned = clean(arena, text);

	/* What was clean is still the foreigner's. */
	return value_string(arena, cleaned.ptr == text.ptr ? arena_str(arena, text) : cleaned);
}

const struct value *text_stream(struct arena *arena, const struct value *stream)
{
	const struct clip *clip = stream->string.clip;
	struct str text = clean(arena, stream->string.text);
	struct clip *cleaned;

	if (clip->whole && text.ptr == stream->string.text.ptr)
		return stream;
	cleaned = arena_alloc(arena, sizeof(*cleaned));
	*cleaned = *clip;
	cleaned->head = clip->whole ? text : clean(arena, clip->head);
	cleaned->tail = clip->whole ? text : clean(arena, clip->tail);
	return value_stream(arena, text, cleaned);
}
