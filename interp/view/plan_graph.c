/* SPDX-License-Identifier: Apache-2.0 */
#include "view/plan_graph.h"

#include "base/utf8.h"
#include "lang/target.h"
#include "value/target.h"
#include "view/plan_graph_parts.h"
#include "view/plan_parts.h"
#include "view/text.h"

/* Wider than this a label is broken, longer than this it is cut. */
enum { COLUMNS = 34, LINES = 4 };

enum { NAME_SIZE = 16 };

static const struct graph_language *const languages[] = {
    [GRAPH_DOT] = &graph_dot, [GRAPH_MERMAID] = &graph_mermaid};

struct graph {
	const struct plan *plan;
	const struct graph_language *language;
	struct plan_scope scope;
	struct arena *arena;
	struct buf *out;
	size_t depth;
	size_t line; /* of the label that is being written */
};

/*
 * Names are made of plan indexes, so that no id can be a word of the language: "n7", the frame of its finally steps
 * "n7f", of its rollback "n7r", what the runbook's end is "n0e".
 */
static const char *name(struct graph *graph, uint32_t node, const char *what)
{
	return arena_printf(graph->arena, "n%u%s", node, what).ptr;
}

static void indent(struct graph *graph)
{
	for (size_t i = 0; i < graph->depth; i++)
		buf_text(graph->out, "  ");
}

/* Bytes of a text that stand in so many columns. */
static size_t fitting(struct str text, size_t columns)
{
	size_t len = 0;

	while (len < text.len) {
		uint32_t code;
		struct str left = str_sub(text, len, text.len);
		size_t step = utf8_decode(left, &code);
		size_t wide = utf8_columns(str_sub(left, 0, step));

		if (wide > columns)
			break;
		columns -= wide;
		len += step;
	}
	return len;
}

/* The next piece of a line: as many words as fit, or as much of one as does. */
static struct str take_piece(struct str *text)
{
	struct str line = str_trim(*text);
	struct str rest = line;
	size_t len = 0;

	while (text_word(&rest).len && fitting(line, COLUMNS) >= line.len - rest.len)
		len = line.len - rest.len;
	if (len == 0)
		len = fitting(line, COLUMNS);
	*text = str_sub(line, len, line.len);
	return str_sub(line, 0, len);
}

/* One or more lines of a label. */
static void put_line(struct graph *graph, const char *before, struct str text)
{
	struct buf whole;
	struct str rest;

	buf_init(&whole, BUF_UNBOUNDED);
	buf_text(&whole, before);
	for (struct str word = text_word(&text); word.len; word = text_word(&text)) {
		buf_text(&whole, whole.len && whole.ptr[whole.len - 1] != ' ' ? " " : "");
		text_harmless(&whole, word);
	}
	rest = buf_view(&whole);
	for (size_t i = 0; rest.len && i < LINES; i++) {
		buf_text(graph->out, graph->line++ ? graph->language->line : "");
		graph->language->escape(graph->out, take_piece(&rest));
		if (rest.len && i + 1 == LINES)
			buf_text(graph->out, " …");
	}
	buf_done(&whole);
}

/* Where it runs, by the name of the target or of its machine. */
static void put_place(struct graph *graph, const struct step *step)
{
	const struct target *target = step->action.at.target;
	const struct value *value = target && target->value ? template_value(target->value) : NULL;

	if (!action_is_away(&step->action))
		return;
	if (step->action.stage_count)
		put_line(graph, "runs at several places", STR(""));
	else if (target && target->name.len)
		put_line(graph, "at ", target->name);
	else if (value && !target->many)
		put_line(graph, "at ", target_short(graph->arena, value));
	else
		put_line(graph, "runs elsewhere", STR(""));
}

static void put_label(struct graph *graph, const struct plan_node *node)
{
	const struct step *step = node->step;

	graph->line = 0;
	put_line(graph, "", step->title);
	if (!str_eq(step->title, step->id))
		put_line(graph, "", step->id);
	if (step->when)
		put_line(graph, "only when ", expr_text(step->when));
	if (step->each.list)
		put_line(graph,
		    arena_printf(graph->arena, "for each %.*s of ", STR_ARG(step->each.as)).ptr,
		    expr_text(step->each.list));
	put_place(graph, step);
	if (step->manual.text)
		put_line(graph, "BY HAND", STR(""));
	if (!step->is_block && node->effect == EFFECT_DESTROY)
		put_line(graph, "DESTROYS", STR(""));
	if (node->asks)
		put_line(graph, "ASKS FIRST", STR(""));
	if (step->allow_failure)
		put_line(graph, "may fail", STR(""));
}

