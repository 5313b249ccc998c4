/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

#include <string.h>

/*
 * Conditions over what nobody knows. Each is taken apart into atoms: comparisons without what negates them, so that
 * `a != b` of one step and `a == b` of another are one. An atom that was answered keeps its answer for the rest of the
 * way; of several values that one thing may equal, it equals one at most. A list has none, one or two items.
 */

/* In one expression: as many that can be told apart. Beyond these, what is asked is taken to hold. */
enum { ATOMS_MAX = 12 };

struct oracle {
	struct guesser guesser;
	struct explorer *explorer;
	const struct standing *standing;
	uint32_t instance;
	const struct check *check; /* NULL: its condition, or its loop's list */
	const struct expr *expr;
	struct fact tried[ATOMS_MAX]; /* in this evaluation, the first asked first */
	size_t count;
};

/* What the names of an atom belong to. */
struct naming {
	const struct oracle *oracle;
	struct buf *out;
};

static uint32_t own_params(const struct sched *sched, uint32_t at)
{
	while (at != PLAN_ROOT && !instance_at(sched, at)->params)
		at = instance_at(sched, at)->parent;
	return at;
}

static uint32_t item_named(const struct sched *sched, uint32_t at, struct str name)
{
	for (; at != NONE; at = instance_at(sched, at)->parent)
		if (instance_at(sched, at)->item != NONE &&
		    (str_is(name, "index") || str_eq(name, step_of(sched, at)->each.as)))
			return at;
	return NONE;
}

static void put_instance(struct naming *naming, uint32_t index)
{
	struct sched *sched = naming->oracle->standing->sched;

	buf_printf(naming->out, "%.*s#%u", STR_ARG(path_of(sched, index)),
	    instance_at(sched, index)->attempt);
}

static void put_name(void *self, const struct str *path, size_t count, struct span span)
{
	struct naming *naming = self;
	const struct oracle *oracle = naming->oracle;
	const struct sched *sched = oracle->standing->sched;
	const struct plan_node *node = NULL;
	uint32_t item = item_named(sched, oracle->instance, path[0]);
	uint32_t at;

	(void)span;
	buf_printf(naming->out, "\x1f%.*s ", STR_ARG(path[0]));
	if (oracle->check && oracle->check->each.list &&
	    (str_is(path[0], "index") || str_eq(path[0], oracle->check->each.as))) {
		put_instance(naming, oracle->instance);
		buf_printf(naming->out, " %u %u %u", instance_at(sched, oracle->instance)->stage,
		    instance_at(sched, oracle->instance)->check,
		    instance_at(sched, oracle->instance)->check_item);
	} else if (str_is(path[0], "steps") && count > 1) {
		node = plan_find(sched->plan, node_of(sched, oracle->instance)->book, path[1]);
		at = node ? scope_find(sched, oracle->instance, node->index) : NONE;
		if (at != NONE)
			put_instance(naming, at);
	} else if (str_is(path[0], "params")) {
		buf_str(naming->out,
		    path_of(oracle->standing->sched, own_params(sched, oracle->instance)));
	} else if (item != NONE) {
		put_instance(naming, item);
	} else if (str_is(path[0], "now")) {
		put_instance(naming, oracle->instance);
	}
}

/* What a node may ask, of its condition and its loop (1), or of its checks that are expressions alone (2). */
static bool says(const struct expr *expr, const struct atom *atom)
{
	return expr && str_find(expr_text(expr), atom->a) >= 0;
}

static bool checks_say(const struct checks *checks, const struct atom *atom)
{
	for (size_t i = 0; i < checks->count; i++)
		if ((!checks->items[i].action.spec && says(checks->items[i].expect, atom)) ||
		    says(checks->items[i].each.list, atom))
			return true;
	return false;
}

static const uint8_t *find_askers(struct explorer *explorer, const struct atom *atom)
{
	uint8_t *asked = arena_alloc(explorer->arena, explorer->plan.count);

	for (size_t i = 0; i < explorer->plan.count; i++) {
		const struct step *step = explorer->plan.nodes[i].step;

		if (says(step->when, atom) || says(step->each.list, atom))
			asked[i] |= LIVE_BEGINS;
		if (checks_say(&step->unless, atom) || checks_say(&step->preconditions, atom) ||
		    checks_say(&step->ready, atom) || checks_say(&step->verify, atom))
			asked[i] |= LIVE_GOES_ON;
	}
	return asked;
}

static uint32_t atom_add(struct explorer *explorer, struct atom atom, struct str key)
{
	struct arena *arena = explorer->arena;

	atom.a = arena_str(arena, atom.a);
	atom.b = arena_str(arena, atom.b);
	atom.names = arena_str(arena, atom.names);
	atom.asked_by = find_askers(explorer, &atom);
	explorer->atoms = arena_grow(arena, explorer->atoms, explorer->atom_count,
	    &explorer->atom_capacity, sizeof(*explorer->atoms));
	explorer->atoms[explorer->atom_count++] = atom;
	map_put(
	    &explorer->atom_ids, arena_str(arena, key), (void *)(uintptr_t)explorer->atom_count);
	return (uint32_t)explorer->atom_count - 1;
}

