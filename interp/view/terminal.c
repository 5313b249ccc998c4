/* SPDX-License-Identifier: Apache-2.0 */
#include "view/terminal_parts.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/units.h"
#include "base/utf8.h"
#include "view/text.h"

/* The column of ids is as wide as the longest, within these. */
enum { NAME_COLUMNS = 10, NAME_COLUMNS_MAX = 20 };

/* Of the items that one failure keeps from beginning there may be thousands. */
enum { BLOCKED_NAMED = 10 };

static size_t name_columns(const struct labels *labels)
{
	size_t longest = labels_columns(labels);

	if (longest < NAME_COLUMNS)
		return NAME_COLUMNS;
	return longest < NAME_COLUMNS_MAX ? longest : NAME_COLUMNS_MAX;
}

struct terminal *terminal_new(const struct terminal_options *options)
{
	struct terminal *terminal = mem_alloc(sizeof(*terminal));

	terminal->options = *options;
	terminal->labels = labels_new(options->plan);
	terminal->name_columns = name_columns(terminal->labels);
	summary_init(&terminal->summary);
	terminal->told_book = told_new(options->plan);
	terminal->held_back = held_back_new();
	buf_init(&terminal->out, BUF_UNBOUNDED);
	buf_init(&terminal->told, BUF_UNBOUNDED);
	buf_init(&terminal->blocked, BUF_UNBOUNDED);
	backlog_init(&terminal->backlog, options->fd);
	backlog_init(&terminal->person, -1);
	buf_init(&terminal->drawn, BUF_UNBOUNDED);
	map_init(&terminal->checked);
	if (options->live)
		terminal->panel = panel_new(
		    &(struct panel_sources){options->plan, terminal->labels, &terminal->summary});
	return terminal;
}

void terminal_free(struct terminal *terminal)
{
	if (!terminal)
		return;
	panel_free(terminal->panel);
	buf_done(&terminal->drawn);
	summary_done(&terminal->summary);
	told_free(terminal->told_book);
	held_back_free(terminal->held_back);
	scorecard_free(terminal->scorecard);
	labels_free(terminal->labels);
	lines_free(terminal->lines);
	buf_done(&terminal->out);
	buf_done(&terminal->told);
	buf_done(&terminal->blocked);
	backlog_done(&terminal->backlog);
	backlog_done(&terminal->person);
	map_done(&terminal->checked);
	free(terminal->departures.items);
	free(terminal);
}

void terminal_write(struct terminal *terminal)
{
	if (terminal->options.sink)
		buf_str(terminal->options.sink, buf_view(&terminal->out));
	else
		backlog_put(&terminal->backlog, buf_view(&terminal->out));
	buf_clear(&terminal->out);
}

void terminal_catch_up(struct terminal *terminal)
{
	backlog_end(&terminal->backlog);
}

void terminal_hush(struct terminal *terminal, bool quiet)
{
	terminal->options.quiet = quiet;
}

bool terminal_push(struct terminal *terminal)
{
	bool waits = backlog_push(&terminal->backlog);

	return (terminal->apart && backlog_push(&terminal->person)) || waits;
}

void terminal_ask_at(struct terminal *terminal, int fd)
{
	terminal->person.fd = fd;
	terminal->apart = true;
}

void terminal_say(struct terminal *terminal, struct str text)
{
	if (terminal->options.sink)
		buf_str(terminal->options.sink, text);
	else
		backlog_say(terminal->apart ? &terminal->person : &terminal->backlog, text);
}

void terminal_hold(struct terminal *terminal, bool hold)
{
	if (!terminal->apart)
		backlog_hold(&terminal->backlog, hold);
}

bool terminal_holds(const struct terminal *terminal)
{
	return backlog_holds(&terminal->backlog);
}

void terminal_paint(struct terminal *terminal, enum paint paint)
{
	paint_put(&terminal->out, terminal->options.color, paint);
}

void terminal_painted(struct terminal *terminal, enum paint color, const char *text)
{
	terminal_paint(terminal, color);
	buf_text(&terminal->out, text);
	terminal_paint(terminal, PLAIN);
}

