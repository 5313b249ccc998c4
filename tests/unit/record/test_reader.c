/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/digest.h"
#include "record/signature.h"
#include "record/transcript_reader.h"
#include "sample.h"

enum { NOTES = 5, LINES = NOTES + 3 };

static struct buf sealed; /* the bytes of a good transcript */

static int setup(void **state)
{
	if (sample_setup(state) != 0)
		return -1;
	sample_sealed("good", NOTES);
	buf_init(&sealed, BUF_UNBOUNDED);
	sample_read(sample_path("good"), &sealed);
	return 0;
}

static int clean(void **state)
{
	buf_done(&sealed);
	return sample_clean(state);
}

static void must_be(struct str text, enum transcript_state expected, const char *sentence)
{
	struct reader *reader = reader_open_text(text);
	enum transcript_state seen;
	struct buf out;

	buf_init(&out, 10000);
	seen = reader_verify(reader, &out);
	if (seen != expected || !str_is(buf_view(&out), sentence))
		fail_msg("\"%.*s\" instead of \"%s\"", STR_ARG(buf_view(&out)), sentence);
	buf_done(&out);
	reader_free(reader);
}

/* Offset of line `number` (from 1); of the end for the one behind the last. */
static size_t offset_of(int number)
{
	struct str rest = buf_view(&sealed);
	struct str line;

	while (--number > 0)
		assert_true(str_line(&rest, &line));
	return sealed.len - rest.len;
}

#define LAST_NOTE "2026-11-22T03:04:11.172835Z"

static void a_good_transcript_is_told_so(void **state)
{
	char sentence[400];
	char digest[DIGEST_HEX + 1];
	struct str text = buf_view(&sealed);
	struct str torn;

	(void)state;
	must_be(text, TRANSCRIPT_SEALED,
	    "sealed: 8 lines, the chain holds, last at 2026-11-22T03:06:08.456700Z");
	must_be(STR(""), TRANSCRIPT_INCOMPLETE,
	    "incomplete: the run has not finished, or was cut off (no line yet)");
	must_be(str_sub(text, 0, offset_of(2)), TRANSCRIPT_INCOMPLETE,
	    "incomplete: the run has not finished, or was cut off "
	    "(1 line, last at 2026-11-22T03:04:05.000000Z)");
	must_be(str_sub(text, 0, offset_of(7)), TRANSCRIPT_INCOMPLETE,
	    "incomplete: the run has not finished, or was cut off (6 lines, last at " LAST_NOTE
	    ")");
	torn = str_sub(text, offset_of(7), 9);
	digest_of(torn, digest);
	snprintf(sentence, sizeof(sentence),
	    "incomplete: the run has not finished, or was cut off (6 lines, last at " LAST_NOTE
	    "); behind them stand 9 bytes of a torn line, SHA-256 %s",
	    digest);
	must_be(str_sub(text, 0, offset_of(7) + 9), TRANSCRIPT_TORN, sentence);
	must_be(str_sub(text, 0, offset_of(8)), TRANSCRIPT_DAMAGED,
	    "damaged: line 8: the run has finished, but its seal is missing");
	must_be(str_sub(text, 0, text.len - 1), TRANSCRIPT_DAMAGED,
	    "damaged: line 8: it has no newline");
	must_be(STR("root:x:0:0\nbin:x:1:1\n"), TRANSCRIPT_DAMAGED,
	    "damaged: line 1: it is no JSON object");
}

static void files_are_read_too(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(transcript_verify(sample_path("good"), NULL, &out), TRANSCRIPT_SEALED);
	buf_clear(&out);
	assert_int_equal(transcript_verify(sample_path("none"), NULL, &out), TRANSCRIPT_UNREADABLE);
	assert_true(str_find(buf_view(&out), STR("none: No such file or directory")) > 0);
	buf_clear(&out);
	assert_int_equal(transcript_verify("/tmp", NULL, &out), TRANSCRIPT_UNREADABLE);
	assert_true(str_is(buf_view(&out), "cannot open /tmp: it is no regular file"));
	assert_int_equal(mkfifo(sample_path("fifo"), 0600), 0);
	assert_int_equal(transcript_verify(sample_path("fifo"), NULL, &out), TRANSCRIPT_UNREADABLE);
	buf_done(&out);
}

