/* SPDX-License-Identifier: Apache-2.0 */
#include "view/html_parts.h"

#include "base/units.h"
#include "view/text.h"

/* The parts of a block or loop with more of them are folded. */
enum { UNFOLDED = 20 };

/* So many steps are shown with all that is known of them; of a longer record the others stand in it. */
enum { SHOWN = 20000 };

static void put_decisions(struct html *html, const struct chronicle_decision *decision)
{
	if (!decision)
		return;
	html_put(html, "<details class=\"decisions\"><summary>Decisions</summary><ul>\n");
	for (; decision; decision = decision->next) {
		html_put(html, "<li>");
		html_clock(html, decision->at_us);
		html_put(html, " <code>");
		html_text(html, decision->what);
		html_put(html, "</code>");
		if (decision->value && decision->value->type != VALUE_NULL) {
			html_put(html, " <code>");
			html_value(html, decision->value);
			html_put(html, "</code>");
		}
		html_why(html, decision->why);
		if (decision->deps.len) {
			html_put(html, " <span class=\"note\">hangs on ");
			html_text(html, decision->deps);
			html_put(html, "</span>");
		}
		html_put(html, "</li>\n");
	}
	html_put(html, "</ul></details>\n");
}

static void put_outputs(struct html *html, const struct value *outputs)
{
	if (!outputs || outputs->type != VALUE_MAP || outputs->map.count == 0)
		return;
	html_map(html, outputs);
	html_put(html, "\n");
}

static void put_needs(struct html *html, const struct chronicle_step *step)
{
	if (step->need_count == 0)
		return;
	html_put(html, "<p class=\"note\">After ");
	for (size_t i = 0; i < step->need_count; i++) {
		html_put(html, "%s<a href=\"#s%zu\">", i ? ", " : "", step->needs[i]);
		html_name(html, step->needs[i]);
		html_put(html, "</a>");
	}
	html_put(html, "</p>\n");
}

static void put_step_head(struct html *html, size_t step)
{
	const struct summary_step *it = &html->chronicle->summary.steps[step];
	bool was_run = !step_was_not_run(it) && it->outcome != OUTCOME_SKIPPED;

	html_put(html, "<summary><span class=\"title\"><span>");
	html_name(html, step);
	html_put(html, " <code class=\"id\">");
	html_text(html, it->node);
	html_put(html, "</code></span></span><span class=\"result %s\">",
	    html_look_class(html_look(it)));
	html_sign(html, html_look(it));
	html_put(html, "%s%s",
	    step_was_not_run(it) ? "was not run" : text_outcome(it->outcome, it->answered),
	    it->undone ? ", rolled back" : "");
	if (was_run && it->outcome != OUTCOME_NONE) {
		html_put(html, " <span class=\"when\">");
		html_duration(html, it->duration_us);
		html_put(html, "</span>");
	}
	html_put(html, "</span></summary>\n");
}

static void put_body(struct html *html, size_t step)
{
	const struct summary_step *it = &html->chronicle->summary.steps[step];
	const struct chronicle_step *more = &html->chronicle->steps[step];
	struct str advice = held_back_advice(html->chronicle->held_back, it->node);

	/* where that is its operation's own, it stands there */
	if (it->told.len && (!more->last || !str_eq(more->last->why, it->told))) {
		html_put(html, "<p class=\"why\">");
		html_lines(html, it->told);
		html_put(html, "</p>\n");
	}
	if (advice.len && it->outcome == OUTCOME_FAILED) {
		html_put(html, "<p class=\"note\">");
		html_text(html, advice);
		html_put(html, "</p>\n");
	}
	put_needs(html, more);
	for (const struct chronicle_question *question = more->questions; question;
	     question = question->next)
		html_put_question(html, question, true);
	for (const struct chronicle_op *op = more->first; op; op = op->next)
		html_put_op(html, op, it->attempts > 1);
	put_outputs(html, it->outputs);
	put_decisions(html, more->decisions);
}

static bool opens(const struct html *html, size_t step)
{
	const struct summary_step *it = &html->chronicle->summary.steps[step];
	size_t parts = 0;

	if (step_went_wrong(it) || step_is_half_done(it))
		return true;
	for (size_t at = html->first_part[step]; at; at = html->next_part[at - 1])
		parts++;
	return parts > 0 && parts <= UNFOLDED && !step_was_not_run(it);
}

static void put_list(struct html *html, size_t first)
{
	for (size_t at = first; at && at <= SHOWN; at = html->next_part[at - 1]) {
		const struct summary_step *step = &html->chronicle->summary.steps[at - 1];

		html_put(html, "<details class=\"step\" id=\"s%zu\" data-outcome=\"%s\"%s>", at - 1,
		    html_look_class(html_look(step)), opens(html, at - 1) ? " open=\"open\"" : "");
		put_step_head(html, at - 1);
		html_put(html, "<div class=\"body\">\n");
		put_body(html, at - 1);
		put_list(html, html->first_part[at - 1]);
		html_put(html, "</div></details>\n");
	}
}

/* Of the runbook itself: what it asks before it begins and when it is done. */
static void put_checks(struct html *html)
{
	const struct chronicle *chronicle = html->chronicle;
	bool any = false;

	for (size_t i = 0; i < chronicle->op_count; i++) {
		const struct chronicle_op *op = chronicle->ops[i];

		if (!html_is_own_check(op))
			continue;
		if (!any)
			html_put(html,
			    "<section aria-labelledby=\"checks\">\n<h2 id=\"checks\">"
			    "The runbook's own checks</h2>\n");
		any = true;
		html_put_op(html, op, false);
	}
	if (any)
		html_put(html, "</section>\n");
}

void html_put_steps(struct html *html)
{
	size_t count = html->chronicle->step_count;

	put_checks(html);
	html_put(html,
	    "<section aria-labelledby=\"h-steps\" id=\"steps\">\n"
	    "<h2 id=\"h-steps\">Steps</h2>\n");
	put_list(html, html->first_top);
	if (count > SHOWN)
		html_put(html, "<p class=\"cut\">%zu more steps stand in the record.</p>\n",
		    count - SHOWN);
	else if (count == 0)
		html_put(html, "<p class=\"note\">None is recorded.</p>\n");
	html_put(html, "</section>\n");
}
