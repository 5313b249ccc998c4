/* SPDX-License-Identifier: Apache-2.0 */
#include "run/last_words.h"

enum { LONGEST = 300 };

struct str add_last_words(struct arena *arena, struct str why, const struct value *result)
{
	const struct value *said = result ? value_get(result, "stderr") : NULL;
	struct str text = said ? value_text(said) : (struct str){0};
	size_t begin;

	if (said && said->type == VALUE_STRING && said->string.clip && !said->string.clip->whole)
		text = said->string.clip->tail;
	text = str_trim(text);
	for (begin = text.len; begin > 0 && text.ptr[begin - 1] != '\n';)
		begin--;
	text = str_trim(str_sub(text, begin, LONGEST));
	return text.len ? arena_printf(arena, "%.*s: %.*s", STR_ARG(why), STR_ARG(text)) : why;
}