/* "03:04:05  restart         ", or blanks in place of the time. */
void terminal_lead(struct terminal *terminal, int64_t at_us, struct str step)
{
	size_t columns = utf8_columns(step);

	if (at_us)
		text_clock(&terminal->out, at_us);
	else
		buf_text(&terminal->out, "        ");
	buf_text(&terminal->out, "  ");
	terminal_paint(terminal, at_us ? BOLD : DIM);
	text_harmless(&terminal->out, step);
	terminal_paint(terminal, PLAIN);
	for (; columns < terminal->name_columns; columns++)
		buf_byte(&terminal->out, ' ');
	buf_byte(&terminal->out, ' ');
}

/* The time before it, and the blanks around it. */
enum { LEAD_COLUMNS = 11 };

size_t terminal_column(const struct terminal *terminal)
{
	return LEAD_COLUMNS + terminal->name_columns + 2;
}

/* A sentence behind a step's name; its further lines, a message's perhaps, stand below its first. */
void terminal_why(struct terminal *terminal, struct str why)
{
	text_lines(&terminal->out, why, terminal_column(terminal));
}

void terminal_dim_line(struct terminal *terminal, struct str node, const char *before,
    struct str text, const char *behind)
{
	terminal_lead_of(terminal, 0, node);
	terminal_paint(terminal, DIM);
	buf_text(&terminal->out, before);
	terminal_why(terminal, text);
	buf_text(&terminal->out, behind);
	terminal_paint(terminal, PLAIN);
	buf_byte(&terminal->out, '\n');
}

static void show_line(void *self, struct str step, struct str line)
{
	struct terminal *terminal = self;

	terminal_lead(terminal, 0, step);
	buf_text(&terminal->out, "| ");
	text_short(&terminal->out, line);
	buf_byte(&terminal->out, '\n');
}

static void show_hidden(void *self, struct str step, struct str sentence)
{
	struct terminal *terminal = self;

	terminal_lead(terminal, 0, step);
	terminal_paint(terminal, DIM);
	buf_str(&terminal->out, sentence);
	terminal_paint(terminal, PLAIN);
	buf_byte(&terminal->out, '\n');
}

const struct step *terminal_step(const struct terminal *terminal, struct str path)
{
	const struct plan_node *node = plan_at(terminal->options.plan, path);

	return node ? node->step : NULL;
}

void terminal_duration(struct terminal *terminal, const char *before, int64_t us)
{
	buf_text(&terminal->out, before);
	units_show_duration(&terminal->out, us);
}

static enum paint paint_of_class(enum effect_class class)
{
	return class == EFFECT_DESTROY ? RED : class == EFFECT_CHANGE ? YELLOW : DIM;
}

static void see_start(struct terminal *terminal, const struct message *message)
{
	struct str id = labels_of(terminal->labels, message->start.node);
	bool is_last = message->start.node.len == 0;
	bool is_action = message->start.what == START_ACTION;
	bool is_titled = false;

	if (message->start.what == START_NOTIFY) {
		terminal_telling(terminal, message->start.op);
		return;
	}
	if (is_action && message->start.attempt == 1)
		is_titled = terminal_title(terminal, message, message->start.node);
	terminal_lead(terminal, is_titled ? 0 : message->at_us, id);
	if (is_action && terminal->scorecard && message->start.class != EFFECT_READ)
		buf_text(&terminal->out, "would ");
	if (is_action)
		terminal_painted(terminal, paint_of_class(message->start.class),
		    effect_class_name(message->start.class));
	else
		terminal_painted(
		    terminal, DIM, is_last ? "recovered" : text_purpose(message->start.what));
	if (is_last) {
		terminal->last_check = message->start.op;
		terminal->as_things_are = message->start.deps != NULL;
	}
	text_at(&terminal->out, message);
	buf_text(&terminal->out, is_last ? "? " : ": ");
	text_action(&terminal->out, message, terminal->options.plan);
	if (message->start.poll.within_us && !message->start.deps)
		terminal_duration(terminal, ", up to ", message->start.poll.within_us);
	if (message->start.poll.for_us)
		terminal_duration(terminal, ", and for ", message->start.poll.for_us);
	if (message->start.attempt > 1 && is_action)
		buf_printf(&terminal->out, " (attempt %u)", message->start.attempt);
	if (terminal->summary.record_fails && message->start.class != EFFECT_READ)
		terminal_painted(terminal, RED, " (perhaps not in the record)");
	buf_byte(&terminal->out, '\n');
	terminal_telling(terminal, message->start.op);
}

