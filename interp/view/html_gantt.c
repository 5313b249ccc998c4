/* SPDX-License-Identifier: Apache-2.0 */
#include "view/html_parts.h"

#include <stdio.h>

#include "view/text.h"

/* The parts of a block or loop with more of them are folded. */
enum { UNFOLDED = 20 };

/* Between so many lines the axis is parted at most. */
enum { TICKS = 8 };

/* A row is so high, and what stands in it so far from its top. */
#define LEAST 0.1 /* percent: what takes no time is seen all the same */

enum { ROW = 22, BAR_Y = 6, BAR = 10, PATH_Y = 18 };

static double percent(const struct html *html, int64_t t_us)
{
	double part = (double)t_us / (double)html->end_t_us;

	return part < 0 ? 0 : part > 1 ? 100 : part * 100;
}

static void put_bar(
    struct html *html, int64_t from_t_us, int64_t to_t_us, int y, int height, const char *class)
{
	double from = percent(html, from_t_us);
	double width = percent(html, to_t_us) - from;

	html_put(html, "<rect x=\"%.3f%%\" y=\"%d\" width=\"%.3f%%\" height=\"%d\" class=\"%s\"/>",
	    from, y, width < LEAST ? LEAST : width, height, class);
}

/* A round length of time, so that not too many of it fit into the whole. */
static int64_t tick_us(int64_t whole_us)
{
	static const int64_t steps_s[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600,
	    7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000};
	int64_t fine = 1;

	for (size_t i = 0; whole_us >= INT64_C(8000000) && i < sizeof(steps_s) / sizeof(*steps_s);
	     i++)
		if (whole_us / (steps_s[i] * 1000000) < TICKS)
			return steps_s[i] * 1000000;
	if (whole_us >= INT64_C(8000000))
		return whole_us;
	while (whole_us / fine >= TICKS)
		fine = whole_us / (fine * 2) < TICKS ? fine * 2
		    : whole_us / (fine * 5) < TICKS  ? fine * 5
						     : fine * 10;
	return fine;
}

static void put_axis(struct html *html)
{
	int64_t tick = tick_us(html->end_t_us);

	html_put(html,
	    "<div class=\"row axis\" aria-hidden=\"true\"><span class=\"name\"></span>"
	    "<svg class=\"bars\" width=\"100%%\" height=\"%d\">",
	    ROW);
	for (int64_t t_us = 0; t_us <= html->end_t_us; t_us += tick) {
		double at = percent(html, t_us);

		html_put(
		    html, "<line x1=\"%.3f%%\" x2=\"%.3f%%\" y1=\"14\" y2=\"%d\"/>", at, at, ROW);
		html_put(html, "<text x=\"%.3f%%\" y=\"11\" class=\"%s\">", at,
		    at < 3        ? "from"
			: at > 97 ? "to"
				  : "at");
		html_put(html, t_us ? "" : "0");
		if (t_us)
			html_duration(html, t_us);
		html_put(html, "</text>");
	}
	html_put(html, "</svg><span class=\"took\"></span></div>\n");
}

static int64_t op_began(const struct chronicle_op *op)
{
	return op->began_t_us == CHRONICLE_NEVER ? op->wanted_t_us : op->began_t_us;
}

static void put_op(struct html *html, const struct chronicle_op *op)
{
	char class[32];
	bool check = op->what != START_ACTION;
	int64_t ended = op->ended ? op->ended_t_us : html->end_t_us;

	if (op->what == START_NOTIFY || (op->ended && op->end == END_NOT_BEGUN))
		return;
	snprintf(class, sizeof(class), "%s %s", check ? "check" : "work",
	    html_look_class(html_look_of_op(op)));
	put_bar(html, op_began(op), ended, check ? BAR_Y + 2 : BAR_Y, check ? BAR - 4 : BAR, class);
}

