/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/response.h"

#include <string.h>

#include "base/utf8.h"
#include "lang/bind.h"

/* A value as `-p NAME=VALUE` reads it; false where it has no such form. */
static bool as_text(struct arena *arena, const struct value *value, struct str *ret_text)
{
	const char *why;
	struct json json;
	struct buf text;
	bool good = true;

	buf_init(&text, BUF_UNBOUNDED);
	json_init(&json, &text);
	if (value->type == VALUE_LIST || value->type == VALUE_MAP)
		good = value_to_plain_json(&json, value, &why);
	else
		good = value_show(value, &text);
	if (good)
		*ret_text = arena_str(arena, buf_view(&text));
	buf_done(&text);
	return good;
}

static void lack(struct arena *arena, struct response *response, struct str name, struct str why)
{
	response->lacking[response->lacking_count++] = (struct lacking){
	    name, arena_printf(arena, "%.*s: %.*s", STR_ARG(name), STR_ARG(why))};
}

static void tell(struct arena *arena, const struct told_param *told, const struct runbook *runbook,
    struct response *response)
{
	const struct param_decl *decl = runbook_param(runbook, told->name);
	struct param_given given = {.name = told->name};
	struct diags diags;

	if (!told->value) {
		lack(arena, response, told->name, told->why);
		return;
	}
	if (!as_text(arena, told->value, &given.text)) {
		lack(arena, response, told->name,
		    arena_printf(arena, "%s cannot be given by -p", value_noun(told->value)));
		return;
	}
	if (given.text.len && memchr(given.text.ptr, 0, given.text.len)) {
		lack(arena, response, told->name, STR("no command line can hold a NUL byte"));
		return;
	}
	diags_init(&diags);
	if (!decl_read(arena, decl, given.text, &diags))
		lack(arena, response, told->name, arena_str(arena, diags.items[0].message));
	else
		response->given[response->given_count++] = given;
	diags_done(&diags);
}

bool response_find(struct arena *arena, const struct runbook *runbook, const char *path,
    const struct alert *alert, struct response *ret_response, const struct matcher **ret_failed)
{
	const struct trigger *trigger = trigger_find(runbook, alert->labels, ret_failed);
	struct told_param *told;

	if (!trigger)
		return false;
	*ret_response = (struct response){.runbook = runbook, .path = path, .trigger = trigger};
	ret_response->given = arena_array(
	    arena, trigger->param_count, sizeof(*ret_response->given));
	ret_response->lacking = arena_array(
	    arena, trigger->param_count, sizeof(*ret_response->lacking));
	told = trigger_tell(trigger, alert, arena);
	for (size_t i = 0; i < trigger->param_count; i++)
		tell(arena, &told[i], runbook, ret_response);
	return true;
}

/* Whether a terminal would obey a part of it, or a shell could not be given it as it is. */
static bool steers(struct str word)
{
	uint32_t code;
	size_t len;

	for (size_t i = 0; i < word.len; i += len) {
		len = utf8_decode(str_sub(word, i, word.len), &code);
		if (!len || utf8_steers(code))
			return true;
	}
	return false;
}

/* $'…' (POSIX.1-2024): what is not plain ASCII by its octal number, so that nothing in it is obeyed on the way. */
static void put_word(struct buf *out, struct str word)
{
	if (!steers(word)) {
		word_show(out, word);
		return;
	}
	buf_text(out, "$'");
	for (size_t i = 0; i < word.len; i++) {
		unsigned char c = (unsigned char)word.ptr[i];

		if (c < ' ' || c > '~' || c == '\'' || c == '\\')
			buf_printf(out, "\\%03o", c);
		else
			buf_byte(out, (char)c);
	}
	buf_byte(out, '\'');
}

void response_command(const struct response *response, const char *verb, struct buf *out)
{
	struct buf word;

	buf_init(&word, BUF_UNBOUNDED);
	buf_printf(out, "reprise %s ", verb);
	for (size_t i = 0; i < response->given_count; i++) {
		buf_clear(&word);
		buf_printf(&word, "%.*s=%.*s", STR_ARG(response->given[i].name),
		    STR_ARG(response->given[i].text));
		buf_text(out, "-p ");
		put_word(out, buf_view(&word));
		buf_byte(out, ' ');
	}
	put_word(out, str_from(response->path));
	buf_done(&word);
}

int response_order(const void *a, const void *b)
{
	const struct response *x = a;
	const struct response *y = b;

	if (x->trigger->count != y->trigger->count)
		return x->trigger->count > y->trigger->count ? -1 : 1;
	return strcmp(x->path, y->path);
}
