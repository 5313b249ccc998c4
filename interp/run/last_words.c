/* SPDX-License-Identifier: Apache-2.0 */
#include "run/last_words.h"

enum { LONGEST = 300 };

struct str last_words(const struct value *result)
{
	const struct value *said = result ? value_get(result, "stderr") : NULL;
	struct str text = said ? value_text(said) : (struct str){0};
	size_t begin;

	if (said && said->type == VALUE_STRING && said->string.clip && !said->string.clip->whole)
		text = said->string.clip->tail;
	text = str_trim(text);
	for (begin = text.len; begin > 0 && text.ptr[begin - 1] != '\n';)
		begin--;
	return str_trim(str_sub(text, begin, begin + LONGEST));
}
