/* SPDX-License-Identifier: Apache-2.0 */
#include "view/junit_parts.h"

#include "base/units.h"
#include "view/text.h"
#include "view/xml.h"

/* Of each operation's output so much of the end is shown; the record has all. */
enum { TAIL_LINES = 40, TAIL_BYTES = 8192 };

void junit_put_seconds(struct buf *out, int64_t us)
{
	us = us > 0 ? us : 0;
	buf_printf(out, "%lld.%06lld", (long long)(us / 1000000), (long long)(us % 1000000));
}

/* Where the last lines begin. */
static size_t tail_of(struct str text)
{
	size_t at = text.len;
	size_t least = text.len > TAIL_BYTES ? text.len - TAIL_BYTES : 0;
	size_t lines = 0;

	if (at > least && text.ptr[at - 1] == '\n')
		at--;
	while (at > least && (text.ptr[at - 1] != '\n' || ++lines < TAIL_LINES))
		at--;
	return at;
}

static void put_stream(struct buf *out, const struct chronicle_op *op, enum output_stream stream)
{
	struct buf text;
	size_t from;

	buf_init(&text, BUF_UNBOUNDED);
	for (const struct chronicle_piece *at = op->pieces; at; at = at->next)
		if (at->stream == stream)
			buf_str(&text, at->bytes);
	from = tail_of(buf_view(&text));
	if (from)
		buf_printf(out, "… %zu bytes before this are in the record …\n", from);
	xml_text(out, str_sub(buf_view(&text), from, text.len));
	if (text.len && text.ptr[text.len - 1] != '\n')
		buf_byte(out, '\n');
	buf_done(&text);
}

/* "verify: postgres.ready connection=db at db1: does not hold: …" */
static void put_op(struct buf *out, const struct chronicle_op *op)
{
	static const char *const ends[] = {
	    [ORIGIN_RECORDED] = ": not done, taken from a record",
	    [ORIGIN_ASSUMED] = ": not done, its end is assumed",
	    [ORIGIN_UNKNOWN] = ": not done",
	};
	bool is_action = start_is_action(op->what);

	xml_text(out,
	    str_from(
		op->what == START_ACTION ? effect_class_name(op->effect) : text_purpose(op->what)));
	if (op->attempt > 1 && is_action)
		buf_printf(out, " (attempt %u)", op->attempt);
	buf_text(out, ": ");
	xml_text(out, op->action);
	buf_text(out, op->place.len ? " " : "");
	xml_text(out, op->place);
	if (!op->ended)
		buf_text(out, ": no end is recorded");
	else if (op->origin != ORIGIN_LIVE)
		buf_text(out, ends[op->origin]);
	else if (op->end == END_STOPPED)
		buf_text(out, ": was ended");
	else if (!op->holds)
		buf_text(out, is_action ? ": failed" : ": does not hold");
	if (op->ended && op->why.len) {
		buf_text(out, ": ");
		xml_text(out, op->why);
	}
	buf_byte(out, '\n');
	if (op->sensitive)
		buf_text(out, "(its output is sensitive and not recorded)\n");
}

static const struct chronicle_op *next(
    const struct junit_case *given, const struct chronicle_op *op)
{
	return given->alone ? NULL : op->next;
}

/* "approved by alice on /dev/pts/3 at 2026-11-22T03:04:05.000000Z" */
static void put_question(struct buf *out, const struct chronicle_question *question)
{
	const struct summary_approval *asked = question->approval;

	if (asked->prompt.len) {
		buf_text(out, "asked: ");
		xml_text(out, asked->prompt);
		buf_byte(out, '\n');
	}
	if (asked->answered) {
		buf_text(out, text_answer(asked->kind, asked->answer, asked->taken));
		xml_text(out, asked->who);
		buf_text(out, " at ");
		units_show_time(out, asked->at_us);
	} else {
		buf_text(out, question->withdrawn.len ? "withdrawn: " : "not answered");
		xml_text(out, question->withdrawn);
	}
	buf_byte(out, '\n');
}

static void put_out(struct buf *out, const struct junit_case *given)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	if (given->note)
		buf_printf(&text, "%s\n", given->note);
	if (given->note && given->why.len && given->verdict == JUNIT_PASSED) {
		xml_text(&text, given->why);
		buf_byte(&text, '\n');
	}
	if (given->began_at_us) {
		buf_text(&text, "began ");
		units_show_time(&text, given->began_at_us);
		buf_byte(&text, '\n');
	}
	for (const struct chronicle_question *at = given->questions; at; at = at->next)
		put_question(&text, at);
	for (const struct chronicle_op *at = given->first; at; at = next(given, at)) {
		put_op(&text, at);
		put_stream(&text, at, STREAM_STDOUT);
	}
	if (text.len) {
		buf_text(out, "      <system-out>");
		buf_str(out, buf_view(&text));
		buf_text(out, "</system-out>\n");
	}
	buf_done(&text);
}

static void put_err(struct buf *out, const struct junit_case *given)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	for (const struct chronicle_op *at = given->first; at; at = next(given, at))
		put_stream(&text, at, STREAM_STDERR);
	if (text.len) {
		buf_text(out, "      <system-err>");
		buf_str(out, buf_view(&text));
		buf_text(out, "</system-err>\n");
	}
	buf_done(&text);
}

/* <failure type="timed out" message="no end within 50ms">the same, and advice</failure> */
static void put_verdict(struct buf *out, const struct junit_case *given)
{
	static const char *const names[] = {
	    [JUNIT_SKIPPED] = "skipped", [JUNIT_FAILURE] = "failure", [JUNIT_ERROR] = "error"};
	const char *name = names[given->verdict];
	struct str why = given->why.len ? given->why : str_from(given->type);

	buf_printf(out, "      <%s", name);
	if (given->verdict != JUNIT_SKIPPED)
		xml_attribute(out, "type", str_from(given->type));
	xml_attribute(out, "message", why);
	if (given->verdict == JUNIT_SKIPPED) {
		buf_text(out, "/>\n");
		return;
	}
	buf_byte(out, '>');
	xml_text(out, why);
	if (given->advice.len) {
		buf_text(out, "\n(");
		xml_text(out, given->advice);
		buf_byte(out, ')');
	}
	buf_printf(out, "</%s>\n", name);
}

void junit_put_case(struct junit_suite *suite, const struct junit_case *given)
{
	struct buf *out = &suite->cases;

	suite->count[given->verdict]++;
	buf_text(out, "    <testcase");
	xml_attribute(out, "classname", suite->classname);
	xml_attribute(out, "name", given->name);
	buf_text(out, " time=\"");
	junit_put_seconds(out, given->duration_us);
	buf_text(out, "\">\n");
	if (given->verdict != JUNIT_PASSED)
		put_verdict(out, given);
	put_out(out, given);
	put_err(out, given);
	buf_text(out, "    </testcase>\n");
}
