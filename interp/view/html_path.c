/* SPDX-License-Identifier: Apache-2.0 */
#include "view/html_parts.h"

/* The critical path in words. */

/* A shorter wait for a person is none. */
enum { LEAST_OPEN_US = 1000000 };

/* So many parts of one loop, one behind the other, are told as one. */
enum { TOGETHER = 4 };

/* What is shorter than this part of the whole is only counted. */
enum { BRIEF = 200 };

/* The outermost loop that a part lies in, index + 1; 0: it lies in none. */
static size_t loop_of(const struct html *html, const struct actual_part *part)
{
	const struct chronicle *chronicle = html->chronicle;
	size_t loop = 0;

	if (part->step == 0)
		return 0;
	for (size_t at = chronicle->steps[part->step - 1].parent; at;
	     at = chronicle->steps[at - 1].parent)
		if (chronicle->summary.steps[at - 1].items)
			loop = at;
	return loop;
}

static void put_part(
    struct html *html, size_t step, int64_t took_us, int64_t people_us, size_t count)
{
	html_put(html, "<li><span class=\"took\">");
	html_duration(html, took_us);
	html_put(html, "</span><span>");
	if (step) {
		html_put(html, "<a href=\"#s%zu\">", step - 1);
		html_name(html, step - 1);
		html_put(html, "</a>");
	} else {
		html_put(html, "<a href=\"#checks\">the runbook's own checks</a>");
	}
	if (count > 1)
		html_put(html, " <span class=\"note\">%zu parts of it, one behind the other</span>",
		    count);
	if (people_us >= LEAST_OPEN_US) {
		html_put(html, " <span class=\"note\">");
		html_duration(html, people_us);
		html_put(html, " of it with a question open</span>");
	}
	html_put(html, "</span></li>\n");
}

/* Those from one on that lie in the same loop; 1 where they are too few to be told together. */
static size_t count_together(const struct html *html, size_t from)
{
	size_t loop = loop_of(html, &html->path.parts[from]);
	size_t to = from + 1;

	while (loop && to < html->path.count && loop_of(html, &html->path.parts[to]) == loop)
		to++;
	return to - from >= TOGETHER ? to - from : 1;
}

void html_put_path(struct html *html)
{
	size_t brief = 0;
	size_t count;

	if (html->path.count == 0)
		return;
	html_put(html,
	    "<section aria-labelledby=\"h-path\">\n<h2 id=\"h-path\">Critical path</h2>\n"
	    "<p class=\"note\">From the end of the run back through what each step waited for "
	    "last: "
	    "only what stands here, done faster, would have ended it sooner.</p>\n"
	    "<ol class=\"path\">\n");
	for (size_t i = 0; i < html->path.count; i += count) {
		const struct actual_part *part = &html->path.parts[i];
		int64_t people_us = 0;
		int64_t took_us;

		count = count_together(html, i);
		for (size_t k = 0; k < count; k++)
			people_us += part[k].people_us;
		took_us = part[count - 1].to_t_us - part->from_t_us;
		if (took_us < html->end_t_us / BRIEF)
			brief += count;
		else
			put_part(html, count > 1 ? loop_of(html, part) : part->step, took_us,
			    people_us, count);
	}
	html_put(html, "</ol>\n");
	if (brief)
		html_put(html,
		    "<p class=\"note\">%zu more on it took less than half a percent%s.</p>\n",
		    brief, brief == 1 ? "" : " each");
	html_put(html, "</section>\n");
}
