/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/crc64.h"

static const uint64_t polynomial = 0x95AC9329AC4BC9B5; /* AD93D23594C935A9, its bits in reverse */

void crc64_init(struct crc64 *crc)
{
	crc->value = 0;
	for (uint64_t byte = 0; byte < 256; byte++) {
		uint64_t value = byte;

		for (int bit = 0; bit < 8; bit++)
			value = value & 1 ? value >> 1 ^ polynomial : value >> 1;
		crc->table[byte] = value;
	}
}

void crc64_add(struct crc64 *crc, struct str bytes)
{
	uint64_t value = crc->value;

	for (size_t i = 0; i < bytes.len; i++)
		value = crc->table[(value ^ (unsigned char)bytes.ptr[i]) & 0xFF] ^ value >> 8;
	crc->value = value;
}
