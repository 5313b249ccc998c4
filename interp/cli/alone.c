/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/alone.h"

#include <string.h>

#include "cli/address.h"

/* A line of the record has room for this beside the parameters. */
enum { GIVEN_MAX = 150 << 10 };

/* Of a step that is not run: what is said of it. The option given last counts. */
struct account {
	struct str path;
	const struct value *outcome;
	struct map_builder outputs;
	const struct value *whole; /* as --outputs left it; NULL: it is not from there */
};

struct reading {
	const struct invocation *invocation;
	const struct plan *plan;
	struct arena *arena;
	const struct plan_node *only; /* the step that is run alone, or the root */
	struct account *accounts; /* by plan index; without a path: nothing is said */
	struct map_builder
	    items; /* of loops: the accounts of their items, and of what is in those */
};

static bool is_any(const struct plan_node *node)
{
	return node->index != PLAN_ROOT;
}

static struct str path_of(const struct reading *reading, const struct plan_node *node)
{
	struct buf text;
	struct str path;

	buf_init(&text, BUF_UNBOUNDED);
	if (node->index != PLAN_ROOT)
		address_path(&text, reading->plan, node);
	path = arena_str(reading->arena, buf_view(&text));
	buf_done(&text);
	return path;
}

/* The one step that an address means; NULL after saying that there is none, or more. */
static const struct plan_node *find(
    const struct reading *reading, const char *option, struct str address)
{
	const struct plan_node *node = NULL;
	const struct plan_node *other = NULL;
	struct buf trouble;

	buf_init(&trouble, BUF_UNBOUNDED);
	if (address_check(reading->plan, value_null(), address, is_any, &trouble)) {
		node = address_next(reading->plan, address, PLAN_ROOT);
		other = address_next(reading->plan, address, node->index);
	}
	if (str_find(address, STR("[")) >= 0 && node)
		buf_text(&trouble,
		    "an item has no number here: name the loop, and give the item by --item");
	else if (other)
		buf_printf(&trouble, "that is %.*s, and %.*s: say which",
		    STR_ARG(path_of(reading, node)), STR_ARG(path_of(reading, other)));
	if (trouble.len)
		complain("--%s %.*s: %.*s", option, STR_ARG(address), STR_ARG(buf_view(&trouble)));
	node = trouble.len ? NULL : node;
	buf_done(&trouble);
	return node;
}

/* What stands around a step can keep it from being run alone. */
static bool can_be_alone(const struct reading *reading)
{
	const struct plan_node *nodes = reading->plan->nodes;
	const char *why = NULL;

	for (const struct plan_node *at = reading->only; at->index != PLAN_ROOT && !why;
	     at = &nodes[at->parent]) {
		const struct plan_node *parent = &nodes[at->parent];

		if (at->part == PART_ROLLBACK)
			why = "a rollback undoes what a run has done: there is none to undo";
		else if (parent->step->each.list)
			why = "it stands in a loop: name the loop, and give an item by --item";
		else if (parent->step->use.book)
			why = "it belongs to what another step uses: name that step";
	}
	if (why)
		complain("--step %.*s: %s", STR_ARG(path_of(reading, reading->only)), why);
	return !why;
}

static struct account *account_at(struct reading *reading, const struct plan_node *node)
{
	struct account *account = &reading->accounts[node->index];

	if (!account->path.len) {
		account->path = path_of(reading, node);
		map_begin(&account->outputs, reading->arena);
	}
	return account;
}

static void add_output(struct account *account, struct str name, const struct value *value)
{
	if (!value_get_str(map_end(&account->outputs), name))
		map_add_str(&account->outputs, name, value);
}

static bool is_outcome(struct str word)
{
	for (int i = OUTCOME_SUCCEEDED; outcome_names[i]; i++)
		if (str_is(word, outcome_names[i]))
			return true;
	return false;
}

static void say_outcome(struct reading *reading, const struct plan_node *node, struct str word)
{
	struct account *account = account_at(reading, node);

	if (!account->outcome)
		account->outcome = value_string(reading->arena, word);
}

