/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/heard.h"

#include <string.h>

void heard_add(struct heard *heard, struct str bytes)
{
	size_t room = HEARD_MAX - heard->len;
	size_t len = bytes.len < room ? bytes.len : room;

	if (len)
		memcpy(heard->text + heard->len, bytes.ptr, len);
	heard->len += len;
}

struct str heard_line(const struct heard *heard)
{
	struct str text = {heard->text, heard->len};
	ptrdiff_t end = str_find(text, STR("\n"));

	return str_trim(end < 0 ? text : str_sub(text, 0, (size_t)end));
}
