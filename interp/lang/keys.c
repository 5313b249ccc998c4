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

const char *keys_proxy(const struct key_table *table, const char *key)
{
	for (const struct key_pair *pair = table->proxies; pair && pair->key; pair++)
		if (str_is(str_from(key), pair->key))
			return pair->other;
	return NULL;
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
	const struct connection_spec *const *channels = reader->vocabulary->channels;
	struct buf all;
	size_t count = 0;

	buf_init(&all, BUF_UNBOUNDED);
	for (const struct key *key = table->keys; key->name; key++) {
		if (key->flags & KEY_LATER)
			continue;
		buf_printf(&all, "%s`%s`", count++ ? ", " : "", key->name);
	}
	for (size_t i = 0; table->channels && channels && channels[i]; i++)
		buf_printf(&all, "%s`%s`", count++ ? ", " : "", channels[i]->kind);
	if (count <= LISTED_KEYS)
		diag_help(reader->diags, diag, "there %s %.*s", count == 1 ? "is" : "are",
		    STR_ARG(buf_view(&all)));
	buf_done(&all);
}

/* What stood behind a comma within {…}: the rest of an expression, taken for a key. */
static bool is_rest(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr("()[]='\"&|!", text.ptr[i]) && text.ptr[i])
			return true;
	return false;
}

/* Returns the key that was probably meant, or the empty slice. */
static struct str report_unknown(
    struct reader *reader, const struct key_table *table, const struct node *name)
{
	struct str text = name->scalar.bytes;
	bool any = table->actions || table == &runbook_keys;
	const struct connection_spec *const *channels = reader->vocabulary->channels;
	const char *foreign = any ? foreign_help(FOREIGN_KEY, text) : NULL;
	struct spell spell;
	struct diag *diag;

	if (is_rest(text)) {
		diag = diag_error(reader->diags, "unknown-key", name->span, "this is no key");
		diag_help(reader->diags, diag,
		    "within {…} a comma ends the value: put the whole value before it in quotes");
		return (struct str){0};
	}
	if (table->actions && str_find(text, STR(".")) > 0) {
		diag = diag_error(reader->diags, "unknown-action", name->span,
		    "there is no action `%.*s`", STR_ARG(text));
		suggest_action(reader, diag, text);
		return (struct str){0};
	}
	spell_init(&spell, text);
	for (const struct key *key = table->keys; key->name; key++)
		spell_try(&spell, str_from(key->name));
	for (size_t i = 0; table->channels && channels && channels[i]; i++)
		spell_try(&spell, str_from(channels[i]->kind));
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

/* The keys of a table, of those with any of `flags`, or all: which of them are wanted. */
static void report_choice(struct reader *reader, const struct key_table *table,
    const struct node *map, const char *code, const char *format, unsigned flags)
{
	struct buf all;

	buf_init(&all, BUF_UNBOUNDED);
	for (const struct key *key = table->keys; key->name; key++)
		if (!flags || key->flags & flags)
			buf_printf(&all, "%s`%s`", all.len ? ", " : "", key->name);
	if (table->actions)
		buf_text(&all, ", or an action such as `file.stat`");
	diag_error(
	    reader->diags, code, keys_head(map), format, table->noun, STR_ARG(buf_view(&all)));
	buf_done(&all);
}

/* The entries of a map by the rows of its table; and the rows that something misspelt was meant for. */
struct sorted {
	const struct node_entry *rows[KEYS_MAX];
	bool meant[KEYS_MAX];
	size_t actions; /* of the library: they have no row */
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
		if (table->channels && vocabulary_channel(reader->vocabulary, name))
			return;
		if (table->actions && vocabulary_action(reader->vocabulary, name))
			sorted->actions++;
		else
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

/* The entry of a key, or NULL; true in *ret_meant when something misspelt was meant for it. */
static const struct node_entry *sorted_entry(
    const struct key_table *table, const struct sorted *sorted, const char *key, bool *ret_meant)
{
	size_t row = index_of(table, str_from(key));

	*ret_meant = sorted->meant[row];
	return sorted->rows[row];
}

static void check_pairs(
    struct reader *reader, const struct key_table *table, const struct sorted *sorted)
{
	const struct key_pair *pair;
	struct diag *diag;
	bool meant;

