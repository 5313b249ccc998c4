/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/assumptions.h"

#include <string.h>

#include "base/units.h"
#include "cli/address.h"

enum { EXIT_MOST = 255 };

/* One word, taken apart. */
struct said {
	const char *option;
	struct str address;
	struct str output; /* empty: an outcome is said */
	struct str value;
	enum outcome outcome;
	bool has_exit;
	int64_t exit_code;
};

static const enum outcome outcomes[] = {OUTCOME_SUCCEEDED, OUTCOME_FAILED, OUTCOME_TIMED_OUT,
    OUTCOME_SKIPPED, OUTCOME_DENIED, OUTCOME_NONE};

static const char *option_of(const struct given *given)
{
	const char *name = given->option->name;

	return strcmp(name, "assume") == 0 || strcmp(name, "inject") == 0 ? name : NULL;
}

static bool read_outcome(struct said *said)
{
	bool injects = strcmp(said->option, "inject") == 0;

	if (injects && str_starts(said->value, STR("exit:"))) {
		said->outcome = OUTCOME_FAILED;
		said->has_exit = true;
		return units_int(str_sub(said->value, 5, said->value.len), &said->exit_code) &&
		    said->exit_code > 0 && said->exit_code <= EXIT_MOST;
	}
	for (size_t i = 0; outcomes[i]; i++) {
		if (!str_is(said->value, outcome_names[outcomes[i]]))
			continue;
		said->outcome = outcomes[i];
		return !injects || said->outcome == OUTCOME_FAILED ||
		    said->outcome == OUTCOME_TIMED_OUT;
	}
	return false;
}

/* One that was given by an option of ours; false when it is none of the forms. */
static bool parse(const char *option, const struct given *given, struct said *ret_said)
{
	struct address_said said;

	*ret_said = (struct said){.option = option};
	if (!address_said(str_from(given->value), &said))
		return false;
	ret_said->address = said.address;
	ret_said->value = said.value;
	if (!said.field.ptr)
		return read_outcome(ret_said);
	if (!str_starts(said.field, STR("outputs.")) || strcmp(option, "assume") != 0)
		return false;
	ret_said->output = str_sub(said.field, strlen("outputs."), said.field.len);
	return ret_said->output.len > 0;
}

static bool ends(const struct plan_node *node)
{
	return node->step->action.spec || node->step->manual.text;
}

static bool is_any(const struct plan_node *node)
{
	return node->index != PLAN_ROOT;
}

static bool is_process(const struct plan_node *node)
{
	return action_is_process(&node->step->action);
}

static bool asks(const struct plan_node *node)
{
	return node->asks || node->step->manual.text;
}

static bool has_condition(const struct plan_node *node)
{
	return node->step->when != NULL;
}

static bool gives(const struct plan_node *node, struct str output)
{
	for (size_t i = 0; i < node->step->output_count; i++)
		if (str_eq(node->step->outputs[i].name, output))
			return ends(node);
	return step_input(node->step, output) != NULL;
}

/* What a step must be for that to be said of it, and the sentence about one that is not. */
static bool (*wanted_of(const struct said *said, const char **ret_why))(const struct plan_node *)
{
	*ret_why = "that step is a block, or only checks: name a step in it, or what it needs";
	if (said->has_exit) {
		*ret_why = "that step begins no process, and has no exit status";
		return is_process;
	}
	if (said->outcome == OUTCOME_DENIED) {
		*ret_why = "nobody is asked about that step";
		return asks;
	}
	if (said->outcome == OUTCOME_SKIPPED) {
		*ret_why = "that step has no `when`, and is not skipped";
		return has_condition;
	}
	return ends;
}

/* Whether one of the steps of that address is such a one; says that none is. */
static bool check_steps(
    const struct plan *plan, const struct value *params, const struct said *said, const char *word)
{
	const char *why;
	bool (*wanted)(const struct plan_node *) = wanted_of(said, &why);
	const struct plan_node *node = NULL;
	struct buf trouble;
	bool ok = false;

	buf_init(&trouble, BUF_UNBOUNDED);
	if (address_check(plan, params, said->address, is_any, &trouble)) {
		node = address_next(plan, said->address, PLAN_ROOT);
		while (node && !(said->output.len ? gives(node, said->output) : wanted(node)))
			node = address_next(plan, said->address, node->index);
		ok = node != NULL;
		if (!ok && said->output.len)
			buf_printf(&trouble, "that step has no output %.*s", STR_ARG(said->output));
		else if (!ok)
			buf_text(&trouble, why);
	}
	if (!ok)
		complain("--%s %s: %.*s", said->option, word, STR_ARG(buf_view(&trouble)));
	buf_done(&trouble);
	return ok;
}

