/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "expr/expr_eval.h"
#include "expr/func.h"

static const struct value *code_decode(struct call *call)
{
	struct str text = call->args[0]->string.text;
	const struct value *value;
	struct str error;

	if (!call_spend(call, text.len / 8))
		return call_exhausted(call);
	value = value_from_plain_json(call->arena, text, &error);
	return value ? value : call_error_at(call, 0, "this is no JSON: %.*s", STR_ARG(error));
}

/* Plain JSON, for others to read; false when a value has no such form. */
static bool encode(struct json *json, const struct value *value, const char **ret_why);

static bool encode_map(struct json *json, const struct value *value, const char **ret_why)
{
	json_open_map(json);
	for (size_t i = 0; i < value->map.count; i++) {
		if (value->map.entries[i].key->type != VALUE_STRING) {
			*ret_why = "a key that is no string";
			return false;
		}
		json_key_str(json, value->map.entries[i].key->string.text);
		if (!encode(json, value->map.entries[i].value, ret_why))
			return false;
	}
	json_close_map(json);
	return true;
}

static bool encode_list(struct json *json, const struct value *value, const char **ret_why)
{
	json_open_list(json);
	for (size_t i = 0; i < value->list.count; i++)
		if (!encode(json, value->list.items[i], ret_why))
			return false;
	json_close_list(json);
	return true;
}

static void encode_time(struct json *json, const struct value *value)
{
	struct buf text;

	buf_init(&text, 64);
	value_show(value, &text);
	json_str(json, buf_view(&text));
	buf_done(&text);
}

static bool encode(struct json *json, const struct value *value, const char **ret_why)
{
	switch (value->type) {
	case VALUE_LIST:
		return encode_list(json, value, ret_why);
	case VALUE_MAP:
		return encode_map(json, value, ret_why);
	case VALUE_DURATION:
	case VALUE_TIMESTAMP:
		encode_time(json, value);
		return true;
	case VALUE_DOUBLE:
		if (!isfinite(value->real)) {
			*ret_why = "a double that is no finite number";
			return false;
		}
		json_double(json, value->real);
		return true;
	case VALUE_NULL:
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_STRING:
		value_to_json(json, value);
		return true;
	default:
		*ret_why = value_noun(value);
		return false;
	}
}

static const struct value *code_encode(struct call *call)
{
	const struct value *result;
	const char *why = NULL;
	struct json json;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	json_init(&json, &text);
	if (!encode(&json, call->args[0], &why))
		result = call_error_at(call, 0, "JSON has no form for %s", why);
	else if (!call_spend(call, text.len / WORK_BYTES))
		result = call_exhausted(call);
	else
		result = value_string(call->arena, arena_str(call->arena, buf_view(&text)));
	buf_done(&text);
	return result;
}

/* One word for a POSIX shell; false for what has no text or holds a NUL. */
static bool quote(struct buf *out, const struct value *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "@%+=:,./-_";
	struct buf text;
	bool ok;

	buf_init(&text, BUF_UNBOUNDED);
	ok = value_show(value, &text) && !(text.len && memchr(text.ptr, '\0', text.len));
	if (ok && text.len) {
		size_t safe = 0;

		while (safe < text.len && strchr(plain, text.ptr[safe]))
			safe++;
		if (safe == text.len) {
			buf_str(out, buf_view(&text));
			buf_done(&text);
			return true;
		}
	}
	buf_byte(out, '\'');
	for (size_t i = 0; ok && i < text.len; i++)
		if (text.ptr[i] == '\'')
			buf_text(out, "'\\''");
		else
			buf_byte(out, text.ptr[i]);
	buf_byte(out, '\'');
	buf_done(&text);
	return ok;
}

static const struct value *code_quote(struct call *call)
{
	const struct value *value = call->args[0];
	bool is_list = value->type == VALUE_LIST;
	size_t count = is_list ? value->list.count : 1;
	const struct value *result = NULL;
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	for (size_t i = 0; !result && i < count; i++) {
		const struct value *word = is_list ? value->list.items[i] : value;

		if (i)
			buf_byte(&out, ' ');
		if (!quote(&out, word))
			result = call_error_at(call, 0,
			    word->type == VALUE_STRING ? "a word of a shell cannot hold a NUL byte"
						       : "%s cannot be a word of a shell",
			    takes_name(word));
		else if (!call_spend(call, out.len / 1024 + 1))
			result = call_exhausted(call);
	}
	if (!result)
		result = value_string(call->arena, arena_str(call->arena, buf_view(&out)));
	buf_done(&out);
	return result;
}

const struct function functions_json[] = {
    {"json.decode", STYLE_GLOBAL, 1, 1, {TAKES_STRING}, &type_dyn, NULL, code_decode, 0,
	"The value that a JSON text spells; numbers without point or exponent are ints."},
    {"json.encode", STYLE_GLOBAL, 1, 1, {TAKES_ANY}, &type_string, NULL, code_encode, FUNCTION_DEEP,
	"A value as JSON, durations and timestamps as strings."},
    {"shell.quote", STYLE_GLOBAL, 1, 1, {TAKES_ORDERED | TAKES_LIST}, &type_string, NULL,
	code_quote, FUNCTION_DEEP | FUNCTION_ITEMS(TAKES_ORDERED),
	"A value as one word for a POSIX shell, a list as words."},
    {0},
};
