/* SPDX-License-Identifier: Apache-2.0 */
#include "record/text_cut.h"

#include <string.h>

size_t text_cut(struct str text, size_t max)
{
	const char *newline;

	if (text.len <= max)
		return text.len;
	newline = memrchr(text.ptr + max / 2, '\n', max - max / 2);
	if (newline)
		return (size_t)(newline - text.ptr) + 1;
	return max - text_partial(str_sub(text, 0, max));
}

size_t text_partial(struct str text)
{
	for (size_t back = 1; back <= 3 && back <= text.len; back++) {
		unsigned char byte = (unsigned char)text.ptr[text.len - back];
		size_t needs = byte < 0xC2 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;

		if ((byte & 0xC0) == 0x80)
			continue;
		return byte <= 0xF4 && needs > back ? back : 0;
	}
	return 0;
}
