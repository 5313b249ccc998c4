/* SPDX-License-Identifier: Apache-2.0 */
#include "view/matched.h"

#include "view/text.h"

static void put(struct buf *out, void (*show)(const void *what, struct buf *out), const void *what)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	show(what, &text);
	text_harmless(out, buf_view(&text));
	buf_done(&text);
}

static void show_alert(const void *what, struct buf *out)
{
	const struct alert *alert = what;

	alert_show(alert, out);
	if (alert->firing)
		alert_since(alert->starts_at_us, out);
}

static void show_trigger(const void *what, struct buf *out)
{
	trigger_show(what, out);
}

static void show_command(
    const struct matched *matched, const struct response *response, struct buf *out)
{
	for (size_t i = 0; i < response->lacking_count; i++) {
		buf_text(out, "    cannot be begun as it is: ");
		text_harmless(out, response->lacking[i].why);
		buf_byte(out, '\n');
	}
	if (response->lacking_count)
		return;
	buf_printf(out, "    %s", matched->color ? "\033[1m" : "");
	response_command(response, matched->verb, out);
	buf_printf(out, "%s\n", matched->color ? "\033[0m" : "");
}

static void show_response(
    const struct matched *matched, const struct response *response, struct buf *out)
{
	buf_text(out, "  ");
	text_harmless(out, str_from(response->path));
	buf_text(out, ": ");
	text_harmless(out, response->runbook->title);
	buf_text(out, "\n    answers ");
	put(out, show_trigger, response->trigger);
	buf_byte(out, '\n');
	for (size_t i = 0; i < response->given_count; i++) {
		buf_printf(out, "    %.*s = ", STR_ARG(response->given[i].name));
		text_harmless(out, response->given[i].text);
		buf_byte(out, '\n');
	}
	show_command(matched, response, out);
}

static void show_one(
    const struct matched *matched, const struct matched_alert *alert, struct buf *out)
{
	put(out, show_alert, alert->alert);
	buf_byte(out, '\n');
	if (!alert->alert->firing)
		buf_text(out, "  is resolved, and left alone\n");
	else if (!alert->count)
		buf_text(out, "  no runbook answers it\n");
	else if (alert->count > 1)
		buf_printf(
		    out, "  %zu runbooks answer it, the most specific first\n", alert->count);
	for (size_t i = 0; i < alert->count; i++)
		show_response(matched, &alert->responses[i], out);
	buf_byte(out, '\n');
}

static void show_places(const struct matched *matched, struct buf *out)
{
	buf_printf(out, "Looked at %zu runbook%s in ", matched->runbooks,
	    matched->runbooks == 1 ? "" : "s");
	for (size_t i = 0; i < matched->place_count; i++) {
		buf_text(out, i ? ", " : "");
		text_harmless(out, str_from(matched->places[i]));
	}
	buf_printf(out, "; %zu of them name%s alerts\n", matched->with_triggers,
	    matched->with_triggers == 1 ? "s" : "");
}

void matched_text(const struct matched *matched, struct buf *out)
{
	for (size_t i = 0; i < matched->count; i++)
		show_one(matched, &matched->alerts[i], out);
	if (!matched->count)
		buf_text(out, "There is no alert in it.\n\n");
	if (matched->truncated)
		buf_printf(out, "%lld more alerts were left out by who sent this.\n\n",
		    (long long)matched->truncated);
	show_places(matched, out);
}