static void lines_come_in_order(void **state)
{
	struct buf error;
	struct reader *reader;
	struct arena *arena = arena_new();
	struct line line;
	int count = 0;

	(void)state;
	buf_init(&error, 1000);
	reader = reader_open(sample_path("good"), &error);
	assert_non_null(reader);
	while (reader_next(reader, arena, &line)) {
		assert_true(line.known);
		assert_int_equal(line.message.seq, count);
		count++;
		if (line.message.type == MESSAGE_NOTE)
			assert_int_equal(line.message.t_us, 1000 * (count - 1));
	}
	assert_int_equal(count, LINES);
	assert_int_equal(reader_report(reader)->lines, LINES);
	assert_int_equal(reader_report(reader)->size, sealed.len);
	assert_false(reader_next(reader, arena, &line));
	reader_free(reader);
	arena_free(arena);
	buf_done(&error);
}

/* What a changed text is found to be; SEALED and INCOMPLETE are the two that pass silently. */
static enum transcript_state state_of(struct str text)
{
	struct reader *reader = reader_open_text(text);
	enum transcript_state seen;
	struct buf out;

	buf_init(&out, 10000);
	seen = reader_verify(reader, &out);
	buf_done(&out);
	reader_free(reader);
	return seen;
}

static void every_flipped_bit_is_found(void **state)
{
	struct buf text;
	int torn = 0;

	(void)state;
	buf_init(&text, BUF_UNBOUNDED);
	buf_str(&text, buf_view(&sealed));
	for (size_t i = 0; i < text.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			enum transcript_state seen;

			text.ptr[i] = (char)(text.ptr[i] ^ 1 << bit);
			seen = state_of(buf_view(&text));
			if (seen != TRANSCRIPT_DAMAGED && seen != TRANSCRIPT_TORN)
				fail_msg("bit %d of byte %zu passed", bit, i);
			torn += seen == TRANSCRIPT_TORN;
			text.ptr[i] = (char)(text.ptr[i] ^ 1 << bit);
		}
	/* only the newline before the seal, gone, leaves nothing valid behind the damage */
	assert_int_equal(torn, 8);
	buf_done(&text);
}

static void every_truncation_is_found(void **state)
{
	(void)state;
	for (size_t len = 0; len < sealed.len; len++) {
		enum transcript_state seen = state_of(str_sub(buf_view(&sealed), 0, len));
		enum transcript_state expected = TRANSCRIPT_TORN;

		if (len >= offset_of(LINES) || (len > 0 && len < offset_of(2)))
			expected = TRANSCRIPT_DAMAGED;
		for (int line = 1; line < LINES; line++)
			if (len == offset_of(line))
				expected = TRANSCRIPT_INCOMPLETE;
		assert_int_equal(seen, expected);
	}
}

static void every_dropped_doubled_or_swapped_line_is_found(void **state)
{
	struct str text = buf_view(&sealed);
	struct buf changed;

	(void)state;
	buf_init(&changed, BUF_UNBOUNDED);
	for (int line = 1; line <= LINES; line++) {
		size_t from = offset_of(line);
		size_t to = offset_of(line + 1);

		buf_clear(&changed);
		buf_str(&changed, str_sub(text, 0, from));
		buf_str(&changed, str_sub(text, to, text.len));
		assert_int_equal(state_of(buf_view(&changed)), TRANSCRIPT_DAMAGED);
		buf_clear(&changed);
		buf_str(&changed, str_sub(text, 0, to));
		buf_str(&changed, str_sub(text, from, text.len));
		assert_int_equal(state_of(buf_view(&changed)), TRANSCRIPT_DAMAGED);
		for (int other = line + 1; other <= LINES; other++) {
			size_t from2 = offset_of(other);
			size_t to2 = offset_of(other + 1);

			buf_clear(&changed);
			buf_str(&changed, str_sub(text, 0, from));
			buf_str(&changed, str_sub(text, from2, to2 - from2));
			buf_str(&changed, str_sub(text, to, from2 - to));
			buf_str(&changed, str_sub(text, from, to - from));
			buf_str(&changed, str_sub(text, to2, text.len));
			assert_int_equal(changed.len, text.len);
			assert_int_equal(state_of(buf_view(&changed)), TRANSCRIPT_DAMAGED);
		}
	}
	buf_done(&changed);
}

