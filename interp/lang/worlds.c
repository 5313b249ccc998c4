/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/worlds_parts.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

struct worlds *worlds_new(struct arena *arena, const struct plan *plan)
{
	struct worlds *worlds = mem_alloc(sizeof(*worlds));

	worlds->scratch = arena_new();
	worlds->plan = plan;
	worlds_find_claims(worlds, arena);
	return worlds;
}

void worlds_free(struct worlds *worlds)
{
	if (!worlds)
		return;
	arena_free(worlds->scratch);
	free(worlds);
}

static void forget(struct worlds *worlds)
{
	arena_reset(worlds->scratch);
	worlds->impossible = false;
	worlds->missing_count = 0;
	worlds->fact_count = 0;
}

void worlds_begin(struct worlds *worlds, bool lenient)
{
	forget(worlds);
	worlds->lenient = lenient;
	worlds->count = 0;
	worlds->seen = 1;
	worlds->too_many = false;
}

bool worlds_next(struct worlds *worlds)
{
	forget(worlds);
	if (++worlds->seen > WORLDS_MAX)
		worlds->too_many = true;
	while (worlds->count && !worlds->too_many) {
		struct choice *last = &worlds->choices[worlds->count - 1];

		while (++last->taken < 32 && !(last->options >> last->taken & 1))
			continue;
		if (last->taken < 32)
			return true;
		worlds->count--;
	}
	return false;
}

void worlds_keep(struct worlds *worlds, size_t choices)
{
	assert(choices <= worlds->count);
	worlds->count = choices;
}

size_t worlds_choices(const struct worlds *worlds)
{
	return worlds->count;
}

bool worlds_exhausted(const struct worlds *worlds)
{
	return !worlds->too_many;
}

static bool same_key(const struct choice *a, const struct choice *b)
{
	return a->kind == b->kind && a->about == b->about && a->item == b->item &&
	    a->sign == b->sign && str_eq(a->a, b->a) && str_eq(a->b, b->b);
}

const struct choice *world_find(const struct worlds *worlds, const struct choice *key)
{
	for (size_t i = 0; i < worlds->count; i++)
		if (same_key(&worlds->choices[i], key))
			return &worlds->choices[i];
	return NULL;
}

uint32_t world_choose(struct worlds *worlds, struct choice key, uint32_t options)
{
	const struct choice *old = world_find(worlds, &key);

	assert(options);
	if (old) {
		/* somebody else could not have seen it end so */
		worlds->impossible |= !(options >> old->taken & 1);
		return old->taken;
	}
	key.options = options;
	key.taken = 0;
	while (!(options >> key.taken & 1))
		key.taken++;
	if (worlds->count == CHOICES_MAX)
		worlds->too_many = true;
	else
		worlds->choices[worlds->count++] = key;
	return key.taken;
}

static uint32_t chosen(const struct worlds *worlds, enum choice_kind kind, uint32_t node,
    uint32_t item, uint32_t otherwise)
{
	const struct choice key = {.kind = kind, .about = &worlds->plan->nodes[node], .item = item};
	const struct choice *choice = world_find(worlds, &key);

	return choice ? choice->taken : otherwise;
}

enum world_end world_chosen(const struct worlds *worlds, uint32_t node, uint32_t item)
{
	return chosen(worlds, CHOICE_END, node, item, WORLD_ENDS);
}

enum world_cause world_chosen_cause(const struct worlds *worlds, uint32_t node)
{
	return chosen(worlds, CHOICE_CAUSE, node, 0, CAUSE_WHEN);
}

bool world_chosen_began(const struct worlds *worlds, uint32_t node)
{
	return chosen(worlds, CHOICE_BEGAN, node, 0, false);
}

bool world_is_needless(const struct worlds *worlds, uint32_t node)
{
	return chosen(worlds, CHOICE_NEEDLESS, node, 0, false);
}

const struct value *world_eval(
    struct worlds *worlds, const struct asking *asking, const struct expr *expr, bool wants_bool)
{
	struct world_scope scope;

	world_scope_init(&scope, worlds, asking);
	return expr_eval_guessing(expr, &scope.scope, &scope.guesser, wants_bool, worlds->scratch);
}

const struct missing *world_missing(const struct worlds *worlds, const struct value *value)
{
	for (size_t i = 0; value->type == VALUE_ERROR && i < worlds->missing_count; i++)
		if (str_eq(worlds->missing[i].message, value->error.message))
			return &worlds->missing[i];
	return NULL;
}

bool worlds_never(
    struct worlds *worlds, const struct asking *asking, const struct expr *expr, bool lenient)
{
	worlds_begin(worlds, lenient);
	do {
		const struct value *value = world_eval(worlds, asking, expr, true);

		if (!(value->type == VALUE_BOOL && !value->boolean) && world_fits(worlds, asking))
			return false;
	} while (worlds_next(worlds));
	return worlds_exhausted(worlds);
}
