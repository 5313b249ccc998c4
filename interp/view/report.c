/* SPDX-License-Identifier: Apache-2.0 */
#include "view/report_parts.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/units.h"
#include "view/incident.h"
#include "view/items.h"
#include "view/markdown.h"
#include "view/text.h"

static void *new (const struct rendering_about *about)
{
	struct report *report = mem_alloc(sizeof(*report));

	report->about = *about;
	report->plan = about->plan;
	report->chronicle = chronicle_new(about->plan);
	report->summary = &report->chronicle->summary;
	buf_init(&report->timeline, BUF_UNBOUNDED);
	buf_init(&report->verified, BUF_UNBOUNDED);
	buf_init(&report->settled, BUF_UNBOUNDED);
	buf_init(&report->left, BUF_UNBOUNDED);
	return report;
}

static void release(void *self)
{
	struct report *report = self;

	chronicle_free(report->chronicle);
	buf_done(&report->timeline);
	buf_done(&report->verified);
	buf_done(&report->settled);
	buf_done(&report->left);
	free(report);
}

void report_put_item(const struct report *report, struct buf *out, struct str node)
{
	struct buf items;

	buf_init(&items, BUF_UNBOUNDED);
	items_put(report->summary, node, &items);
	if (items.len) {
		buf_byte(out, ' ');
		markdown_plain(out, buf_view(&items));
	}
	buf_done(&items);
}

void report_put_node(const struct report *report, struct buf *out, struct str node)
{
	if (node.len == 0)
		return;
	buf_text(out, "**");
	markdown_plain(out, node);
	buf_text(out, "**");
	report_put_item(report, out, node);
	buf_byte(out, ' ');
}

static void entry(struct report *report, const struct message *message, struct str node)
{
	buf_text(&report->timeline, "- ");
	text_clock(&report->timeline, message->at_us);
	buf_byte(&report->timeline, ' ');
	report_put_node(report, &report->timeline, node);
}

static void entry_end(struct report *report, struct str why)
{
	if (why.len) {
		buf_text(&report->timeline, ": ");
		markdown_plain(&report->timeline, why);
	}
	buf_byte(&report->timeline, '\n');
}

static const struct step *step_at(const struct report *report, struct str path)
{
	const struct plan_node *node = report->plan ? plan_at(report->plan, path) : NULL;

	return node ? node->step : NULL;
}

static void see_run_started(struct report *report, const struct message *message)
{
	entry(report, message, (struct str){0});
	buf_text(&report->timeline,
	    report->summary->rehearsal ? "the rehearsal began" : "the run began");
	entry_end(report, (struct str){0});
}

static void put_action(const struct report *report, const struct message *start, struct buf *out)
{
	struct buf shown;

	buf_init(&shown, BUF_UNBOUNDED);
	if (report->plan)
		text_action(&shown, start, report->plan);
	else
		buf_str(&shown, start->start.action);
	markdown_code(out, buf_view(&shown));
	buf_done(&shown);
	buf_init(&shown, BUF_UNBOUNDED);
	text_at(&shown, start);
	buf_text(out, shown.len ? " " : "");
	markdown_plain(out, str_trim(buf_view(&shown)));
	buf_done(&shown);
}

static void see_start(struct report *report, const struct message *message)
{
	const struct step *step = step_at(report, message->start.node);

	if (message->start.what == START_NOTIFY)
		return;
	if (message->start.node.len == 0) {
		report->verifying = message->start.op;
		report->hangs = message->start.deps != NULL;
		buf_text(&report->verified, "- ");
		put_action(report, message, &report->verified);
		return;
	}
	if (message->start.what != START_ACTION)
		return;
	entry(report, message, message->start.node);
	if (message->start.attempt > 1)
		buf_printf(&report->timeline, "attempt %u, ", message->start.attempt);
	buf_printf(&report->timeline, "%s%s: ",
	    report->summary->rehearsal && message->start.class != EFFECT_READ ? "would " : "",
	    effect_class_name(message->start.class));
	if (step)
		markdown_plain(&report->timeline, step->title);
	entry_end(report, (struct str){0});
	if (report->plan) {
		buf_text(&report->timeline, "  ");
		put_action(report, message, &report->timeline);
		buf_byte(&report->timeline, '\n');
	}
}

static void put_left(struct buf *out, const struct value *process)
{
	const struct value *pid = value_get(process, "pid");

	markdown_plain(out, value_text(value_get(process, "command")));
	buf_printf(out, " (pid %lld)\n", (long long)(pid ? pid->integer : 0));
}

