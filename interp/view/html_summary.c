/* SPDX-License-Identifier: Apache-2.0 */
#include "view/html_parts.h"

#include "base/units.h"
#include "view/outlook.h"
#include "view/text.h"

/* Of a list of steps so many stand there at once, so many more are folded, and the others are counted. */
enum { NAMED = 12, FOLDED = 1000 };

static void open_fact(struct html *html, const char *name)
{
	html_put(html, "<div><dt>%s</dt><dd>", name);
}

static void close_fact(struct html *html)
{
	html_put(html, "</dd></div>\n");
}

static void fact(struct html *html, const char *name, struct str value)
{
	if (value.len == 0)
		return;
	open_fact(html, name);
	html_text(html, value);
	close_fact(html);
}

static void put_moment(struct html *html, const char *name, int64_t at_us)
{
	struct buf day;

	open_fact(html, name);
	buf_init(&day, BUF_UNBOUNDED);
	text_day(&day, at_us);
	html_text(html, buf_view(&day));
	buf_done(&day);
	html_put(html, " ");
	html_clock(html, at_us);
	html_put(html, " UTC");
	close_fact(html);
}

/* Against the objective, in words and as a length. */
static void put_against(struct html *html, int64_t took_us, int64_t rto_us)
{
	const struct summary *summary = &html->chronicle->summary;
	bool recovered = summary->finished && summary->outcome == RUN_RECOVERED;
	bool within = took_us <= rto_us;
	int64_t whole = within ? rto_us : took_us;
	const char *class = !within ? "failed" : recovered ? "ok" : "open";

	open_fact(html, "Recovery time objective");
	html_duration(html, rto_us);
	html_put(html, ", <span class=\"%s\">%s</span>", class,
	    recovered               ? within ? "met" : "missed"
		: summary->finished ? "not recovered"
		: within            ? "not passed when the record ends"
				    : "passed");
	html_put(html,
	    "<svg class=\"length\" width=\"100%%\" height=\"8\" aria-hidden=\"true\">"
	    "<rect width=\"100%%\" height=\"8\" rx=\"4\" class=\"ground\"/>"
	    "<rect width=\"%.2f%%\" height=\"8\" rx=\"4\" class=\"%s\"/>"
	    "<rect x=\"%.2f%%\" width=\"2\" height=\"8\" class=\"limit\"/></svg>",
	    100.0 * (double)took_us / (double)whole, class, 99.0 * (double)rto_us / (double)whole);
	close_fact(html);
}

/* What was to be expected when it began, or last went on. */
static void put_outlook(struct html *html)
{
	const struct outlook *outlook = &html->chronicle->summary.outlook;

	if (!html->chronicle->summary.foretold)
		return;
	open_fact(html, "Was expected to take");
	outlook_put_time(html->out, outlook->expected_us);
	html_put(html, ", %lld %% within ", (long long)outlook->percent);
	outlook_put_time(html->out, outlook->within_us);
	if (text_seconds(outlook->from_us) > 0) {
		html_put(html, " <span class=\"note\">from ");
		html_duration(html, text_seconds(outlook->from_us));
		html_put(html, " after it began</span>");
	}
	close_fact(html);
}

static void put_times(struct html *html)
{
	const struct summary *summary = &html->chronicle->summary;
	int64_t took_us = summary->finished ? summary->duration_us : html->chronicle->last_t_us;

	put_moment(html, "Began", summary->began_at_us);
	if (summary->finished)
		put_moment(html, "Ended", summary->ended_at_us);
	open_fact(html, summary->finished ? "Took" : "Until the record ends");
	html_duration(html, took_us);
	text_open(html->out, summary->open_us);
	close_fact(html);
	if (!summary->rehearsal && html->about.plan &&
	    html->about.plan->runbook->objectives.rto_us > 0)
		put_against(html,
		    summary->finished && summary->outcome == RUN_RECOVERED ? summary->recovered_us
									   : took_us,
		    html->about.plan->runbook->objectives.rto_us);
	put_outlook(html);
}

static void put_held_back(struct html *html)
{
	const struct chronicle *chronicle = html->chronicle;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	held_back_put_free(chronicle->held_back, &text);
	fact(html, "Not confined", buf_view(&text));
	buf_clear(&text);
	held_back_put_bare(chronicle->held_back, &text);
	fact(html, "By a shell's means alone", buf_view(&text));
	buf_clear(&text);
	held_back_put_suspects(chronicle->held_back, &chronicle->summary, &text);
	fact(html, "Failed while confined to reading", buf_view(&text));
	buf_done(&text);
}

/* Below the facts, for there may be many. */
static void put_params(struct html *html)
{
	const struct value *params = html->chronicle->params;

	if (!params || params->type != VALUE_MAP || params->map.count == 0)
		return;
	html_put(html, "<details class=\"params\"><summary>%zu parameter%s</summary>",
	    params->map.count, params->map.count == 1 ? "" : "s");
	html_map(html, params);
	html_put(html, "</details>\n");
}

static void put_approvals(struct html *html)
{
	const struct summary *summary = &html->chronicle->summary;
	size_t asked = 0;
	size_t given = 0;

	for (size_t i = 0; i < summary->approval_count; i++) {
		const struct summary_approval *approval = &summary->approvals[i];

		if (approval->kind != ASK_APPROVAL)
			continue;
		asked++;
		given += approval->answered && approval->answer == ANSWER_APPROVED;
	}
	if (asked == 0)
		return;
	open_fact(html, "Approvals");
	html_put(html, "<a href=\"#people\">%zu of %zu given</a>", given, asked);
	close_fact(html);
}

