/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "view/labels.h"
#include "view/rendering.h"
#include "view/summary.h"
#include "view/terminal.h"
#include "view/text.h"

/*
 * The run as a recording of its terminal (asciicast v2), for a player: what the terminal says of the messages, at their
 * times on the run's own clock. A question stands where it was asked. While a person was asked, the lines of other
 * steps were held back, and so they are here.
 */

/* A line that fits is not wrapped; beyond the widest it is. Longer pauses than IDLE_S a player may shorten. */
enum { WIDTH_LEAST = 80, WIDTH_MOST = 160, HEIGHT = 36, IDLE_S = 3 };

/* What is shown, or a marker, at a time. */
struct event {
	int64_t t_us;
	bool marker;
	size_t begin; /* in the text */
	size_t len;
};

/* One that has no answer yet. */
struct asked {
	struct asked *next;
	struct arena *arena;
	struct message ask;
	bool shown;
	size_t event; /* the one that shows it */
};

struct asciicast {
	struct rendering_about about;
	struct terminal *terminal;
	struct labels *labels;
	struct summary summary;
	struct map begun; /* the paths of steps that have */
	struct asked *questions; /* in the order they were asked */
	struct event *events;
	size_t count;
	size_t capacity;
	struct buf text; /* of the events */
	struct buf said; /* by the terminal, and in no event yet */
	struct buf path; /* of the record, harmless, as a C string */
	struct buf gap; /* what the record lacks, in a sentence, as a C string; empty: nothing */
	int64_t t_us; /* of the message seen last */
	bool whole; /* the run ended within the record */
};

static void *new (const struct rendering_about *about)
{
	struct asciicast *cast = mem_alloc(sizeof(*cast));
	struct terminal_options terminal = {
	    .plan = about->plan, .fd = -1, .sink = &cast->said, .color = true};

	cast->about = *about;
	buf_init(&cast->text, BUF_UNBOUNDED);
	buf_init(&cast->said, BUF_UNBOUNDED);
	buf_init(&cast->gap, BUF_UNBOUNDED);
	buf_init(&cast->path, BUF_UNBOUNDED);
	text_harmless(&cast->path, str_from(about->path));
	buf_byte(&cast->path, '\0');
	terminal.transcript = cast->path.ptr;
	cast->terminal = terminal_new(&terminal);
	cast->labels = labels_new(about->plan);
	summary_init(&cast->summary);
	map_init(&cast->begun);
	return cast;
}

static void drop(struct asked **link)
{
	struct asked *asked = *link;

	*link = asked->next;
	arena_free(asked->arena);
	free(asked);
}

static void release(void *self)
{
	struct asciicast *cast = self;

	while (cast->questions)
		drop(&cast->questions);
	terminal_free(cast->terminal);
	labels_free(cast->labels);
	map_done(&cast->begun);
	summary_done(&cast->summary);
	buf_done(&cast->text);
	buf_done(&cast->said);
	buf_done(&cast->path);
	buf_done(&cast->gap);
	free(cast->events);
	free(cast);
}

static size_t add_event(struct asciicast *cast, bool marker, struct str text)
{
	cast->events = mem_grow(cast->events, cast->count, &cast->capacity, sizeof(*cast->events));
	cast->events[cast->count] = (struct event){
	    .t_us = cast->t_us, .marker = marker, .begin = cast->text.len, .len = text.len};
	buf_str(&cast->text, text);
	return cast->count++;
}

/* What the terminal has said since the last time is shown now. */
static size_t show_said(struct asciicast *cast)
{
	size_t event = cast->count;

	if (cast->said.len)
		event = add_event(cast, false, buf_view(&cast->said));
	buf_clear(&cast->said);
	return event;
}

static void put_question(
    struct asciicast *cast, const struct message *ask, enum terminal_asking asking)
{
	struct terminal_question question = {
	    .ask = ask,
	    .address = labels_of(cast->labels, ask->ask.node),
	    .asking = asking,
	    .now_us = ask->t_us,
	    .run = cast->path.ptr,
	};

	terminal_ask(cast->terminal, &question);
}

/* To the person who is asked one after another: the next, when nothing else is. */
static void ask_next(struct asciicast *cast)
{
	struct asked *asked = cast->questions;

	if (!asked || asked->shown)
		return;
	show_said(cast);
	put_question(cast, &asked->ask, TERMINAL_ASKS);
	asked->shown = true;
	asked->event = show_said(cast);
}

