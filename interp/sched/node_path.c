/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/node_path.h"

#include <string.h>

struct str node_above(struct str node)
{
	size_t len = node.len;

	while (len > 0 && node.ptr[len - 1] != '/' && node.ptr[len - 1] != '[')
		len--;
	if (len == 0)
		return (struct str){0};
	node = str_sub(node, 0, --len);
	while (len > 0 && node.ptr[len - 1] >= '0' && node.ptr[len - 1] <= '9')
		len--;
	return len > 0 && node.ptr[len - 1] == '#' ? str_sub(node, 0, len - 1) : node;
}

struct str node_written(struct arena *arena, struct str node)
{
	char *text;
	size_t len = 0;
	bool counts = false;

	if (!node.len || (!memchr(node.ptr, '#', node.len) && !memchr(node.ptr, '[', node.len)))
		return node;
	text = arena_cstr(arena, node);
	for (size_t i = 0; i < node.len; i++) {
		char byte = node.ptr[i];

		if (byte == '#' || byte == '[')
			counts = true;
		if (byte == '/')
			counts = false;
		if (!counts)
			text[len++] = byte;
	}
	text[len] = '\0';
	return (struct str){text, len};
}
