/* SPDX-License-Identifier: Apache-2.0 */
#include "view/html_parts.h"

#include <stdlib.h>

#include "base/mem.h"

/* So much output is shown at most, of all steps together; the record has all of it. */
enum { OUTPUT_BYTES = 16 << 20 };

/* Parts of parts are shown inside one another down to here, and side by side below it: readers of HTML have limits. */
enum { DEPTH = 24 };

static void *new (const struct rendering_about *about)
{
	struct html *html = mem_alloc(sizeof(*html));

	html->about = *about;
	html->chronicle = chronicle_new(about->plan);
	html->output_left = OUTPUT_BYTES;
	return html;
}

static void release(void *self)
{
	struct html *html = self;

	chronicle_free(html->chronicle);
	actual_path_done(&html->path);
	free(html->first_part);
	free(html->next_part);
	free(html);
}

static void see(void *self, const struct message *message)
{
	struct html *html = self;

	chronicle_see(html->chronicle, message);
}

/* Below which step one is shown, index + 1; 0: below none. Parents stand before their parts. */
static size_t shown_below(
    const struct chronicle *chronicle, const size_t *below, unsigned *depths, size_t step)
{
	size_t parent = chronicle->steps[step].parent;

	if (!parent || parent > step)
		return 0;
	if (depths[parent - 1] == DEPTH) {
		depths[step] = DEPTH;
		return below[parent - 1];
	}
	depths[step] = depths[parent - 1] + 1;
	return parent;
}

static void put_in_order(struct html *html)
{
	const struct chronicle *chronicle = html->chronicle;
	size_t count = chronicle->step_count;
	unsigned *depths = mem_alloc(count * sizeof(*depths) + 1);
	size_t *below = mem_alloc(count * sizeof(*below) + 1);

	html->first_part = mem_alloc(count * sizeof(*html->first_part) + 1);
	html->next_part = mem_alloc(count * sizeof(*html->next_part) + 1);
	for (size_t i = 0; i < count; i++)
		below[i] = shown_below(chronicle, below, depths, i);
	for (size_t i = count; i-- > 0;) {
		size_t *first = below[i] ? &html->first_part[below[i] - 1] : &html->first_top;

		html->next_part[i] = *first;
		*first = i + 1;
	}
	free(depths);
	free(below);
}

static void put(void *self, struct buf *out)
{
	struct html *html = self;
	const struct summary *summary = &html->chronicle->summary;

	html->out = out;
	chronicle_weigh(html->chronicle);
	actual_path_init(&html->path, html->chronicle);
	put_in_order(html);
	html->end_t_us = html->chronicle->last_t_us;
	if (summary->finished && summary->duration_us > html->end_t_us)
		html->end_t_us = summary->duration_us;
	if (html->end_t_us <= 0)
		html->end_t_us = 1;
	html_put_page(html);
}

const struct rendering rendering_html = {
    .format = "html",
    .new = new,
    .see = see,
    .put = put,
    .free = release,
};
