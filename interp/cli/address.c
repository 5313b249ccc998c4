/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/address.h"

#include <assert.h>

#include "base/spell.h"
#include "base/units.h"
#include "lang/plan_scope.h"
#include "view/text.h"

/* An element of a path: "probe", "probe[3]", "phase#2", "node[1]#2". */
struct element {
	struct str id;
	bool has_item;
	int64_t item;
};

/* Reads the last element, and takes it off; false when it is none. */
static bool take_last(struct str *path, struct element *ret_element)
{
	size_t start = path->len;
	ptrdiff_t bracket;
	ptrdiff_t round;
	struct str text;

	while (start > 0 && path->ptr[start - 1] != '/')
		start--;
	text = str_sub(*path, start, path->len);
	*path = str_sub(*path, 0, start ? start - 1 : 0);
	*ret_element = (struct element){0};
	round = str_find(text, STR("#"));
	if (round >= 0)
		text = str_sub(text, 0, (size_t)round);
	bracket = str_find(text, STR("["));
	ret_element->id = bracket < 0 ? text : str_sub(text, 0, (size_t)bracket);
	if (bracket < 0)
		return text.len > 0;
	ret_element->has_item = true;
	text = str_sub(text, (size_t)bracket + 1, text.len);
	return bracket > 0 && text.len > 1 && text.ptr[text.len - 1] == ']' &&
	    units_int(str_sub(text, 0, text.len - 1), &ret_element->item) && ret_element->item >= 0;
}

bool address_said(struct str text, struct address_said *ret_said)
{
	ptrdiff_t equals = str_find(text, STR("="));
	ptrdiff_t dot;
	struct str name;

	if (equals <= 0)
		return false;
	name = str_sub(text, 0, (size_t)equals);
	dot = str_find(name, STR("."));
	*ret_said = (struct address_said){
	    .address = dot < 0 ? name : str_sub(name, 0, (size_t)dot),
	    .value = str_sub(text, (size_t)equals + 1, text.len),
	};
	if (dot >= 0)
		ret_said->field = str_sub(name, (size_t)dot + 1, name.len);
	return true;
}

bool address_means(struct str address, struct str node)
{
	while (address.len) {
		struct element wanted;
		struct element there;

		if (!take_last(&address, &wanted) || !node.len || !take_last(&node, &there) ||
		    !str_eq(wanted.id, there.id))
			return false;
		if (wanted.has_item && (!there.has_item || wanted.item != there.item))
			return false;
	}
	return true;
}

/* The same for a step: its items are not told apart. */
static bool means_step(const struct plan *plan, struct str address, const struct plan_node *node)
{
	while (address.len) {
		struct element wanted;

		if (node->parent == PLAN_NONE || !take_last(&address, &wanted) ||
		    !str_eq(wanted.id, node->step->id))
			return false;
		node = &plan->nodes[node->parent];
	}
	return true;
}

const struct plan_node *address_next(const struct plan *plan, struct str address, uint32_t after)
{
	assert(plan->nodes);
	for (size_t i = (size_t)after + 1; address.len && i < plan->count; i++)
		if (means_step(plan, address, &plan->nodes[i]))
			return &plan->nodes[i];
	return NULL;
}

/* A path without the rounds in it. */
static struct str without_rounds(struct arena *arena, struct str node)
{
	char *text = arena_alloc(arena, node.len + 1);
	size_t len = 0;
	bool in_round = false;

	for (size_t i = 0; i < node.len; i++) {
		in_round = node.ptr[i] == '#' || (in_round && node.ptr[i] != '/');
		if (!in_round)
			text[len++] = node.ptr[i];
	}
	return (struct str){text, len};
}

/* "probe[3]", "node[1]/disk": from the first loop on; without one the id. */
static struct str from_loop(struct str node, struct str step)
{
	ptrdiff_t bracket = str_find(node, STR("["));
	size_t start = bracket < 0 ? 0 : (size_t)bracket;

	if (bracket < 0)
		return step;
	while (start > 0 && node.ptr[start - 1] != '/')
		start--;
	return str_sub(node, start, node.len);
}

