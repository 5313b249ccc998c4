/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

/* So many at once is more than any machine begins; beyond it is a mistake of the hand. */
enum { PARALLEL_MAX = 10000 };

void read_each(struct reader *reader, const struct place *place, void *target)
{
	struct each *each = target;

	each->span = place->name->span;
	read_expr(reader, place, &each->list);
}

void read_as(struct reader *reader, const struct place *place, void *target)
{
	struct each *each = target;
	struct str name = {0};

	read_string(reader, place, &name);
	if (name.ptr && read_name(reader, place->value, "an item"))
		each->as = name;
	each->as_span = place->value->span;
}

void read_max_parallel(struct reader *reader, const struct place *place, void *target)
{
	struct each *each = target;
	int64_t count;

	if (place->value->kind != NODE_SCALAR || !node_int(place->value, &count))
		place_wrong(reader, place, "a whole number");
	else if (count < 1 || count > PARALLEL_MAX)
		diag_error(reader->diags, "out-of-range", place->value->span,
		    "`max_parallel` is at least 1 and at most %d", PARALLEL_MAX);
	else
		each->max_parallel = count;
}

static const struct node *key_in(const struct node *map, struct str name)
{
	for (size_t i = 0; i < map->map.count; i++)
		if (str_eq(map->map.entries[i].key->scalar.bytes, name))
			return map->map.entries[i].key;
	return NULL;
}

void keys_need(struct reader *reader, const struct node *map, const char *const *dependents,
    const char *wanted, const char *help)
{
	struct diag *diag;

	if (key_in(map, str_from(wanted)))
		return;
	for (size_t i = 0; dependents[i]; i++) {
		const struct node *name = key_in(map, str_from(dependents[i]));

		if (!name)
			continue;
		diag = diag_error(reader->diags, "misplaced-key", name->span, "`%s` needs `%s`",
		    dependents[i], wanted);
		diag_help(reader->diags, diag, "%s", help);
	}
}

void poll_fits(struct reader *reader, const struct node *map)
{
	keys_need(reader, map, (const char *const[]){"every", "for", NULL}, "within",
	    "`within` says how long it may take to begin to hold");
}
