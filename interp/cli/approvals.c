/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/approvals.h"

#include <string.h>

#include "cli/address.h"

static bool is_approval(const struct given *given)
{
	return strcmp(given->option->name, "approve") == 0;
}

static bool asks(const struct plan_node *node)
{
	return node->asks;
}

/* The block around a step that asks for all of it, or NULL. */
static const struct plan_node *asks_for_it(const struct plan *plan, const struct plan_node *node)
{
	if (!node->approved_by_block)
		return NULL;
	do
		node = &plan->nodes[node->parent];
	while (!node->step->approve.wanted);
	return node;
}

/* Where to ask instead: at the block around it, or at the steps inside. */
static void tell_who_asks(
    struct buf *trouble, const struct plan *plan, const struct plan_node *node)
{
	const struct plan_node *block = asks_for_it(plan, node);
	size_t count = 0;

	buf_text(trouble, "that step asks for no approval");
	if (block) {
		buf_text(trouble, "; it is part of what is approved with ");
		address_path(trouble, plan, block);
		return;
	}
	for (uint32_t i = node->index + 1; i < plan->count; i++) {
		if (!plan->nodes[i].asks || !plan_within(plan, i, node->index))
			continue;
		buf_text(trouble, count++ ? ", " : "; inside it these do: ");
		address_path(trouble, plan, &plan->nodes[i]);
	}
}

static bool check_one(const struct plan *plan, const struct value *params, const char *word)
{
	struct str address = str_from(word);
	const struct plan_node *node;
	struct buf trouble;
	bool ok;

	buf_init(&trouble, BUF_UNBOUNDED);
	ok = address_check(plan, params, address, asks, &trouble);
	if (ok) {
		node = address_next(plan, address, PLAN_ROOT);
		while (node && !node->asks)
			node = address_next(plan, address, node->index);
		ok = node != NULL;
		if (!ok)
			tell_who_asks(&trouble, plan, address_next(plan, address, PLAN_ROOT));
	}
	if (!ok)
		complain("--approve %s: %.*s", word, STR_ARG(buf_view(&trouble)));
	buf_done(&trouble);
	return ok;
}

bool approvals_check(
    const struct invocation *invocation, const struct plan *plan, const struct value *params)
{
	for (size_t i = 0; i < invocation->option_count; i++)
		if (is_approval(&invocation->options[i]) &&
		    !check_one(plan, params, invocation->options[i].value))
			return false;
	return true;
}

const char *approvals_given(const struct invocation *invocation, struct str node)
{
	for (size_t i = 0; i < invocation->option_count; i++)
		if (is_approval(&invocation->options[i]) &&
		    address_means(str_from(invocation->options[i].value), node))
			return invocation->options[i].value;
	return NULL;
}