/* Replaces the first `from` of a line by `to` and says what becomes of it. */
static void change(int line, const char *from, const char *to, const char *sentence)
{
	struct str text = buf_view(&sealed);
	size_t start = offset_of(line);
	ptrdiff_t at = str_find(str_sub(text, start, text.len), str_from(from));
	struct buf changed;

	assert_true(at >= 0);
	start += (size_t)at;
	buf_init(&changed, BUF_UNBOUNDED);
	buf_str(&changed, str_sub(text, 0, start));
	buf_text(&changed, to);
	buf_str(&changed, str_sub(text, start + strlen(from), text.len));
	must_be(buf_view(&changed), TRANSCRIPT_DAMAGED, sentence);
	buf_done(&changed);
}

static void damage_is_told_with_its_line(void **state)
{
	struct buf text;

	(void)state;
	change(3, "note 2", "note 3", "damaged: line 4: prev does not match the SHA-256 of line 3");
	change(3, "\"prev\":\"", "\"prev\":", "damaged: line 3: it is no JSON object");
	change(3, "\"prev\"", "\"perv\"", "damaged: line 3: prev is no text");
	change(1, "0000000", "0000001",
	    "damaged: line 1: prev is not 64 zeros, as the first line's must be");
	change(8, "{\"seq\":7,", "{\"seq\":7 ,",
	    "damaged: line 8: the seal is not written as a seal must be");
	change(8, "{\"seq\":7,", "{\"seq\":8,", "damaged: line 8: seq is 8, not 7");
	change(8, "{\"seq\":7,", "{\"x\":1,\"seq\":7,",
	    "damaged: line 8: the seal is not written as a seal must be");
	change(8, "}\n", "}\n\n", "damaged: line 9: it stands behind the seal");
	buf_init(&text, BUF_UNBOUNDED);
	buf_str(&text, str_sub(buf_view(&sealed), 0, offset_of(3)));
	while (text.len < 3 * TRANSCRIPT_LINE)
		buf_byte(&text, 'x');
	assert_int_equal(state_of(buf_view(&text)), TRANSCRIPT_TORN);
	buf_byte(&text, '\n');
	must_be(buf_view(&text), TRANSCRIPT_DAMAGED,
	    "damaged: line 3: it is longer than a line may be");
	buf_done(&text);
}

/* A transcript whose chain is whole but whose content breaks a promise: written by hand, chained anew. */
static void rechained(
    const char *const *lines, enum transcript_state expected, const char *sentence)
{
	char prev[DIGEST_HEX + 1];
	struct buf text;

	memcpy(prev, transcript_origin, sizeof(prev));
	buf_init(&text, BUF_UNBOUNDED);
	for (int i = 0; lines[i]; i++) {
		size_t start = text.len;

		buf_printf(&text,
		    "{\"seq\":%d,\"at\":\"2026-11-22T03:04:05Z\",\"prev\":\"%s\",%s}\n", i, prev,
		    lines[i]);
		digest_of(str_sub(buf_view(&text), start, text.len), prev);
	}
	must_be(buf_view(&text), expected, sentence);
	buf_done(&text);
}

#define FIRST                                                                                      \
	"\"t_us\":5,\"type\":\"run.started\",\"format\":1,\"run\":\"r\",\"mode\":\"run\","         \
	"\"runbook\":\"b\","                                                                       \
	"\"seed\":\"0\""
#define INCOMPLETE                                                                                 \
	"incomplete: the run has not finished, or was cut off (2 lines, last at "                  \
	"2026-11-22T03:04:05.000000Z)"

static void promises_are_checked(void **state)
{
	const char *const not_first[] = {"\"t_us\":5,\"type\":\"note\",\"text\":\"a\"", NULL};
	const char *const twice[] = {FIRST, FIRST, NULL};
	const char *const backwards[] = {
	    FIRST, "\"t_us\":4,\"type\":\"note\",\"text\":\"a\"", NULL};
	const char *const early[] = {FIRST, "\"type\":\"seal\"", NULL};
	const char *const later_aside[] = {
	    FIRST, "\"t_us\":5,\"type\":\"comet\",\"role\":\"aside\"", NULL};
	const char *const later_event[] = {
	    FIRST, "\"t_us\":5,\"type\":\"comet\",\"role\":\"in\"", NULL};

	(void)state;
	rechained(not_first, TRANSCRIPT_DAMAGED,
	    "damaged: line 1: run.started must be the first line, and stand nowhere else");
	rechained(twice, TRANSCRIPT_DAMAGED,
	    "damaged: line 2: run.started must be the first line, and stand nowhere else");
	rechained(backwards, TRANSCRIPT_DAMAGED, "damaged: line 2: t_us goes back from 5 to 4");
	rechained(early, TRANSCRIPT_DAMAGED,
	    "damaged: line 2: it is a seal, but the run has not finished");
	rechained(later_aside, TRANSCRIPT_INCOMPLETE, INCOMPLETE);
	rechained(later_event, TRANSCRIPT_INCOMPLETE,
	    INCOMPLETE "; 1 of the lines are of a kind that this version does not know");
}