/* JSON where it is some, else the text itself. */
static const struct value *value_of(struct arena *arena, struct str text)
{
	struct str why;
	const struct value *value = value_from_json(arena, text, &why);

	return value ? value : value_string(arena, arena_str(arena, text));
}

/* What a person would type is what the input takes. */
static bool check_value(const struct plan *plan, const struct said *said, const char *word)
{
	const struct plan_node *node = address_next(plan, said->address, PLAN_ROOT);
	struct arena *arena = arena_new();
	const struct param_decl *decl = NULL;
	struct str why = {0};
	bool ok;

	for (; node && !decl; node = address_next(plan, said->address, node->index))
		decl = step_input(node->step, said->output);
	ok = !decl || decl_bind(arena, decl, value_of(arena, said->value), &why);
	if (!ok)
		complain("--%s %s: %.*s", said->option, word, STR_ARG(why));
	arena_free(arena);
	return ok;
}

bool assumptions_check(
    const struct invocation *invocation, const struct plan *plan, const struct value *params)
{
	for (size_t i = 0; i < invocation->option_count; i++) {
		const struct given *given = &invocation->options[i];
		const char *option = option_of(given);
		struct said said;

		if (!option)
			continue;
		if (!parse(option, given, &said)) {
			complain(strcmp(option, "inject") == 0
				? "--inject wants STEP=failed, STEP=timed_out or STEP=exit:N, not "
				  "%s"
				: "--assume wants STEP=OUTCOME (succeeded, failed, timed_out, "
				  "skipped, "
				  "denied) or STEP.outputs.NAME=VALUE, not %s",
			    given->value);
			return false;
		}
		if (!check_steps(plan, params, &said, given->value) ||
		    !check_value(plan, &said, given->value))
			return false;
	}
	return true;
}

/* The last outcome counts, and the last value of each output. */
static bool find(
    void *self, struct str node, struct arena *arena, struct assumption *ret_assumption)
{
	const struct invocation *invocation = self;
	struct map_builder outputs;
	struct said said;
	bool found = false;

	*ret_assumption = (struct assumption){0};
	map_begin(&outputs, arena);
	for (size_t i = invocation->option_count; i-- > 0;) {
		const struct given *given = &invocation->options[i];

		const char *option = option_of(given);

		if (!option || !parse(option, given, &said) || !address_means(said.address, node))
			continue;
		if (said.output.len && !value_get_str(map_end(&outputs), said.output))
			map_add_str(&outputs, said.output, value_of(arena, said.value));
		if (said.output.len ? found : ret_assumption->outcome != OUTCOME_NONE)
			continue;
		ret_assumption->said = arena_printf(arena, "--%s %s", said.option, given->value);
		ret_assumption->outcome = said.outcome;
		ret_assumption->has_exit = said.has_exit;
		ret_assumption->exit_code = said.exit_code;
		found = true;
	}
	if (outputs.count)
		ret_assumption->outputs = map_end(&outputs);
	return found;
}

struct assumptions assumptions_of(const struct invocation *invocation)
{
	return (struct assumptions){find, (void *)(uintptr_t)invocation};
}

static void add_words(const struct invocation *invocation, const char *option, struct arena *arena,
    struct map_builder *facts)
{
	const struct value **items = arena_array(arena, invocation->option_count, sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < invocation->option_count; i++)
		if (strcmp(invocation->options[i].option->name, option) == 0)
			items[count++] = value_string(
			    arena, str_from(invocation->options[i].value));
	if (count)
		map_add(facts, option, value_list(arena, items, count));
}

void assumptions_facts(
    const struct invocation *invocation, struct arena *arena, struct map_builder *facts)
{
	add_words(invocation, "assume", arena, facts);
	add_words(invocation, "inject", arena, facts);
}