static void put_record(struct html *html)
{
	const struct chronicle *chronicle = html->chronicle;

	open_fact(html, "Record");
	html_put(html, "<code>");
	html_text(html, str_from(html->about.path));
	html_put(html, "</code>");
	close_fact(html);
	fact(html, "Its state", html->about.state);
	open_fact(html, "To verify it");
	html_put(html, "<code>reprise verify%s ", chronicle->signer.len ? " --key public.pem" : "");
	html_text(html, str_from(html->about.path));
	html_put(html, "</code>");
	close_fact(html);
	fact(html, "Signed by the key", chronicle->signer);
	if (chronicle->lost_lines) {
		open_fact(html, "Missing from it");
		html_put(html, "%lld line%s that could not be recorded",
		    (long long)chronicle->lost_lines, chronicle->lost_lines == 1 ? "" : "s");
		close_fact(html);
	}
}

static void put_facts(struct html *html)
{
	const struct summary *summary = &html->chronicle->summary;

	html_put(html, "<dl class=\"facts\">\n");
	put_times(html);
	if (html->about.plan)
		fact(html, "Severity", html->about.plan->runbook->severity);
	fact(html, "Alert", summary->alert);
	open_fact(html, "Run by");
	html_text(html, summary->user);
	html_put(html, " on ");
	html_text(html, summary->host);
	close_fact(html);
	fact(html, "Runbook", summary->runbook);
	fact(html, "Run", summary->run);
	fact(html, "Alone", summary->alone);
	fact(html, "Done again, as in", summary->follows);
	if (summary->rehearsal)
		fact(html, "Changed",
		    STR("nothing: it is a rehearsal, which does what reads and no more"));
	put_held_back(html);
	put_approvals(html);
	put_record(html);
	html_put(html, "</dl>\n");
}

static void put_named(struct html *html, size_t index)
{
	const struct summary_step *step = &html->chronicle->summary.steps[index];

	html_put(html, "<li><a href=\"#s%zu\">", index);
	html_name(html, index);
	html_put(html, "</a>");
	if (step->outcome != OUTCOME_SUCCEEDED || step->undone) {
		html_put(html, " <span class=\"note\">%s%s",
		    step_was_not_run(step) ? "was not run"
					   : text_outcome(step->outcome, step->answered),
		    step->undone ? ", rolled back" : "");
		html_why(html, step->told);
		html_put(html, "</span>");
	}
	html_put(html, "</li>\n");
}

static void list_steps(struct html *html, const char *title, const char *class,
    bool (*wanted)(const struct summary_step *))
{
	const struct summary *summary = &html->chronicle->summary;
	size_t count = summary_count(summary, wanted);
	size_t shown = 0;

	if (count == 0)
		return;
	html_put(html, "\n<div class=\"list %s\"><h3>%s</h3><ul>\n", class, title);
	for (size_t i = 0; i < summary->step_count && shown < FOLDED; i++) {
		if (!wanted(&summary->steps[i]))
			continue;
		if (shown++ == NAMED)
			html_put(html, "</ul><details><summary>and %zu more</summary><ul>\n",
			    count - NAMED);
		put_named(html, i);
	}
	if (count > FOLDED)
		html_put(html, "<li>and %zu more, which stand under Steps</li>\n", count - FOLDED);
	html_put(html, count > NAMED ? "</ul></details></div>" : "</ul></div>");
}

static void list_left(struct html *html)
{
	const struct chronicle *chronicle = html->chronicle;
	bool first = true;

	for (size_t i = 0; i < chronicle->op_count; i++) {
		const struct value *left = chronicle->ops[i]->left;

		for (size_t k = 0; left && k < left->list.count; k++) {
			const struct value *pid = value_get(left->list.items[k], "pid");

			html_put(html, "%s<li><code>",
			    first ? "\n<div class=\"list\"><h3>Left running</h3><ul>\n" : "");
			first = false;
			html_text(html, value_text(value_get(left->list.items[k], "command")));
			html_put(html, "</code> <span class=\"note\">pid %lld</span></li>\n",
			    (long long)(pid && pid->type == VALUE_INT ? pid->integer : 0));
		}
	}
	if (!first)
		html_put(html, "</ul></div>");
}

void html_put_summary(struct html *html)
{
	html_put(
	    html, "<section aria-labelledby=\"h-summary\">\n<h2 id=\"h-summary\">Summary</h2>\n");
	html_put(html, "<div class=\"lists\">");
	list_steps(html, "Went wrong", "bad", step_went_wrong);
	list_steps(html, "May be half done", "bad", step_is_half_done);
	list_steps(html, "These clean-up steps did not run", "bad", step_is_clean_up_left);
	list_steps(html, "Not rolled back", "bad", step_is_left);
	list_steps(
	    html, "Allowed to fail, and may be half done", "careful", step_is_half_done_allowed);
	list_steps(html, "Destroyed", "destroys", step_destroyed);
	list_steps(html, "Changed", "changes", step_changed);
	list_steps(html, "Not run", "changes", step_was_not_reached);
	list_left(html);
	html_put(html, "</div>\n");
	put_facts(html);
	put_params(html);
	html_put(html, "</section>\n");
}
