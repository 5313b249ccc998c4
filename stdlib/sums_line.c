/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/sums_line.h"

#include <string.h>

#include "base/buf.h"
#include "stdlib/file_hash.h"

/* The name without its escapes; empty where one of them is none. */
static struct str unescape(struct arena *arena, struct str name)
{
	struct str plain = {0};
	struct buf buf;
	bool well = true;

	buf_init(&buf, BUF_UNBOUNDED);
	for (size_t i = 0; i < name.len && well; i++) {
		char next = i + 1 < name.len ? name.ptr[i + 1] : '\0';

		if (name.ptr[i] != '\\') {
			buf_byte(&buf, name.ptr[i]);
			continue;
		}
		i++;
		well = next == 'n' || next == 'r' || next == '\\';
		buf_byte(&buf, (char)(next == 'n' ? '\n' : next == 'r' ? '\r' : '\\'));
	}
	if (well)
		plain = arena_str(arena, buf_view(&buf));
	buf_done(&buf);
	return plain;
}

/* "DIGEST  NAME" */
static bool read_gnu(struct str line, const char *algorithm, struct sums_line *ret_line)
{
	ptrdiff_t space = str_find(line, STR(" "));
	struct str name;

	if (space <= 0)
		return false;
	ret_line->digest = str_sub(line, 0, (size_t)space);
	ret_line->algorithm = algorithm ? algorithm : file_hash_by_digits((size_t)space);
	name = str_sub(line, (size_t)space + 1, line.len);
	if (name.len && (name.ptr[0] == ' ' || name.ptr[0] == '*'))
		name = str_sub(name, 1, name.len);
	ret_line->name = name;
	return true;
}

/* "ALGORITHM (NAME) = DIGEST": a name may hold brackets, a digest none. */
static bool read_bsd(struct str line, struct sums_line *ret_line)
{
	ptrdiff_t open = str_find(line, STR("("));
	const char *close = line.len ? memrchr(line.ptr, ')', line.len) : NULL;
	size_t end = close ? (size_t)(close - line.ptr) : 0;
	struct str rest;

	if (open <= 0 || end <= (size_t)open)
		return false;
	ret_line->algorithm = file_hash_by_name(str_trim(str_sub(line, 0, (size_t)open)));
	ret_line->name = str_sub(line, (size_t)open + 1, end - (size_t)open - 1);
	rest = str_trim(str_sub(line, end + 1, line.len));
	if (!rest.len || rest.ptr[0] != '=')
		return false;
	ret_line->digest = str_trim(str_sub(rest, 1, rest.len));
	return true;
}

enum sums_end sums_line_read(
    struct arena *arena, struct str line, const char *algorithm, struct sums_line *ret_line)
{
	bool escaped;

	if (str_ends(line, STR("\r")))
		line.len--;
	while (line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t'))
		line = str_sub(line, 1, line.len);
	if (!line.len || line.ptr[0] == '#')
		return SUMS_BLANK;
	escaped = line.ptr[0] == '\\';
	if (escaped)
		line = str_sub(line, 1, line.len);
	*ret_line = (struct sums_line){0};
	if (!read_gnu(line, algorithm, ret_line) || !ret_line->algorithm ||
	    !file_hash_is_digest(ret_line->digest, ret_line->algorithm))
		if (!read_bsd(line, ret_line) || !ret_line->algorithm ||
		    !file_hash_is_digest(ret_line->digest, ret_line->algorithm))
			return SUMS_MALFORMED;
	if (escaped)
		ret_line->name = unescape(arena, ret_line->name);
	if (!ret_line->name.len || memchr(ret_line->name.ptr, 0, ret_line->name.len))
		return SUMS_MALFORMED;
	return SUMS_ENTRY;
}