struct str address_of(
    struct arena *arena, const struct plan *plan, struct str node, struct str step)
{
	const struct plan_node *first = address_next(plan, step, PLAN_ROOT);
	bool unique = first && !address_next(plan, step, first->index);

	return without_rounds(arena, unique ? from_loop(node, step) : node);
}

void address_path(struct buf *out, const struct plan *plan, const struct plan_node *node)
{
	if (node->parent != PLAN_ROOT) {
		address_path(out, plan, &plan->nodes[node->parent]);
		buf_byte(out, '/');
	}
	buf_str(out, node->step->id);
}

static bool is_well_formed(struct str address)
{
	struct element element;

	if (!address.len || address.ptr[0] == '/' || str_find(address, STR("#")) >= 0)
		return false;
	while (address.len)
		if (!take_last(&address, &element))
			return false;
	return true;
}

/* There is no such step: perhaps somewhere else, perhaps under a name like it. */
static void suggest(const struct plan *plan, struct str address,
    bool (*wanted)(const struct plan_node *node), struct buf *trouble)
{
	struct element last;
	const struct plan_node *elsewhere;
	struct spell spell;

	take_last(&address, &last);
	buf_text(trouble, "there is no such step");
	elsewhere = address_next(plan, last.id, PLAN_ROOT);
	if (elsewhere) {
		buf_printf(trouble, "; %.*s is %s", STR_ARG(last.id),
		    elsewhere->parent == PLAN_ROOT ? "in no block" : "");
		if (elsewhere->parent != PLAN_ROOT)
			address_path(trouble, plan, elsewhere);
		return;
	}
	spell_init(&spell, last.id);
	for (size_t i = 1; i < plan->count; i++)
		if (wanted(&plan->nodes[i]))
			spell_try(&spell, plan->nodes[i].step->id);
	if (spell_best(&spell).len)
		buf_printf(trouble, "; did you mean %.*s?", STR_ARG(spell_best(&spell)));
}

/* How many items a loop has, where its list is known before it runs; -1: it is not. */
static int64_t count_items(
    const struct plan *plan, const struct plan_node *node, const struct value *params)
{
	struct arena *arena;
	struct plan_scope scope;
	const struct value *list;
	int64_t count = -1;

	if (node->book != plan->runbook)
		return -1;
	arena = arena_new();
	plan_scope_init(&scope, plan, params);
	list = expr_eval(node->step->each.list, &scope.scope, arena);
	if (list->type == VALUE_LIST)
		count = (int64_t)list->list.count;
	arena_free(arena);
	return count;
}

/* Whether the items that it names may be there. */
static bool check_items(const struct plan *plan, const struct value *params, struct str address,
    const struct plan_node *node, struct buf *trouble)
{
	struct element element;

	for (; address.len; node = &plan->nodes[node->parent]) {
		int64_t count;

		take_last(&address, &element);
		if (!element.has_item)
			continue;
		if (!node->step->each.list) {
			buf_printf(
			    trouble, "%.*s is no loop, so it has no items", STR_ARG(element.id));
			return false;
		}
		count = count_items(plan, node, params);
		if (count < 0 || element.item < count)
			continue;
		buf_printf(trouble, "%.*s has %lld item%s%s", STR_ARG(element.id), (long long)count,
		    count == 1 ? "" : "s", count ? ", the first is " : "");
		if (count)
			buf_printf(trouble, "%.*s[0]", STR_ARG(element.id));
		return false;
	}
	return true;
}

bool address_check(const struct plan *plan, const struct value *params, struct str address,
    bool (*wanted)(const struct plan_node *node), struct buf *trouble)
{
	const struct plan_node *node = NULL;

	if (!is_well_formed(address)) {
		buf_text(trouble,
		    "a step is named by its id, as in drop, by the end of its path, as in "
		    "restore/drop, and one item of a loop by its number, as in w[0]");
		return false;
	}
	node = address_next(plan, address, PLAN_ROOT);
	if (!node) {
		suggest(plan, address, wanted, trouble);
		return false;
	}
	for (; node; node = address_next(plan, address, node->index)) {
		buf_clear(trouble);
		if (check_items(plan, params, address, node, trouble))
			return true;
	}
	return false;
}
