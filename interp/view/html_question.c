/* SPDX-License-Identifier: Apache-2.0 */
#include "view/html_parts.h"

#include "view/text.h"

/* So many digits of a digest are told; `grep` finds the others in the record. */
enum { DIGEST_SHOWN = 12 };

static enum look look_of(const struct summary_approval *approval)
{
	if (!approval->answered)
		return approval->closed ? LOOK_CANCELLED : LOOK_OPEN;
	if (approval->taken)
		return LOOK_REHEARSED;
	switch (approval->answer) {
	case ANSWER_APPROVED:
	case ANSWER_AGAIN:
		return LOOK_OK;
	case ANSWER_DENIED:
		return LOOK_DENIED;
	case ANSWER_EXPIRED:
		return LOOK_TIMED_OUT;
	case ANSWER_UNAVAILABLE:
		break;
	}
	return LOOK_FAILED;
}

static void put_answer(struct html *html, const struct chronicle_question *question)
{
	const struct summary_approval *approval = question->approval;
	enum look look = look_of(approval);
	struct buf login;

	html_put(html, "<p class=\"op-head\"><span class=\"badge %s\">", html_look_class(look));
	html_sign(html, look);
	if (approval->answered) {
		html_put(
		    html, "%s", text_answer(approval->kind, approval->answer, approval->taken));
		html_text(html, approval->who);
		buf_init(&login, BUF_UNBOUNDED);
		text_login(&login, approval->person);
		html_text(html, buf_view(&login));
		buf_done(&login);
	} else {
		html_put(html, approval->closed ? "withdrawn" : "not answered");
		html_why(html, question->withdrawn);
	}
	html_put(html, "</span> <span class=\"when\">");
	if (question->closed_at_us != CHRONICLE_NEVER) {
		html_clock(html, question->closed_at_us);
		html_put(html, ", open for ");
		html_duration(html, approval->open_us);
	} else {
		html_put(html, "open since ");
		html_clock(html, approval->at_us);
	}
	html_put(html, "</span></p>\n");
}

static void put_text(struct html *html, const struct value *action, const char *key,
    const char *before, const char *after)
{
	const struct value *value = value_get(action, key);
	struct str text = value ? value_text(value) : (struct str){0};

	if (text.len == 0)
		return;
	html_put(html, "%s", before);
	html_lines(html, str_trim(text));
	html_put(html, "%s", after);
}

static void put_actions(struct html *html, const struct value *actions)
{
	if (!actions || actions->type != VALUE_LIST || actions->list.count == 0)
		return;
	html_put(html, "<ul class=\"asked\">\n");
	for (size_t i = 0; i < actions->list.count; i++) {
		const struct value *action = actions->list.items[i];

		html_put(html, "<li>");
		put_text(html, action, "title", "<strong>", "</strong> ");
		if (str_is(value_text(value_get(action, "effect")), "destroy"))
			html_put(html, "<strong class=\"failed\">destroys</strong>");
		else
			put_text(html, action, "effect", "<span class=\"note\">", "</span>");
		put_text(html, action, "action", "<pre class=\"command\"><code>", "</code></pre>");
		put_text(html, action, "around", "<p class=\"note\">", "</p>");
		put_text(html, action, "when", "<p class=\"note\">when ", "</p>");
		put_text(html, action, "each", "<p class=\"note\">for each of ", "</p>");
		html_put(html, "</li>\n");
	}
	html_put(html, "</ul>\n");
}

static void put_inputs(struct html *html, const struct value *inputs)
{
	for (size_t i = 0; inputs && inputs->type == VALUE_MAP && i < inputs->map.count; i++) {
		html_put(html, "<p><code>");
		html_text(html, value_text(inputs->map.entries[i].key));
		html_put(html, "</code> is <code>");
		html_value(html, inputs->map.entries[i].value);
		html_put(html, "</code></p>\n");
	}
}

static const char *const kinds[] = {
    [ASK_APPROVAL] = "Approval",
    [ASK_MANUAL] = "To be done by hand",
    [ASK_LOST] = "What nobody knew",
    [ASK_DIVERGED] = "It was not as recorded",
};

