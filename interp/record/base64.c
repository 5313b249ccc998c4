/* SPDX-License-Identifier: Apache-2.0 */
#include "record/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool base64_encode(struct buf *out, struct str bytes)
{
	size_t len = (bytes.len + 2) / 3 * 4;
	char *to = buf_reserve(out, len);

	if (len == 0 || !to)
		return len == 0;
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t left = bytes.len - i;
		uint32_t three = (uint32_t)(unsigned char)bytes.ptr[i] << 16;

		if (left > 1)
			three |= (uint32_t)(unsigned char)bytes.ptr[i + 1] << 8;
		if (left > 2)
			three |= (uint32_t)(unsigned char)bytes.ptr[i + 2];
		*to++ = alphabet[three >> 18];
		*to++ = alphabet[three >> 12 & 63];
		*to++ = left > 1 ? alphabet[three >> 6 & 63] : '=';
		*to++ = left > 2 ? alphabet[three & 63] : '=';
	}
	buf_added(out, len);
	return true;
}

static int digit_value(char digit)
{
	if (digit >= 'A' && digit <= 'Z')
		return digit - 'A';
	if (digit >= 'a' && digit <= 'z')
		return digit - 'a' + 26;
	if (digit >= '0' && digit <= '9')
		return digit - '0' + 52;
	return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

bool base64_decode(struct buf *out, struct str digits)
{
	size_t pad = 0;

	if (digits.len % 4)
		return false;
	while (pad < 2 && pad < digits.len && digits.ptr[digits.len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < digits.len; i += 4) {
		size_t skipped = i + 4 == digits.len ? pad : 0;
		uint32_t three = 0;
		char bytes[3];

		for (size_t k = 0; k < 4; k++) {
			int value = k < 4 - skipped ? digit_value(digits.ptr[i + k]) : 0;

			if (value < 0)
				return false;
			three = three << 6 | (uint32_t)value;
		}
		bytes[0] = (char)(three >> 16);
		bytes[1] = (char)(three >> 8);
		bytes[2] = (char)three;
		/* bits that stand for no byte must be zero: one form alone is right */
		if ((skipped == 1 && bytes[2]) || (skipped == 2 && (bytes[1] || bytes[2])) ||
		    !buf_append(out, bytes, 3 - skipped))
			return false;
	}
	return true;
}
