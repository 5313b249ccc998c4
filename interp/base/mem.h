/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/*
 * Heap memory that cannot fail: running out of it aborts the process with a sentence, since nothing that this
 * program does next could be trusted. What is returned belongs to the caller, who gives it back with free().
 */

/* size bytes, zeroed; size 0 gives a valid pointer too. */
void *mem_alloc(size_t size);

/* Like realloc(); the new part is not zeroed. */
void *mem_realloc(void *ptr, size_t size);

/* A NUL-terminated copy of len bytes. */
char *mem_strndup(const char *ptr, size_t len);

/* A NUL-terminated copy of a C string. */
char *mem_strdup(const char *text);

/*
 * Makes room for one more element in a growing array: *array holds count of *capacity elements of the given size.
 * Doubles it when it is full.
 */
void *mem_grow(void *array, size_t count, size_t *capacity, size_t size);

#endif