	for (pair = table->companions; pair && pair->key; pair++) {
		const struct node_entry *entry = sorted_entry(table, sorted, pair->key, &meant);

		if (!entry || sorted_entry(table, sorted, pair->other, &meant) || meant)
			continue;
		if (keys_proxy(table, pair->other) &&
		    (sorted_entry(table, sorted, keys_proxy(table, pair->other), &meant) || meant))
			continue;
		diag = diag_error(reader->diags, "misplaced-key", entry->key->span,
		    "`%s` needs `%s`", pair->key, pair->other);
		diag_help(reader->diags, diag, "%s", pair->why);
	}
	for (pair = table->rivals; pair && pair->key; pair++) {
		const struct node_entry *entry = sorted_entry(table, sorted, pair->key, &meant);

		if (entry && sorted_entry(table, sorted, pair->other, &meant))
			diag_error(reader->diags, "excluded", entry->key->span,
			    "`%s` cannot stand beside `%s`: %s", pair->key, pair->other, pair->why);
	}
}

/* What a table says of which keys there must be, once all of them are known. */
static void check_count(struct reader *reader, const struct key_table *table,
    const struct node *map, const struct sorted *sorted)
{
	size_t count = 0;
	bool acts = false; /* actions may stand here */
	bool enough = sorted->actions > 0;

	for (size_t i = 0; table->keys[i].name; i++) {
		count += sorted->rows[i] != NULL;
		acts |= (table->keys[i].flags & KEY_ACTION) != 0;
		enough |= sorted->rows[i] && table->keys[i].flags & (KEY_ACTION | KEY_ENOUGH);
	}
	if (table->alternatives && count != 1)
		report_choice(reader, table, map, count ? "excluded" : "missing-key",
		    "%s wants exactly one of %.*s", 0);
	else if (acts && !enough)
		report_choice(
		    reader, table, map, "empty", "%s wants one of %.*s", KEY_ACTION | KEY_ENOUGH);
}

/* A template where what it gives would come too late: most keys are read before anything runs. */
static bool refuse_template(struct reader *reader, const struct place *place)
{
	const struct node *node = place->value;
	ptrdiff_t at = node->kind == NODE_SCALAR ? str_find(node->scalar.bytes, STR("${{")) : -1;
	struct diag *diag;

	if (place->key->shape->templates || at < 0 ||
	    (place->key->shape->form == FORM_MAP && !place->key->shape->schema))
		return false; /* what wants a map says so itself */
	diag = diag_error(reader->diags, "no-template",
	    text_span(&node->scalar, (size_t)at, (size_t)at + 3), "`%s` takes no template",
	    place->key->name);
	diag_help(reader->diags, diag, "it is read before anything runs: write what it is");
	return true;
}

bool keys_read(
    struct reader *reader, const struct key_table *table, const struct node *map, void *object)
{
	struct sorted sorted = {0};
	size_t errors = reader->diags->errors;
	struct diag *diag;

	if (map->kind != NODE_MAP) {
		diag = diag_error(reader->diags, "wrong-type", map->span, "%s is a map, not %.*s",
		    table->noun, STR_ARG(node_noun(reader->arena, map)));
		list_keys(reader, diag, table);
		if (diag->help.len)
			diag_help(reader->diags, diag, "as in {%s: …}; %.*s", table->keys[0].name,
			    STR_ARG(diag->help));
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
		if (refuse_template(reader, &place))
			continue;
		if (key->flags & KEY_KEPT)
			*(struct place *)((char *)object + key->offset) = place;
		else
			key->shape->read(reader, &place, (char *)object + key->offset);
	}
	check_pairs(reader, table, &sorted);
	if (reader->diags->errors == errors)
		check_count(reader, table, map, &sorted);
	return true;
}

void place_read(struct reader *reader, const struct place *place, void *target)
{
	if (place->value)
		place->key->shape->read(reader, place, target);
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
