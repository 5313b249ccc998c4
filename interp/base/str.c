/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <string.h>

struct str str_from(const char *text)
{
	return (struct str){text, text ? strlen(text) : 0};
}

bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool str_is(struct str a, const char *b)
{
	return str_eq(a, str_from(b));
}

bool str_starts(struct str text, struct str prefix)
{
	return text.len >= prefix.len && str_eq((struct str){text.ptr, prefix.len}, prefix);
}

bool str_ends(struct str text, struct str suffix)
{
	return text.len >= suffix.len &&
	    str_eq(str_sub(text, text.len - suffix.len, suffix.len), suffix);
}

int str_cmp(struct str a, struct str b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.ptr, b.ptr, len) : 0;

	if (order)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

ptrdiff_t str_find(struct str text, struct str needle)
{
	const char *found;

	if (needle.len == 0)
		return 0;
	if (text.len < needle.len)
		return -1;
	found = memmem(text.ptr, text.len, needle.ptr, needle.len);
	return found ? found - text.ptr : -1;
}

struct str str_sub(struct str text, size_t from, size_t len)
{
	if (from > text.len)
		from = text.len;
	if (len > text.len - from)
		len = text.len - from;
	return (struct str){text.len ? text.ptr + from : text.ptr, len};
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str text)
{
	while (text.len && is_space(text.ptr[0]))
		text = str_sub(text, 1, text.len);
	while (text.len && is_space(text.ptr[text.len - 1]))
		text.len--;
	return text;
}

bool str_line(struct str *rest, struct str *ret_line)
{
	const char *end;
	size_t len;

	if (rest->len == 0)
		return false;
	end = memchr(rest->ptr, '\n', rest->len);
	len = end ? (size_t)(end - rest->ptr) : rest->len;
	*ret_line = str_sub(*rest, 0, len);
	*rest = str_sub(*rest, end ? len + 1 : len, rest->len);
	return true;
}

uint64_t str_hash(struct str text)
{
	uint64_t hash = 14695981039346656037U;

	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.ptr[i]) * 1099511628211U;
	return hash;
}