/* An account that --outputs left: of a step, and of those in it. */
static bool take_account(struct reading *reading, struct str text)
{
	struct str why;
	const struct value *map = value_from_json(reading->arena, text, &why);

	if (!map || map->type != VALUE_MAP)
		return false;
	for (size_t i = 0; i < map->map.count; i++) {
		const struct value *said = map->map.entries[i].value;
		const struct value *outputs = value_get(said, "outputs");
		struct str path = value_text(map->map.entries[i].key);
		const struct plan_node *node = plan_at(reading->plan, path);
		struct str outcome = {0};
		struct account *account;

		if (value_get(said, "outcome"))
			outcome = value_text(value_get(said, "outcome"));
		if (!node || node->index == PLAN_ROOT || !is_outcome(outcome) ||
		    (outputs && outputs->type != VALUE_MAP))
			return false;
		if (str_find(path, STR("[")) >= 0) {
			if (!value_get_str(map_end(&reading->items), path))
				map_add_str(&reading->items, path, said);
			continue;
		}
		say_outcome(reading, node, outcome);
		account = account_at(reading, node);
		for (size_t k = 0; outputs && k < outputs->map.count; k++)
			add_output(account, value_text(outputs->map.entries[k].key),
			    outputs->map.entries[k].value);
		if (!account->whole)
			account->whole = said;
	}
	return true;
}

static bool take_output(
    struct reading *reading, const struct plan_node *node, struct str field, struct str text)
{
	struct str why;
	const struct value *value = value_from_json(reading->arena, text, &why);

	if (!str_starts(field, STR("outputs.")))
		return false;
	add_output(account_at(reading, node), str_sub(field, strlen("outputs."), field.len),
	    value ? value : value_string(reading->arena, text));
	return true;
}

/* What a workflow has not filled in, `{{…}}`, says that the step was never come to. */
static bool take(struct reading *reading, const char *word)
{
	const struct plan_node *node;
	struct address_said said;
	bool ok = true;

	if (!address_said(str_from(word), &said)) {
		complain("--given wants STEP=ACCOUNT or STEP.outputs.NAME=VALUE, not %s", word);
		return false;
	}
	node = find(reading, "given", said.address);
	if (!node)
		return false;
	if (plan_within(reading->plan, node->index, reading->only->index) &&
	    reading->only->index != PLAN_ROOT) {
		complain("--given %s: that step is run", word);
		return false;
	}
	if (said.field.ptr)
		ok = take_output(reading, node, said.field, said.value);
	else if (str_starts(said.value, STR("{{")))
		say_outcome(reading, node, STR("blocked"));
	else if (is_outcome(said.value))
		say_outcome(reading, node, said.value);
	else
		ok = take_account(reading, said.value);
	if (!ok)
		complain("--given %.*s: wanted is an outcome (succeeded, failed, timed_out, "
			 "skipped, …), or an account as --outputs leaves it, or "
			 "STEP.outputs.NAME=VALUE",
		    STR_ARG(said.address));
	return ok;
}

static bool is_told(const struct reading *reading, const struct plan_node *node)
{
	while (node->index != PLAN_ROOT && !reading->accounts[node->index].outcome)
		node = &reading->plan->nodes[node->parent];
	return node->index != PLAN_ROOT;
}

/* Whatever an expression asks for must have been said, or it would be decided by what nobody knows. */
static bool all_told(const struct reading *reading)
{
	const struct plan *plan = reading->plan;
	uint32_t only = reading->only->index;

	for (uint32_t i = 0; i < plan->count; i++) {
		const struct plan_node *node = &plan->nodes[i];
		bool asks = only == PLAN_ROOT
		    ? i == PLAN_ROOT
		    : i != PLAN_ROOT && (plan_within(plan, i, only) || plan_within(plan, only, i));

		for (size_t k = 0; asks && k < node->read_count; k++) {
			const struct plan_node *read = &plan->nodes[node->reads[k]];

			if ((only != PLAN_ROOT && plan_within(plan, read->index, only)) ||
			    is_told(reading, read))
				continue;
			complain("%.*s asks what became of %.*s, which is not run with it: say it "
				 "by --given "
				 "%.*s=succeeded, or give the account that --outputs left of it",
			    STR_ARG(i == PLAN_ROOT ? STR("the runbook's `verify`")
						   : path_of(reading, node)),
			    STR_ARG(path_of(reading, read)), STR_ARG(path_of(reading, read)));
			return false;
		}
	}
	return true;
}

