/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/spell.h"
#include "lint/lint_parts.h"

/*
 * `# reprise: allow CODE reason`. A comment counts where YAML sees one, so the file is read once more for the places of
 * its scalars: a # within them is text. A comment that stands alone speaks for the next line that is none.
 */
struct allowance {
	struct span span;
	struct str code;
	struct str reason;
	size_t line; /* that it speaks for */
	const struct source *source;
	bool used;
};

struct allowances {
	struct lint *lint;
	const struct source *source;
	struct span *scalars; /* of this source, ascending */
	size_t scalar_count;
	size_t scalar_capacity;
	struct allowance *items;
	size_t count;
	size_t capacity;
};

const struct rule allow_rules[] = {
    {"unused-allow", "a comment allows what is not found", NULL},
    {"allow-without-reason", "a comment allows a finding and does not say why", NULL},
    {0},
};

enum { UNUSED, WITHOUT_REASON };

static void gather_scalars(struct allowances *all, const struct node *node)
{
	if (node->kind == NODE_SCALAR) {
		struct span span = node->span;
		struct str text = span_text(span);

		/* behind | and > of a block's first line a comment may stand */
		if (text.len && (text.ptr[0] == '|' || text.ptr[0] == '>')) {
			const char *end = memchr(text.ptr, '\n', text.len);

			span.start = end ? span.start + (uint32_t)(end - text.ptr) : span.end;
		}
		all->scalars = arena_grow(all->lint->arena, all->scalars, all->scalar_count,
		    &all->scalar_capacity, sizeof(*all->scalars));
		all->scalars[all->scalar_count++] = span;
		return;
	}
	for (size_t i = 0; node->kind == NODE_LIST && i < node->list.count; i++)
		gather_scalars(all, node->list.items[i]);
	for (size_t i = 0; node->kind == NODE_MAP && i < node->map.count; i++) {
		gather_scalars(all, node->map.entries[i].key);
		gather_scalars(all, node->map.entries[i].value);
	}
}

