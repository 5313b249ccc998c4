/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "view/lines.h"

static struct buf shown;

static void show(void *self, struct str step, struct str line)
{
	(void)self;
	buf_printf(&shown, "%.*s|%.*s\n", STR_ARG(step), STR_ARG(line));
}

static void hide(void *self, struct str step, struct str sentence)
{
	(void)self;
	buf_printf(&shown, "%.*s~%.*s\n", STR_ARG(step), STR_ARG(sentence));
}

static struct lines *begin(void)
{
	buf_init(&shown, BUF_UNBOUNDED);
	return lines_new(show, NULL);
}

static void feed(struct lines *lines, uint32_t op, enum output_stream stream, const char *text)
{
	struct message output = {.type = MESSAGE_OUTPUT};

	output.output.op = op;
	output.output.step = op == 1 ? STR("a") : STR("b");
	output.output.stream = stream;
	output.output.bytes = str_from(text);
	lines_feed(lines, &output);
}

static void shows(const char *wanted)
{
	if (!str_is(buf_view(&shown), wanted))
		fail_msg("it shows\n%.*sand not\n%s", STR_ARG(buf_view(&shown)), wanted);
	buf_clear(&shown);
}

static void end(struct lines *lines)
{
	lines_free(lines);
	buf_done(&shown);
}

static void test_pieces(void **state)
{
	struct lines *lines = begin();

	(void)state;
	feed(lines, 1, STREAM_STDOUT, "on");
	shows("");
	feed(lines, 1, STREAM_STDOUT, "e\ntwo\nthr");
	shows("a|one\na|two\n");
	feed(lines, 2, STREAM_STDOUT, "other\n");
	feed(lines, 1, STREAM_STDERR, "trouble\n"); /* the streams do not mix */
	feed(lines, 1, STREAM_STDOUT, "ee");
	shows("b|other\na|trouble\n");
	lines_end(lines, 1, hide);
	shows("a|three\n");
	lines_end(lines, 1, hide); /* it is over already */
	lines_end(lines, 7, hide);
	shows("");
	feed(lines, 2, STREAM_STDOUT, "never ended");
	end(lines);
}

static void test_carriage_return(void **state)
{
	struct lines *lines = begin();

	(void)state;
	feed(lines, 1, STREAM_STDOUT, "dos\r\n");
	shows("a|dos\n");
	feed(lines, 1, STREAM_STDOUT, "split\r");
	feed(lines, 1, STREAM_STDOUT, "\nnext\n");
	shows("a|split\na|next\n");
	feed(lines, 1, STREAM_STDOUT, "10%\r20%\r");
	feed(lines, 1, STREAM_STDOUT, "100%\ndone");
	shows("a|100%\n");
	feed(lines, 1, STREAM_STDOUT, "\r");
	lines_end(lines, 1, hide);
	shows("a|done\n");
	end(lines);
}

static void test_many(void **state)
{
	struct lines *lines = begin();
	char line[32];

	(void)state;
	for (int i = 1; i <= LINES_SHOWN; i++)
		feed(lines, 1, STREAM_STDOUT, "early\n");
	buf_clear(&shown);
	for (int i = 1; i <= 100; i++) {
		snprintf(line, sizeof(line), "late %d\n", i);
		feed(lines, 1, STREAM_STDOUT, line);
	}
	shows("");
	lines_end(lines, 1, hide);
	shows("a~… 92 lines not shown, they are in the record …\n"
	      "a|late 93\na|late 94\na|late 95\na|late 96\n"
	      "a|late 97\na|late 98\na|late 99\na|late 100\n");
	end(lines);
}

/* As many as the tail holds: nothing is left out, and nothing is said of that. */
static void test_just_enough(void **state)
{
	struct lines *lines = begin();

	(void)state;
	for (int i = 0; i < LINES_SHOWN; i++)
		feed(lines, 1, STREAM_STDOUT, "early\n");
	buf_clear(&shown);
	feed(lines, 1, STREAM_STDOUT, "x\ny\nz");
	lines_end(lines, 1, hide);
	shows("a|x\na|y\na|z\n");
	end(lines);
}

static void test_long(void **state)
{
	struct lines *lines = begin();
	char part[101];

	(void)state;
	memset(part, 'x', 100);
	part[100] = '\0';
	for (int i = 0; i < 100; i++)
		feed(lines, 1, STREAM_STDOUT, part);
	feed(lines, 1, STREAM_STDOUT, "\nshort\n");
	assert_true(shown.len < 500);
	assert_true(str_ends(buf_view(&shown), STR("a|short\n")));
	end(lines);
}

static void feed_at(struct lines *lines, int64_t offset, const char *text)
{
	struct message output = {.type = MESSAGE_OUTPUT};

	output.output.op = 1;
	output.output.step = STR("a");
	output.output.offset = offset;
	output.output.bytes = str_from(text);
	lines_feed(lines, &output);
}

/* What is not kept joins no lines together, and is told. */
static void test_gap(void **state)
{
	struct lines *lines = begin();

	(void)state;
	feed_at(lines, 0, "one\nall is w");
	feed_at(lines, 12, "el");
	feed_at(lines, 1038, "ong\ntwo\n");
	shows("a|one\na|all is wel\n");
	lines_end(lines, 1, hide);
	shows("a~… 1.0 KiB were not kept …\na|…ong\na|two\n");

	for (int i = 0; i < LINES_SHOWN + LINES_TAIL; i++)
		feed_at(lines, i * 2, "x\n");
	feed_at(lines, 2048 + (LINES_SHOWN + LINES_TAIL) * 2, "y\nz\n");
	buf_clear(&shown);
	lines_end(lines, 1, hide);
	shows(
	    "a~… 2 lines not shown, they are in the record; 2.0 KiB between them were not kept …\n"
	    "a|x\na|x\na|x\na|x\na|x\na|x\na|…y\na|z\n");

	feed_at(lines, 5000, "whoever comes late has missed nothing\n");
	lines_end(lines, 1, hide);
	shows("a|whoever comes late has missed nothing\n");
	end(lines);
}

/* The last of it, and of a long output the last that is not told yet; nobody knows what stands before that. */
static void test_last(void **state)
{
	struct lines *lines = begin();
	struct str line;
	bool given;

	(void)state;
	assert_false(lines_last(lines, 1, 0, &line, &given));
	feed(lines, 1, STREAM_STDOUT, "one\ntwo\nth");
	assert_true(lines_last(lines, 1, 0, &line, &given));
	assert_true(str_is(line, "th") && !given);
	assert_true(lines_last(lines, 1, 2, &line, &given));
	assert_true(str_is(line, "one") && given);
	assert_false(lines_last(lines, 1, 3, &line, &given));
	lines_hear(lines, 1, STR("a thousand\r"));
	assert_true(lines_last(lines, 1, 0, &line, &given));
	assert_true(str_is(line, "a thousand") && !given);
	assert_false(lines_last(lines, 1, 1, &line, &given));
	lines_hear(lines, 2, STR("nobody"));
	assert_false(lines_last(lines, 2, 0, &line, &given));
	lines_end(lines, 1, hide);
	end(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pieces),
	    cmocka_unit_test(test_carriage_return),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_just_enough),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_gap),
	    cmocka_unit_test(test_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