/* What "recovered" means is asked at the end of every run; no step tells how that went. */
static void see_last_check(struct terminal *terminal, const struct message *message)
{
	bool holds = message->finished.verdict.ok;

	terminal->last_check = 0;
	if (terminal->as_things_are && !holds)
		return; /* what is made of that is told next */
	terminal_lead(terminal, message->at_us, (struct str){0});
	terminal_painted(terminal, holds ? GREEN : RED, holds ? "holds" : "DOES NOT HOLD");
	if (terminal->as_things_are)
		buf_text(&terminal->out, " as things are");
	if (!holds && message->finished.verdict.why.len) {
		buf_text(&terminal->out, ": ");
		terminal_why(terminal, message->finished.verdict.why);
	}
	buf_byte(&terminal->out, '\n');
	if (!holds)
		terminal_advice(terminal, (struct str){0});
}

/* What `unless` asks for is not so: that is why the action comes, or no reason at all (a wrong password). */
static void see_needed(struct terminal *terminal, const struct message *message)
{
	const struct summary_step *step = summary_by_op(&terminal->summary, message->finished.op);

	if (!step || !summary_is_unless(&terminal->summary, message->finished.op) ||
	    message->finished.verdict.ok || !message->finished.verdict.why.len)
		return;
	terminal_dim_line(
	    terminal, step->node, "unless: not so: ", message->finished.verdict.why, "");
}

static void see_finished(struct terminal *terminal, const struct message *message)
{
	if (terminal->lines)
		lines_end(terminal->lines, message->finished.op, show_hidden);
	terminal_held_back_news(terminal, message->finished.op);
	terminal_unperformed(terminal, message);
	terminal_told(terminal, message);
	see_needed(terminal, message);
	if (terminal->last_check && message->finished.op == terminal->last_check)
		see_last_check(terminal, message);
	terminal_left(terminal, message->finished.left);
}

/* One line for all that could not begin one after another: what the first of them waited for is told above it. */
static void tell_blocked(struct terminal *terminal)
{
	if (terminal->blocked.len == 0)
		return;
	terminal_lead(terminal, 0, (struct str){0});
	terminal_paint(terminal, DIM);
	buf_text(&terminal->out, "not run: ");
	text_harmless(&terminal->out, buf_view(&terminal->blocked));
	if (terminal->blocked_count > BLOCKED_NAMED)
		buf_printf(
		    &terminal->out, " and %zu more", terminal->blocked_count - BLOCKED_NAMED);
	terminal_paint(terminal, PLAIN);
	buf_byte(&terminal->out, '\n');
	buf_clear(&terminal->blocked);
	terminal->blocked_count = 0;
}

static void see_step_finished(struct terminal *terminal, const struct message *message)
{
	if (!summary_was_not_run(message)) {
		terminal_step_finished(terminal, message);
	} else if (terminal->blocked_count++ < BLOCKED_NAMED) {
		buf_text(&terminal->blocked, terminal->blocked.len ? ", " : "");
		terminal_put_name(terminal, message->step_finished.node, &terminal->blocked);
	}
}

static void see_answered(struct terminal *terminal, const struct message *message)
{
	const struct summary *summary = &terminal->summary;

	for (size_t i = 0; i < summary->approval_count; i++) {
		if (summary->approvals[i].id != message->answered.id)
			continue;
		terminal_lead_of(terminal, message->at_us, summary->approvals[i].node);
		terminal_painted(terminal,
		    message->answered.answer == ANSWER_APPROVED ? YELLOW : RED,
		    text_answer(summary->approvals[i].kind, message->answered.answer,
			summary->approvals[i].taken));
		text_harmless(&terminal->out, message->answered.who);
		buf_byte(&terminal->out, '\n');
	}
}

bool terminal_has_finally(const struct terminal *terminal)
{
	const struct plan *plan = terminal->options.plan;

	for (size_t i = 0; i < plan->count; i++)
		if (plan->nodes[i].finally_count)
			return true;
	return false;
}

