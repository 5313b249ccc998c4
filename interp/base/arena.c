/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"

/* An arena that has grown to blocks of FAULT_IN bytes will use them up: their pages are asked for at once. */
enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20, FAULT_IN = 256 << 10, PAGE = 4096 };

struct block {
	struct block *next;
	size_t size;
	size_t used;
	alignas(max_align_t) char data[];
};

/* Lives in the arena itself. */
struct deferred {
	struct deferred *next;
	void (*release)(void *ptr);
	void *ptr;
};

struct arena {
	struct block *blocks; /* the newest first */
	struct deferred *deferred; /* the newest first */
	size_t next_size;
	size_t total; /* of the blocks, with their heads */
};

struct arena *arena_new(void)
{
	struct arena *arena = mem_alloc(sizeof(*arena));

	arena->next_size = FIRST_BLOCK;
	return arena;
}

static void free_blocks(struct block *block)
{
	while (block) {
		struct block *next = block->next;

		free(block);
		block = next;
	}
}

void arena_defer(struct arena *arena, void (*release)(void *ptr), void *ptr)
{
	struct deferred *deferred = arena_alloc(arena, sizeof(*deferred));

	*deferred = (struct deferred){arena->deferred, release, ptr};
	arena->deferred = deferred;
}

static void release_deferred(struct arena *arena)
{
	for (struct deferred *it = arena->deferred; it; it = it->next)
		it->release(it->ptr);
	arena->deferred = NULL;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	release_deferred(arena);
	free_blocks(arena->blocks);
	free(arena);
}

void arena_reset(struct arena *arena)
{
	struct block *kept = arena->blocks;

	release_deferred(arena);
	if (!kept)
		return;
	free_blocks(kept->next);
	kept->next = NULL;
	if (kept->size > LARGEST_BLOCK) {
		free(kept);
		arena->blocks = NULL;
		arena->total = 0;
		return;
	}
	arena->total = sizeof(*kept) + kept->size;
	memset(kept->data, 0, kept->used);
	kept->used = 0;
}

/*
 * A page fault costs half a microsecond on bare metal and ten times that on some virtual machines: more than what is
 * then written there. Where the kernel does not know the advice (before Linux 5.14), pages come one by one.
 */
static void fault_in(struct block *block)
{
	uintptr_t start = ((uintptr_t)block + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
	uintptr_t end = ((uintptr_t)block->data + block->size) & ~(uintptr_t)(PAGE - 1);

	if (end > start)
		(void)madvise((void *)start, end - start, MADV_POPULATE_WRITE);
}

static struct block *add_block(struct arena *arena, size_t wanted)
{
	size_t size = arena->next_size;
	struct block *block;

	if (size < LARGEST_BLOCK)
		arena->next_size = size * 2;
	if (size < wanted)
		size = wanted;
	block = mem_alloc(sizeof(*block) + size);
	block->size = size;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->total += sizeof(*block) + size;
	if (size >= FAULT_IN)
		fault_in(block);
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct block *block = arena->blocks;
	void *ptr;

	assert(size <= SIZE_MAX / 2);
	size = (size + align - 1) & ~(align - 1);
	if (!block || block->size - block->used < size)
		block = add_block(arena, size);
	ptr = block->data + block->used;
	block->used += size;
	return ptr;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	assert(size == 0 || count <= SIZE_MAX / 2 / size);
	return arena_alloc(arena, count * size);
}

struct str arena_str(struct arena *arena, struct str text)
{
	return (struct str){arena_cstr(arena, text), text.len};
}

char *arena_cstr(struct arena *arena, struct str text)
{
	char *copy = arena_alloc(arena, text.len + 1);

	if (text.len)
		memcpy(copy, text.ptr, text.len);
	return copy;
}

struct str arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	int len;
	char *text;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	assert(len >= 0);
	text = arena_alloc(arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, args);
	return (struct str){text, (size_t)len};
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	struct str text;

	va_start(args, format);
	text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size)
{
	void *moved;

	if (count < *capacity)
		return array;
	*capacity = *capacity ? *capacity * 2 : 4;
	moved = arena_array(arena, *capacity, size);
	if (count)
		memcpy(moved, array, count * size);
	return moved;
}

size_t arena_size(const struct arena *arena)
{
	return sizeof(*arena) + arena->total;
}
