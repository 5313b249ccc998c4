/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/bind.h"

#include "value/target.h"

/* What a shell leaves alone. */
static bool is_plain_word(struct str word)
{
	for (size_t i = 0; i < word.len; i++) {
		char c = word.ptr[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/' ||
		    c == ':' || c == '=' || c == ',' || c == '@' || c == '%' || c == '+';

		if (!plain)
			return false;
	}
	return word.len > 0;
}

void word_show(struct buf *out, struct str word)
{
	if (is_plain_word(word)) {
		buf_str(out, word);
		return;
	}
	buf_byte(out, '\'');
	for (size_t i = 0; i < word.len; i++) {
		if (word.ptr[i] == '\'')
			buf_text(out, "'\\''");
		else
			buf_byte(out, word.ptr[i]);
	}
	buf_byte(out, '\'');
}

static void show_secret(struct buf *out, const struct value *value)
{
	for (size_t i = 0; i < value->secret.count; i++) {
		if (value->secret.parts[i].is_secret)
			buf_printf(
			    out, "${{ secrets.%.*s }}", STR_ARG(value->secret.parts[i].text));
		else
			buf_str(out, value->secret.parts[i].text);
	}
}

static void show_argv(struct buf *out, const struct value *argv)
{
	for (size_t i = 0; i < argv->list.count; i++) {
		const struct value *word = argv->list.items[i];

		if (i)
			buf_byte(out, ' ');
		if (word->type == VALUE_SECRET)
			show_secret(out, word);
		else
			word_show(out, value_text(word));
	}
}

static void show_stages(struct buf *out, const struct value *stages)
{
	for (size_t i = 0; i < stages->list.count; i++) {
		buf_text(out, i ? " | " : "");
		show_argv(out, stages->list.items[i]);
	}
}

/* A connection by where it leads, not by all it is made of. */
static void show_connection(struct buf *out, const struct value *connection)
{
	static const char *const parts[] = {"user", "host", "port", "dbname", "db"};
	static const char *const before[] = {"", "@", ":", "/", "/"};
	size_t begin = out->len;

	for (size_t i = 0; i < 5; i++) {
		const struct value *part = value_get(connection, parts[i]);

		if (!part || part->type == VALUE_SECRET || part->type == VALUE_NULL)
			continue;
		/* nobody is at a host without a user */
		buf_text(out, i == 1 && out->len == begin ? "" : before[i]);
		value_show(part, out);
	}
}

/* By their names. */
static void show_contacts(struct buf *out, const struct value *contacts)
{
	buf_byte(out, '[');
	for (size_t i = 0; i < contacts->list.count; i++) {
		buf_text(out, i ? ", " : "");
		buf_str(out, value_text(value_get(contacts->list.items[i], "name")));
	}
	buf_byte(out, ']');
}

/* What nobody said is not shown: an argument that is its parameter's preset. */
static bool is_preset(const struct param *param, const struct value *value)
{
	struct arena *arena;
	const struct value *preset;
	bool same;

	if (!param || !param->preset)
		return false;
	arena = arena_new();
	preset = bind_text(arena, param->kind, str_from(param->preset));
	same = preset && value_equal(preset, value);
	arena_free(arena);
	return same;
}

static void show_argument(const struct param *param, const struct value *value, struct buf *out)
{
	struct json json;

	if (param && param->kind == PARAM_CONTACTS && value->type == VALUE_LIST) {
		show_contacts(out, value);
	} else if (param && param->kind == PARAM_CONNECTION && value->type == VALUE_MAP) {
		show_connection(out, value);
	} else if (param && param->flags & PARAM_WORDS && value->type == VALUE_LIST) {
		buf_byte(out, '[');
		show_argv(out, value);
		buf_byte(out, ']');
	} else if (value->type == VALUE_SECRET) {
		show_secret(out, value);
	} else if (value->type == VALUE_STRING) {
		word_show(out, value_text(value));
	} else if (!value_show(value, out)) {
		json_init(&json, out);
		value_to_json(&json, value);
	}
}

static void show_library(const struct action_spec *spec, const struct value *args, struct buf *out)
{
	buf_text(out, spec->name);
	for (size_t i = 0; args->type == VALUE_MAP && i < args->map.count; i++) {
		const struct value *value = args->map.entries[i].value;
		struct str name = value_text(args->map.entries[i].key);
		const struct param *param = action_param(spec, name);

		if (value->type == VALUE_NULL || is_preset(param, value))
			continue;
		buf_printf(out, " %.*s=", STR_ARG(name));
		show_argument(param, value, out);
	}
}

void action_show(const struct action_spec *spec, const struct value *args, struct buf *out)
{
	const struct value *argv = value_get(args, "argv");
	const struct value *stages = value_get(args, "stages");
	const struct value *script = value_get(args, "script");

	if (argv && argv->type == VALUE_LIST)
		show_argv(out, argv);
	else if (stages && stages->type == VALUE_LIST)
		show_stages(out, stages);
	else if (script && script->type == VALUE_STRING)
		buf_str(out, str_trim(value_text(script)));
	else
		show_library(spec, args, out);
}

/* A word of an environment, a text: secrets by their names, line breaks as \n. */
static void show_value(struct buf *out, const struct value *value)
{
	struct str text = value_text(value);

	if (value->type != VALUE_STRING) {
		show_argument(NULL, value, out);
		return;
	}
	if (is_plain_word(text)) {
		buf_str(out, text);
		return;
	}
	buf_byte(out, '"');
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '\n')
			buf_text(out, "\\n");
		else
			buf_byte(out, text.ptr[i]);
	buf_byte(out, '"');
}

/* A line of what stands under the key, if something does. */
static void show_part(struct buf *out, const char *before, const struct value *map, const char *key)
{
	const struct value *value = value_get(map, key);

	if (!value || value->type == VALUE_NULL)
		return;
	buf_printf(out, "%s%s ", out->len ? "\n" : "", before);
	show_value(out, value);
}

static void show_target(struct buf *out, const struct value *args)
{
	const struct value *target = target_of(args);
	struct arena *arena;

	if (!target)
		return;
	arena = arena_new();
	buf_printf(out, "%s%.*s", out->len ? "\n" : "", STR_ARG(target_place(arena, target)));
	arena_free(arena);
}

void action_show_around(const struct value *args, struct buf *out)
{
	const struct value *env = value_get(args, "env");

	for (size_t i = 0; env && env->type == VALUE_MAP && i < env->map.count; i++) {
		buf_printf(out, "%s%.*s=", i ? " " : "with ",
		    STR_ARG(value_text(env->map.entries[i].key)));
		show_value(out, env->map.entries[i].value);
	}
	show_part(out, "in", args, "cwd");
	show_part(out, "reading", value_get(args, "stdin"), "file");
	show_part(out, "reading the text", value_get(args, "stdin"), "text");
	show_part(out, "writing", value_get(args, "stdout"), "file");
	show_target(out, args);
}

void action_show_written(
    const struct action_spec *spec, const struct template *args, struct buf *out)
{
	static const char *const whole[] = {"argv", "stages", "script"};

	for (size_t i = 0; i < 3; i++) {
		const struct template *part = template_get(args, str_from(whole[i]));

		if (part) {
			template_show(part, out);
			return;
		}
	}
	buf_printf(out, "%s ", spec->name);
	template_show(args, out);
}
