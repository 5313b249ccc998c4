/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/keys.h"

#include <assert.h>
#include <string.h>

#include "base/spell.h"
#include "expr/foreign.h"

/* No table has more rows than this. */
enum { KEYS_MAX = 64 };

/* So many keys are told to somebody who wrote one that does not exist. */
enum { LISTED_KEYS = 8 };

static size_t index_of(const struct key_table *table, struct str name)
{
	char first = name.len ? name.ptr[0] : 0;
	size_t i = 0;

	while (table->keys[i].name &&
	    (table->keys[i].name[0] != first || !str_is(name, table->keys[i].name)))
		i++;
	return i;
}

const struct key *keys_find(const struct key_table *table, struct str name)
{
	const struct key *key = &table->keys[index_of(table, name)];

	return key->name ? key : NULL;
}

struct span keys_head(const struct node *map)
{
	if (map->kind == NODE_MAP && map->map.count)
		return map->map.entries[0].key->span;
	return map->span;
}

/* An action that is not there: a neighbour of it, or what its module has. */
static void suggest_action(struct reader *reader, struct diag *diag, struct str name)
{
	ptrdiff_t dot = str_find(name, STR("."));
	struct str module = str_sub(name, 0, (size_t)dot + 1);
	struct spell spell;
	struct buf all;

	spell_init(&spell, name);
	buf_init(&all, BUF_UNBOUNDED);
	for (size_t i = 0; reader->vocabulary->actions[i]; i++) {
		struct str known = str_from(reader->vocabulary->actions[i]->name);

		spell_try(&spell, known);
		if (str_starts(known, module))
			buf_printf(&all, "%s`%.*s`", all.len ? ", " : "", STR_ARG(known));
	}
	if (spell_best(&spell).len)
		diag_help(reader->diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
	else if (all.len)
		diag_help(reader->diags, diag, "there is %.*s", STR_ARG(buf_view(&all)));
	else
		diag_help(reader->diags, diag, "`reprise actions` lists all actions");
	buf_done(&all);
}

/* What a small table knows; a step's keys would be too many to read. */
static void list_keys(struct reader *reader, struct diag *diag, const struct key_table *table)
{
	struct buf all;
	size_t count = 0;

	buf_init(&all, BUF_UNBOUNDED);
	for (const struct key *key = table->keys; key->name; key++) {
		if (key->flags & KEY_LATER)
			continue;
		buf_printf(&all, "%s`%s`", count++ ? ", " : "", key->name);
	}
	if (count <= LISTED_KEYS)
		diag_help(reader->diags, diag, "there %s %.*s", count == 1 ? "is" : "are",
		    STR_ARG(buf_view(&all)));
	buf_done(&all);
}

/* Returns the key that was probably meant, or the empty slice. */
static struct str report_unknown(
    struct reader *reader, const struct key_table *table, const struct node *name)
{
	struct str text = name->scalar.bytes;
	bool any = table->actions || table == &runbook_keys;
	const char *foreign = any ? foreign_help(FOREIGN_KEY, text) : NULL;
	struct spell spell;
	struct diag *diag;

	if (table->actions && str_find(text, STR(".")) > 0) {
		diag = diag_error(reader->diags, "unknown-action", name->span,
		    "there is no action `%.*s`", STR_ARG(text));
		suggest_action(reader, diag, text);
		return (struct str){0};
	}
	spell_init(&spell, text);
	for (const struct key *key = table->keys; key->name; key++)
		spell_try(&spell, str_from(key->name));
	diag = diag_error(reader->diags, "unknown-key", name->span, "%s has no key `%.*s`",
	    table->noun, STR_ARG(text));
	if (foreign) {
		diag_help(reader->diags, diag, "%s", foreign);
		return (struct str){0};
	}
	if (spell_best(&spell).len)
		diag_help(reader->diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
	else
		list_keys(reader, diag, table);
	return spell_best(&spell);
}

static void report_missing(struct reader *reader, const struct key_table *table,
    const struct node *map, const struct key *key)
{
	struct diag *diag = diag_error(reader->diags, "missing-key", keys_head(map),
	    "%s needs the key `%s`", table->noun, key->name);

	diag_help(reader->diags, diag, "%s", key->doc);
}

/* The entries of a map by the rows of its table; and the rows that something misspelt was meant for. */
struct sorted {
	const struct node_entry *rows[KEYS_MAX];
	bool meant[KEYS_MAX];
};

/* Takes an entry down in its row's place; what has no row, or is not built yet, is reported. */
static void sort_entry(struct reader *reader, const struct key_table *table,
    const struct node_entry *entry, struct sorted *sorted)
{
	struct str name = entry->key->scalar.bytes;
	size_t row = index_of(table, name);
	const struct key *key = &table->keys[row];

	assert(row < KEYS_MAX);
	if (!key->name) {
		if (!table->actions || !vocabulary_action(reader->vocabulary, name))
			sorted->meant[index_of(table, report_unknown(reader, table, entry->key))] =
			    true;
		return;
	}
	if (key->flags & KEY_LATER) {
		diag_error(reader->diags, "not-built-yet", entry->key->span,
		    "`%s` of %s is not built yet", key->name, table->noun);
		reader->runbook->incomplete = true;
		return;
	}
	sorted->rows[row] = entry;
}

bool keys_read(
    struct reader *reader, const struct key_table *table, const struct node *map, void *object)
{
	struct sorted sorted = {0};

	if (map->kind != NODE_MAP) {
		diag_error(reader->diags, "wrong-type", map->span, "%s is a map, not %.*s",
		    table->noun, STR_ARG(node_noun(reader->arena, map)));
		return false;
	}
	for (size_t i = 0; i < map->map.count; i++)
		sort_entry(reader, table, &map->map.entries[i], &sorted);
	for (size_t i = 0; table->keys[i].name; i++) {
		const struct key *key = &table->keys[i];
		struct place place = {.key = key};

		if (!sorted.rows[i]) {
			if (key->flags & KEY_REQUIRED && !sorted.meant[i])
				report_missing(reader, table, map, key);
			continue;
		}
		place.name = sorted.rows[i]->key;
		place.value = sorted.rows[i]->value;
		key->read(reader, &place, (char *)object + key->offset);
	}
	return true;
}

struct str place_name(const struct place *place)
{
	return place->name->scalar.bytes;
}

struct diag *place_wrong(struct reader *reader, const struct place *place, const char *wanted)
{
	return diag_error(reader->diags, "wrong-type", place->value->span,
	    "`%.*s` wants %s, not %.*s", STR_ARG(place_name(place)), wanted,
	    STR_ARG(node_noun(reader->arena, place->value)));
}

bool node_is_text(const struct node *node)
{
	int64_t integer;
	double real;
	bool boolean;

	return node->kind == NODE_SCALAR &&
	    !(node->plain &&
		(node_is_null(node) || node_bool(node, &boolean) || node_int(node, &integer) ||
		    node_float(node, &real)));
}

bool read_name(struct reader *reader, const struct node *name, const char *noun)
{
	static const char *const reserved[] = {"true", "false", "null", "in", NULL};
	struct str text = name->scalar.bytes;
	bool good = text.len && text.ptr[0] >= 'a' && text.ptr[0] <= 'z';
	struct diag *diag;

	for (size_t i = 1; i < text.len && good; i++) {
		char c = text.ptr[i];

		good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
	}
	for (size_t i = 0; reserved[i]; i++) {
		if (!str_is(text, reserved[i]))
			continue;
		diag_error(reader->diags, "bad-name", name->span,
		    "`%s` is a word of expressions and cannot name %s", reserved[i], noun);
		return false;
	}
	if (good)
		return true;
	diag = diag_error(reader->diags, "bad-name", name->span, "`%.*s` cannot name %s",
	    STR_ARG(str_sub(text, 0, 60)), noun);
	diag_help(reader->diags, diag, "a small letter, then small letters, digits and _%s",
	    str_find(text, STR("-")) > 0 ? " (a hyphen would be a minus in an expression)" : "");
	return false;
}

size_t read_entries(struct reader *reader, const struct place *place)
{
	if (place->value->kind == NODE_MAP)
		return place->value->map.count;
	place_wrong(reader, place, "a map");
	return 0;
}
