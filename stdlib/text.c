/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/text.h"

#include "base/buf.h"
#include "base/utf8.h"

const struct value *text_value(struct arena *arena, struct str text)
{
	const struct value *value;
	struct buf clean;

	if (utf8_valid(text))
		return value_string(arena, arena_str(arena, text));
	buf_init(&clean, BUF_UNBOUNDED);
	utf8_clean(&clean, text);
	value = value_string(arena, arena_str(arena, buf_view(&clean)));
	buf_done(&clean);
	return value;
}