static void see_signal(struct terminal *terminal, const struct message *message)
{
	if (str_is(message->signal.name, "SIGHUP"))
		return;
	buf_byte(&terminal->out, '\n');
	terminal_painted(terminal, YELLOW, "interrupted");
	if (terminal->outcome_known)
		buf_text(&terminal->out, ": nobody else is told\n");
	else if (terminal->interrupts++)
		buf_text(&terminal->out,
		    " again: all that runs is killed, and nothing more is begun, no clean-up "
		    "either.\n");
	else if (terminal_has_finally(terminal))
		buf_text(&terminal->out,
		    ": what runs is being ended, then the finally steps run. Once more ends those "
		    "too.\n");
	else
		buf_text(
		    &terminal->out, ": what runs is being ended. Once more kills it at once.\n");
}

/* An output names its step; the operation tells which of those with that id it is. */
static void see_output(struct terminal *terminal, const struct message *message)
{
	const struct summary_step *step = summary_by_op(&terminal->summary, message->output.op);
	struct message labelled = *message;

	if (!terminal->lines)
		terminal->lines = lines_new(show_line, terminal);
	if (step)
		labelled.output.step = labels_of(terminal->labels, step->node);
	lines_feed(terminal->lines, &labelled);
}

static void see_note(struct terminal *terminal, const struct message *message)
{
	terminal_lead(terminal, message->at_us, (struct str){0});
	if (!text_is_own_note(message)) {
		terminal_paint(terminal, BOLD);
		text_harmless(&terminal->out, message->note.who);
		terminal_paint(terminal, PLAIN);
		buf_text(&terminal->out, ": ");
	}
	terminal_why(terminal, message->note.text);
	buf_byte(&terminal->out, '\n');
}

void terminal_note(struct terminal *terminal, const struct message *message)
{
	summary_see(&terminal->summary, message);
	if (terminal->panel)
		panel_see(terminal->panel, message);
	told_see(terminal->told_book, message);
	held_back_see(terminal->held_back, message);
	if (message->type == MESSAGE_RUN_STARTED && message->run_started.rehearsal)
		terminal->scorecard = scorecard_new(terminal->options.plan);
	if (terminal->scorecard)
		scorecard_see(terminal->scorecard, message);
	if (message->type == MESSAGE_START)
		terminal->under_way++;
	if (message->type == MESSAGE_FINISHED && terminal->under_way)
		terminal->under_way--;
	if (message->type == MESSAGE_START && message->start.what == START_PRECONDITION)
		terminal_note_check(terminal, message);
	if (message->type == MESSAGE_FINISHED)
		terminal_note_found(terminal, message);
	if (message->type == MESSAGE_RUN_STARTED)
		terminal->on_divergence = message->run_started.on_divergence;
	if (message->type == MESSAGE_DIVERGED)
		terminal_note_departure(terminal, message);
}

void terminal_see(void *self, const struct message *message)
{
	static void (*const see[MESSAGE_TYPES])(struct terminal *, const struct message *) = {
	    [MESSAGE_RUN_STARTED] = terminal_run_started,
	    [MESSAGE_RUN_RESUMED] = terminal_run_resumed,
	    [MESSAGE_START] = see_start,
	    [MESSAGE_STARTED] = terminal_started,
	    [MESSAGE_DECIDED] = terminal_decided,
	    [MESSAGE_CHOSEN] = terminal_chosen,
	    [MESSAGE_FINISHED] = see_finished,
	    [MESSAGE_STEP_FINISHED] = see_step_finished,
	    [MESSAGE_ANSWERED] = see_answered,
	    [MESSAGE_SIGNAL] = see_signal,
	    [MESSAGE_RECORD] = terminal_record,
	    [MESSAGE_DIVERGED] = terminal_diverged,
	    [MESSAGE_OUTPUT] = see_output,
	    [MESSAGE_NOTE] = see_note,
	    [MESSAGE_OUTLOOK] = terminal_outlook,
	};
	struct terminal *terminal = self;

	terminal_tell_past(terminal, message);
	terminal_note(terminal, message);
	terminal_end_head(terminal, message);
	if ((terminal->options.quiet && message->type != MESSAGE_RECORD) ||
	    !(see[message->type] || message->type == MESSAGE_RUN_FINISHED))
		return;
	if (message->type != MESSAGE_STEP_FINISHED || !summary_was_not_run(message))
		tell_blocked(terminal);
	if (see[message->type])
		see[message->type](terminal, message);
	terminal_write(terminal);
}
