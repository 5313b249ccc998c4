/* SPDX-License-Identifier: Apache-2.0 */
#include "view/plan_text.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "lang/target.h"
#include "view/plan_parts.h"
#include "view/plan_places.h"
#include "view/text.h"

/*
 * A step is its number, id and title, and below it one line for each thing that is known of it: a word in a column of
 * its own, and what it means for this step.
 */
enum { NUMBER = 8, WORD = 12 };

/* Where what belongs to a step begins: behind its number. */
static size_t column_of(const struct plan_node *node)
{
	size_t depth = node->depth ? node->depth - 1 : 0;

	return depth * 2 + (node->depth ? NUMBER : 2);
}

/* Begins a line of a step; what follows it stands at the column it returns. */
static size_t begin(struct page *page, const struct plan_node *node, const char *word)
{
	size_t column = column_of(node);

	buf_printf(page->out, "%*s", (int)column, "");
	page_painted(page, "\033[2m", word);
	if (strlen(word) < WORD)
		buf_printf(page->out, "%*s", WORD - (int)strlen(word), "");
	return column + WORD;
}

static void put_expr(struct page *page, const struct expr *expr)
{
	struct str text = expr_text(expr);
	struct str line;
	bool first = true;

	while (str_line(&text, &line)) {
		buf_text(page->out, first ? "" : " ");
		text_harmless(page->out, str_trim(line));
		first = false;
	}
}

static void put_duration(struct page *page, const char *before, int64_t us)
{
	buf_text(page->out, before);
	units_show_duration(page->out, us);
}

/* Where an action runs, on a line of its own below it. */
static void put_place(
    struct page *page, const struct plan_node *node, const struct action *action, size_t column)
{
	struct str place = plan_place(&page->scope, node, action, page->arena);

	if (!place.len)
		return;
	buf_printf(page->out, "\n%*s", (int)column, "");
	page_wrapped(page, column, column, place);
}

static void show_check(
    struct page *page, const struct plan_node *node, const struct check *check, const char *word)
{
	size_t column = begin(page, node, word);

	if (check->action.spec)
		page_action(page, &check->action, column);
	put_place(page, node, &check->action, column);
	if (check->expect && check->action.spec)
		buf_printf(page->out, "\n%*sexpecting ", (int)column, "");
	if (check->expect)
		put_expr(page, check->expect);
	if (check->each.list) {
		buf_printf(page->out, ", for each %.*s of ", STR_ARG(check->each.as));
		put_expr(page, check->each.list);
	}
	if (check->poll.within_us != UNSET_US) {
		put_duration(page, check->poll.for_us > 0 ? ", from within " : ", within ",
		    check->poll.within_us);
		if (check->poll.for_us > 0)
			put_duration(page, " on for ", check->poll.for_us);
	}
	if (check->abort) {
		buf_text(page->out, ", given up when ");
		put_expr(page, check->abort);
	}
	buf_byte(page->out, '\n');
	if (check->message) {
		buf_printf(page->out, "%*selse: ", (int)column, "");
		page_template(page, check->message, column, column + 6);
		buf_byte(page->out, '\n');
	}
}

static void show_needs(struct page *page, const struct plan_node *node)
{
	if (!node->step->needs_given)
		return;
	begin(page, node, "needs");
	if (node->step->need_count == 0)
		buf_text(page->out, "nothing: it begins at once");
	for (size_t i = 0; i < node->step->need_count; i++)
		buf_printf(page->out, "%s%.*s", i ? ", " : "", STR_ARG(node->step->needs[i].name));
	buf_byte(page->out, '\n');
}

static void show_limits(struct page *page, const struct plan_node *node)
{
	const struct step *step = node->step;

	if (step->timeout_us > 0) {
		begin(page, node, "timeout");
		units_show_duration(page->out, step->timeout_us);
		buf_byte(page->out, '\n');
	}
	if (step->retry.attempts > 1) {
		begin(page, node, "attempts");
		buf_printf(page->out, "up to %lld\n", (long long)step->retry.attempts);
	}
	if (step->lock.len) {
		begin(page, node, "lock");
		buf_printf(page->out, "%.*s: one at a time, in any run on this machine\n",
		    STR_ARG(step->lock));
	}
	if (step->allow_failure) {
		begin(page, node, "if it fails");
		buf_text(page->out, "that is an answer: the run goes on\n");
	}
}

static void show_approval(struct page *page, const struct plan_node *node)
{
	size_t column = column_of(node) + WORD;

	if (!node->asks)
		return;
	buf_printf(page->out, "%*s", (int)column_of(node), "");
	page_painted(page, "\033[1;33m", "ASKS");
	buf_printf(page->out, "%*s", WORD - 4, "");
	if (node->step->approve.prompt)
		page_template(page, node->step->approve.prompt, column, column);
	else
		buf_text(page->out, "for approval");
	if (node->step->approve.when) {
		buf_text(page->out, ", when ");
		put_expr(page, node->step->approve.when);
	}
	buf_byte(page->out, '\n');
	if (node->step->approve.by > 1)
		buf_printf(page->out, "%*s%lld different people must agree\n", (int)column, "",
		    (long long)node->step->approve.by);
	if (node->step->approve.expires_us != APPROVAL_HOLDS_US) {
		buf_printf(page->out, "%*san approval holds for ", (int)column, "");
		units_show_duration(page->out, node->step->approve.expires_us);
		buf_byte(page->out, '\n');
	}
}