static void put_bars(struct html *html, size_t step)
{
	const struct chronicle_step *it = &html->chronicle->steps[step];
	int64_t ended = it->ended_t_us == CHRONICLE_NEVER ? html->end_t_us : it->ended_t_us;

	put_bar(html, it->began_t_us, ended, BAR_Y + 3, BAR - 6, "span");
	for (const struct chronicle_op *op = it->first; op; op = op->next)
		put_op(html, op);
	for (const struct chronicle_question *question = it->questions; question;
	     question = question->next) {
		int64_t asked = question->approval->asked_t_us;
		int64_t closed = question->closed_t_us == CHRONICLE_NEVER ? html->end_t_us
									  : question->closed_t_us;

		put_bar(html, asked, closed, BAR_Y, BAR, "waits");
		put_bar(html, asked, closed, BAR_Y, BAR, "hatched");
	}
}

static int64_t took_us(const struct html *html, size_t step)
{
	const struct chronicle_step *it = &html->chronicle->steps[step];
	const struct summary_step *told = &html->chronicle->summary.steps[step];

	if (told->outcome != OUTCOME_NONE && told->duration_us > 0)
		return told->duration_us;
	return (it->ended_t_us == CHRONICLE_NEVER ? html->end_t_us : it->ended_t_us) -
	    it->began_t_us;
}

/* The times that it itself accounts for on the path. */
static void put_path_mark(struct html *html, size_t step)
{
	for (size_t at = html->path.part_of[step]; at; at = html->path.parts[at - 1].next)
		put_bar(html, html->path.parts[at - 1].from_t_us, html->path.parts[at - 1].to_t_us,
		    PATH_Y, 2, "path");
}

/* Of parts that are folded, all that they account for. */
static void put_folded_path(struct html *html, size_t step)
{
	int64_t from_t_us = INT64_MAX;
	int64_t to_t_us = 0;

	for (size_t i = 0; i < html->path.count && html->path.steps[step]; i++) {
		const struct actual_part *part = &html->path.parts[i];
		size_t at = part->step;

		while (at && at != step + 1)
			at = html->chronicle->steps[at - 1].parent;
		if (!at)
			continue;
		from_t_us = part->from_t_us < from_t_us ? part->from_t_us : from_t_us;
		to_t_us = part->to_t_us > to_t_us ? part->to_t_us : to_t_us;
	}
	if (from_t_us < to_t_us)
		put_bar(html, from_t_us, to_t_us, PATH_Y, 2, "path");
}

static void put_row(struct html *html, size_t step, size_t parts)
{
	bool has_parts = parts > 0;
	const struct summary_step *it = &html->chronicle->summary.steps[step];
	bool on_path = html->path.steps[step];

	html_put(html, "<span class=\"name%s\">", on_path ? " on" : "");
	html_sign(html, html_look(it));
	html_put(html, "<span>");
	if (!has_parts)
		html_put(html, "<a href=\"#s%zu\">", step);
	html_name(html, step);
	html_put(html, has_parts ? "</span>" : "</a></span>");
	html_put(html, "<span class=\"sr\">, %s%s</span></span>",
	    step_was_not_run(it) ? "was not run" : text_outcome(it->outcome, it->answered),
	    on_path ? ", on the critical path" : "");
	html_put(
	    html, "<svg class=\"bars\" width=\"100%%\" height=\"%d\" aria-hidden=\"true\">", ROW);
	put_bars(html, step);
	if (parts > UNFOLDED)
		put_folded_path(html, step);
	else
		put_path_mark(html, step);
	html_put(html, "</svg><span class=\"took\">");
	html_duration(html, took_us(html, step));
	html_put(html, "</span>");
}

static bool is_drawn(const struct html *html, size_t step)
{
	return !step_was_not_run(&html->chronicle->summary.steps[step]) &&
	    (html->chronicle->summary.steps[step].outcome != OUTCOME_SKIPPED ||
		html->chronicle->steps[step].first);
}

static size_t drawn_parts(const struct html *html, size_t first)
{
	size_t count = 0;

	for (size_t at = first; at; at = html->next_part[at - 1])
		count += is_drawn(html, at - 1);
	return count;
}

