/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <assert.h>
#include <math.h>

#include "base/units.h"
#include "base/utf8.h"

void json_init(struct json *json, struct buf *out)
{
	*json = (struct json){.out = out};
}

void json_init_shown(struct json *json, struct buf *out, bool pretty)
{
	*json = (struct json){.out = out, .shown = true, .pretty = pretty};
}

static void new_line(struct json *json)
{
	buf_byte(json->out, '\n');
	for (size_t i = 0; i < json->depth; i++)
		buf_append(json->out, "  ", 2);
}

/* What comes before a value or a key: a comma, unless it is the first; nothing between a key and its value. */
static void before(struct json *json)
{
	if (json->comma)
		buf_byte(json->out, ',');
	if (json->pretty && json->depth && !json->keyed)
		new_line(json);
	json->comma = true;
	json->keyed = false;
}

static void open_with(struct json *json, char bracket)
{
	before(json);
	buf_byte(json->out, bracket);
	json->comma = false;
	json->depth++;
}

static void close_with(struct json *json, char bracket)
{
	json->depth--;
	if (json->pretty && json->comma)
		new_line(json);
	buf_byte(json->out, bracket);
	json->comma = true;
}

void json_open_map(struct json *json)
{
	open_with(json, '{');
}

void json_close_map(struct json *json)
{
	close_with(json, '}');
}

void json_open_list(struct json *json)
{
	open_with(json, '[');
}

void json_close_list(struct json *json)
{
	close_with(json, ']');
}

static void quote_control(struct buf *out, uint32_t code)
{
	static const char names[128] = {['\b'] = 'b',
	    ['\f'] = 'f',
	    ['\n'] = 'n',
	    ['\r'] = 'r',
	    ['\t'] = 't',
	    ['"'] = '"',
	    ['\\'] = '\\'};
	char pair[2] = {'\\', code < sizeof(names) ? names[code] : '\0'};

	if (pair[1])
		buf_append(out, pair, 2);
	else
		buf_printf(out, "\\u%04x", (unsigned)code);
}

/* Whether a code point is written as an escape; those that steer are all below U+10000. */
static bool is_escaped(uint32_t code, bool shown)
{
	return code < 0x20 || code == '"' || code == '\\' || code == 0x7F ||
	    (shown && utf8_steers(code));
}

static void quote(struct buf *out, struct str text, bool shown)
{
	size_t start = 0;
	size_t i = 0;

	buf_byte(out, '"');
	while (i < text.len) {
		uint32_t code = (unsigned char)text.ptr[i];
		size_t len = code < 0x80 ? 1 : utf8_decode(str_sub(text, i, text.len), &code);

		if (len && !is_escaped(code, shown)) {
			i += len;
			continue;
		}
		buf_append(out, text.ptr + start, i - start);
		if (len == 0)
			buf_text(out, "\xEF\xBF\xBD");
		else
			quote_control(out, code);
		i += len ? len : 1;
		start = i;
	}
	if (start < i) /* an empty text may have no pointer to add to */
		buf_append(out, text.ptr + start, i - start);
	buf_byte(out, '"');
}

static void end_key(struct json *json)
{
	buf_text(json->out, json->pretty ? ": " : ":");
	json->comma = false;
	json->keyed = true;
}

void json_key_str(struct json *json, struct str key)
{
	before(json);
	quote(json->out, key, json->shown);
	end_key(json);
}

void json_key(struct json *json, const char *key)
{
	before(json);
	buf_byte(json->out, '"');
	buf_text(json->out, key);
	buf_byte(json->out, '"');
	end_key(json);
}

void json_nothing(struct json *json)
{
	json_raw(json, STR("null"));
}

void json_bool(struct json *json, bool value)
{
	json_raw(json, value ? STR("true") : STR("false"));
}

void json_int(struct json *json, int64_t value)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		digits[--at] = '-';
	json_raw(json, (struct str){digits + at, sizeof(digits) - at});
}

void json_double(struct json *json, double value)
{
	assert(isfinite(value));
	before(json);
	units_show_double(json->out, value);
}

void json_raw(struct json *json, struct str value)
{
	before(json);
	buf_str(json->out, value);
}

void json_quote(struct buf *out, struct str text)
{
	quote(out, text, false);
}

void json_str(struct json *json, struct str value)
{
	before(json);
	quote(json->out, value, json->shown);
}

void json_text(struct json *json, const char *value)
{
	json_str(json, str_from(value));
}

void json_put_str(struct json *json, const char *key, struct str value)
{
	json_key(json, key);
	json_str(json, value);
}

void json_put_text(struct json *json, const char *key, const char *value)
{
	json_key(json, key);
	json_text(json, value);
}

void json_put_int(struct json *json, const char *key, int64_t value)
{
	json_key(json, key);
	json_int(json, value);
}

void json_put_bool(struct json *json, const char *key, bool value)
{
	json_key(json, key);
	json_bool(json, value);
}