static void write_text(const char *path, struct str text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
	assert_int_equal(fclose(file), 0);
}

/* Seals with a signature of some form; how many. */
static size_t write_signed(void)
{
	static const char *const signatures[] = {
	    "\"any text\"", "\"\"", "5", "null", "\"\\u0041\"", "\"A\",\"more\":1"};
	const size_t count = sizeof(signatures) / sizeof(*signatures);
	char name[40];
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	for (size_t i = 0; i < count; i++) {
		buf_clear(&text);
		buf_str(&text, str_sub(buf_view(&sealed), 0, sealed.len - 2));
		buf_printf(&text, ",\"signature\":%s}\n", signatures[i]);
		snprintf(name, sizeof(name), "all/signature-%zu", i);
		write_text(sample_path(name), buf_view(&text));
		assert_int_equal(
		    state_of(buf_view(&text)), i == 0 ? TRANSCRIPT_SEALED : TRANSCRIPT_DAMAGED);
	}
	buf_done(&text);
	return count;
}

/*
 * The independent verifier finds the same of every transcript with one byte changed or cut off somewhere. All of them
 * are files of one folder, numbered, so that it has to begin once only.
 */
static void the_other_verifier_agrees(void **state)
{
	static const char *const names[] = {"sealed", "incomplete", "torn", "damaged"};
	char command[400];
	char name[40];
	struct buf text;
	struct str line;
	struct buf out;
	struct str rest;
	size_t count = 0;
	size_t wanted;

	(void)state;
	buf_init(&text, BUF_UNBOUNDED);
	buf_str(&text, buf_view(&sealed));
	assert_int_equal(mkdir(sample_path("all"), 0700), 0);
	for (size_t i = 0; i < sealed.len; i++) {
		snprintf(name, sizeof(name), "all/%05zu-changed", i);
		text.ptr[i] = (char)(i % 3 ? text.ptr[i] ^ 1 << i % 8 : '\n');
		if (text.ptr[i] == sealed.ptr[i])
			text.ptr[i] = '\r';
		write_text(sample_path(name), buf_view(&text));
		text.ptr[i] = sealed.ptr[i];
		snprintf(name, sizeof(name), "all/%05zu-cut", i);
		write_text(sample_path(name), str_sub(buf_view(&text), 0, i));
	}
	buf_clear(&text);
	snprintf(command, sizeof(command),
	    "cd %s && " SOURCE_DIR "/tools/verify-transcript * > ../other; test $? = 6",
	    sample_path("all"));
	sample_sealed("all/good", NOTES);
	wanted = 2 * sealed.len + 1 + write_signed();
	assert_int_equal(system(command), 0);
	buf_init(&out, BUF_UNBOUNDED);
	sample_read(sample_path("other"), &out);
	rest = buf_view(&out);
	while (str_line(&rest, &line)) {
		ptrdiff_t end = str_find(line, STR(": "));
		struct str seen = str_sub(line, (size_t)end + 2, line.len);

		snprintf(name, sizeof(name), "all/%.*s", (int)end, line.ptr);
		buf_clear(&text);
		sample_read(sample_path(name), &text);
		if (!str_starts(seen, str_from(names[state_of(buf_view(&text))])))
			fail_msg("%.*s, but %s", STR_ARG(line), names[state_of(buf_view(&text))]);
		count++;
	}
	assert_int_equal(count, wanted);
	buf_done(&text);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_good_transcript_is_told_so),
	    cmocka_unit_test(files_are_read_too),
	    cmocka_unit_test(lines_come_in_order),
	    cmocka_unit_test(every_flipped_bit_is_found),
	    cmocka_unit_test(every_truncation_is_found),
	    cmocka_unit_test(every_dropped_doubled_or_swapped_line_is_found),
	    cmocka_unit_test(damage_is_told_with_its_line),
	    cmocka_unit_test(promises_are_checked),
	    cmocka_unit_test(the_other_verifier_agrees),
	};

	return cmocka_run_group_tests(tests, setup, clean);
}