static void begin_node(struct graph *graph, const char *called, enum shape shape)
{
	indent(graph);
	buf_printf(graph->out, "%s%s", called, graph->language->shapes[shape].before);
	graph->line = 0;
}

static void end_node(struct graph *graph, enum shape shape, bool asks)
{
	buf_printf(graph->out, "%s%s%s\n", graph->language->shapes[shape].after,
	    asks ? graph->language->asks : "", graph->language->end_node);
}

static void begin_frame(struct graph *graph, const char *called, enum frame frame)
{
	indent(graph);
	buf_printf(graph->out, "%s%s%s", graph->language->frame, called,
	    graph->language->frames[frame].before);
	graph->line = 0;
}

static void begin_inside(struct graph *graph, enum frame frame, bool asks)
{
	buf_printf(graph->out, "%s%s\n", graph->language->frames[frame].after,
	    graph->language->weights[asks]);
	graph->depth++;
}

static void end_frame(struct graph *graph)
{
	graph->depth--;
	indent(graph);
	buf_printf(graph->out, "%s\n", graph->language->end_frame);
}

static enum shape shape_of(const struct plan_node *node)
{
	if (node->effect == EFFECT_DESTROY)
		return SHAPE_DESTROY;
	if (node->step->manual.text)
		return SHAPE_MANUAL;
	if (!node->step->action.spec)
		return SHAPE_CHECK;
	return node->effect == EFFECT_CHANGE ? SHAPE_CHANGE : SHAPE_READ;
}

static void put_list(struct graph *graph, const uint32_t *nodes, size_t count);

/* The steps of a list that is not its block's own, in a frame. */
static void put_apart(struct graph *graph, const char *called, enum frame frame, const char *label,
    struct str of, const uint32_t *nodes, size_t count)
{
	if (!count)
		return;
	begin_frame(graph, called, frame);
	put_line(graph, label, of);
	begin_inside(graph, frame, false);
	put_list(graph, nodes, count);
	end_frame(graph);
}

static void put_step(struct graph *graph, const struct plan_node *node)
{
	const char *called = name(graph, node->index, "");

	if (node->child_count) {
		begin_frame(graph, called, FRAME_BLOCK);
		put_label(graph, node);
		begin_inside(graph, FRAME_BLOCK, node->asks);
		put_list(graph, node->children, node->child_count);
		put_apart(graph, name(graph, node->index, "f"), FRAME_FINALLY,
		    "finally, whatever became of it", STR(""), node->finally, node->finally_count);
		end_frame(graph);
	} else {
		begin_node(graph, called, shape_of(node));
		put_label(graph, node);
		end_node(graph, shape_of(node), node->asks);
	}
	put_apart(graph, name(graph, node->index, "r"), FRAME_ROLLBACK,
	    graph->plan->runbook->on_failure == FAILURE_ROLLBACK ? "when the run fails, undoes "
								 : "could undo ",
	    node->step->id, node->rollback, node->rollback_count);
}

static void put_list(struct graph *graph, const uint32_t *nodes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_step(graph, &graph->plan->nodes[nodes[i]]);
}

static void put_start(struct graph *graph)
{
	const struct runbook *runbook = graph->plan->runbook;

	begin_node(graph, "n0", SHAPE_START);
	put_line(graph, "", runbook->title);
	if (!str_eq(runbook->title, runbook->id))
		put_line(graph, "", runbook->id);
	end_node(graph, SHAPE_START, false);
}

/* What "recovered" means. */
static void put_recovered(struct graph *graph)
{
	const struct checks *verify = &graph->plan->nodes[PLAN_ROOT].step->verify;

	if (!verify->count)
		return;
	begin_node(graph, "n0e", SHAPE_END);
	put_line(graph, "RECOVERED MEANS", STR(""));
	for (size_t i = 0; i < verify->count; i++) {
		const struct check *check = &verify->items[i];
		struct buf text;

		buf_init(&text, BUF_UNBOUNDED);
		if (check->action.spec)
			plan_scope_action(&graph->scope, &check->action, graph->arena, &text);
		if (check->expect)
			buf_printf(&text, "%s%.*s", text.len ? ": " : "",
			    STR_ARG(expr_text(check->expect)));
		put_line(graph, "", buf_view(&text));
		buf_done(&text);
	}
	end_node(graph, SHAPE_END, false);
}