static void show_action(struct page *page, const struct plan_node *node)
{
	static const char *const sequences[] = {"\033[2m", "\033[1;33m", "\033[1;31m"};
	static const char *const words[] = {"read", "change", "DESTROY"};
	size_t column = column_of(node);

	if (!node->step->action.spec)
		return;
	buf_printf(page->out, "%*s", (int)column, "");
	page_painted(page, sequences[node->effect], words[node->effect]);
	buf_printf(page->out, "%*s", WORD - (int)strlen(words[node->effect]), "");
	page_action(page, &node->step->action, column + WORD);
	put_place(page, node, &node->step->action, column + WORD);
	if (node->step->expect) {
		buf_printf(page->out, "\n%*sexpecting ", (int)column + WORD, "");
		put_expr(page, node->step->expect);
	}
	if (node->step->poll.within_us != UNSET_US) {
		put_duration(
		    page, ", asked again until it holds, within ", node->step->poll.within_us);
		if (node->step->poll.for_us > 0)
			put_duration(page, " on for ", node->step->poll.for_us);
	}
	if (node->step->action.session.len)
		buf_printf(page->out, "\n%*sin the one session of %.*s", (int)column + WORD, "",
		    STR_ARG(node->step->action.session));
	if (node->step->sensitive)
		buf_printf(page->out, "\n%*sits output is neither shown nor recorded",
		    (int)column + WORD, "");
	buf_byte(page->out, '\n');
}

/* What a person does, and what is asked for then. */
static void show_manual(struct page *page, const struct plan_node *node)
{
	const struct manual *manual = &node->step->manual;
	size_t column = column_of(node) + WORD;

	if (!manual->text)
		return;
	buf_printf(page->out, "%*s", (int)column_of(node), "");
	page_painted(page, "\033[1;33m", "BY HAND");
	buf_printf(page->out, "%*s", WORD - 7, "");
	page_template(page, manual->text, column, column);
	for (size_t i = 0; i < manual->input_count; i++) {
		const struct param_decl *decl = &manual->inputs[i];

		buf_printf(page->out, "\n%*s%s %.*s (%s)", (int)column, "",
		    i ? "and" : "then tells", STR_ARG(decl->name), param_kind_name(decl->kind));
		if (decl->description.len) {
			buf_text(page->out, ": ");
			text_harmless(page->out, decl->description);
		}
	}
	if (node->step->expect) {
		buf_printf(page->out, "\n%*sexpecting ", (int)column, "");
		put_expr(page, node->step->expect);
	}
	buf_byte(page->out, '\n');
}

static void show_loop(struct page *page, const struct plan_node *node)
{
	const struct each *each = &node->step->each;

	if (!each->list)
		return;
	begin(page, node, "for each");
	buf_printf(page->out, "%.*s of ", STR_ARG(each->as));
	put_expr(page, each->list);
	if (each->max_parallel > 1)
		buf_printf(page->out, ", %lld at once", (long long)each->max_parallel);
	if (each->canary.number) {
		buf_text(page->out, ", ");
		quota_show(page->out, &each->canary);
		buf_text(page->out, " first as canary");
	}
	if (each_keeps_going(each)) {
		buf_text(page->out, ", the others too when one fails");
	} else if (each->max_failures.number) {
		buf_text(page->out, ", the others too while at most ");
		quota_show(page->out, &each->max_failures);
		buf_text(page->out, " fail");
	}
	buf_byte(page->out, '\n');
}

/* What a step that does nothing else computes. */
static void show_outputs(struct page *page, const struct plan_node *node)
{
	const struct step *step = node->step;

	if (step->action.spec || step->manual.text || step->is_block)
		return;
	for (size_t i = 0; i < step->output_count; i++) {
		const struct output *output = &step->outputs[i];
		size_t column = begin(page, node, i ? "and" : "computes");

		buf_printf(page->out, "%.*s: ", STR_ARG(output->name));
		if (output->value)
			put_expr(page, output->value);
		else
			page_template(
			    page, output->constant, column, column + output->name.len + 2);
		buf_byte(page->out, '\n');
	}
}

static void show_background(struct page *page, const struct plan_node *node)
{
	const struct step *step = node->step;
	size_t column;

	if (!step->background.spec)
		return;
	column = begin(page, node, "beside it");
	page_action(page, &step->background, column);
	put_place(page, node, &step->background, column);
	buf_byte(page->out, '\n');
	for (size_t i = 0; i < step->ready.count; i++)
		show_check(page, node, &step->ready.items[i], "ready when");
}