/* The atom of a condition, or (sign 'n') of a list. */
static uint32_t atom_of(const struct oracle *oracle, const struct guess *guess, struct atom atom)
{
	struct naming naming = {.oracle = oracle};
	struct buf names;
	struct buf key;
	uintptr_t id;

	buf_init(&names, BUF_UNBOUNDED);
	buf_init(&key, BUF_UNBOUNDED);
	naming.out = &names;
	if (guess && !guess->bound) {
		guess_visit_names(guess, put_name, &naming);
	} else {
		if (guess) /* an item of a macro: like another one only in the same expression */
			buf_str(&names, expr_text(oracle->expr));
		expr_visit_names(oracle->expr, put_name, &naming);
	}
	atom.names = buf_view(&names);
	buf_printf(&key, "%c%.*s\x1f%.*s\x1f", atom.sign ? atom.sign : ' ', STR_ARG(atom.a),
	    STR_ARG(atom.b));
	buf_str(&key, atom.names);
	id = (uintptr_t)map_get(&oracle->explorer->atom_ids, buf_view(&key));
	if (!id)
		id = atom_add(oracle->explorer, atom, buf_view(&key)) + 1;
	buf_done(&names);
	buf_done(&key);
	return (uint32_t)id - 1;
}

static bool is_literal(struct str text)
{
	return text.len &&
	    (strchr("'\"-", text.ptr[0]) || (text.ptr[0] >= '0' && text.ptr[0] <= '9'));
}

/* Whether it is known to equal something else. */
static bool equals_another(const struct oracle *oracle, uint32_t id)
{
	const struct atom *atoms = oracle->explorer->atoms;
	size_t known = oracle->standing->fact_count;

	if (atoms[id].sign != '=' || !is_literal(atoms[id].b))
		return false;
	for (size_t i = 0; i < known + oracle->count; i++) {
		const struct fact *fact = i < known ? &oracle->standing->facts[i]
						    : &oracle->tried[i - known];
		const struct atom *other = &atoms[fact->atom];

		if (fact->answer && other->sign == '=' && is_literal(other->b) &&
		    !str_eq(other->b, atoms[id].b) && str_eq(other->a, atoms[id].a) &&
		    str_eq(other->names, atoms[id].names))
			return true;
	}
	return false;
}

static bool guess(const struct guesser *guesser, const struct guess *guess)
{
	struct oracle *oracle = (struct oracle *)((const char *)guesser -
	    offsetof(struct oracle, guesser));
	uint32_t id = atom_of(
	    oracle, guess, (struct atom){.sign = guess->sign, .a = guess->a, .b = guess->b});
	uint32_t answer;

	if (standing_fact(oracle->standing, id, &answer))
		return answer;
	for (size_t i = 0; i < oracle->count; i++)
		if (oracle->tried[i].atom == id)
			return oracle->tried[i].answer;
	if (equals_another(oracle, id))
		return false;
	if (oracle->count < ATOMS_MAX)
		oracle->tried[oracle->count++] = (struct fact){id, 1};
	else
		oracle->explorer->stopped = true;
	return true;
}

static const struct value *ask(struct oracle *oracle)
{
	const struct sched *sched = oracle->standing->sched;
	struct sched_scope scope;

	scope_init_check(&scope, sched, oracle->instance, oracle->check,
	    instance_at(sched, oracle->instance)->check_item, 0);
	return expr_eval_guessing(
	    oracle->expr, &scope.scope, &oracle->guesser, true, oracle->explorer->moment);
}

static void add_choice(
    const struct oracle *oracle, const struct value *value, struct replies *replies)
{
	struct arena *arena = oracle->explorer->arena;
	struct fact *facts = arena_array(arena, oracle->count, sizeof(*facts));

	if (oracle->count)
		memcpy(facts, oracle->tried, oracle->count * sizeof(*facts));
	replies_add(replies,
	    (struct reply){.kind = REPLY_CHOSEN,
		.instance = oracle->instance,
		.value = value_copy(arena, value),
		.facts = facts,
		.fact_count = oracle->count});
}

static void choose_condition(struct oracle *oracle, struct replies *replies)
{
	for (;;) {
		add_choice(oracle, ask(oracle), replies);
		while (oracle->count && !oracle->tried[oracle->count - 1].answer)
			oracle->count--;
		if (!oracle->count)
			return;
		oracle->tried[oracle->count - 1].answer = 0;
	}
}

enum { LONGEST = 2 };

static const struct value *list_of(
    struct arena *arena, const struct plan_node *node, uint32_t count)
{
	const struct value **items = arena_array(arena, LONGEST, sizeof(*items));

	for (uint32_t i = 0; i < count; i++)
		items[i] = value_unknown(arena, &node->index, 1);
	return value_list(arena, items, count);
}

static void choose_list(struct oracle *oracle, struct replies *replies)
{
	const struct plan_node *node = node_of(oracle->standing->sched, oracle->instance);
	uint32_t id = atom_of(
	    oracle, NULL, (struct atom){.sign = 'n', .a = str_trim(expr_text(oracle->expr))});
	uint32_t known;
	bool decided = standing_fact(oracle->standing, id, &known);

	for (uint32_t count = LONGEST + 1; count-- > 0;) {
		if (decided && count != known)
			continue;
		oracle->tried[0] = (struct fact){id, count};
		oracle->count = decided ? 0 : 1;
		add_choice(oracle, list_of(oracle->explorer->moment, node, count), replies);
	}
}

void replies_of_choice(struct explorer *explorer, const struct standing *standing, uint32_t index,
    struct replies *replies)
{
	struct oracle oracle = {
	    .guesser = {guess},
	    .explorer = explorer,
	    .standing = standing,
	    .instance = index,
	    .check = check_at(standing->sched, index),
	    .expr = choice_expr(standing->sched, index),
	};

	if (instance_at(standing->sched, index)->asks_list)
		choose_list(&oracle, replies);
	else
		choose_condition(&oracle, replies);
}
