/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/utf8.h"
#include "expr/expr_eval.h"
#include "expr/func.h"

/* Positions in strings are code points: an ill-formed byte counts as one. */

static struct str text_of(const struct call *call, uint32_t arg)
{
	return call->args[arg]->string.text;
}

static const struct value *make(struct call *call, struct str text)
{
	return value_string(call->arena, text);
}

/* A search through a text is cheap a byte, but not free. */
static bool spend_search(struct call *call, struct str text)
{
	return call_spend(call, text.len / ((size_t)WORK_BYTES * 16));
}

static const struct value *code_contains(struct call *call)
{
	if (!spend_search(call, text_of(call, 0)))
		return call_exhausted(call);
	return value_bool(str_find(text_of(call, 0), text_of(call, 1)) >= 0);
}

static const struct value *code_starts(struct call *call)
{
	if (!spend_search(call, text_of(call, 1)))
		return call_exhausted(call);
	return value_bool(str_starts(text_of(call, 0), text_of(call, 1)));
}

static const struct value *code_ends(struct call *call)
{
	if (!spend_search(call, text_of(call, 1)))
		return call_exhausted(call);
	return value_bool(str_ends(text_of(call, 0), text_of(call, 1)));
}

static size_t step(struct str text, size_t at)
{
	uint32_t code;
	size_t len = utf8_decode(str_sub(text, at, 4), &code);

	return len ? len : 1;
}

/*
 * The byte at which the code point begins that an argument tells the position of, up to the end of the text. False
 * with *ret_error set when it lies outside.
 */
static bool byte_of(
    struct call *call, uint32_t arg, size_t *ret_byte, const struct value **ret_error)
{
	struct str text = text_of(call, 0);
	int64_t index = call->args[arg]->integer;
	size_t at = 0;

	for (; index > 0 && at < text.len; index--)
		at += step(text, at);
	*ret_byte = at;
	if (!call_spend(call, at / WORK_BYTES))
		*ret_error = call_exhausted(call);
	else if (index)
		*ret_error = call_error_at(call, arg, "the position %lld is outside of the text",
		    (long long)call->args[arg]->integer);
	else
		return true;
	return false;
}

static const struct value *code_char_at(struct call *call)
{
	struct str text = text_of(call, 0);
	const struct value *error;
	size_t at;

	if (!byte_of(call, 1, &at, &error))
		return error;
	return make(call, str_sub(text, at, at < text.len ? step(text, at) : 0));
}

static const struct value *code_substring(struct call *call)
{
	const struct value *error;
	size_t start;
	size_t end = text_of(call, 0).len;

	if (!byte_of(call, 1, &start, &error) ||
	    (call->count > 2 && !byte_of(call, 2, &end, &error)))
		return error;
	if (end < start)
		return call_error_at(call, 2, "the end lies before the start");
	return make(call, str_sub(text_of(call, 0), start, end - start));
}

static const struct value *code_index_of(struct call *call)
{
	struct str text = text_of(call, 0);
	int64_t from = call->count > 2 ? call->args[2]->integer : 0;
	const struct value *error;
	ptrdiff_t found;
	size_t start = 0;

	if (call->count > 2 && !byte_of(call, 2, &start, &error))
		return error;
	if (!spend_search(call, text))
		return call_exhausted(call);
	found = str_find(str_sub(text, start, text.len), text_of(call, 1));
	if (found < 0)
		return value_int(call->arena, -1);
	if (!call_spend(call, (size_t)found / WORK_BYTES))
		return call_exhausted(call);
	return value_int(
	    call->arena, from + (int64_t)utf8_count(str_sub(text, start, (size_t)found)));
}

static const struct value *code_last_index_of(struct call *call)
{
	struct str text = text_of(call, 0);
	struct str part = text_of(call, 1);
	const struct value *error;
	size_t at = text.len;

	if (call->count > 2 && !byte_of(call, 2, &at, &error))
		return error;
	if (part.len > text.len)
		return value_int(call->arena, -1);
	if (at > text.len - part.len)
		at = text.len - part.len;
	if (!call_spend(call, text.len / WORK_BYTES * (part.len / 64 + 1)))
		return call_exhausted(call);
	/* a part that is well-formed begins only where a code point does */
	for (size_t i = at + 1; i > 0; i--)
		if (str_starts(str_sub(text, i - 1, text.len), part))
			return value_int(call->arena, (int64_t)utf8_count(str_sub(text, 0, i - 1)));
	return value_int(call->arena, -1);
}

static const struct value *change_case(struct call *call, char from, char to)
{
	struct str text = text_of(call, 0);
	char *out;

	if (!call_spend(call, text.len / WORK_BYTES))
		return call_exhausted(call);
	out = arena_cstr(call->arena, text);
	for (size_t i = 0; i < text.len; i++)
		if (out[i] >= from && out[i] < from + 26)
			out[i] = (char)(out[i] - from + to);
	return make(call, (struct str){out, text.len});
}

static const struct value *code_lower(struct call *call)
{
	return change_case(call, 'A', 'a');
}

static const struct value *code_upper(struct call *call)
{
	return change_case(call, 'a', 'A');
}

