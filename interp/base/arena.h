/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/str.h"

/*
 * An arena owns everything that was allocated from it and gives all of it back at once. There is one per lifetime:
 * a load, a run, a posted event, an attempt. Memory is zeroed and never moves.
 */
struct arena;

struct arena *arena_new(void);

/* Frees the arena and all that came from it. Accepts NULL. */
void arena_free(struct arena *arena);

/* Forgets all that was allocated but keeps one block for the next use. */
void arena_reset(struct arena *arena);

/* size zeroed bytes, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);

/* count zeroed elements; asserts that the product does not overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* A copy of a slice, followed by a NUL that its length does not count. */
struct str arena_str(struct arena *arena, struct str text);

/* The same, as a C string. */
char *arena_cstr(struct arena *arena, struct str text);

/* Formatted text, NUL-terminated; its length does not count the NUL. */
struct str arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct str arena_vprintf(struct arena *arena, const char *format, va_list args);

/*
 * Room for one more element in a growing array that lives in the arena; the outgrown copies stay until the arena
 * goes. *capacity is the caller's.
 */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size);

/*
 * Calls release(ptr) when the arena is freed or reset, the last one first: for what an arena's object holds outside
 * of it (a compiled pattern). Its memory is still there then.
 */
void arena_defer(struct arena *arena, void (*release)(void *ptr), void *ptr);

/* Bytes taken from the system. */
size_t arena_size(const struct arena *arena);

#endif
