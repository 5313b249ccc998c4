/* SPDX-License-Identifier: Apache-2.0 */
#include "view/html_graph.h"

#include "base/utf8.h"
#include "view/html_parts.h"
#include "view/text.h"

/* A larger plan is no drawing that anybody reads. */
enum { DRAWN = 400 };

/* Columns of a line of a title and of the line below, and pixels of one of the title's. */
enum { TITLE = 30, SUB = 36, COLUMN = 7 };

/* What became of a step in all its instances. */
struct fate {
	size_t first; /* index + 1 of the instance that stands for it; 0: it was not reached */
	size_t count; /* of items, rounds and uses */
	size_t looks[LOOKS];
	enum look look; /* the worst */
	bool on_path;
};

struct graph {
	struct html *html;
	const struct layout *layout;
	struct fate *fates; /* by plan index */
};

/* From what is worst. */
static const enum look worst[LOOKS] = {LOOK_FAILED, LOOK_TIMED_OUT, LOOK_LOST, LOOK_DENIED,
    LOOK_CANCELLED, LOOK_OPEN, LOOK_BLOCKED, LOOK_ALLOWED, LOOK_REHEARSED, LOOK_OK, LOOK_SKIPPED};

static void find_fates(struct graph *graph)
{
	const struct chronicle *chronicle = graph->html->chronicle;

	for (size_t i = 0; i < chronicle->step_count; i++) {
		const struct summary_step *step = &chronicle->summary.steps[i];
		struct fate *fate;

		if (!chronicle->steps[i].plan)
			continue;
		fate = &graph->fates[chronicle->steps[i].plan->index];
		fate->on_path |= graph->html->path.steps[i];
		if (!fate->first)
			fate->first = i + 1;
		/* a loop is told by its items */
		if (step->items && step->items->list.count)
			continue;
		fate->count++;
		fate->looks[html_look(step)]++;
	}
	for (size_t i = 0; i < graph->layout->plan->count; i++) {
		struct fate *fate = &graph->fates[i];

		fate->look = LOOK_OPEN;
		for (size_t k = LOOKS; k-- > 0;)
			if (fate->looks[worst[k]])
				fate->look = worst[k];
	}
}

/* "×200: 1 failed, 119 not run, 80 succeeded", of many instances of one step. */
static void put_fates(struct html *html, const struct fate *fate, size_t columns)
{
	struct buf text;
	bool first = true;

	buf_init(&text, BUF_UNBOUNDED);
	buf_printf(&text, "×%zu: ", fate->count);
	for (size_t i = 0; i < LOOKS; i++)
		if (fate->looks[worst[i]]) {
			buf_printf(&text, "%s%zu %s", first ? "" : ", ", fate->looks[worst[i]],
			    html_look_word(worst[i]));
			first = false;
		}
	html_fit(html, buf_view(&text), columns);
	buf_done(&text);
}

static void put_fate(const struct graph *graph, const struct fate *fate, size_t columns)
{
	struct html *html = graph->html;
	const struct summary_step *step;

	if (!fate->first) {
		html_put(html, "not reached");
		return;
	}
	if (fate->count > 1) {
		put_fates(html, fate, columns);
		return;
	}
	step = &html->chronicle->summary.steps[fate->first - 1];
	html_put(html, "%s",
	    step_was_not_run(step) ? "was not run" : text_outcome(step->outcome, step->answered));
	if (!step_was_not_run(step) && step->duration_us > 0) {
		html_put(html, ", ");
		html_duration(html, step->duration_us);
	}
}

static const char *class_of(const struct fate *fate)
{
	return fate->first ? html_look_class(fate->look) : "idle";
}

static void put_sign(const struct graph *graph, const struct fate *fate, int x, int y)
{
	html_put(graph->html,
	    "<use href=\"#sign-%s\" x=\"%d\" y=\"%d\" width=\"14\" height=\"14\"/>",
	    html_look_class(fate->look), x, y - 11);
}

