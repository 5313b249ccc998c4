/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "view/comparison_parts.h"

/* A map of more entries, or what lies deeper, is compared as one. */
enum { ENTRIES_MAX = 500, DEPTH_MAX = 12 };

bool fields_are_same(const struct value *a, const struct value *b)
{
	if (!a || !b)
		return a == b;
	if (a->type == VALUE_DOUBLE && b->type == VALUE_DOUBLE && isnan(a->real) && isnan(b->real))
		return true;
	return value_equal(a, b);
}

/* What of a text is known: where it is not whole, its ends. */
struct known {
	struct str head;
	struct str tail;
	bool whole;
	bool lacks; /* there is no digest either of what is missing */
};

static struct known known_of(const struct value *value)
{
	const struct clip *clip = value->string.clip;

	if (!clip || clip->whole)
		return (struct known){value->string.text, value->string.text, true, false};
	return (struct known){clip->head, clip->tail, false, clip->middle_sha256.len == 0};
}

/* Two texts of which one is not known whole, and what is known of them does not tell them apart. */
static bool may_be_same(const struct value *a, const struct value *b)
{
	struct known x;
	struct known y;

	if (!a || !b || a->type != VALUE_STRING || b->type != VALUE_STRING)
		return false;
	x = known_of(a);
	y = known_of(b);
	if ((!x.lacks && !y.lacks) || (x.whole && x.head.len < y.head.len + y.tail.len) ||
	    (y.whole && y.head.len < x.head.len + x.tail.len))
		return false;
	return (str_starts(x.head, y.head) || str_starts(y.head, x.head)) &&
	    (str_ends(x.tail, y.tail) || str_ends(y.tail, x.tail));
}

static bool is_time(const struct value *value)
{
	return !value || value->type == VALUE_DURATION || value->type == VALUE_TIMESTAMP;
}

/* When something was, or how long it took, is another in every run: worth a word where the author gave it a name. */
static void put(
    struct fields *fields, struct str path, const struct value *a, const struct value *b)
{
	bool are_times = is_time(a) && is_time(b);
	struct difference difference = {
	    .kind = fields->kind, .values = {a, b}, .seqs = {fields->seqs[0], fields->seqs[1]}};

	if (are_times && fields->kind == DIFFERENCE_RESULT)
		return;
	if (are_times && fields->kind == DIFFERENCE_OUTPUT)
		difference.kind = DIFFERENCE_TIME;
	if (may_be_same(a, b))
		difference.kind = DIFFERENCE_UNKNOWN;
	if (fields->told++ >= FIELDS_MAX) {
		fields->differences->left_out++;
		return;
	}
	difference.name = arena_printf(fields->arena, "%s%.*s", fields->prefix, STR_ARG(path));
	differences_add(fields->arena, fields->differences, &difference);
}

static void compare(struct fields *fields, struct buf *path, size_t depth, const struct value *a,
    const struct value *b);

/* The stages of a single process say what its result says anyway. */
static bool is_repeated(const struct value *key, const struct value *value)
{
	return str_is(value_text(key), "stages") && value && value->type == VALUE_LIST &&
	    value->list.count == 1;
}

/* The number of a process elsewhere is another in every run. */
static bool is_by_chance(struct str path, const struct value *key)
{
	return str_starts(path, STR("far[")) && str_is(value_text(key), "pid");
}

static void compare_entry(struct fields *fields, struct buf *path, size_t depth,
    const struct value *key, const struct value *const values[SIDES])
{
	size_t before = path->len;

	if (fields->kind == DIFFERENCE_RESULT &&
	    (is_by_chance(buf_view(path), key) ||
		(is_repeated(key, values[SIDE_A]) && is_repeated(key, values[SIDE_B]))))
		return;
	if (before)
		buf_byte(path, '.');
	value_show(key, path);
	compare(fields, path, depth + 1, values[SIDE_A], values[SIDE_B]);
	path->len = before;
}

static void compare_maps(struct fields *fields, struct buf *path, size_t depth,
    const struct value *a, const struct value *b)
{
	for (size_t i = 0; i < a->map.count; i++) {
		const struct value_entry *entry = &a->map.entries[i];

		compare_entry(fields, path, depth, entry->key,
		    (const struct value *[]){entry->value, value_find(b, entry->key)});
	}
	for (size_t i = 0; i < b->map.count; i++) {
		const struct value_entry *entry = &b->map.entries[i];

		if (!value_find(a, entry->key))
			compare_entry(fields, path, depth, entry->key,
			    (const struct value *[]){NULL, entry->value});
	}
}

static void compare_lists(struct fields *fields, struct buf *path, size_t depth,
    const struct value *a, const struct value *b)
{
	size_t before = path->len;

	for (size_t i = 0; i < a->list.count; i++) {
		buf_printf(path, "[%zu]", i);
		compare(fields, path, depth + 1, a->list.items[i], b->list.items[i]);
		path->len = before;
	}
}

static bool is_looked_into(const struct fields *fields, size_t depth, const struct value *value)
{
	return depth < (fields->whole ? 1 : DEPTH_MAX) &&
	    (value->type == VALUE_LIST ||
		(value->type == VALUE_MAP && value->map.count <= ENTRIES_MAX));
}

static void compare(struct fields *fields, struct buf *path, size_t depth, const struct value *a,
    const struct value *b)
{
	bool both = a && b && is_looked_into(fields, depth, a) && is_looked_into(fields, depth, b);

	if (both && a->type == VALUE_MAP && b->type == VALUE_MAP)
		compare_maps(fields, path, depth, a, b);
	else if (both && a->type == VALUE_LIST && b->type == VALUE_LIST &&
	    a->list.count == b->list.count)
		compare_lists(fields, path, depth, a, b);
	else if (!fields_are_same(a, b))
		put(fields, buf_view(path), a, b);
}

void fields_compare(struct fields *fields, const struct value *a, const struct value *b)
{
	static const struct value nothing = {.type = VALUE_MAP};
	struct buf path;

	buf_init(&path, BUF_UNBOUNDED);
	compare(fields, &path, 0, a ? a : &nothing, b ? b : &nothing);
	buf_done(&path);
}
