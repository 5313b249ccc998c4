/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_SYSTEM_H
#define LAUNCH_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What programs without the rooms ask of the kernel in more than a line. */

/* Monotonic, in microseconds. */
int64_t system_clock_us(void);

/* All of the bytes, waiting where it must; false with errno when not all could be written. */
bool system_write(int fd, const char *bytes, size_t len);

#endif
