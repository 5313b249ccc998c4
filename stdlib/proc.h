/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_PROC_H
#define STDLIB_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/str.h"

/*
 * Files of the kernel below /proc, which are made when they are read: sizes and seeks mean nothing. Some of them take
 * locks, so they are read in libuv's pool.
 */

/* The whole of a file, or its first `max` bytes; false, with errno set, when it cannot be read. */
bool proc_read(struct arena *arena, const char *path, size_t max, struct str *ret_text);

/* The words of the line that begins with key (":" and blanks behind it are passed over); empty when there is none. */
struct str proc_line(struct str text, struct str key);

/* Cuts the next word off *rest; the empty slice when nothing is left. */
struct str proc_word(struct str *rest);

/* The next word as a number that is not negative; -1 when it is none. */
int64_t proc_number(struct str *rest);

/* The same as a decimal fraction; -1 when it is none. */
double proc_decimal(struct str *rest);

/* A whole word, without "0x", as a hexadecimal number of 32 bits at most; -1 when it is none. */
int64_t proc_hex(struct str word);

/* Calls `each` for every process that is visible, in ascending order, until it returns false. */
void proc_each(struct arena *arena, bool (*each)(void *self, pid_t pid), void *self);

/* The name of a user, or its number where the database knows none. */
struct str proc_user(struct arena *arena, uid_t uid);

#endif
