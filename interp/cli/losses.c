/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/losses.h"

#include <string.h>

#include "cli/address.h"

static const struct {
	const char *word;
	enum answer answer;
} words[] = {{"done", ANSWER_APPROVED}, {"again", ANSWER_AGAIN}, {"left", ANSWER_DENIED}};

static bool is_loss(const struct given *given)
{
	return strcmp(given->option->name, "lost") == 0;
}

/* STEP=WORD; false when it is not. */
static bool parse(const char *given, struct str *ret_address, enum answer *ret_answer)
{
	struct str text = str_from(given);
	ptrdiff_t equals = str_find(text, STR("="));

	if (equals <= 0)
		return false;
	*ret_address = str_sub(text, 0, (size_t)equals);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_is(str_sub(text, (size_t)equals + 1, text.len), words[i].word)) {
			*ret_answer = words[i].answer;
			return true;
		}
	return false;
}

static bool can_be_lost(const struct plan_node *node)
{
	return node->step->action.spec != NULL && node->step->effect != EFFECT_READ;
}

/* Whether a step of that address has outputs. */
static bool gives(const struct plan *plan, struct str address)
{
	const struct plan_node *node = address_next(plan, address, PLAN_ROOT);

	while (node && !node->step->output_count)
		node = address_next(plan, address, node->index);
	return node != NULL;
}

/* Whether nobody is asked about any step of that address, for it is done again as it is. */
static bool goes_unasked(const struct plan *plan, struct str address)
{
	const struct plan_node *node = address_next(plan, address, PLAN_ROOT);

	while (node && (!can_be_lost(node) || node->step->idempotent))
		node = address_next(plan, address, node->index);
	return node == NULL;
}

static bool check_one(const struct plan *plan, const struct value *params, const char *word)
{
	struct str address;
	enum answer answer;
	struct buf trouble;
	bool ok;

	buf_init(&trouble, BUF_UNBOUNDED);
	ok = parse(word, &address, &answer);
	if (!ok)
		complain("--lost wants STEP=done, STEP=again or STEP=left, not %s", word);
	else if (!address_check(plan, params, address, can_be_lost, &trouble)) {
		complain("--lost %s: %.*s", word, STR_ARG(buf_view(&trouble)));
		ok = false;
	} else if (answer != ANSWER_AGAIN && goes_unasked(plan, address)) {
		complain(
		    "--lost %s: nobody is asked about it: what only reads, or is idempotent, is "
		    "done again",
		    word);
		ok = false;
	} else if (answer == ANSWER_APPROVED && gives(plan, address)) {
		complain(
		    "--lost %s: its outputs are lost, so that it was done is not enough; =again or "
		    "=left",
		    word);
		ok = false;
	}
	buf_done(&trouble);
	return ok;
}

bool losses_check(
    const struct invocation *invocation, const struct plan *plan, const struct value *params)
{
	for (size_t i = 0; i < invocation->option_count; i++)
		if (is_loss(&invocation->options[i]) &&
		    !check_one(plan, params, invocation->options[i].value))
			return false;
	return true;
}

const char *losses_given(
    const struct invocation *invocation, struct str node, enum answer *ret_answer)
{
	for (size_t i = invocation->option_count; i-- > 0;) {
		struct str address;

		if (is_loss(&invocation->options[i]) &&
		    parse(invocation->options[i].value, &address, ret_answer) &&
		    address_means(address, node))
			return invocation->options[i].value;
	}
	return NULL;
}