/* Unicode's White_Space. */
static bool is_space(uint32_t code)
{
	return code == ' ' || (code >= 9 && code <= 13) || code == 0x85 || code == 0xA0 ||
	    code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
	    code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

static const struct value *code_trim(struct call *call)
{
	struct str text = text_of(call, 0);
	uint32_t code;
	size_t len;
	size_t end = 0;

	while ((len = utf8_decode(text, &code)) && is_space(code))
		text = str_sub(text, len, text.len);
	if (!call_spend(call, text.len / WORK_BYTES))
		return call_exhausted(call);
	for (size_t at = 0; at < text.len; at += len) {
		len = utf8_decode(str_sub(text, at, 4), &code);
		if (!len || !is_space(code))
			end = at + (len ? len : 1);
		len = len ? len : 1;
	}
	return make(call, str_sub(text, 0, end));
}

struct parts {
	struct call *call;
	const struct value **items;
	size_t count;
	size_t capacity;
};

static bool add_part(struct parts *parts, struct str text)
{
	parts->items = arena_grow(parts->call->arena, parts->items, parts->count, &parts->capacity,
	    sizeof(*parts->items));
	parts->items[parts->count++] = make(parts->call, text);
	return call_spend(parts->call, 1);
}

static const struct value *code_split(struct call *call)
{
	struct parts parts = {.call = call};
	struct str rest = text_of(call, 0);
	struct str glue = text_of(call, 1);
	int64_t limit = call->count > 2 ? call->args[2]->integer : -1;

	if (limit == 0)
		return value_list(call->arena, NULL, 0);
	if (!call_spend(call, rest.len / WORK_BYTES))
		return call_exhausted(call);
	while (limit < 0 || (int64_t)parts.count + 1 < limit) {
		ptrdiff_t at = str_find(rest, glue);

		if (glue.len == 0) /* between code points, not around them */
			at = rest.len && step(rest, 0) < rest.len ? (ptrdiff_t)step(rest, 0) : -1;
		if (at < 0)
			break;
		if (!add_part(&parts, str_sub(rest, 0, (size_t)at)))
			return call_exhausted(call);
		rest = str_sub(rest, (size_t)at + glue.len, rest.len);
	}
	if (rest.len || glue.len)
		add_part(&parts, rest);
	return value_list(call->arena, parts.items, parts.count);
}

/* An empty part stands before each code point and at the end. */
static const struct value *code_replace(struct call *call)
{
	struct str text = text_of(call, 0);
	struct str part = text_of(call, 1);
	struct str with = text_of(call, 2);
	int64_t limit = call->count > 3 ? call->args[3]->integer : -1;
	const struct value *result;
	struct buf out;
	size_t at = 0;

	buf_init(&out, BUF_UNBOUNDED);
	while (limit != 0) {
		struct str rest = str_sub(text, at, text.len);
		ptrdiff_t found = str_find(rest, part);
		size_t skip = part.len;

		if (found < 0 || !call_spend(call, ((size_t)found + with.len) / WORK_BYTES + 1))
			break;
		buf_append(&out, rest.ptr, (size_t)found);
		buf_str(&out, with);
		at += (size_t)found + skip;
		limit -= limit > 0;
		if (part.len)
			continue;
		if (rest.len == 0)
			break;
		buf_append(&out, rest.ptr, step(rest, 0));
		at += step(rest, 0);
	}
	if (at <= text.len)
		buf_str(&out, str_sub(text, at, text.len));
	result = call_spend(call, out.len / WORK_BYTES)
	    ? make(call, arena_str(call->arena, buf_view(&out)))
	    : call_exhausted(call);
	buf_done(&out);
	return result;
}

#define ASK STYLE_METHOD, 2, 2, {TAKES_STRING, TAKES_STRING}, &type_bool, NULL
#define TURN STYLE_METHOD, 1, 1, {TAKES_STRING}, &type_string, NULL

const struct function functions_string[] = {
    {"contains", ASK, code_contains, 0, "Whether the part stands in the text."},
    {"startsWith", ASK, code_starts, 0, "Whether the text begins so."},
    {"endsWith", ASK, code_ends, 0, "Whether the text ends so."},
    {"charAt", STYLE_METHOD, 2, 2, {TAKES_STRING, TAKES_INT}, &type_string, NULL, code_char_at, 0,
	"The code point at a position, from 0; at the end the empty text."},
    {"substring", STYLE_METHOD, 2, 3, {TAKES_STRING, TAKES_INT}, &type_string, NULL, code_substring,
	0, "From a position on, up to, not with, a second one."},
    {"indexOf", STYLE_METHOD, 2, 3, {TAKES_STRING, TAKES_STRING, TAKES_INT}, &type_int, NULL,
	code_index_of, 0, "Where the part first stands, at or behind a position; -1: nowhere."},
    {"lastIndexOf", STYLE_METHOD, 2, 3, {TAKES_STRING, TAKES_STRING, TAKES_INT}, &type_int, NULL,
	code_last_index_of, 0, "Where the part last stands, at or before a position; -1: nowhere."},
    {"lowerAscii", TURN, code_lower, 0, "With A to Z as a to z."},
    {"upperAscii", TURN, code_upper, 0, "With a to z as A to Z."},
    {"trim", TURN, code_trim, 0, "Without white space at both ends."},
    {"split", STYLE_METHOD, 2, 3, {TAKES_STRING, TAKES_STRING, TAKES_INT}, &type_list_of_string,
	NULL, code_split, 0, "The parts between the separators, at most as many as given."},
    {"replace", STYLE_METHOD, 3, 4, {TAKES_STRING, TAKES_STRING, TAKES_STRING, TAKES_INT},
	&type_string, NULL, code_replace, 0,
	"With a part replaced wherever it stands, or at most so many times."},
    {0},
};