/* How it was asked is known by who answered. */
static enum terminal_asking asking_of(const struct message *answered)
{
	struct str who = answered->answered.who;

	if (answered->answered.answer == ANSWER_UNAVAILABLE)
		return TERMINAL_ASKS_NOBODY;
	return str_starts(who, STR("--")) || str_starts(who, STR("the recording: "))
	    ? TERMINAL_ASKED
	    : TERMINAL_ASKS;
}

/* The question as it was shown in truth, in the place where it was asked. */
static void show_again(
    struct asciicast *cast, const struct asked *asked, enum terminal_asking asking)
{
	struct event *event = &cast->events[asked->event];
	size_t before = cast->said.len;

	put_question(cast, &asked->ask, asking);
	event->begin = cast->text.len;
	event->len = cast->said.len - before;
	buf_str(&cast->text, str_sub(buf_view(&cast->said), before, event->len));
	cast->said.len = before;
}

static struct asked **find(struct asciicast *cast, uint32_t id)
{
	struct asked **link = &cast->questions;

	while (*link && (*link)->ask.ask.id != id)
		link = &(*link)->next;
	return link;
}

static void see_ask(struct asciicast *cast, const struct message *message)
{
	struct asked **link = find(cast, message->ask.id);
	struct asked *asked;

	if (cast->summary.rehearsal) {
		put_question(cast, message, TERMINAL_WOULD_ASK);
		return;
	}
	if (*link) /* it is put again, when another person must agree */
		drop(link);
	while (*link)
		link = &(*link)->next;
	asked = mem_alloc(sizeof(*asked));
	asked->arena = arena_new();
	asked->ask = message_copy(asked->arena, message);
	*link = asked;
}

static void see_answered(struct asciicast *cast, const struct message *message)
{
	struct asked **link = find(cast, message->answered.id);

	if (!*link)
		return;
	if (!(*link)->shown)
		put_question(cast, &(*link)->ask, asking_of(message));
	else if (asking_of(message) != TERMINAL_ASKS)
		show_again(cast, *link, asking_of(message));
	drop(link);
}

static void see_unask(struct asciicast *cast, const struct message *message)
{
	struct asked **link = find(cast, message->unask.id);

	if (!*link)
		return;
	if ((*link)->shown)
		terminal_withdraw(cast->terminal, message->unask.why);
	drop(link);
}

/* A step begins, or has ended. */
static void mark(struct asciicast *cast, struct str node, const char *word)
{
	struct buf label;

	buf_init(&label, BUF_UNBOUNDED);
	text_harmless(&label, labels_of(cast->labels, node));
	buf_printf(&label, " %s", word);
	add_event(cast, true, buf_view(&label));
	buf_done(&label);
}

/* The step that something begins of, as far as that is known; empty: of none. */
static struct str begun(const struct message *message)
{
	if (message->type == MESSAGE_START)
		return message->start.node;
	if (message->type == MESSAGE_ASK)
		return message->ask.node;
	if (message->type == MESSAGE_DECIDED &&
	    (str_is(message->decided.what, "begin") || str_is(message->decided.what, "for_each")))
		return message->decided.node;
	return (struct str){0};
}

static void see_boundary(struct asciicast *cast, const struct message *message)
{
	struct str node = begun(message);

	if (node.len && !map_get(&cast->begun, node)) {
		map_put(&cast->begun, arena_str(cast->summary.arena, node), cast);
		mark(cast, node, "begins");
	}
	if (message->type == MESSAGE_STEP_FINISHED && !summary_was_not_run(message))
		mark(cast, message->step_finished.node,
		    text_outcome(message->step_finished.outcome, message->step_finished.allowed));
}

static void see_gap(struct asciicast *cast, const struct message *message)
{
	buf_clear(&cast->gap);
	buf_printf(&cast->gap, "%lld lines could not be recorded: %.*s",
	    (long long)message->record_gap.lines, STR_ARG(message->record_gap.why));
	buf_byte(&cast->gap, '\0');
}