/* The first step of a list that waits for no other, or the last that no other waits for. */
static uint32_t outermost(struct graph *graph, const uint32_t *nodes, size_t count, bool last)
{
	const struct plan_node *all = graph->plan->nodes;
	size_t at = last ? count - 1 : 0;

	while (last ? all[nodes[at]].dependent_count : all[nodes[at]].need_count)
		at += last ? (size_t)-1 : 1;
	return nodes[at];
}

/* Of a block its frame, and in it the step where it begins or, looked at from behind, the one that stands last. */
static struct graph_end end_at(struct graph *graph, uint32_t index, bool behind)
{
	const struct plan_node *node = &graph->plan->nodes[index];
	const char *frame = node->child_count ? name(graph, index, "") : NULL;

	while (node->child_count) {
		bool apart = behind && node->finally_count;
		uint32_t inner = apart
		    ? outermost(graph, node->finally, node->finally_count, behind)
		    : outermost(graph, node->children, node->child_count, behind);

		node = &graph->plan->nodes[inner];
	}
	return (struct graph_end){name(graph, node->index, ""), frame};
}

/* A frame of steps that stand apart. */
static struct graph_end apart(
    struct graph *graph, uint32_t of, const char *what, const uint32_t *nodes, size_t count)
{
	uint32_t first = outermost(graph, nodes, count, false);

	return (struct graph_end){end_at(graph, first, false).node, name(graph, of, what)};
}

static void put_link(
    struct graph *graph, enum link link, struct graph_end from, struct graph_end to)
{
	indent(graph);
	graph->language->link(graph->out, link, &from, &to);
	buf_byte(graph->out, '\n');
}

/* From every step of a block that no other waits for. */
static void link_last(
    struct graph *graph, const struct plan_node *block, enum link link, struct graph_end to)
{
	for (size_t i = 0; i < block->child_count; i++)
		if (graph->plan->nodes[block->children[i]].dependent_count == 0)
			put_link(graph, link, end_at(graph, block->children[i], true), to);
}

static void put_links(struct graph *graph, const struct plan_node *node)
{
	for (size_t i = 0; i < node->need_count; i++)
		put_link(graph, LINK_NEEDS, end_at(graph, node->needs[i], true),
		    end_at(graph, node->index, false));
	if (node->finally_count)
		link_last(graph, node, LINK_FINALLY,
		    apart(graph, node->index, "f", node->finally, node->finally_count));
	if (node->rollback_count)
		put_link(graph, LINK_UNDO, end_at(graph, node->index, true),
		    apart(graph, node->index, "r", node->rollback, node->rollback_count));
}

/* From the start to the steps that wait for nothing, from the last ones to what comes behind all. */
static void put_outer_links(struct graph *graph)
{
	const struct plan_node *root = &graph->plan->nodes[PLAN_ROOT];
	const struct graph_end start = {"n0", NULL};
	const struct graph_end recovered = {"n0e", NULL};
	struct graph_end finally;

	for (size_t i = 0; i < root->child_count; i++)
		if (graph->plan->nodes[root->children[i]].need_count == 0)
			put_link(graph, LINK_NEEDS, start, end_at(graph, root->children[i], false));
	if (root->step->verify.count)
		link_last(graph, root, LINK_NEEDS, recovered);
	if (!root->finally_count)
		return;
	finally = apart(graph, PLAN_ROOT, "f", root->finally, root->finally_count);
	if (root->step->verify.count)
		put_link(graph, LINK_FINALLY, recovered, finally);
	else
		link_last(graph, root, LINK_FINALLY, finally);
}

void plan_graph(
    const struct plan *plan, const struct value *params, enum graph_form form, struct buf *out)
{
	struct graph graph = {.plan = plan,
	    .language = languages[form],
	    .arena = arena_new(),
	    .out = out,
	    .depth = 1};
	const struct plan_node *root = &plan->nodes[PLAN_ROOT];

	plan_scope_init(&graph.scope, plan, params);
	buf_text(out, graph.language->head);
	put_start(&graph);
	put_list(&graph, root->children, root->child_count);
	put_recovered(&graph);
	put_apart(&graph, "n0f", FRAME_FINALLY, "finally, whatever happened", STR(""),
	    root->finally, root->finally_count);
	put_outer_links(&graph);
	for (size_t i = 1; i < plan->count; i++)
		put_links(&graph, &plan->nodes[i]);
	buf_text(out, graph.language->foot);
	arena_free(graph.arena);
}
