/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "expr/template_parts.h"

/* Text on one line: control characters as escapes, so that nothing is hidden and nothing drives a terminal. */
static void show_line(struct str text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.ptr[i];

		if (byte == '\n')
			buf_text(out, "\\n");
		else if (byte == '\t')
			buf_text(out, "\\t");
		else if (byte < 0x20 || byte == 0x7F)
			buf_printf(out, "\\x%02x", byte);
		else
			buf_byte(out, (char)byte);
	}
}

static bool is_safe(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    (c && strchr("_@%+=:,./-", c)) || (unsigned char)c >= 0x80;
}

static bool all_safe(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_safe(text.ptr[i]))
			return false;
	return true;
}

/* Whether a word needs quotes in a shell; templates in it stand for one word's text and need none. */
static bool needs_quotes(const struct template *template)
{
	if (template->kind == TEMPLATE_EXPR)
		return false;
	if (template->kind != TEMPLATE_TEXT)
		return template->written.len == 0 || !all_safe(template->written);
	for (size_t i = 0; i < template->text.count; i++)
		if (!template->text.pieces[i].expr && !all_safe(template->text.pieces[i].literal))
			return true;
	return false;
}

static void show_word(const struct template *template, struct buf *out)
{
	if (!needs_quotes(template)) {
		show_line(template->written, out);
		return;
	}
	buf_byte(out, '\'');
	for (size_t i = 0; i < template->written.len; i++) {
		if (template->written.ptr[i] == '\'')
			buf_text(out, "'\\''");
		else
			show_line(str_sub(template->written, i, 1), out);
	}
	buf_byte(out, '\'');
}

static void show_argv(const struct template *template, struct buf *out)
{
	for (size_t i = 0; i < template->list.count; i++) {
		const struct template *item = template->list.items[i];

		if (i > 0)
			buf_byte(out, ' ');
		if (item->kind == TEMPLATE_LIST)
			show_argv(item, out);
		else
			show_word(item, out);
	}
}

static void show_list(const struct template *template, struct buf *out)
{
	buf_byte(out, '[');
	for (size_t i = 0; i < template->list.count; i++) {
		if (i > 0)
			buf_text(out, ", ");
		template_show(template->list.items[i], out);
	}
	buf_byte(out, ']');
}

static void show_map(const struct template *template, struct buf *out)
{
	buf_byte(out, '{');
	for (size_t i = 0; i < template->map.count; i++) {
		if (i > 0)
			buf_text(out, ", ");
		show_line(template->map.entries[i].name, out);
		buf_text(out, ": ");
		template_show(template->map.entries[i].value, out);
	}
	buf_byte(out, '}');
}

/* A constant that did not come from YAML. */
static void show_value(const struct value *value, struct buf *out)
{
	struct json json;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	if (value_show(value, &text)) {
		show_line(buf_view(&text), out);
	} else {
		json_init(&json, out);
		value_to_json(&json, value);
	}
	buf_done(&text);
}

void template_show(const struct template *template, struct buf *out)
{
	if (template->kind == TEMPLATE_MAP)
		show_map(template, out);
	else if (template->kind == TEMPLATE_LIST && template->flags & TEMPLATE_SPLICE)
		show_argv(template, out);
	else if (template->kind == TEMPLATE_LIST)
		show_list(template, out);
	else if (template->kind == TEMPLATE_CONSTANT && !template->written.ptr)
		show_value(template->constant, out);
	else
		show_line(str_trim(template->written), out);
}