/* Processes that live on, when they were left and on a list of their own. */
static void see_left(struct report *report, const struct message *message)
{
	const struct value *left = message->finished.left;
	const struct summary_step *step = summary_by_op(report->summary, message->finished.op);
	struct str node = step ? step->node : (struct str){0};

	for (size_t i = 0; left && i < left->list.count; i++) {
		entry(report, message, node);
		buf_text(&report->timeline, "left running: ");
		put_left(&report->timeline, left->list.items[i]);
		buf_text(&report->left, "- ");
		report_put_node(report, &report->left, node);
		put_left(&report->left, left->list.items[i]);
	}
}

static void see_finished(struct report *report, const struct message *message)
{
	const struct verdict *verdict = &message->finished.verdict;

	see_left(report, message);
	if (report->verifying == 0 || message->finished.op != report->verifying)
		return;
	report->verifying = 0;
	buf_text(&report->verified,
	    verdict->ok         ? " holds"
		: report->hangs ? " does not hold yet, and hangs on what was not done"
				: " **does not hold**");
	if (!verdict->ok)
		markdown_told(&report->verified, verdict->why);
	buf_byte(&report->verified, '\n');
}

/* Of what nobody knew the end of: whether it was done, where its own verification has told. */
static void settle(struct report *report, const struct message *message, const char *word)
{
	const struct summary_step *step = summary_at(report->summary, message->decided.node);

	if (!step || !step->lost || !message->decided.value ||
	    message->decided.value->type != VALUE_BOOL || str_is(message->decided.what, "recall"))
		return;
	buf_text(&report->settled, "- ");
	report_put_node(report, &report->settled, message->decided.node);
	buf_text(&report->settled, word);
	markdown_told(&report->settled, message->decided.why);
	buf_byte(&report->settled, '\n');
}

/* What a run that goes on has decided of what was cut off. */
static void see_found_again(struct report *report, const struct message *message)
{
	const char *word = text_found_again(message);

	if (!word || summary_is_said_again(report->summary, message))
		return;
	entry(report, message, message->decided.node);
	buf_text(&report->timeline, word);
	entry_end(report, message->decided.why);
	settle(report, message, word);
}

static void see_decided(struct report *report, const struct message *message)
{
	if (str_is(message->decided.what, "begin")) {
		const struct step *step = step_at(report, message->decided.node);

		entry(report, message, message->decided.node);
		buf_text(&report->timeline, "begins");
		entry_end(report, step ? step->title : (struct str){0});
	} else if (str_is(message->decided.what, "retry")) {
		entry(report, message, message->decided.node);
		buf_text(&report->timeline, "is tried again");
		entry_end(report, message->decided.why);
	} else if (str_is(message->decided.what, "for_each")) {
		entry(report, message, message->decided.node);
		buf_printf(&report->timeline, "for each of %zu items",
		    message->decided.value ? message->decided.value->list.count : 0);
		entry_end(report, message->decided.why);
	} else if (str_is(message->decided.what, "rollback")) {
		entry(report, message, message->decided.node);
		buf_text(&report->timeline,
		    summary_is_refusal(message)      ? "is not rolled back"
			: report->summary->rehearsal ? "would be rolled back"
						     : "is rolled back");
		entry_end(report, message->decided.why);
	} else {
		see_found_again(report, message);
	}
}

/* What may be behind it, on a line of its own: it is nobody's finding. */
static void put_advice(struct report *report, struct str node)
{
	struct str advice = held_back_advice(report->chronicle->held_back, node);

	if (advice.len == 0)
		return;
	buf_text(&report->timeline, "  (");
	markdown_plain(&report->timeline, advice);
	buf_text(&report->timeline, ")\n");
}

static void see_step_finished(struct report *report, const struct message *message)
{
	bool not_run = summary_was_not_run(message);

	entry(report, message, message->step_finished.node);
	buf_text(&report->timeline,
	    not_run ? "was not run"
		    : text_outcome(message->step_finished.outcome, message->step_finished.allowed));
	if (message->step_finished.outcome != OUTCOME_SKIPPED && !not_run) {
		buf_text(&report->timeline, " after ");
		units_show_duration(&report->timeline, message->step_finished.duration_us);
		text_open(&report->timeline,
		    summary_open_us(report->summary, message->step_finished.node));
	}
	entry_end(report, summary_at(report->summary, message->step_finished.node)->told);
	if (message->step_finished.outcome == OUTCOME_FAILED)
		put_advice(report, message->step_finished.node);
}

static void see_ask(struct report *report, const struct message *message)
{
	entry(report, message, message->ask.node);
	buf_text(&report->timeline,
	    message->ask.kind == ASK_MANUAL         ? "a person was told"
		: message->ask.kind == ASK_LOST     ? "a person was asked whether it was done"
		: message->ask.kind == ASK_DIVERGED ? "a person was asked whether the run goes on"
						    : "approval asked");
	entry_end(
	    report, message->ask.kind == ASK_DIVERGED ? (struct str){0} : message->ask.prompt);
}