static int compare_spans(const void *a, const void *b)
{
	const struct span *x = a;
	const struct span *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* The last scalar that begins at or before an offset holds it, or none does. */
static bool in_scalar(const struct allowances *all, uint32_t offset)
{
	size_t low = 0;
	size_t high = all->scalar_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (all->scalars[middle].start <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && offset < all->scalars[low - 1].end;
}

static struct str cut_word(struct str *rest)
{
	struct str word;
	size_t end = 0;

	*rest = str_trim(*rest);
	while (end < rest->len && rest->ptr[end] != ' ' && rest->ptr[end] != '\t')
		end++;
	word = str_sub(*rest, 0, end);
	*rest = str_trim(str_sub(*rest, end, rest->len));
	return word;
}

/* The line that a comment speaks for: its own, or the next that holds more than a comment. */
static size_t line_for(const struct source *source, size_t line, bool alone)
{
	while (alone && line < source->line_count) {
		struct str next = str_trim(source_line(source, ++line));

		if (next.len && next.ptr[0] != '#')
			break;
	}
	return line;
}

static void read_comment(struct allowances *all, size_t line, struct span span)
{
	struct str rest = str_sub(span_text(span), 1, SIZE_MAX);
	struct str before = source_line(all->source, line);
	struct allowance allowance = {.span = span, .source = all->source};
	bool alone;

	before.len = span.start - all->source->lines[line - 1];
	alone = str_trim(before).len == 0;
	if (!str_is(cut_word(&rest), "reprise:") || !str_is(cut_word(&rest), "allow"))
		return;
	allowance.code = cut_word(&rest);
	allowance.reason = rest;
	allowance.line = line_for(all->source, line, alone);
	all->items = arena_grow(
	    all->lint->arena, all->items, all->count, &all->capacity, sizeof(*all->items));
	all->items[all->count++] = allowance;
}

static void read_comments(struct allowances *all)
{
	for (size_t line = 1; line <= all->source->line_count; line++) {
		struct str text = source_line(all->source, line);
		uint32_t start = all->source->lines[line - 1];

		for (size_t i = 0; i < text.len; i++) {
			struct span span = {
			    all->source, start + (uint32_t)i, start + (uint32_t)text.len};

			if (text.ptr[i] != '#' ||
			    (i > 0 && text.ptr[i - 1] != ' ' && text.ptr[i - 1] != '\t') ||
			    in_scalar(all, span.start))
				continue;
			read_comment(all, line, span);
			break;
		}
	}
}

static void read_source(struct allowances *all, const struct source *source)
{
	const struct node *tree;
	struct diags ignored;

	/* most files allow nothing */
	if (str_find((struct str){source->bytes, source->len}, STR("reprise: allow")) < 0)
		return;
	diags_init(&ignored);
	tree = tree_parse(all->lint->arena, source, &ignored);
	diags_done(&ignored);
	all->source = source;
	all->scalar_count = 0;
	if (tree)
		gather_scalars(all, tree);
	if (all->scalar_count)
		qsort(all->scalars, all->scalar_count, sizeof(*all->scalars), compare_spans);
	read_comments(all);
}

static bool stands_on(const struct allowance *allowance, struct span span)
{
	return span.source == allowance->source && span.source &&
	    source_position(span.source, span.start).line == allowance->line;
}

static bool is_allowed(struct allowances *all, const struct diag *diag, const struct home *home)
{
	bool allowed = false;

	for (size_t i = 0; i < all->count; i++) {
		struct allowance *item = &all->items[i];

		if (diag->severity != SEVERITY_WARNING || !str_is(item->code, diag->code) ||
		    !(stands_on(item, diag->span) ||
			(home && (stands_on(item, home->step) || stands_on(item, home->scalar)))))
			continue;
		item->used = true;
		allowed = true;
	}
	return allowed;
}

static void hand_over(const struct diag *found, struct diags *diags)
{
	struct diag *diag = diag_warning(
	    diags, found->code, found->span, "%.*s", STR_ARG(found->message));

	if (found->help.len)
		diag_help(diags, diag, "%.*s", STR_ARG(found->help));
	if (found->other.source)
		diag_other(diags, diag, found->other, "%.*s", STR_ARG(found->other_text));
}

static void suggest(struct diags *diags, struct diag *diag, struct str code)
{
	const char *summary;
	const char *row;
	struct spell spell;

	spell_init(&spell, code);
	for (size_t i = 0; lint_row(i, &row, &summary); i++) {
		if (str_is(code, row)) {
			diag_help(diags, diag,
			    "take the comment away; it speaks for its own line, "
			    "or the next");
			return;
		}
		spell_try(&spell, str_from(row));
	}
	if (spell_best(&spell).len)
		diag_help(diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
	else
		diag_help(diags, diag, "no lint has this code; errors cannot be allowed");
}

static void report(struct allowances *all, struct diags *diags)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct allowance *item = &all->items[i];
		struct diag *diag;

		/* a shared file allows what other runbooks make of it */
		if (!item->used && item->source != all->lint->load->source)
			continue;
		if (!item->used) {
			diag = diag_warning(diags, allow_rules[UNUSED].code, item->span,
			    "this allows `%.*s`, which is not found here", STR_ARG(item->code));
			suggest(diags, diag, item->code);
		} else if (!item->reason.len) {
			diag = diag_warning(diags, allow_rules[WITHOUT_REASON].code, item->span,
			    "this allows `%.*s` without a reason", STR_ARG(item->code));
			diag_help(
			    diags, diag, "say why behind the code, for whoever reads it next");
		}
	}
}

void lint_allow(struct lint *lint, struct diags *diags)
{
	struct allowances all = {.lint = lint};
	size_t kept = 0;

	for (size_t i = 0; i < lint->load->files.count; i++)
		read_source(&all, lint->load->files.items[i]->source);
	for (size_t i = 0; i < diags->count; i++)
		if (!is_allowed(&all, &diags->items[i], NULL))
			diags->items[kept++] = diags->items[i];
	diags->count = kept;
	for (size_t i = 0; i < lint->found.count; i++)
		if (!is_allowed(&all, &lint->found.items[i], &lint->homes[i]))
			hand_over(&lint->found.items[i], diags);
	diags->lost += lint->found.lost;
	report(&all, diags);
}
