/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_CRC64_H
#define STDLIB_CRC64_H

#include <stdint.h>

#include "base/str.h"

/*
 * The 64-bit cyclic redundancy check with the polynomial of D. T. Jones, as Redis has it: reflected, beginning with 0.
 * That of "123456789" is e9c6d914c4b8d9ca. No library has it. Plain data, embedded.
 */
struct crc64 {
	uint64_t value;
	uint64_t table[256];
};

void crc64_init(struct crc64 *crc);
void crc64_add(struct crc64 *crc, struct str bytes);

#endif
