/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/lint_parts.h"

static const struct rule *const families[] = {effect_rules, time_rules, shell_rules, argv_rules,
    remove_rules, flow_rules, sql_rules, graph_rules, expr_rules, target_rules, allow_rules};

enum { FAMILIES = sizeof(families) / sizeof(*families) };

static void add_home(struct lint *lint, const struct home *home)
{
	lint->homes = arena_grow(
	    lint->arena, lint->homes, lint->home_count, &lint->home_capacity, sizeof(*lint->homes));
	lint->homes[lint->home_count++] = *home;
}

static struct diag *add_found(struct lint *lint, const struct rule *rule, const struct home *home,
    struct span span, const char *format, va_list args)
{
	struct str message = arena_vprintf(lint->arena, format, args);
	size_t count = lint->found.count;
	struct diag *diag = diag_warning(&lint->found, rule->code, span, "%.*s", STR_ARG(message));

	if (lint->found.count > count)
		add_home(lint, home);
	return diag;
}

struct diag *lint_at(struct lint *lint, const struct rule *rule, const struct plan_node *node,
    struct span span, const char *format, ...)
{
	struct home home = {.step = node ? node->step->span : span};
	struct diag *diag;
	va_list args;

	va_start(args, format);
	diag = add_found(lint, rule, &home, span, format, args);
	va_end(args);
	return diag;
}

struct diag *lint_in(struct lint *lint, const struct rule *rule, const struct process *process,
    struct span span, const char *format, ...)
{
	struct home home = {
	    .step = process->node->index == PLAN_ROOT ? process->span : process->node->step->span,
	    .scalar = process->span,
	};
	struct diag *diag;
	va_list args;

	va_start(args, format);
	diag = add_found(lint, rule, &home, span, format, args);
	va_end(args);
	return diag;
}

void lint_help(struct lint *lint, struct diag *diag, const char *format, ...)
{
	va_list args;
	struct str text;

	va_start(args, format);
	text = arena_vprintf(lint->arena, format, args);
	va_end(args);
	diag_help(&lint->found, diag, "%.*s", STR_ARG(text));
}

static void read_tree(struct lint *lint)
{
	struct diags ignored;

	diags_init(&ignored);
	lint->tree = tree_parse(lint->arena, lint->plan->runbook->source, &ignored);
	diags_done(&ignored);
}

static void look_through(struct lint *lint, const struct plan *plan)
{
	if (!plan)
		return;
	lint->plan = plan;
	lint->process_count = 0;
	read_tree(lint);
	lint_collect(lint);
	for (size_t i = 0; i < FAMILIES; i++)
		for (const struct rule *rule = families[i]; rule->code; rule++)
			if (rule->run)
				rule->run(lint, rule);
}

void lint_run(struct load *load)
{
	struct lint lint = {.arena = arena_new(), .load = load};

	diags_init(&lint.found);
	look_through(&lint, load->plan);
	look_through(&lint, load->unused);
	lint_allow(&lint, &load->diags);
	diags_done(&lint.found);
	arena_free(lint.arena);
}

bool lint_row(size_t i, const char **ret_code, const char **ret_summary)
{
	for (size_t family = 0; family < FAMILIES; family++)
		for (const struct rule *rule = families[family]; rule->code; rule++) {
			if (i-- > 0)
				continue;
			*ret_code = rule->code;
			*ret_summary = rule->summary;
			return true;
		}
	return false;
}