static bool read_item(const struct reading *reading, struct map_builder *alone)
{
	const char *word = option_value(reading->invocation, "item");

	if (word && !reading->only->step->each.list) {
		complain("--item goes with --step of a loop");
		return false;
	}
	if (word)
		map_add(alone, "item", value_string(reading->arena, str_from(word)));
	return true;
}

static const struct value *given_facts(struct reading *reading)
{
	static const char *const kept[] = {
	    "began", "attempts", "duration", "result", "items", NULL};
	struct map_builder all;

	all = reading->items;
	for (size_t i = 1; i < reading->plan->count; i++) {
		struct account *account = &reading->accounts[i];
		struct map_builder one;

		if (!account->path.len)
			continue;
		map_begin(&one, reading->arena);
		map_add(&one, "outcome",
		    account->outcome ? account->outcome
				     : value_string(reading->arena, STR("succeeded")));
		if (account->outputs.count)
			map_add(&one, "outputs", map_end(&account->outputs));
		for (size_t k = 0; kept[k]; k++)
			if (value_get(account->whole, kept[k]))
				map_add(&one, kept[k], value_get(account->whole, kept[k]));
		map_add_str(&all, account->path, map_end(&one));
	}
	return map_end(&all);
}

static bool options_fit(const struct invocation *invocation, bool alone)
{
	static const char *const own[] = {"given", "item", "once", "outputs", NULL};

	if (option_given(invocation, "step") && option_given(invocation, "verify")) {
		complain("--step and --verify are two things: give one");
		return false;
	}
	for (size_t i = 0; own[i] && !alone; i++) {
		if (!option_given(invocation, own[i]))
			continue;
		complain("--%s goes with --step", own[i]);
		return false;
	}
	return true;
}

bool alone_read(const struct invocation *invocation, const struct plan *plan, struct arena *arena,
    const struct value **ret_alone)
{
	const char *step = option_value(invocation, "step");
	bool alone = step || option_given(invocation, "verify");
	struct reading reading = {.invocation = invocation,
	    .plan = plan,
	    .arena = arena,
	    .only = &plan->nodes[PLAN_ROOT],
	    .accounts = arena_array(arena, plan->count, sizeof(*reading.accounts))};
	struct map_builder map;

	*ret_alone = NULL;
	map_begin(&reading.items, arena);
	if (!options_fit(invocation, alone))
		return false;
	if (!alone)
		return true;
	if (step)
		reading.only = find(&reading, "step", str_from(step));
	if (!reading.only || !can_be_alone(&reading))
		return false;
	for (size_t i = invocation->option_count; i-- > 0;)
		if (strcmp(invocation->options[i].option->name, "given") == 0 &&
		    !take(&reading, invocation->options[i].value))
			return false;
	map_begin(&map, arena);
	map_add(&map, "step", value_string(arena, path_of(&reading, reading.only)));
	if (!all_told(&reading) || !read_item(&reading, &map))
		return false;
	map_add(&map, "given", given_facts(&reading));
	if (option_given(invocation, "once"))
		map_add(&map, "once", value_bool(true));
	*ret_alone = map_end(&map);
	if (!value_fits(*ret_alone, GIVEN_MAX))
		complain("what is given is too large to be recorded: more than %d KiB together",
		    GIVEN_MAX >> 10);
	return value_fits(*ret_alone, GIVEN_MAX);
}
