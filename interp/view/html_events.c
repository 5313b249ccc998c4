/* SPDX-License-Identifier: Apache-2.0 */
#include "view/html_parts.h"

/* Notes, and what befell the run beside its steps. */

static void put_note(struct html *html, const struct chronicle_event *event)
{
	html_put(html, "<strong>");
	html_text(html, event->who.len ? event->who : STR("a note"));
	html_put(html, "</strong><blockquote>");
	html_lines(html, str_trim(event->text));
	html_put(html, "</blockquote>");
}

static void put_signal(struct html *html, const struct chronicle_event *event)
{
	html_put(html, "signal ");
	html_text(html, event->who);
}

static void put_record(struct html *html, const struct chronicle_event *event)
{
	html_put(html, event->failed ? "the record failed" : "the record was written again");
	html_why(html, event->text);
}

static void put_record_gap(struct html *html, const struct chronicle_event *event)
{
	html_put(html, "%lld lines could not be recorded", (long long)event->number);
	html_why(html, event->text);
}

static void put_diverged(struct html *html, const struct chronicle_event *event)
{
	size_t at = chronicle_at(html->chronicle, event->node);

	if (at) {
		html_put(html, "<a href=\"#s%zu\">", at - 1);
		html_name(html, at - 1);
		html_put(html, "</a> ");
	}
	html_put(html, "was not as recorded: ");
	html_text(html, event->text);
	html_put(html, "; recorded: ");
	html_text(html, event->more);
}

static void put_resumed(struct html *html, const struct chronicle_event *event)
{
	html_put(html, "the run went on");
	if (event->who.len) {
		html_put(html, ", driven by ");
		html_text(html, event->who);
	}
	html_put(html, ", after it was cut off at ");
	html_clock(html, event->number);
	html_put(html, ", ");
	html_duration(html, event->at_us - event->number);
	html_put(html, " before");
	html_why(html, event->text);
}

/* Of a lock only what was no matter of course. */
static bool is_told(const struct chronicle_lock *lock)
{
	return lock->waited || lock->why.len;
}

static void put_lock(struct html *html, const struct chronicle_lock *lock)
{
	size_t at = chronicle_at(html->chronicle, lock->node);

	html_put(html, "<li>");
	html_clock(html, lock->wanted_at_us);
	html_put(html, " ");
	if (at) {
		html_put(html, "<a href=\"#s%zu\">", at - 1);
		html_name(html, at - 1);
		html_put(html, "</a> ");
	}
	html_put(html, lock->why.len ? "could not take the lock " : "waited for the lock ");
	html_text(html, lock->lock);
	if (lock->waited && lock->acquired_t_us != CHRONICLE_NEVER) {
		html_put(html, ", ");
		html_duration(html, lock->acquired_t_us - lock->wanted_t_us);
	}
	html_why(html, lock->why);
	html_put(html, "</li>\n");
}

void html_put_events(struct html *html)
{
	static void (*const puts[MESSAGE_TYPES])(struct html *, const struct chronicle_event *) = {
	    [MESSAGE_NOTE] = put_note,
	    [MESSAGE_SIGNAL] = put_signal,
	    [MESSAGE_RECORD] = put_record,
	    [MESSAGE_RECORD_GAP] = put_record_gap,
	    [MESSAGE_DIVERGED] = put_diverged,
	    [MESSAGE_RUN_RESUMED] = put_resumed,
	};
	const struct chronicle *chronicle = html->chronicle;
	size_t told = chronicle->event_count;

	for (size_t i = 0; i < chronicle->lock_count; i++)
		told += is_told(chronicle->locks[i]);
	if (told == 0)
		return;
	html_put(html,
	    "<section aria-labelledby=\"h-events\">\n"
	    "<h2 id=\"h-events\">Notes and events</h2>\n<ul class=\"events\">\n");
	for (size_t i = 0; i < chronicle->event_count; i++) {
		html_put(html, "<li>");
		html_clock(html, chronicle->events[i].at_us);
		html_put(html, " ");
		puts[chronicle->events[i].type](html, &chronicle->events[i]);
		html_put(html, "</li>\n");
	}
	for (size_t i = 0; i < chronicle->lock_count; i++)
		if (is_told(chronicle->locks[i]))
			put_lock(html, chronicle->locks[i]);
	html_put(html, "</ul></section>\n");
}
