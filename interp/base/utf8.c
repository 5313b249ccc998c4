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

/* Ranges of code points, rising. */
struct range {
	uint32_t first;
	uint32_t last;
};

/* The Unicode Standard's East_Asian_Width W and F, and emoji; neighbours with little between them are one range. */
static const struct range wide[] = {{0x1100, 0x115F}, {0x231A, 0x231B}, {0x2329, 0x232A},
    {0x23E9, 0x23EC}, {0x23F0, 0x23F3}, {0x25FD, 0x25FE}, {0x2614, 0x2615}, {0x2648, 0x2653},
    {0x267F, 0x267F}, {0x2693, 0x2693}, {0x26A1, 0x26A1}, {0x26AA, 0x26AB}, {0x26BD, 0x26BE},
    {0x26C4, 0x26C5}, {0x26CE, 0x26CE}, {0x26D4, 0x26D4}, {0x26EA, 0x26EA}, {0x26F2, 0x26F5},
    {0x26FA, 0x26FD}, {0x2705, 0x2705}, {0x270A, 0x270B}, {0x2728, 0x2728}, {0x274C, 0x274E},
    {0x2753, 0x2757}, {0x2795, 0x2797}, {0x27B0, 0x27BF}, {0x2B1B, 0x2B1C}, {0x2B50, 0x2B55},
    {0x2E80, 0x303E}, {0x3041, 0x4DBF}, {0x4E00, 0xA4CF}, {0xA960, 0xA97F}, {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF}, {0xFE10, 0xFE19}, {0xFE30, 0xFE6F}, {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6},
    {0x16FE0, 0x1B2FF}, {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F18E},
    {0x1F191, 0x1F19A}, {0x1F200, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F7E0, 0x1F7F0},
    {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}};

/* Combining marks of the scripts that have most of them, and what joins or parts letters without a place of its own. */
static const struct range narrow[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD},
    {0x0610, 0x061A}, {0x064B, 0x065F}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF}, {0x200B, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0E}, {0xFE20, 0xFE2F},
    {0xFEFF, 0xFEFF}};

static bool is_in(const struct range *ranges, size_t count, uint32_t code)
{
	while (count) { /* bisected */
		size_t middle = count / 2;

		if (code > ranges[middle].last) {
			ranges += middle + 1;
			count -= middle + 1;
		} else if (code >= ranges[middle].first) {
			return true;
		} else {
			count = middle;
		}
	}
	return false;
}

static size_t columns_of(uint32_t code)
{
	if (code < 0x20 || code == 0x7F)
		return 0;
	if (code < narrow[0].first)
		return 1;
	if (is_in(narrow, sizeof(narrow) / sizeof(*narrow), code))
		return 0;
	return is_in(wide, sizeof(wide) / sizeof(*wide), code) ? 2 : 1;
}

size_t utf8_columns(struct str text)
{
	size_t columns = 0;

	while (text.len) {
		uint32_t code = 0xFFFD;
		size_t len = utf8_decode(text, &code);

		columns += columns_of(code);
		text = str_sub(text, len ? len : 1, text.len);
	}
	return columns;
}
