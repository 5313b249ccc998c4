/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/utf8.h"
#include "tree/tree_parts.h"

static struct span byte_span(const struct source *source, size_t at)
{
	return (struct span){source, (uint32_t)at, (uint32_t)(at < source->len ? at + 1 : at)};
}

/* The characters that YAML allows (YAML 1.2.2, production 1), as far as libyaml agrees. */
static bool is_allowed(uint32_t code)
{
	return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0x7E) ||
	    code == 0x85 || (code >= 0xA0 && code != 0xFEFF && code != 0xFFFE && code != 0xFFFF);
}

static void refuse(const struct source *source, size_t at, uint32_t code, struct diags *diags)
{
	struct str rest = {source->bytes + at, source->len - at};
	struct diag *diag;

	if (at == 0 && (str_starts(rest, STR("\xFF\xFE")) || str_starts(rest, STR("\xFE\xFF")))) {
		diag = diag_error(diags, "not-text", byte_span(source, at),
		    "this file is UTF-16, and a runbook is UTF-8");
		diag_help(diags, diag, "convert it: iconv -f UTF-16 -t UTF-8");
	} else if (rest.ptr[0] == '\0') {
		diag_error(diags, "not-text", byte_span(source, at),
		    "this file holds a NUL byte: it is a binary file, not a runbook");
	} else if (code) {
		diag = diag_error(diags, "not-text", byte_span(source, at),
		    "the character U+%04X may not stand in a runbook", (unsigned)code);
		diag_help(diags, diag,
		    "in double quotes it can be written as an escape, \"\\u%04X\"", (unsigned)code);
	} else {
		diag = diag_error(diags, "not-text", byte_span(source, at),
		    "the byte 0x%02X is not UTF-8", (unsigned)(unsigned char)rest.ptr[0]);
		diag_help(diags, diag, "save the file as UTF-8");
	}
}

/* Printable ASCII, a tab or a line break. */
static bool is_ascii_text(char byte)
{
	return (byte >= 0x20 && byte < 0x7F) || byte == '\n' || byte == '\r' || byte == '\t';
}

/* Offset of the first byte from `at` on that is something else. */
static size_t skip_ascii(const struct source *source, size_t at)
{
	while (at < source->len && is_ascii_text(source->bytes[at]))
		at++;
	return at;
}

/* Checks the character at `at`; its length, or 0 after an error was reported. */
static size_t check_char(const struct source *source, size_t at, struct diags *diags)
{
	struct str rest = {source->bytes + at, source->len - at};
	uint32_t code = 0;
	size_t len = utf8_decode(rest, &code);

	if (len && is_allowed(code))
		return len;
	refuse(source, at, len ? code : 0, diags);
	return 0;
}

bool marks_init(
    struct marks *marks, struct arena *arena, const struct source *source, struct diags *diags)
{
	struct str all = {source->bytes, source->len};
	uint32_t *bytes;
	size_t at;
	size_t index = 0;

	*marks = (struct marks){.source = source};
	if (str_starts(all, STR("\xEF\xBB\xBF")))
		marks->base = 3;
	at = skip_ascii(source, marks->base);
	if (at == source->len)
		return true;
	bytes = arena_array(arena, source->len / MARKS_STRIDE + 1, sizeof(*bytes));
	for (at = marks->base; at < source->len; index++) {
		size_t len = 1;

		if (index % MARKS_STRIDE == 0)
			bytes[index / MARKS_STRIDE] = (uint32_t)at;
		if (!is_ascii_text(source->bytes[at]))
			len = check_char(source, at, diags);
		if (len == 0)
			return false;
		at += len;
	}
	marks->bytes = bytes;
	marks->count = index;
	marks->last_byte = marks->base;
	return true;
}

uint32_t marks_byte(struct marks *marks, size_t index)
{
	const struct source *source = marks->source;
	size_t steps = index % MARKS_STRIDE;
	size_t at;

	if (!marks->bytes) {
		at = index + marks->base;
		return (uint32_t)(at < source->len ? at : source->len);
	}
	if (index >= marks->count)
		return (uint32_t)source->len;
	at = marks->bytes[index / MARKS_STRIDE];
	if (index >= marks->last_index && index - marks->last_index < steps) {
		steps = index - marks->last_index;
		at = marks->last_byte;
	}
	for (; steps > 0; steps--)
		for (at++; at < source->len && ((unsigned char)source->bytes[at] & 0xC0) == 0x80;)
			at++;
	marks->last_index = index;
	marks->last_byte = (uint32_t)at;
	return (uint32_t)at;
}
