/* SPDX-License-Identifier: Apache-2.0 */
#include "view/html_parts.h"

#include "base/units.h"
#include "view/text.h"

/* Of an operation's output so much of its beginning and of its end is shown; the record has all of it. */
enum { HEAD_BYTES = 24 << 10, TAIL_BYTES = 24 << 10 };

/* Once a page is full, only the last words of each are. */
enum { LAST_BYTES = 1 << 10 };

/* Longer output is folded. */
enum { UNFOLDED_BYTES = 400 };

/* A longer command is cut. */
enum { COMMAND_BYTES = 16 << 10 };

static void put_piece(struct html *html, enum output_stream stream, struct str bytes)
{
	if (bytes.len == 0)
		return;
	if (stream == STREAM_STDERR)
		html_put(html, "<span class=\"err\">");
	html_lines(html, bytes);
	if (stream == STREAM_STDERR)
		html_put(html, "</span>");
}

/* What lies between two offsets of all that was printed, both streams in the order in which they were read. */
static void put_range(struct html *html, const struct chronicle_op *op, size_t from, size_t to)
{
	size_t at = 0;

	for (const struct chronicle_piece *piece = op->pieces; piece && at < to;
	     at += piece->bytes.len, piece = piece->next) {
		size_t skip = from > at ? from - at : 0;

		if (skip < piece->bytes.len)
			put_piece(html, piece->stream, str_sub(piece->bytes, skip, to - at - skip));
	}
}

static void put_output(struct html *html, const struct chronicle_op *op)
{
	size_t whole = op->stdout_bytes + op->stderr_bytes;
	size_t head = HEAD_BYTES;
	size_t tail = TAIL_BYTES;

	if (whole == 0)
		return;
	if (html->output_left < head + tail) {
		head = 0;
		tail = LAST_BYTES;
	}
	html_put(html, "<details class=\"output\"%s><summary>Output, ",
	    whole <= UNFOLDED_BYTES ? " open=\"open\"" : "");
	units_show_size(html->out, (int64_t)whole);
	if (op->stderr_bytes)
		html_put(html, op->stdout_bytes ? ", with standard error" : " on standard error");
	html_put(html, "</summary><pre tabindex=\"0\">");
	if (whole <= head + tail) {
		put_range(html, op, 0, whole);
	} else {
		put_range(html, op, 0, head);
		html_put(html, "</pre><p class=\"cut\">");
		units_show_size(html->out, (int64_t)(whole - head - tail));
		html_put(html,
		    " are left out here. The record has them: its lines of the type "
		    "<code>output</code> with <code>\"op\":%u</code>.</p><pre tabindex=\"0\">",
		    op->op);
		put_range(html, op, whole - tail, whole);
	}
	html->output_left -= whole < head + tail ? whole
	    : head + tail < html->output_left    ? head + tail
						 : html->output_left;
	html_put(html, "</pre></details>\n");
}

static void put_purpose(struct html *html, const struct chronicle_op *op, bool tried_again)
{
	if (op->what != START_ACTION) {
		html_put(html, "%s", text_purpose(op->what));
		if (op->item)
			html_put(html, ", item %lld", (long long)op->item);
		return;
	}
	if (op->attempt > 1 || tried_again)
		html_put(html, "attempt %u, ", op->attempt);
	html_put(html, "%s%s",
	    html->chronicle->summary.rehearsal && op->effect != EFFECT_READ ? "would " : "",
	    effect_class_name(op->effect));
}

static void put_when(struct html *html, const struct chronicle_op *op)
{
	bool began = op->began_at_us != CHRONICLE_NEVER;

	html_put(html, "<span class=\"when\">");
	html_clock(html, began ? op->began_at_us : op->wanted_at_us);
	if (op->ended && op->end != END_NOT_BEGUN) {
		html_put(html, ", ");
		html_duration(html, op->ended_t_us - (began ? op->began_t_us : op->wanted_t_us));
	}
	if (op->polls > 1)
		html_put(html, ", asked %lld times", (long long)op->polls);
	html_put(html, "</span>");
}

static const char *word_of_end(const struct chronicle_op *op)
{
	static const char *const words[] = {
	    [END_TIMED_OUT] = "timed out",
	    [END_STOPPED] = "stopped",
	    [END_NOT_BEGUN] = "not begun",
	    [END_LOST] = "nobody knows how it ended",
	};
	bool check = op->what != START_ACTION && op->what != START_BACKGROUND &&
	    op->what != START_NOTIFY;

	if (!op->ended)
		return "has not ended";
	if (op->end != END_DONE && op->end != END_ERROR)
		return words[op->end];
	if (op->origin != ORIGIN_LIVE)
		return op->origin == ORIGIN_RECORDED ? "as recorded"
		    : op->origin == ORIGIN_ASSUMED   ? "assumed"
						     : "not performed";
	if (check)
		return op->holds ? "holds" : "does not hold";
	return op->holds ? "succeeded" : "failed";
}

static void put_command(struct html *html, const struct chronicle_op *op)
{
	struct str whole = str_trim(op->whole);
	struct str shown = str_sub(whole, 0, COMMAND_BYTES);

	html_put(html, "<pre class=\"command\"><code>");
	html_lines(html, shown);
	html_put(html, "</code></pre>");
	if (shown.len < whole.len)
		html_put(html,
		    "<p class=\"cut\">The rest is in the record, under "
		    "<code>\"op\":%u</code>.</p>",
		    op->op);
	html_put(html, "\n");
}

static void put_remark(struct html *html, const char *class, const char *lead, struct str text)
{
	if (text.len == 0)
		return;
	html_put(html, "<p class=\"%s\">%s", class, lead);
	html_lines(html, text);
	html_put(html, "</p>\n");
}

void html_put_op(struct html *html, const struct chronicle_op *op, bool tried_again)
{
	enum look look = html_look_of_op(op);

	html_put(html, "<div class=\"op\"><p class=\"op-head\">");
	html_badge(html, look, word_of_end(op));
	html_put(html, " <span class=\"purpose\">");
	put_purpose(html, op, tried_again);
	html_put(html, "</span>");
	if (op->place.len) {
		html_put(html, " <span class=\"place\">");
		html_text(html, op->place);
		html_put(html, "</span>");
	}
	html_put(html, " ");
	put_when(html, op);
	html_put(html, "</p>\n");
	put_command(html, op);
	put_remark(html, "why", "", op->why);
	put_remark(html, "note", "", op->advice);
	put_remark(html, "note", "Ended because: ", op->stop);
	put_remark(html, "note", "Hangs on what was not done: ", op->deps);
	if (op->sensitive)
		html_put(html, "<p class=\"note\">Its output is sensitive and not recorded.</p>\n");
	put_output(html, op);
	html_put(html, "</div>\n");
}
