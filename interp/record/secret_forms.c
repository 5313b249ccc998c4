/* SPDX-License-Identifier: Apache-2.0 */
#include "record/secret_forms.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "record/base64.h"
#include "record/redact.h"

enum { BASE64_SHORTEST = 4 };

struct forms {
	struct str secret;
	void (*add)(void *context, struct str form);
	void *context;
};

static void add_form(const struct forms *forms, struct str form, size_t shortest)
{
	if (form.len >= shortest)
		forms->add(forms->context, form);
}

static const char *hex_digits(bool upper)
{
	return upper ? "0123456789ABCDEF" : "0123456789abcdef";
}

/* A secret of several lines is often shown line by line. */
static void add_lines(const struct forms *forms)
{
	struct str rest = forms->secret;
	struct str line;

	if (!memchr(rest.ptr, '\n', rest.len))
		return;
	while (str_line(&rest, &line))
		add_form(forms, str_trim(line), SECRET_SHORT);
}

/* How a JSON writer may differ from the plainest one. */
enum json_habit {
	ESCAPE_UNICODE = 1,
	ESCAPE_SLASH = 2,
	ESCAPE_HTML = 4,
	UPPER_HEX = 8,
	HABITS = 16
};

static void put_unicode_escape(struct buf *out, uint32_t code, bool upper)
{
	const char *digits = hex_digits(upper);
	char text[6] = {'\\', 'u', digits[code >> 12 & 15], digits[code >> 8 & 15],
	    digits[code >> 4 & 15], digits[code & 15]};

	if (code >= 0x10000) {
		code -= 0x10000;
		put_unicode_escape(out, 0xD800 + (code >> 10), upper);
		put_unicode_escape(out, 0xDC00 + (code & 0x3FF), upper);
		return;
	}
	buf_append(out, text, sizeof(text));
}

static void put_json_code(struct buf *out, uint32_t code, struct str bytes, int habits)
{
	static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	bool html = code == '<' || code == '>' || code == '&';

	for (size_t i = 0; i + 1 < sizeof(shorts); i += 2)
		if (code == (unsigned char)shorts[i]) {
			buf_byte(out, '\\');
			buf_byte(out, shorts[i + 1]);
			return;
		}
	if (code == '/' && (habits & ESCAPE_SLASH))
		buf_text(out, "\\/");
	else if (code < 0x20 || (html && (habits & ESCAPE_HTML)) ||
	    (code >= 0x7F && (habits & ESCAPE_UNICODE)))
		put_unicode_escape(out, code, habits & UPPER_HEX);
	else
		buf_str(out, bytes);
}

static void add_json(const struct forms *forms, struct buf *scratch)
{
	for (int habits = 0; habits < HABITS; habits++) {
		struct str rest = forms->secret;

		buf_clear(scratch);
		while (rest.len) {
			uint32_t code = 0;
			size_t len = utf8_decode(rest, &code);

			if (len)
				put_json_code(scratch, code, str_sub(rest, 0, len), habits);
			else
				buf_byte(scratch, rest.ptr[0]);
			rest = str_sub(rest, len ? len : 1, rest.len);
		}
		add_form(forms, buf_view(scratch), SECRET_SHORTEST);
	}
}

static bool is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    (c && strchr("-_.~", c));
}

static void add_url(const struct forms *forms, struct buf *scratch)
{
	/* what is left as it is beside the unreserved: by RFC 3986, by paths, by JavaScript, by forms, by whole URLs */
	static const char *const kept[] = {"", "/", "!'()*", "+", "!'()*/:;,?@&=+$#"};
	struct str secret = forms->secret;

	for (size_t way = 0; way < 2 * sizeof(kept) / sizeof(*kept); way++) {
		const char *digits = hex_digits(way % 2);
		const char *plain = kept[way / 2];
		bool form = str_is(str_from(plain), "+");

		buf_clear(scratch);
		for (size_t i = 0; i < secret.len; i++) {
			unsigned char byte = (unsigned char)secret.ptr[i];
			char text[3] = {'%', digits[byte >> 4], digits[byte & 15]};

			if (form && byte == ' ')
				buf_byte(scratch, '+');
			else if (is_unreserved((char)byte) ||
			    (!form && byte && strchr(plain, byte)))
				buf_byte(scratch, (char)byte);
			else
				buf_append(scratch, text, sizeof(text));
		}
		add_form(forms, buf_view(scratch), SECRET_SHORTEST);
	}
}

/*
 * Base64 of a text that contains the secret after 0, 1 or 2 bytes more than a multiple of three: the digits that hang
 * on the secret alone.
 */
static void add_base64(const struct forms *forms, struct buf *scratch)
{
	struct buf bytes;

	buf_init(&bytes, BUF_UNBOUNDED);
	for (size_t before = 0; before < 3; before++) {
		size_t from = (8 * before + 5) / 6;
		size_t to = 8 * (before + forms->secret.len) / 6;
		struct str digits;

		buf_clear(&bytes);
		buf_append(&bytes, "\0\0", before);
		buf_str(&bytes, forms->secret);
		buf_clear(scratch);
		base64_encode(scratch, buf_view(&bytes));
		digits = str_sub(buf_view(scratch), from, to - from);
		add_form(forms, digits, BASE64_SHORTEST);
		for (size_t i = from; i < to; i++)
			scratch->ptr[i] = scratch->ptr[i] == '+' ? '-'
			    : scratch->ptr[i] == '/'             ? '_'
								 : scratch->ptr[i];
		add_form(forms, digits, BASE64_SHORTEST);
	}
	buf_done(&bytes);
}

static void add_hex(const struct forms *forms, struct buf *scratch)
{
	for (int upper = 0; upper < 2; upper++) {
		const char *digits = hex_digits(upper);

		buf_clear(scratch);
		for (size_t i = 0; i < forms->secret.len; i++) {
			buf_byte(scratch, digits[(unsigned char)forms->secret.ptr[i] >> 4]);
			buf_byte(scratch, digits[(unsigned char)forms->secret.ptr[i] & 15]);
		}
		add_form(forms, buf_view(scratch), SECRET_SHORTEST);
	}
}

/* Between double quotes, as `.env` files have it, and between single ones, in the two ways of writing those. */
static void add_shell(const struct forms *forms, struct buf *scratch)
{
	static const char *const ways[][3] = {
	    {"\"\\$`", "\\", ""}, {"'", "'\\", "'"}, {"'", "'\"", "\"'"}};

	for (size_t way = 0; way < sizeof(ways) / sizeof(*ways); way++) {
		buf_clear(scratch);
		for (size_t i = 0; i < forms->secret.len; i++) {
			char byte = forms->secret.ptr[i];
			bool special = byte && strchr(ways[way][0], byte);

			buf_text(scratch, special ? ways[way][1] : "");
			buf_byte(scratch, byte);
			buf_text(scratch, special ? ways[way][2] : "");
		}
		add_form(forms, buf_view(scratch), SECRET_SHORTEST);
	}
}

void secret_forms(struct str secret, void (*add)(void *context, struct str form), void *context)
{
	struct forms forms = {secret, add, context};
	struct buf scratch;

	if (!secret_is_maskable(secret))
		return;
	buf_init(&scratch, BUF_UNBOUNDED);
	add_form(&forms, secret, SECRET_SHORTEST);
	add_lines(&forms);
	add_json(&forms, &scratch);
	add_shell(&forms, &scratch);
	add_url(&forms, &scratch);
	add_base64(&forms, &scratch);
	add_hex(&forms, &scratch);
	buf_done(&scratch);
}
