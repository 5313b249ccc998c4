/* SPDX-License-Identifier: Apache-2.0 */
#include "run/last_words.h"

#include <string.h>
#include <strings.h>

enum { LONGEST = 300, LINES = 8 };

/* What programs say of what went wrong, whatever they print behind it: hints, carets, usage. */
static bool tells_trouble(struct str line)
{
	static const char *const words[] = {
	    "error", "fatal", "panic", "fail", "denied", "cannot", "can't", "no such", "not found"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		for (size_t at = 0; at + strlen(words[i]) <= line.len; at++)
			if (strncasecmp(line.ptr + at, words[i], strlen(words[i])) == 0)
				return true;
	return false;
}

static bool has_words(struct str line)
{
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.ptr[i];

		if (c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
			return true;
	}
	return false;
}

/* Of the last lines the last that tells of trouble, else the last with a word in it. */
static struct str choose(struct str text)
{
	struct str last = {0};

	for (int i = 0; i < LINES && text.len; i++) {
		size_t begin = text.len;
		struct str line;

		while (begin > 0 && text.ptr[begin - 1] != '\n')
			begin--;
		line = str_trim(str_sub(text, begin, text.len));
		text.len = begin ? begin - 1 : 0;
		/* of what leads elsewhere: why says that already */
		if (str_starts(line, STR("reprise: ")))
			continue;
		if (tells_trouble(line))
			return line;
		if (last.len == 0 && has_words(line))
			last = line;
	}
	return last;
}

struct str add_last_words(struct arena *arena, struct str why, const struct value *result)
{
	const struct value *said = result ? value_get(result, "stderr") : NULL;
	struct str text = said ? value_text(said) : (struct str){0};

	if (said && said->type == VALUE_STRING && said->string.clip && !said->string.clip->whole)
		text = said->string.clip->tail;
	text = str_sub(choose(str_trim(text)), 0, LONGEST);
	return text.len ? arena_printf(arena, "%.*s: %.*s", STR_ARG(why), STR_ARG(text)) : why;
}