/* Of the questions of all steps its number, by which a link finds it. */
static size_t number_of(const struct html *html, const struct chronicle_question *question)
{
	return (size_t)(question->approval - html->chronicle->summary.approvals);
}

static void put_brief(struct html *html, const struct chronicle_question *question)
{
	html_put(html,
	    "<div class=\"question\"><p class=\"purpose\"><a href=\"#q%zu\">%s</a></p>\n",
	    number_of(html, question), kinds[question->approval->kind]);
	put_answer(html, question);
	html_put(html, "</div>\n");
}

void html_put_question(struct html *html, const struct chronicle_question *question, bool brief)
{
	const struct summary_approval *approval = question->approval;
	size_t at = chronicle_at(html->chronicle, approval->node);

	if (brief) {
		put_brief(html, question);
		return;
	}
	html_put(html, "<div class=\"question\" id=\"q%zu\"><p class=\"purpose\">%s",
	    number_of(html, question), kinds[approval->kind]);
	if (at) {
		html_put(html, ", <a href=\"#s%zu\">", at - 1);
		html_name(html, at - 1);
		html_put(html, "</a>");
	} else if (approval->node.len) {
		html_put(html, ", ");
		html_text(html, approval->node);
	}
	html_put(html, "</p>\n");
	if (approval->prompt.len) {
		html_put(html, "<blockquote>");
		html_lines(html, str_trim(approval->prompt));
		html_put(html, "</blockquote>\n");
	}
	put_actions(html, approval->actions);
	put_answer(html, question);
	put_inputs(html, approval->inputs);
	if (approval->kind == ASK_APPROVAL && approval->digest.len) {
		html_put(html, "<p class=\"note\">digest of what was approved: <code>");
		html_text(html, str_sub(approval->digest, 0, DIGEST_SHOWN));
		html_put(html, "</code></p>\n");
	}
	html_put(html, "</div>\n");
}

static void put_told(struct html *html, const struct told_entry *entry)
{
	html_put(html, "<li>");
	html_clock(html, entry->at_us);
	html_put(html, " <strong>");
	html_text(html, entry->title.len ? entry->title : entry->name);
	html_put(html, "</strong> (");
	html_text(html, entry->way.len ? entry->way : STR("no way"));
	html_put(html, ")");
	html_why(html, entry->what);
	html_put(html, " – ");
	if (!entry->finished)
		html_put(html, "nobody knows whether it was told");
	else if (html->chronicle->summary.rehearsal)
		html_put(html, "not told: it is a rehearsal");
	else if (entry->by_hand)
		html_put(html, "to be told by hand");
	else
		html_put(html, entry->delivered ? "delivered" : "<strong>not delivered</strong>");
	/* why it was not has them already */
	if (entry->tries > 1 && !entry->why.len)
		html_put(html, ", after %lld tries", (long long)entry->tries);
	html_why(html, entry->why);
	html_put(html, "</li>\n");
}

void html_put_people(struct html *html)
{
	const struct chronicle *chronicle = html->chronicle;
	size_t count;
	const struct told_entry *entries = told_entries(chronicle->told, &count);

	if (chronicle->question_count) {
		html_put(html,
		    "<section aria-labelledby=\"h-people\" id=\"people\">\n"
		    "<h2 id=\"h-people\">What people were asked</h2>\n");
		for (size_t i = 0; i < chronicle->question_count; i++)
			html_put_question(html, chronicle->questions[i], false);
		html_put(html, "</section>\n");
	}
	if (count == 0)
		return;
	html_put(html,
	    "<section aria-labelledby=\"h-told\">\n<h2 id=\"h-told\">%s</h2>\n<ul "
	    "class=\"events\">\n",
	    chronicle->summary.rehearsal ? "Who would have been told" : "Who was told");
	for (size_t i = 0; i < count; i++)
		put_told(html, &entries[i]);
	html_put(html, "</ul></section>\n");
}