/* What the runbook itself asks, before the first step and behind the last one. */
static bool put_checks(struct html *html)
{
	const struct chronicle *chronicle = html->chronicle;
	bool on_path = false;
	bool any = false;

	for (size_t i = 0; i < chronicle->op_count; i++) {
		const struct chronicle_op *op = chronicle->ops[i];

		if (!html_is_own_check(op))
			continue;
		if (!any)
			html_put(html,
			    "<li class=\"row\"><span class=\"name\"><span><a href=\"#checks\">"
			    "The runbook's own checks</a></span></span>"
			    "<svg class=\"bars\" width=\"100%%\" height=\"%d\" "
			    "aria-hidden=\"true\">",
			    ROW);
		any = true;
		put_op(html, op);
	}
	if (!any)
		return true;
	for (size_t i = 0; i < html->path.count; i++) {
		if (html->path.parts[i].step)
			continue;
		on_path = true;
		put_bar(html, html->path.parts[i].from_t_us, html->path.parts[i].to_t_us, PATH_Y, 2,
		    "path");
	}
	html_put(html, "</svg><span class=\"took\">%s</span></li>\n",
	    on_path ? "<span class=\"sr\">on the critical path</span>" : "");
	return true;
}

static void put_rows(struct html *html, size_t first, bool top)
{
	bool checked = !top;

	html_put(html, "<ul>\n");
	for (size_t at = first; at; at = html->next_part[at - 1]) {
		size_t below = html->first_part[at - 1];
		size_t parts = drawn_parts(html, below);

		if (!checked && html->chronicle->summary.steps[at - 1].cleans)
			checked = put_checks(html);

		if (!is_drawn(html, at - 1))
			continue;
		if (parts == 0) {
			html_put(html, "<li class=\"row\">");
			put_row(html, at - 1, 0);
			html_put(html, "</li>\n");
			continue;
		}
		html_put(html, "<li><details%s><summary class=\"row\">",
		    parts <= UNFOLDED ? " open=\"open\"" : "");
		put_row(html, at - 1, parts);
		html_put(html, "</summary>\n");
		put_rows(html, below, false);
		html_put(html, "</details></li>\n");
	}
	if (!checked)
		put_checks(html);
	html_put(html, "</ul>\n");
}

void html_put_gantt(struct html *html)
{
	const struct chronicle *chronicle = html->chronicle;
	size_t drawn = 0;

	for (size_t i = 0; i < chronicle->step_count; i++)
		drawn += is_drawn(html, i);
	if (chronicle->step_count == 0)
		return;
	html_put(html, "<section aria-labelledby=\"h-time\">\n<h2 id=\"h-time\">Over time</h2>\n");
	html_put(html,
	    "<ul class=\"legend\" aria-hidden=\"true\">"
	    "<li><svg width=\"22\" height=\"12\"><rect y=\"1\" width=\"22\" height=\"10\" "
	    "class=\"work ok\"/></svg>"
	    "at work</li>"
	    "<li><svg width=\"22\" height=\"12\"><rect y=\"3\" width=\"22\" height=\"6\" "
	    "class=\"check ok\"/></svg>"
	    "a check</li>"
	    "<li><svg width=\"22\" height=\"12\"><rect y=\"1\" width=\"22\" height=\"10\" "
	    "class=\"waits\"/>"
	    "<rect y=\"1\" width=\"22\" height=\"10\" class=\"hatched\"/></svg>waiting for a "
	    "person</li>"
	    "<li><svg width=\"22\" height=\"12\"><rect y=\"5\" width=\"22\" height=\"2\" "
	    "class=\"path\"/></svg>"
	    "critical path</li></ul>\n<div class=\"gantt\">\n");
	put_axis(html);
	put_rows(html, html->first_top, true);
	html_put(html, "</div>\n");
	if (drawn < chronicle->step_count)
		html_put(html,
		    "<p class=\"note\">%zu step%s not run; they stand under Steps.</p>\n",
		    chronicle->step_count - drawn,
		    chronicle->step_count - drawn == 1 ? " was" : "s were");
	html_put(html, "</section>\n");
}
