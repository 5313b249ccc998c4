/* SPDX-License-Identifier: Apache-2.0 */
#include "view/plan_text.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "base/utf8.h"
#include "lang/bind.h"
#include "view/critical_path.h"
#include "view/text.h"

struct page {
	const struct plan *plan;
	struct buf *out;
	bool color;
};

static void painted(struct page *page, const char *sequence, const char *text)
{
	buf_printf(page->out, "%s%s%s", page->color ? sequence : "", text,
	    page->color ? "\033[0m" : "");
}

static void show_effect(struct page *page, enum effect_class class)
{
	static const char *const sequences[] = {"\033[2m", "\033[1;33m", "\033[1;31m"};
	static const char *const words[] = {"read    ", "change  ", "DESTROY "};

	painted(page, sequences[class], words[class]);
}

static void show_action(struct page *page, const struct action *action)
{
	struct buf shown;
	struct str rest;
	struct str line;
	bool first = true;

	buf_init(&shown, BUF_UNBOUNDED);
	action_show_written(action->spec, action->args, &shown);
	rest = buf_view(&shown);
	while (str_line(&rest, &line)) {
		buf_text(page->out, first ? "" : " ; ");
		text_harmless(page->out, str_trim(line));
		first = false;
	}
	buf_done(&shown);
}

static void indent(struct page *page, const struct plan_node *node, const char *label)
{
	buf_printf(page->out, "  %*s%-12s ", (int)node->depth * 2, "", label);
}

static void show_expr(struct page *page, const struct expr *expr)
{
	text_harmless(page->out, expr_text(expr));
}

static void show_check(struct page *page, const struct plan_node *node, const struct check *check,
    const char *label)
{
	indent(page, node, label);
	if (check->action.spec)
		show_action(page, &check->action);
	if (check->expect) {
		buf_text(page->out, check->action.spec ? " expecting " : "");
		show_expr(page, check->expect);
	}
	if (check->poll.within_us != UNSET_US) {
		buf_text(page->out, ", within ");
		units_show_duration(page->out, check->poll.within_us);
	}
	if (check->poll.for_us > 0) {
		buf_text(page->out, ", for ");
		units_show_duration(page->out, check->poll.for_us);
	}
	buf_byte(page->out, '\n');
}

static void show_needs(struct page *page, const struct plan_node *node)
{
	if (!node->step->needs_given)
		return;
	indent(page, node, "needs");
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
		indent(page, node, "timeout");
		units_show_duration(page->out, step->timeout_us);
		if (step->retry.attempts > 1)
			buf_printf(page->out, ", up to %lld attempts",
			    (long long)step->retry.attempts);
		buf_byte(page->out, '\n');
	} else if (step->retry.attempts > 1) {
		indent(page, node, "attempts");
		buf_printf(page->out, "up to %lld\n", (long long)step->retry.attempts);
	}
	if (step->allow_failure) {
		indent(page, node, "failure");
		buf_text(page->out, "is an answer: the run goes on\n");
	}
}

static void show_approval(struct page *page, const struct plan_node *node)
{
	if (!node->asks)
		return;
	indent(page, node, "");
	painted(page, "\033[1;33m", "ASKS for approval");
	if (node->step->approve.prompt) {
		buf_text(page->out, ": ");
		template_show(node->step->approve.prompt, page->out);
	}
	if (node->step->approve.when) {
		buf_text(page->out, ", when ");
		show_expr(page, node->step->approve.when);
	}
	buf_byte(page->out, '\n');
}

static void show_node(struct page *page, const struct plan_node *node, const char *number)
{
	const struct step *step = node->step;

	buf_printf(page->out, "  %*s%-5s", (int)(node->depth - 1) * 2, "", number);
	if (!step->is_block)
		show_effect(page, node->effect);
	buf_printf(page->out, "%s%.*s%s  ", page->color ? "\033[1m" : "", STR_ARG(step->id),
	    page->color ? "\033[0m" : "");
	text_harmless(page->out, str_eq(step->title, step->id) ? (struct str){0} : step->title);
	buf_byte(page->out, '\n');
	show_needs(page, node);
	if (step->when) {
		indent(page, node, "only when");
		show_expr(page, step->when);
		buf_byte(page->out, '\n');
	}
	for (size_t i = 0; i < step->preconditions.count; i++)
		show_check(page, node, &step->preconditions.items[i], "must hold");
	show_approval(page, node);
	if (step->action.spec) {
		indent(page, node, "does");
		show_action(page, &step->action);
		buf_byte(page->out, '\n');
	}
	show_limits(page, node);
}

