/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void out_of_memory(size_t size)
{
	fprintf(stderr, "reprise: out of memory (%zu bytes wanted)\n", size);
	abort();
}

void *mem_alloc(size_t size)
{
	void *ptr = calloc(1, size ? size : 1);

	if (!ptr)
		out_of_memory(size);
	return ptr;
}

void *mem_realloc(void *ptr, size_t size)
{
	void *moved = realloc(ptr, size ? size : 1);

	if (!moved)
		out_of_memory(size);
	return moved;
}

char *mem_strndup(const char *ptr, size_t len)
{
	char *copy = mem_alloc(len + 1);

	if (len)
		memcpy(copy, ptr, len);
	return copy;
}

char *mem_strdup(const char *text)
{
	return mem_strndup(text, strlen(text));
}

void *mem_grow(void *array, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return array;
	*capacity = *capacity ? *capacity * 2 : 8;
	return mem_realloc(array, *capacity * size);
}