static void put_line(struct html *html, struct str text, int x, int y, size_t columns)
{
	html_put(html, "<text x=\"%d\" y=\"%d\">", x, y);
	html_fit(html, text, columns);
	html_put(html, "</text>");
}

/* How much of a title stands on its first line: whole words, where they fit. */
static size_t first_line(struct str title)
{
	size_t len = 0;

	if (utf8_columns(title) <= TITLE)
		return title.len;
	for (size_t i = 0; i < title.len; i++)
		if (title.ptr[i] == ' ' && utf8_columns(str_sub(title, 0, i)) <= TITLE)
			len = i;
	return len ? len : title.len;
}

static void open_link(const struct graph *graph, const struct plan_node *node)
{
	struct html *html = graph->html;
	const struct fate *fate = &graph->fates[node->index];

	if (fate->first)
		html_put(html, "<a class=\"%s%s\" href=\"#s%zu\">", class_of(fate),
		    fate->on_path ? " on" : "", fate->first - 1);
	else
		html_put(html, "<g class=\"idle\">");
	html_put(html, "<title>");
	html_text(html, node->step->title);
	html_put(html, ": ");
	put_fate(graph, fate, SIZE_MAX);
	html_put(html, "</title>");
}

static void close_link(const struct graph *graph, const struct plan_node *node)
{
	html_put(graph->html, graph->fates[node->index].first ? "</a>\n" : "</g>\n");
}

static void put_box(const struct graph *graph, const struct plan_node *node)
{
	const struct layout_place *place = &graph->layout->places[node->index];
	const struct fate *fate = &graph->fates[node->index];
	struct str title = str_trim(node->step->title);
	struct str effect = node->effect == EFFECT_DESTROY ? STR("destroys · ") : (struct str){0};
	size_t len = first_line(title);
	bool two = len < title.len;
	int y = place->y + (two ? 19 : 27);
	struct html *html = graph->html;

	open_link(graph, node);
	html_put(html,
	    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" class=\"box\"/>", place->x,
	    place->y, place->width, place->height);
	if (node->effect == EFFECT_DESTROY)
		html_put(html,
		    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" class=\"again\"/>",
		    place->x + 3, place->y + 3, place->width - 6, place->height - 6);
	put_sign(graph, fate, place->x + 11, y);
	put_line(html, str_sub(title, 0, len), place->x + 32, y, TITLE);
	if (two)
		put_line(html, str_sub(title, len + 1, title.len), place->x + 32, y + 16, TITLE);
	html_put(
	    html, "<text x=\"%d\" y=\"%d\" class=\"sub\">", place->x + 32, y + (two ? 33 : 18));
	html_text(html, effect);
	put_fate(graph, fate, SUB - utf8_columns(effect));
	html_put(html, "</text>");
	close_link(graph, node);
}

static void put_link(const struct graph *graph, const struct layout_link *link)
{
	const struct layout_place *from = &graph->layout->places[link->from];
	const struct layout_place *to = &graph->layout->places[link->to];
	int x = from->x + from->width / 2;
	int y = from->y + from->height;
	struct html *html = graph->html;

	html_put(html, "<path class=\"edge%s\" marker-end=\"url(#arrow)\" d=\"M%d %dV%d",
	    graph->fates[link->from].on_path && graph->fates[link->to].on_path ? " on" : "", x, y,
	    link->start);
	y = link->start;
	for (size_t i = 0; i <= link->count; i++) {
		bool last = i == link->count;
		int next_x = last ? to->x + to->width / 2 : link->xs[i];
		int next_y = last ? to->y : link->tops[i];

		html_put(html, "C%d %d %d %d %d %d", x, (y + next_y) / 2, next_x, (y + next_y) / 2,
		    next_x, next_y);
		if (!last)
			html_put(html, "V%d", link->bottoms[i]);
		x = next_x;
		y = last ? next_y : link->bottoms[i];
	}
	html_put(html, "\"/>\n");
}

