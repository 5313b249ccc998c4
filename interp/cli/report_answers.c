/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report_answers.h"

#include <string.h>
#include <unistd.h>

#include "base/spell.h"
#include "lang/files.h"

struct reading {
	struct arena *arena;
	struct diags diags;
	struct incident_answers *answers;
};

/* Whether a row stands in a map of that name; both may be the outermost, which has none. */
static bool stands_in(const struct incident_row *row, const char *map)
{
	return row->map && map ? strcmp(row->map, map) == 0 : row->map == map;
}

/* "`checklist`"; NULL is the outermost map. */
static const char *noun_of(struct reading *reading, const char *key)
{
	return key ? arena_printf(reading->arena, "`%s`", key).ptr : "a file of answers";
}

static void wrong_type(struct reading *reading, const struct node *node, const char *key,
    const char *wanted, const char *help)
{
	struct diag *diag = diag_error(&reading->diags, "wrong-type", node->span,
	    "%s wants %s, not %.*s", noun_of(reading, key), wanted,
	    STR_ARG(node_noun(reading->arena, node)));

	diag_help(&reading->diags, diag, "%s", help);
}

/* One text of an answer, looked at in its form. */
static bool read_text(
    struct reading *reading, enum incident_key key, const struct node *node, struct str *ret_text)
{
	const struct incident_row *row = &incident_rows[key];
	struct diag *diag;
	struct str what;
	int64_t at_us;

	if (node->kind != NODE_SCALAR || node_is_null(node)) {
		wrong_type(reading, node, row->name, "a text", row->hint);
		return false;
	}
	*ret_text = arena_str(reading->arena, node->scalar.bytes);
	if (row->form == INCIDENT_TIME && !incident_time(*ret_text, 0, &at_us)) {
		diag = diag_error(&reading->diags, "wrong-value", node->span,
		    "`%s` wants a time, not %.*s", row->name,
		    STR_ARG(node_noun(reading->arena, node)));
		diag_help(&reading->diags, diag,
		    "03:04, or 2026-11-22 03:04 where the day is not the run's; UTC");
		return false;
	}
	if (row->form == INCIDENT_EVENTS && !incident_event(*ret_text, 0, &at_us, &what)) {
		diag = diag_error(&reading->diags, "wrong-value", node->span,
		    "each of `%s` wants a time and what happened", row->name);
		diag_help(&reading->diags, diag, "\"03:04 - the shop was switched off\"; UTC");
		return false;
	}
	return true;
}

static void read_answer(struct reading *reading, enum incident_key key, const struct node *node)
{
	const struct incident_row *row = &incident_rows[key];
	bool is_list = row->form == INCIDENT_TEXTS || row->form == INCIDENT_EVENTS;
	size_t count = is_list && node->kind == NODE_LIST ? node->list.count : 1;
	struct str *items = arena_array(reading->arena, count ? count : 1, sizeof(*items));
	size_t taken = 0;

	if (node_is_null(node))
		return;
	if (is_list && node->kind != NODE_LIST) {
		wrong_type(reading, node, row->name, "a list", row->hint);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (read_text(reading, key, is_list ? node->list.items[i] : node, &items[taken]))
			taken += str_trim(items[taken]).len > 0;
	reading->answers->by_key[key] = (struct incident_answer){items, taken};
}

static void read_map(struct reading *reading, const char *map, const struct node *node);

static void report_unknown(struct reading *reading, const char *map, const struct node *key)
{
	struct diag *diag = diag_error(&reading->diags, "unknown-key", key->span,
	    "%s has no key `%.*s`", noun_of(reading, map), STR_ARG(key->scalar.bytes));
	struct spell spell;
	struct buf all;

	buf_init(&all, BUF_UNBOUNDED);
	spell_init(&spell, key->scalar.bytes);
	for (size_t i = 0; i < INCIDENT_KEYS; i++) {
		const struct incident_row *row = &incident_rows[i];
		bool begins = row->map && !map &&
		    (i == 0 || !stands_in(&incident_rows[i - 1], row->map));
		const char *name = begins ? row->map : stands_in(row, map) ? row->name : NULL;

		if (!name)
			continue;
		spell_try(&spell, str_from(name));
		buf_printf(&all, "%s`%s`", all.len ? ", " : "", name);
	}
	if (spell_best(&spell).len)
		diag_help(
		    &reading->diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
	else
		diag_help(&reading->diags, diag, "there are %.*s", STR_ARG(buf_view(&all)));
	buf_done(&all);
}

static void read_entry(struct reading *reading, const char *map, const struct node_entry *entry)
{
	struct str name = entry->key->scalar.bytes;

	for (size_t i = 0; i < INCIDENT_KEYS; i++) {
		const struct incident_row *row = &incident_rows[i];

		if (stands_in(row, map) && str_is(name, row->name)) {
			read_answer(reading, i, entry->value);
			return;
		}
		if (!map && row->map && str_is(name, row->map)) {
			if (!node_is_null(entry->value))
				read_map(reading, row->map, entry->value);
			return;
		}
	}
	report_unknown(reading, map, entry->key);
}

static void read_map(struct reading *reading, const char *map, const struct node *node)
{
	if (node->kind != NODE_MAP) {
		wrong_type(reading, node, map, "a map",
		    "reprise report --format answers RUN writes one to be filled in");
		return;
	}
	for (size_t i = 0; i < node->map.count; i++)
		read_entry(reading, map, &node->map.entries[i]);
}

static void read_file(struct reading *reading, struct files *files, const char *path)
{
	struct file *file = files_open(files, path, (struct span){0}, &reading->diags);
	const struct node *tree = file ? file_tree(files, file, &reading->diags) : NULL;

	if (!file)
		diag_help(&reading->diags, &reading->diags.items[reading->diags.count - 1],
		    "reprise report --format answers RUN >%s writes one to be filled in", path);
	if (tree && !node_is_null(tree))
		read_map(reading, NULL, tree);
}

bool report_answers_read(const struct invocation *invocation, const char *path, struct arena *arena,
    struct incident_answers *ret_answers)
{
	struct reading reading = {.arena = arena, .answers = ret_answers};
	struct files files;
	struct buf out;
	bool ok;

	*ret_answers = (struct incident_answers){0};
	diags_init(&reading.diags);
	files_init(&files, arena);
	read_file(&reading, &files, path);
	ok = reading.diags.errors == 0;
	buf_init(&out, BUF_UNBOUNDED);
	diags_render(&reading.diags, wants_color(invocation, STDERR_FILENO), &out);
	print_text(STDERR_FILENO, out.ptr, out.len);
	buf_done(&out);
	files_done(&files);
	diags_done(&reading.diags);
	return ok;
}
