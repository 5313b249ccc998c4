/* SPDX-License-Identifier: Apache-2.0 */
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

static const struct value *code_encode(struct call *call)
{
	const struct value *result;
	const char *why = NULL;
	struct json json;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	json_init(&json, &text);
	if (!value_to_plain_json(&json, call->args[0], &why))
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
