/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"
#include "base/units.h"
#include "record/codec.h"

/* Cuts what must stand next off the text. */
static bool take(struct str *text, struct str wanted)
{
	if (!str_starts(*text, wanted))
		return false;
	*text = str_sub(*text, wanted.len, SIZE_MAX);
	return true;
}

/* A whole number, not negative, as this program writes it. */
static bool take_number(struct str *text, int64_t *ret_number)
{
	size_t len = 0;

	while (len < text->len && text->ptr[len] >= '0' && text->ptr[len] <= '9')
		len++;
	if (!len || (len > 1 && text->ptr[0] == '0') ||
	    !units_int(str_sub(*text, 0, len), ret_number))
		return false;
	*text = str_sub(*text, len, SIZE_MAX);
	return true;
}

/* What stands until the quote; without an escape. */
static bool take_quoted(struct str *text, struct str *ret_quoted)
{
	size_t len = 0;

	while (len < text->len && text->ptr[len] != '"' && text->ptr[len] != '\\' &&
	    text->ptr[len] >= ' ')
		len++;
	*ret_quoted = str_sub(*text, 0, len);
	*text = str_sub(*text, len, SIZE_MAX);
	return take(text, STR("\""));
}

static bool find_type(struct str name, enum message_type *ret_type)
{
	for (unsigned i = 0; i < MESSAGE_TYPES; i++)
		if (str_is(name, message_name((enum message_type)i))) {
			*ret_type = (enum message_type)i;
			return true;
		}
	return false;
}

bool message_peek(struct str text, struct line *ret_line)
{
	struct line line = {0};
	struct str at;

	if (!str_ends(text, STR("}")) || !take(&text, STR("{\"seq\":")) ||
	    !take_number(&text, &line.message.seq) || !take(&text, STR(",\"at\":\"")) ||
	    !take_quoted(&text, &at) || !str_ends(at, STR("Z")) ||
	    !units_time(at, &line.message.at_us) || !take(&text, STR(",\"t_us\":")) ||
	    !take_number(&text, &line.message.t_us) || !take(&text, STR(",\"type\":\"")) ||
	    !take_quoted(&text, &line.type) || !find_type(line.type, &line.message.type) ||
	    !take(&text, STR(",\"prev\":\"")) || !take_quoted(&text, &line.prev) ||
	    !digest_is(line.prev))
		return false;
	line.class = message_class(line.message.type);
	*ret_line = line;
	return true;
}