static void show_node(struct page *page, const struct plan_node *node, const char *number)
{
	const struct step *step = node->step;
	size_t column = column_of(node);

	plan_scope_enter(&page->scope, node);
	buf_printf(page->out, "%*s%-*s", (int)(column - NUMBER + 2), "", NUMBER - 2, number);
	buf_printf(page->out, "%s%.*s%s", page->color ? "\033[1m" : "", STR_ARG(step->id),
	    page->color ? "\033[0m" : "");
	if (!str_eq(step->title, step->id)) {
		buf_text(page->out, ": ");
		text_harmless(page->out, step->title);
	}
	buf_byte(page->out, '\n');
	if (step->description.len) {
		buf_printf(page->out, "%*s%s", (int)column, "", page->color ? "\033[2m" : "");
		page_wrapped(page, column, column, step->description);
		buf_printf(page->out, "%s\n", page->color ? "\033[0m" : "");
	}
	show_needs(page, node);
	if (step->when) {
		begin(page, node, "only when");
		put_expr(page, step->when);
		buf_byte(page->out, '\n');
	}
	show_loop(page, node);
	for (size_t i = 0; i < step->unless.count; i++)
		show_check(page, node, &step->unless.items[i], "unless");
	for (size_t i = 0; i < step->preconditions.count; i++)
		show_check(page, node, &step->preconditions.items[i], "must hold");
	show_approval(page, node);
	show_action(page, node);
	show_manual(page, node);
	show_background(page, node);
	show_outputs(page, node);
}

/* Numbers count on from the steps of a block to its finally steps. */
static void show_list(
    struct page *page, const uint32_t *nodes, size_t count, const char *above, size_t from)
{
	for (size_t i = 0; i < count; i++) {
		const struct plan_node *node = &page->plan->nodes[nodes[i]];
		const struct checks *verify = &node->step->verify;
		char number[64];

		snprintf(number, sizeof(number), "%s%s%zu", above, *above ? "." : "", from + i);
		show_node(page, node, number);
		if (node->step->is_block)
			show_list(page, node->children, node->child_count, number, 1);
		plan_scope_enter(&page->scope, node);
		for (size_t k = 0; k < verify->count; k++)
			show_check(page, node, &verify->items[k], "then verify");
		show_limits(page, node);
		if (node->finally_count) {
			begin(page, node, "and finally, whatever became of it");
			buf_byte(page->out, '\n');
			show_list(page, node->finally, node->finally_count, number,
			    node->child_count + 1);
		}
		if (node->rollback_count) {
			begin(page, node,
			    page->plan->runbook->on_failure == FAILURE_ROLLBACK
				? "undone by, when the run fails"
				: "could be undone by");
			buf_byte(page->out, '\n');
			show_list(page, node->rollback, node->rollback_count, number,
			    node->child_count + node->finally_count + 1);
		}
	}
}

/* Where a check's process runs elsewhere, nothing keeps it from writing. */
static void list_claimed(struct page *page, bool away, const char *title)
{
	bool first = true;

	for (size_t i = 0; i < page->plan->count; i++) {
		const struct plan_node *node = &page->plan->nodes[i];
		const struct step *step = node->step;
		const struct checks *lists[] = {
		    &step->unless, &step->preconditions, &step->ready, &step->verify};

		plan_scope_enter(&page->scope, node);
		for (size_t k = 0; k < sizeof(lists) / sizeof(*lists); k++)
			for (size_t c = 0; c < lists[k]->count; c++) {
				const struct check *check = &lists[k]->items[c];

				if (!plan_claims(check) || action_is_away(&check->action) != away)
					continue;
				buf_text(page->out, first ? title : "");
				first = false;
				buf_text(page->out, "  ");
				page_action(page, &check->action, 2);
				put_place(page, node, &check->action, 4);
				buf_byte(page->out, '\n');
			}
	}
}

void plan_text(const struct plan *plan, const struct value *params, const struct outlook *outlook,
    bool color, struct buf *out)
{
	struct page page = {
	    .plan = plan, .arena = arena_new(), .outlook = outlook, .out = out, .color = color};
	const struct plan_node *root = &plan->nodes[PLAN_ROOT];

	page.labels = labels_new(plan);
	plan_scope_init(&page.scope, plan, params);
	page_head(&page);
	buf_text(out, "\nSteps\n");
	show_list(&page, root->children, root->child_count, "", 1);
	plan_scope_enter(&page.scope, root);
	if (root->step->verify.count)
		buf_text(out, "\nRecovered means\n");
	for (size_t i = 0; i < root->step->verify.count; i++)
		show_check(&page, root, &root->step->verify.items[i], "verify");
	if (root->finally_count)
		buf_text(out, "\nFinally, whatever happened\n");
	show_list(&page, root->finally, root->finally_count, "", root->child_count + 1);
	list_claimed(&page, false, "\nChecks that run processes, kept from writing\n");
	list_claimed(&page, true,
	    "\nChecks that run processes elsewhere, kept from writing where reprise-launch can "
	    "be\n");
	labels_free(page.labels);
	arena_free(page.arena);
}
