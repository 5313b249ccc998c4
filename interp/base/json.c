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

/* What comes before a value: a comma, unless it is the first or follows its key. */
static void before(struct json *json)
{
	if (json->comma)
		buf_byte(json->out, ',');
	json->comma = true;
}

static void open_with(struct json *json, char bracket)
{
	before(json);
	buf_byte(json->out, bracket);
	json->comma = false;
}

static void close_with(struct json *json, char bracket)
{
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

void json_key_str(struct json *json, struct str key)
{
	before(json);
	json_quote(json->out, key);
	buf_byte(json->out, ':');
	json->comma = false;
}

void json_key(struct json *json, const char *key)
{
	before(json);
	buf_byte(json->out, '"');
	buf_text(json->out, key);
	buf_append(json->out, "\":", 2);
	json->comma = false;
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

static void quote_control(struct buf *out, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	static const char names[32] = {
	    ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
	char text[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};

	if (byte == '"' || byte == '\\' || (byte < 32 && names[byte])) {
		text[1] = (char)(byte < 32 ? names[byte] : (char)byte);
		buf_append(out, text, 2);
	} else {
		buf_append(out, text, 6);
	}
}

void json_quote(struct buf *out, struct str text)
{
	size_t start = 0;
	size_t i = 0;

	buf_byte(out, '"');
	while (i < text.len) {
		unsigned char byte = (unsigned char)text.ptr[i];
		uint32_t code;
		size_t len = 1;

		if (byte >= 0x80)
			len = utf8_decode(str_sub(text, i, text.len), &code);
		if (len && byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7F) {
			i += len;
			continue;
		}
		buf_append(out, text.ptr + start, i - start);
		if (len == 0)
			buf_text(out, "\xEF\xBF\xBD");
		else
			quote_control(out, byte);
		start = ++i;
	}
	if (start < i) /* an empty text may have no pointer to add to */
		buf_append(out, text.ptr + start, i - start);
	buf_byte(out, '"');
}

void json_str(struct json *json, struct str value)
{
	before(json);
	json_quote(json->out, value);
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