static void put_node(const struct graph *graph, uint32_t index);

static void put_group(const struct graph *graph, const struct layout_group *group)
{
	for (const struct layout_link *link = group->links; link; link = link->next)
		put_link(graph, link);
	for (size_t i = 0; i < group->count; i++)
		put_node(graph, group->nodes[i]);
}

/* A frame of steps that are not on the way: what is done at the end in any case, or to undo. */
static void put_apart(
    const struct graph *graph, const struct layout_group *group, const char *title)
{
	struct html *html = graph->html;
	int width = group->width + 20;

	if (group->count == 0)
		return;
	html_put(html,
	    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" class=\"frame apart\"/>"
	    "<text x=\"%d\" y=\"%d\" class=\"sub\">%s</text>\n",
	    group->x - 10, group->y - LAYOUT_HEAD + 6, width, group->height + LAYOUT_HEAD + 4,
	    group->x, group->y - LAYOUT_HEAD + 22, title);
	put_group(graph, group);
}

static void put_node(const struct graph *graph, uint32_t index)
{
	const struct plan_node *node = &graph->layout->plan->nodes[index];
	const struct layout_place *place = &graph->layout->places[index];

	if (!place->parts[PART_STEPS].count && !place->parts[PART_FINALLY].count) {
		put_box(graph, node);
	} else {
		open_link(graph, node);
		html_put(graph->html,
		    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\" class=\"frame\"/>",
		    place->x, place->y, place->width, place->height);
		put_sign(graph, &graph->fates[index], place->x + 11, place->y + 21);
		put_line(graph->html, node->step->title, place->x + 32, place->y + 21,
		    (size_t)(place->width - 44) / COLUMN);
		close_link(graph, node);
		put_group(graph, &place->parts[PART_STEPS]);
		put_apart(graph, &place->parts[PART_FINALLY], "in any case, at the end");
	}
	if (place->parts[PART_ROLLBACK].count)
		html_put(graph->html, "<path class=\"edge undo\" d=\"M%d %dH%d\"/>\n",
		    place->x + place->width, place->y + 21, place->parts[PART_ROLLBACK].x - 10);
	put_apart(graph, &place->parts[PART_ROLLBACK], "to undo it");
}

void html_put_graph(struct html *html)
{
	const struct plan *plan = html->about.plan;
	struct graph graph = {.html = html};
	const struct layout_place *root;
	struct arena *arena;

	if (!plan || plan->count < 2)
		return;
	html_put(html, "<section aria-labelledby=\"h-graph\">\n<h2 id=\"h-graph\">Graph</h2>\n");
	if (plan->count > DRAWN) {
		html_put(html,
		    "<p class=\"note\">%zu steps are too many to be drawn.</p>\n</section>\n",
		    plan->count - 1);
		return;
	}
	arena = arena_new();
	graph.layout = layout_new(arena, plan);
	graph.fates = arena_array(arena, plan->count, sizeof(*graph.fates));
	find_fates(&graph);
	root = &graph.layout->places[PLAN_ROOT];
	html_put(html,
	    "<div class=\"graph\" tabindex=\"0\" role=\"group\" aria-labelledby=\"h-graph\">"
	    "<svg width=\"%d\" height=\"%d\" viewBox=\"0 %d %d %d\">\n",
	    root->unit_width, root->unit_height - LAYOUT_HEAD + 8, LAYOUT_HEAD - 4,
	    root->unit_width, root->unit_height - LAYOUT_HEAD + 8);
	put_group(&graph, &root->parts[PART_STEPS]);
	put_apart(&graph, &root->parts[PART_FINALLY], "in any case, at the end");
	put_apart(&graph, &root->parts[PART_ROLLBACK], "to undo it");
	html_put(html, "</svg></div>\n</section>\n");
	arena_free(arena);
}