static void see_answered(struct report *report, const struct message *message)
{
	const struct summary *summary = report->summary;

	for (size_t i = 0; i < summary->approval_count; i++)
		if (summary->approvals[i].id == message->answered.id) {
			entry(report, message, summary->approvals[i].node);
			buf_text(&report->timeline,
			    text_answer(summary->approvals[i].kind, message->answered.answer,
				summary->approvals[i].taken));
			markdown_plain(&report->timeline, message->answered.who);
			entry_end(report, (struct str){0});
		}
}

static void see_diverged(struct report *report, const struct message *message)
{
	entry(report, message, message->diverged.node);
	buf_text(&report->timeline, "was not as recorded: ");
	markdown_plain(&report->timeline, message->diverged.found);
	buf_text(&report->timeline, "; recorded: ");
	markdown_plain(&report->timeline, message->diverged.recorded);
	entry_end(report, (struct str){0});
}

static void see_signal(struct report *report, const struct message *message)
{
	entry(report, message, (struct str){0});
	buf_text(&report->timeline, "signal ");
	markdown_plain(&report->timeline, message->signal.name);
	entry_end(report, (struct str){0});
}

static void see_run_resumed(struct report *report, const struct message *message)
{
	const struct value *host = message->run_resumed.host;
	const struct value *user = host && host->type == VALUE_MAP ? value_get(host, "user") : NULL;

	entry(report, message, (struct str){0});
	buf_text(&report->timeline, "the run goes on after it was cut off at ");
	text_clock(&report->timeline, report->summary->cut_off_at_us);
	buf_text(&report->timeline, ", ");
	units_show_duration(
	    &report->timeline, text_seconds(message->at_us - report->summary->cut_off_at_us));
	buf_text(&report->timeline, " before");
	if (user && user->type == VALUE_STRING) {
		buf_text(&report->timeline, ", driven by ");
		markdown_plain(&report->timeline, value_text(user));
	}
	if (message->run_resumed.sources)
		buf_text(&report->timeline, ", with the runbook as it was changed meanwhile");
	entry_end(report, (struct str){0});
	if (message->run_resumed.torn_bytes == 0)
		return;
	entry(report, message, (struct str){0});
	text_torn(&report->timeline, message);
	entry_end(report, (struct str){0});
}

static void see_note(struct report *report, const struct message *message)
{
	entry(report, message, (struct str){0});
	buf_text(&report->timeline, "note");
	if (!text_is_own_note(message)) {
		buf_text(&report->timeline, " by ");
		markdown_plain(&report->timeline, message->note.who);
	}
	markdown_told(&report->timeline, message->note.text);
	buf_byte(&report->timeline, '\n');
}

static void see_record(struct report *report, const struct message *message)
{
	entry(report, message, (struct str){0});
	buf_text(&report->timeline,
	    message->record.state != RECORD_FAILED ? "the record was written again"
		: report->summary->on_record_failure == RECORD_FAILURE_CONTINUE
		? "the record failed: the run went on, and lines may be missing"
		: "the record failed: nothing new that changes was begun");
	entry_end(report, message->record.why);
}

static void see_run_finished(struct report *report, const struct message *message)
{
	entry(report, message, (struct str){0});
	buf_printf(&report->timeline, "the run ended: %s",
	    run_outcome_names[message->run_finished.outcome]);
	entry_end(report, message->run_finished.why);
}

static void see(void *self, const struct message *message)
{
	static void (*const sees[MESSAGE_TYPES])(struct report *, const struct message *) = {
	    [MESSAGE_RUN_STARTED] = see_run_started,
	    [MESSAGE_START] = see_start,
	    [MESSAGE_FINISHED] = see_finished,
	    [MESSAGE_DECIDED] = see_decided,
	    [MESSAGE_STEP_FINISHED] = see_step_finished,
	    [MESSAGE_ASK] = see_ask,
	    [MESSAGE_ANSWERED] = see_answered,
	    [MESSAGE_SIGNAL] = see_signal,
	    [MESSAGE_RECORD] = see_record,
	    [MESSAGE_RUN_RESUMED] = see_run_resumed,
	    [MESSAGE_DIVERGED] = see_diverged,
	    [MESSAGE_NOTE] = see_note,
	    [MESSAGE_RUN_FINISHED] = see_run_finished,
	};
	struct report *report = self;

	chronicle_see(report->chronicle, message);
	if (sees[message->type])
		sees[message->type](report, message);
}

static void put(void *self, struct buf *out)
{
	struct report *report = self;

	chronicle_weigh(report->chronicle);
	incident_put(&report->about, report->chronicle, NULL, out);
	report_put_record(report, out);
}

const struct rendering rendering_markdown = {
    .format = "md",
    .takes_answers = true,
    .new = new,
    .see = see,
    .put = put,
    .free = release,
};
