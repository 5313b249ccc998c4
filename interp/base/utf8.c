/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <string.h>

static bool is_tail(unsigned char byte)
{
	return (byte & 0xC0) == 0x80;
}

/* What the first byte promises: the length, and the bits it carries. */
static size_t lead(unsigned char byte, uint32_t *ret_bits)
{
	if (byte < 0x80) {
		*ret_bits = byte;
		return 1;
	}
	if (byte >= 0xC2 && byte <= 0xDF) {
		*ret_bits = byte & 0x1F;
		return 2;
	}
	if (byte >= 0xE0 && byte <= 0xEF) {
		*ret_bits = byte & 0x0F;
		return 3;
	}
	if (byte >= 0xF0 && byte <= 0xF4) {
		*ret_bits = byte & 0x07;
		return 4;
	}
	return 0;
}

size_t utf8_decode(struct str text, uint32_t *ret_code)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t code;
	size_t len;

	if (text.len == 0)
		return 0;
	len = lead((unsigned char)text.ptr[0], &code);
	if (len == 0 || len > text.len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		unsigned char byte = (unsigned char)text.ptr[i];

		if (!is_tail(byte))
			return 0;
		code = code << 6 | (byte & 0x3F);
	}
	if (code < smallest[len] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
		return 0;
	*ret_code = code;
	return len;
}

size_t utf8_encode(uint32_t code, char ret_bytes[4])
{
	if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
		code = 0xFFFD;
	if (code < 0x80) {
		ret_bytes[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		ret_bytes[0] = (char)(0xC0 | code >> 6);
		ret_bytes[1] = (char)(0x80 | (code & 0x3F));
		return 2;
	}
	if (code < 0x10000) {
		ret_bytes[0] = (char)(0xE0 | code >> 12);
		ret_bytes[1] = (char)(0x80 | (code >> 6 & 0x3F));
		ret_bytes[2] = (char)(0x80 | (code & 0x3F));
		return 3;
	}
	ret_bytes[0] = (char)(0xF0 | code >> 18);
	ret_bytes[1] = (char)(0x80 | (code >> 12 & 0x3F));
	ret_bytes[2] = (char)(0x80 | (code >> 6 & 0x3F));
	ret_bytes[3] = (char)(0x80 | (code & 0x3F));
	return 4;
}

/* Most text is ASCII: eight bytes at a time. */
static bool is_ascii8(struct str text, size_t at)
{
	uint64_t bytes;

	if (text.len - at < sizeof(bytes))
		return false;
	memcpy(&bytes, text.ptr + at, sizeof(bytes));
	return (bytes & UINT64_C(0x8080808080808080)) == 0;
}

bool utf8_valid(struct str text)
{
	size_t len;

	for (size_t at = 0; at < text.len; at += len) {
		uint32_t code;

		len = is_ascii8(text, at) ? 8 : utf8_decode(str_sub(text, at, 4), &code);
		if (len == 0)
			return false;
	}
	return true;
}

size_t utf8_count(struct str text)
{
	size_t count = 0;

	while (text.len) {
		uint32_t code;
		size_t len = utf8_decode(text, &code);

		text = str_sub(text, len ? len : 1, text.len);
		count++;
	}
	return count;
}

/* U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069, U+061C turn text. */
bool utf8_steers(uint32_t code)
{
	return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x200E || code == 0x200F ||
	    code == 0x061C || (code >= 0x202A && code <= 0x202E) ||
	    (code >= 0x2066 && code <= 0x2069);
}

bool utf8_clean(struct buf *buf, struct str text)
{
	bool ok = true;

	while (text.len) {
		uint32_t code;
		size_t len = 0;
		size_t step;

		while (
		    len < text.len && (step = utf8_decode(str_sub(text, len, text.len), &code)) > 0)
			len += step;
		ok = buf_append(buf, text.ptr, len) && ok;
		if (len < text.len) {
			ok = buf_text(buf, "\xEF\xBF\xBD") && ok;
			len++;
		}
		text = str_sub(text, len, text.len);
	}
	return ok;
}

size_t utf8_columns(struct str text)
{
	size_t columns = 0;

	while (text.len) {
		uint32_t code = 0xFFFD;
		size_t len = utf8_decode(text, &code);

		if (code >= 0x20 && code != 0x7F && !(code >= 0x300 && code <= 0x36F))
			columns++;
		text = str_sub(text, len ? len : 1, text.len);
	}
	return columns;
}