static void see(void *self, const struct message *message)
{
	struct asciicast *cast = self;

	if (message->t_us > cast->t_us) /* a seal has none */
		cast->t_us = message->t_us;
	summary_see(&cast->summary, message);
	see_boundary(cast, message);
	if (message->type == MESSAGE_ANSWERED)
		see_answered(cast, message);
	if (message->type == MESSAGE_UNASK)
		see_unask(cast, message);
	if (message->type == MESSAGE_RECORD_GAP)
		see_gap(cast, message);
	if (message->type == MESSAGE_RUN_FINISHED)
		cast->whole = true;
	terminal_see(cast->terminal, message);
	if (message->type == MESSAGE_ASK)
		see_ask(cast, message);
	if (message->type == MESSAGE_RUN_RESUMED) /* what is open is put to whoever drives it now */
		for (struct asked *at = cast->questions; at; at = at->next)
			at->shown = false;
	ask_next(cast);
	if (!cast->questions)
		show_said(cast);
}

/* What stands between two ends of lines; without what only a terminal sees. */
static size_t columns_of(struct str line)
{
	size_t columns = utf8_columns(line);

	for (ptrdiff_t at = str_find(line, STR("\033[")); at >= 0;
	     at = str_find(line, STR("\033["))) {
		ptrdiff_t end = str_find(str_sub(line, (size_t)at, line.len), STR("m"));

		if (end < 0)
			break;
		columns -= (size_t)end; /* ESC itself has none */
		line = str_sub(line, (size_t)(at + end) + 1, line.len);
	}
	return columns;
}

static size_t width(const struct asciicast *cast)
{
	struct str rest = buf_view(&cast->text);
	size_t widest = WIDTH_LEAST;
	struct str line;

	while (widest < WIDTH_MOST && str_line(&rest, &line)) {
		size_t columns = columns_of(line);

		widest = columns > widest ? columns : widest;
	}
	return widest < WIDTH_MOST ? widest : WIDTH_MOST;
}

static void put_head(const struct asciicast *cast, struct buf *out)
{
	const struct summary *summary = &cast->summary;
	struct buf title;
	struct json json;

	buf_init(&title, BUF_UNBOUNDED);
	text_harmless(&title, summary->title.len ? summary->title : summary->runbook);
	json_init_shown(&json, out, false);
	json_open_map(&json);
	json_put_int(&json, "version", 2);
	json_put_int(&json, "width", (int64_t)width(cast));
	json_put_int(&json, "height", HEIGHT);
	json_put_int(&json, "timestamp", summary->began_at_us / 1000000);
	json_put_int(&json, "idle_time_limit", IDLE_S);
	json_put_str(&json, "title", buf_view(&title));
	json_key(&json, "env");
	json_open_map(&json);
	json_put_text(&json, "TERM", "xterm-256color");
	json_close_map(&json);
	json_close_map(&json);
	buf_byte(out, '\n');
	buf_done(&title);
}

/* A terminal begins a line at its left only where it is told so. */
static void with_returns(struct str text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\n')
			buf_byte(out, '\r');
		buf_byte(out, text.ptr[i]);
	}
}

static void put_event(const struct asciicast *cast, const struct event *event, struct buf *out)
{
	struct str text = str_sub(buf_view(&cast->text), event->begin, event->len);
	struct buf data;

	buf_init(&data, BUF_UNBOUNDED);
	if (event->marker)
		buf_str(&data, text);
	else
		with_returns(text, &data);
	buf_printf(out, "[%lld.%06lld,\"%s\",", (long long)(event->t_us / 1000000),
	    (long long)(event->t_us % 1000000), event->marker ? "m" : "o");
	json_quote(out, buf_view(&data));
	buf_text(out, "]\n");
	buf_done(&data);
}

/* The last words, of a run that ended; of another that its record ends before it did. */
static void end(struct asciicast *cast)
{
	if (cast->whole) {
		terminal_end(cast->terminal, cast->gap.len ? cast->gap.ptr : NULL);
	} else {
		buf_text(&cast->said, "\n… the record ends here: ");
		text_harmless(&cast->said, cast->about.state);
		buf_text(&cast->said, " …\n");
	}
	show_said(cast);
}

static void put(void *self, struct buf *out)
{
	struct asciicast *cast = self;

	end(cast);
	put_head(cast, out);
	for (size_t i = 0; i < cast->count; i++)
		put_event(cast, &cast->events[i], out);
}

const struct rendering rendering_asciicast = {
    .format = "asciicast",
    .needs_plan = true,
    .new = new,
    .see = see,
    .put = put,
    .free = release,
};
