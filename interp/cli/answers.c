/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/answers.h"

#include <string.h>

#include "cli/address.h"

static bool is_manual(const struct plan_node *node)
{
	return node->step->manual.text != NULL;
}

/* The first step of that address that a person does, in whatever is used; NULL after saying that there is none. */
static const struct step *find_step(
    const struct plan *plan, const struct value *params, const char *word, struct str address)
{
	const struct plan_node *node = NULL;
	struct buf trouble;

	buf_init(&trouble, BUF_UNBOUNDED);
	if (address_check(plan, params, address, is_manual, &trouble)) {
		node = address_next(plan, address, PLAN_ROOT);
		while (node && !is_manual(node))
			node = address_next(plan, address, node->index);
		if (!node)
			buf_text(&trouble, "that step is not done by a person");
	}
	if (!node)
		complain("--answer %s: %.*s", word, STR_ARG(buf_view(&trouble)));
	buf_done(&trouble);
	return node ? node->step : NULL;
}

static bool check_value(const char *word, const struct param_decl *decl, struct str value)
{
	struct arena *arena = arena_new();
	struct diags diags;
	bool ok;

	diags_init(&diags);
	ok = decl_read(arena, decl, value, &diags) != NULL;
	if (!ok && diags.count)
		complain("--answer %s: %.*s%s%.*s", word, STR_ARG(diags.items[0].message),
		    diags.items[0].help.len ? "; " : "", STR_ARG(diags.items[0].help));
	diags_done(&diags);
	arena_free(arena);
	return ok;
}

static bool check_one(const struct plan *plan, const struct value *params, const char *word)
{
	const struct param_decl *decl;
	const struct step *step;
	struct address_said said;

	if (!address_said(str_from(word), &said)) {
		complain("--answer wants STEP=done, STEP=failed or STEP.INPUT=VALUE, not %s", word);
		return false;
	}
	step = find_step(plan, params, word, said.address);
	if (!step)
		return false;
	if (!said.field.len) {
		if (str_is(said.value, "done") || str_is(said.value, "failed"))
			return true;
		complain("--answer %s: a step is done or failed", word);
		return false;
	}
	decl = step_input(step, said.field);
	if (!decl) {
		complain("--answer %s: the step %.*s asks for no %.*s", word, STR_ARG(said.address),
		    STR_ARG(said.field));
		return false;
	}
	return check_value(word, decl, said.value);
}

bool answers_check(
    const struct invocation *invocation, const struct plan *plan, const struct value *params)
{
	for (size_t i = 0; i < invocation->option_count; i++)
		if (strcmp(invocation->options[i].option->name, "answer") == 0 &&
		    !check_one(plan, params, invocation->options[i].value))
			return false;
	return true;
}

/* The last one that was said counts. */
static bool find_said(const struct invocation *invocation, struct str node, struct str input,
    struct address_said *ret_said)
{
	struct address_said said;

	for (size_t i = invocation->option_count; i-- > 0;) {
		if (strcmp(invocation->options[i].option->name, "answer") != 0 ||
		    !address_said(str_from(invocation->options[i].value), &said) ||
		    !address_means(said.address, node) || !str_eq(said.field, input))
			continue;
		*ret_said = said;
		return true;
	}
	return false;
}

static const struct value *input_of(const struct invocation *invocation, struct str node,
    const struct param_decl *decl, struct arena *arena)
{
	const struct value *value = decl->preset;
	struct diags diags;
	struct address_said said;

	if (!find_said(invocation, node, decl->name, &said))
		return value;
	diags_init(&diags);
	value = decl_read(arena, decl, said.value, &diags);
	diags_done(&diags);
	return value;
}

enum answers_said answers_of(const struct invocation *invocation, const struct step *step,
    struct str node, struct arena *arena, struct str *ret_address, const struct value **ret_inputs)
{
	struct map_builder map;
	struct address_said said;

	if (!find_said(invocation, node, (struct str){0}, &said))
		return ANSWERS_NOTHING;
	*ret_address = said.address;
	if (str_is(said.value, "failed"))
		return ANSWERS_FAILED;
	map_begin(&map, arena);
	for (size_t i = 0; i < step->manual.input_count; i++) {
		const struct param_decl *decl = &step->manual.inputs[i];
		const struct value *value = input_of(invocation, node, decl, arena);

		if (!value)
			return ANSWERS_NOTHING;
		map_add_str(&map, decl->name, value);
	}
	*ret_inputs = step->manual.input_count ? map_end(&map) : NULL;
	return ANSWERS_DONE;
}