static void show_list(
    struct page *page, const uint32_t *nodes, size_t count, const char *above)
{
	for (size_t i = 0; i < count; i++) {
		const struct plan_node *node = &page->plan->nodes[nodes[i]];
		char number[64];

		snprintf(number, sizeof(number), "%s%zu.", above, i + 1);
		show_node(page, node, number);
		if (node->step->is_block)
			show_list(page, node->children, node->child_count, number);
		for (size_t k = 0; k < node->step->verify.count; k++)
			show_check(page, node, &node->step->verify.items[k], "then verify");
		if (node->finally_count) {
			indent(page, node, "finally");
			buf_byte(page->out, '\n');
			show_list(page, node->finally, node->finally_count, number);
		}
	}
}

static void list_effects(struct page *page, enum effect_class class, const char *title)
{
	bool first = true;

	for (size_t i = 1; i < page->plan->count; i++) {
		const struct plan_node *node = &page->plan->nodes[i];

		if (node->step->is_block || node->effect != class || !node->step->action.spec)
			continue;
		buf_printf(page->out, "%s%.*s", first ? title : ", ", STR_ARG(node->step->id));
		first = false;
	}
	if (!first)
		buf_byte(page->out, '\n');
}

static void list_asks(struct page *page)
{
	bool first = true;

	for (size_t i = 1; i < page->plan->count; i++) {
		if (!page->plan->nodes[i].asks)
			continue;
		buf_printf(page->out, "%s%.*s", first ? "Asks before:  " : ", ",
		    STR_ARG(page->plan->nodes[i].step->id));
		first = false;
	}
	if (!first)
		buf_byte(page->out, '\n');
}

/* A process in a check is believed to read; nothing but its author says so. */
static void list_claimed(struct page *page)
{
	bool first = true;

	for (size_t i = 0; i < page->plan->count; i++) {
		const struct step *step = page->plan->nodes[i].step;
		const struct checks *lists[] = {&step->preconditions, &step->verify};

		for (size_t k = 0; k < 2; k++)
			for (size_t c = 0; c < lists[k]->count; c++) {
				const struct action *action = &lists[k]->items[c].action;

				if (!action->spec || !strchr("rp", action->spec->name[0]) ||
				    strchr(action->spec->name, '.'))
					continue;
				buf_text(page->out,
				    first ? "Claimed to read (processes in checks):\n" : "");
				first = false;
				buf_text(page->out, "  ");
				show_action(page, action);
				buf_byte(page->out, '\n');
			}
	}
}

static void show_path(struct page *page)
{
	struct critical_path path;

	critical_path_init(&path, page->plan);
	if (path.us > 0) {
		buf_text(page->out, "At most:      ");
		units_show_duration(page->out, path.us);
		if (path.unlimited)
			buf_text(page->out, ", and what has no timeout");
		buf_text(page->out, " (longest path: ");
		for (size_t i = 0; i < path.count; i++)
			buf_printf(page->out, "%s%.*s", i ? " → " : "",
			    STR_ARG(page->plan->nodes[path.nodes[i]].step->id));
		buf_text(page->out, ")\n");
	}
	critical_path_done(&path);
}

static void head(struct page *page)
{
	const struct runbook *runbook = page->plan->runbook;
	const struct objectives *objectives = &runbook->objectives;

	text_harmless(page->out, runbook->title);
	buf_printf(page->out, " (%.*s)", STR_ARG(runbook->id));
	if (runbook->severity.len)
		buf_printf(page->out, ", %.*s", STR_ARG(runbook->severity));
	buf_byte(page->out, '\n');
	for (size_t i = 0; i < runbook->symptom_count; i++) {
		buf_text(page->out, i ? "              " : "Symptoms:     ");
		text_harmless(page->out, runbook->symptoms[i]);
		buf_byte(page->out, '\n');
	}
	if (objectives->estimate_low_us != UNSET_US) {
		buf_text(page->out, "Usually:      ");
		units_show_duration(page->out, objectives->estimate_low_us);
		buf_text(page->out, " to ");
		units_show_duration(page->out, objectives->estimate_high_us);
		buf_byte(page->out, '\n');
	}
	if (objectives->rto_us != UNSET_US) {
		buf_text(page->out, "Objective:    recovered within ");
		units_show_duration(page->out, objectives->rto_us);
		buf_byte(page->out, '\n');
	}
}

void plan_text(const struct plan *plan, bool color, struct buf *out)
{
	struct page page = {plan, out, color};
	const struct plan_node *root = &plan->nodes[PLAN_ROOT];

	head(&page);
	list_effects(&page, EFFECT_DESTROY, "Destroys:     ");
	list_effects(&page, EFFECT_CHANGE, "Changes:      ");
	list_asks(&page);
	show_path(&page);
	buf_text(out, "\nSteps\n");
	show_list(&page, root->children, root->child_count, "");
	if (root->step->verify.count)
		buf_text(out, "\nRecovered means\n");
	for (size_t i = 0; i < root->step->verify.count; i++)
		show_check(&page, root, &root->step->verify.items[i], "verify");
	if (root->finally_count)
		buf_text(out, "\nFinally, whatever happened\n");
	show_list(&page, root->finally, root->finally_count, "");
	buf_byte(out, '\n');
	list_claimed(&page);
}
