/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include "stdlib/registry.h"

/* file.match against the file system. */

static struct loop *loop;

static struct probe *match(const char *path, const char *pattern, const char *more)
{
	return probe_run(
	    loop, &file_match, 0, "{\"path\":\"%s\",\"pattern\":\"%s\"%s}", path, pattern, more);
}

/* The position of a result as an argument. */
static char *since(struct probe *probe)
{
	const struct value *position = probe_get(probe, "position");
	struct json writer;
	struct buf text;

	assert_non_null(position);
	buf_init(&text, BUF_UNBOUNDED);
	buf_text(&text, ",\"since\":");
	json_init(&writer, &text);
	value_to_json(&writer, position);
	probe_free(probe);
	return buf_take(&text);
}

static const struct value *nth(const struct probe *probe, size_t i)
{
	const struct value *matches = probe_get(probe, "matches");

	assert_non_null(matches);
	assert_true(i < matches->list.count);
	return matches->list.items[i];
}

static void expect_match(
    const struct probe *probe, size_t i, int64_t line, int64_t offset, const char *text)
{
	const struct value *one = nth(probe, i);

	assert_int_equal(value_get(one, "line")->integer, line);
	assert_int_equal(value_get(one, "offset")->integer, offset);
	assert_true(str_is(value_text(value_get(one, "text")), text));
}

static void expect_count(struct probe *probe, int64_t count)
{
	char wanted[24];

	snprintf(wanted, sizeof(wanted), "%" PRId64, count);
	assert_int_equal(probe->attempt.result.ok, count > 0);
	probe_expect(probe, "class", "\"\"");
	probe_expect(probe, "found", count ? "true" : "false");
	probe_expect(probe, "count", wanted);
}

static void finds_lines(void **state)
{
	struct probe *probe;

	(void)state;
	files_put("log", "one\nERROR 12 disk=sda\ntwo\nerror 7\n\nERROR 13 disk=sdb");
	probe = match("log", "^ERROR (\\\\d+) disk=(?<disk>\\\\w+)( x)?", "");
	expect_count(probe, 2);
	expect_match(probe, 0, 2, 4, "ERROR 12 disk=sda");
	expect_match(probe, 1, 6, 35, "ERROR 13 disk=sdb");
	probe_expect(probe, "complete", "true");
	probe_expect(probe, "rotated", "false");
	probe_expect(probe, "matches",
	    "[{\"line\":2,\"offset\":4,\"text\":\"ERROR 12 disk=sda\",\"groups\":[\"ERROR 12 "
	    "disk=sda\",\"12\",\"sda\",null],\"named\":{\"disk\":\"sda\"}},"
	    "{\"line\":6,\"offset\":35,\"text\":\"ERROR 13 disk=sdb\",\"groups\":[\"ERROR 13 "
	    "disk=sdb\",\"13\",\"sdb\",null],\"named\":{\"disk\":\"sdb\"}}]");
	probe_free(probe);
	probe = match("log", "(?i)^error", "");
	expect_count(probe, 3);
	probe_free(probe);
	probe = match("log", "^$", "");
	expect_count(probe, 1);
	expect_match(probe, 0, 5, 34, "");
	probe_free(probe);
	probe = match("log", "panic", "");
	expect_count(probe, 0);
	assert_string_equal(probe->attempt.result.why.ptr, "nothing in log matches panic");
	probe_free(probe);
	files_put("empty", "");
	probe = match("empty", "", "");
	expect_count(probe, 0);
	probe_free(probe);
}

static void takes_any_bytes(void **state)
{
	struct probe *probe;

	(void)state;
	files_put_bytes("bytes",
	    "a\r\nb\0c\r\n\xff"
	    "caf\xe9 \xc3\xa9\r\n",
	    19, O_TRUNC);
	probe = match("bytes", "^a$", "");
	expect_match(probe, 0, 1, 0, "a");
	probe_free(probe);
	probe = match("bytes", "b\\\\x00c$", "");
	expect_count(probe, 1);
	probe_expect(probe, "matches",
	    "[{\"line\":2,\"offset\":3,\"text\":\"b\\u0000c\",\"groups\":[\"b\\u0000c\"],\"named\":"
	    "{}}]");
	probe_free(probe);
	probe = match("bytes", "é$", "");
	expect_match(probe, 0, 3, 8, "\uFFFDcaf\uFFFD é");
	probe_free(probe);
}

static void takes_any_name(void **state)
{
	struct probe *probe;

	(void)state;
	files_put("-v", "x");
	files_put("a\nb", "x");
	files_put("日誌", "x");
	probe = match("-v", "x", "");
	expect_count(probe, 1);
	probe_free(probe);
	probe = match("日誌", "x", "");
	expect_count(probe, 1);
	probe_free(probe);
	probe = match("a\\nb", "y", "");
	assert_string_equal(probe->attempt.result.why.ptr, "nothing in a\\nb matches y");
	probe_free(probe);
}

static void keeps_some_and_counts_all(void **state)
{
	struct probe *probe;
	char *text = mem_alloc(7 * 1000000 + 1);

	(void)state;
	for (int i = 0; i < 1000000; i++)
		snprintf(text + 7 * i, 8, "%06d\n", i);
	files_put("million", text);
	free(text);
	probe = match("million", "5$", ",\"max_matches\":2");
	expect_count(probe, 100000);
	expect_match(probe, 0, 6, 35, "000005");
	expect_match(probe, 1, 16, 105, "000015");
	assert_int_equal(probe_get(probe, "matches")->list.count, 2);
	probe_expect(probe, "complete", "false");
	probe_free(probe);
	probe = match("million", "5$", ",\"max_matches\":3,\"keep\":\"last\"");
	expect_count(probe, 100000);
	expect_match(probe, 0, 999976, 6999825, "999975");
	expect_match(probe, 2, 999996, 6999965, "999995");
	assert_int_equal(probe_get(probe, "matches")->list.count, 3);
	probe_free(probe);
	probe = match("million", "", ",\"max_matches\":0");
	expect_count(probe, 1000000);
	probe_expect(probe, "matches", "[]");
	probe_free(probe);
	/* what a line of the record can hold bounds them too */
	probe = match("million", "", ",\"max_matches\":10000,\"keep\":\"last\"");
	expect_count(probe, 1000000);
	assert_true(probe_get(probe, "matches")->list.count > 2000);
	assert_true(probe_get(probe, "matches")->list.count < 5000);
	expect_match(
	    probe, probe_get(probe, "matches")->list.count - 1, 1000000, 6999993, "999999");
	probe_free(probe);
}

static void looks_in_all_of_the_text(void **state)
{
	struct probe *probe;

	(void)state;
	files_put("trace", "ok\r\nTraceback:\r\n  a\r\n  b\r\nok\nTraceback:\n  c\n");
	probe = match("trace", "^Traceback:\\\\R(?:  (\\\\w)\\\\R)+", ",\"multiline\":true");
	expect_count(probe, 2);
	expect_match(probe, 0, 2, 4, "Traceback:\r\n  a\r\n  b\r\n");
	expect_match(probe, 1, 6, 29, "Traceback:\n  c\n");
	probe_free(probe);
	probe = match("trace", "(?s)  b.*c", ",\"multiline\":true");
	expect_match(probe, 0, 4, 21, "  b\r\nok\nTraceback:\n  c");
	probe_free(probe);
	probe = match("trace", "^ok$", ",\"multiline\":true");
	expect_count(probe, 2);
	probe_free(probe);
	probe = match("trace", "Traceback:.*a", ",\"multiline\":true");
	expect_count(probe, 0);
	probe_free(probe);
	files_put_hole("large", (1 << 20) + 1);
	probe = match("large", "x", ",\"multiline\":true");
	probe_expect_class(probe, "limit", "large has more than the 1.0 MiB that are allowed");
	assert_null(probe_get(probe, "found"));
	probe_free(probe);
}

/* The trap: an old line is no proof. */
static void counts_only_what_is_new(void **state)
{
	struct probe *probe;
	char *at;

	(void)state;
	files_put("server.log", "boot\nready\nstopping\nhalf a li");
	at = since(probe_run(loop, &file_stat, 0, "{\"path\":\"server.log\"}"));
	probe = match("server.log", "ready", at);
	expect_count(probe, 0);
	assert_string_equal(
	    probe->attempt.result.why.ptr, "nothing in server.log matches ready since then");
	probe_free(probe);
	files_add("server.log", "ne ready\nready now\n");
	probe = match("server.log", "ready", at);
	expect_count(probe, 2);
	expect_match(probe, 0, 4, 20, "half a line ready");
	expect_match(probe, 1, 5, 38, "ready now");
	free(at);
	/* and so on from where this one came */
	at = since(probe);
	probe = match("server.log", "", at);
	expect_count(probe, 0);
	probe_free(probe);
	files_add("server.log", "ready again\n");
	probe = match("server.log", "ready", at);
	expect_count(probe, 1);
	expect_match(probe, 0, 6, 48, "ready again");
	probe_free(probe);
	free(at);
	probe = match("server.log", "ready", ",\"since\":38,\"multiline\":true");
	expect_count(probe, 2);
	expect_match(probe, 0, 5, 38, "ready");
	probe_free(probe);
}

/* A line that was there without its end is not new when the end comes. */
static void an_end_alone_is_no_proof(void **state)
{
	char *at;
	struct probe *probe;

	(void)state;
	files_put("half.log", "boot\nready");
	at = since(match("half.log", "ready", ""));
	files_add("half.log", "\n");
	probe = match("half.log", "ready", at);
	expect_count(probe, 0);
	probe_free(probe);
	files_add("half.log", "ready\n");
	probe = match("half.log", "ready", at);
	expect_count(probe, 1);
	probe_free(probe);
	free(at);
}

static void waits_for_what_is_not_there_yet(void **state)
{
	char *at = since(probe_run(loop, &file_stat, 0, "{\"path\":\"late.log\"}"));
	struct probe *probe = match("late.log", "ready", at);

	(void)state;
	probe_expect_class(probe, "missing", "cannot read late.log: there is no such file");
	probe_free(probe);
	files_put("late.log", "ready\n");
	probe = match("late.log", "ready", at);
	expect_count(probe, 1);
	probe_expect(probe, "rotated", "false");
	probe_free(probe);
	free(at);
}

/* Until a file that is made is younger than those there are. */
static void await_tick(void)
{
	struct timespec before;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &before);
	do
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	while (now.tv_sec == before.tv_sec && now.tv_nsec == before.tv_nsec);
}

static void follows_a_rotation(void **state)
{
	struct probe *probe;
	char *at;

	(void)state;
	files_put("app.log", "ready\nold\n");
	at = since(probe_run(loop, &file_stat, 0, "{\"path\":\"app.log\"}"));
	files_add("app.log", "ready in the old one\n");
	assert_int_equal(rename("app.log", "app-1.log"), 0);
	await_tick();
	files_put("app.log", "new\nready in the new one\n");
	probe = match("app.log", "ready", at);
	expect_count(probe, 2);
	probe_expect(probe, "rotated", "true");
	expect_match(probe, 0, 3, 10, "ready in the old one");
	expect_match(probe, 1, 2, 4, "ready in the new one");
	probe_free(probe);
	probe = match("app.log", "never", at);
	expect_count(probe, 0);
	probe_free(probe);
	/* once more: what came in between is not searched, and nothing is claimed of it */
	assert_int_equal(rename("app.log", "app-2.log"), 0);
	files_put("app.log", "newest\n");
	probe = match("app.log", "newest", at);
	probe_expect_ok(probe);
	probe_expect(probe, "found", "true");
	assert_null(probe_get(probe, "count"));
	probe_expect(probe, "complete", "false");
	probe_free(probe);
	probe = match("app.log", "never", at);
	probe_expect_class(probe, "changed",
	    "app.log was rotated since, and not all that was written before is beside it; nothing "
	    "was "
	    "found in the rest");
	assert_null(probe_get(probe, "found"));
	assert_null(probe_get(probe, "count"));
	probe_free(probe);
	free(at);
}

static void notices_what_is_gone(void **state)
{
	static const char was_rotated[] = "was rotated since";
	static const char was_cut[] = "was cut since, and what was written before that is gone";
	static const struct {
		const char *path;
		bool by_stat;
		bool removed;
		const char *now;
		const char *words;
	} cases[] = {
	    {"removed.log", true, true, "a longer text than before\n", was_rotated},
	    {"shorter.log", true, false, "new\n", was_cut},
	    {"regrown.log", false, false, "a longer text than before\n", was_cut},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe;
		char *at;

		files_put(cases[i].path, "old and older\n");
		at = since(cases[i].by_stat
			? probe_run(loop, &file_stat, 0, "{\"path\":\"%s\"}", cases[i].path)
			: match(cases[i].path, "old", ""));
		if (cases[i].removed) /* and its inode is free to be used again */
			unlink(cases[i].path);
		await_tick();
		files_put(cases[i].path, cases[i].now);
		probe = match(cases[i].path, "never", at);
		probe_expect_class(probe, "changed", cases[i].words);
		probe_expect(probe, "rotated", "true");
		probe_free(probe);
		probe = match(cases[i].path, "^(new|a longer)", at);
		probe_expect_ok(probe);
		assert_null(probe_get(probe, "count"));
		probe_free(probe);
		free(at);
	}
}

static void survives_long_lines(void **state)
{
	char *long_line = mem_alloc((300 << 10) + 1);
	struct probe *probe;
	long before_kib;

	(void)state;
	memset(long_line, 'x', 300 << 10);
	files_put("long", "first\n");
	files_add("long", long_line);
	files_add("long", "behind\nlast\n");
	free(long_line);
	probe = match("long", "last", "");
	probe_expect_ok(probe);
	expect_match(probe, 0, 3, 6 + (300 << 10) + 7, "last");
	assert_null(probe_get(probe, "count"));
	probe_free(probe);
	probe = match("long", "behind", "");
	probe_expect_class(
	    probe, "limit", "cannot search long: the line at its byte 6 is too long");
	assert_null(probe_get(probe, "found"));
	probe_free(probe);
	files_put_hole("sparse", 1 << 30);
	files_add("sparse", "\nthe end\n");
	before_kib = files_memory_kib();
	probe = match("sparse", "^the end$", "");
	probe_expect_ok(probe);
	expect_match(probe, 0, 2, (1 << 30) + 1, "the end");
	assert_true(files_memory_kib() < before_kib + FILES_BOUND_KIB);
	probe_free(probe);
}

static void refuses_what_makes_no_sense(void **state)
{
	static const char *const cases[][3] = {
	    {"a(b", "", "the pattern does not compile: missing closing parenthesis, at its byte 4"},
	    {"a", ",\"since\":\"yesterday\"", "since must be the position that a file.stat"},
	    {"a", ",\"since\":{\"line\":3}", "since must be the position that a file.stat"},
	    {"a", ",\"since\":-1", "since must lie between 0 and"},
	    {"a", ",\"max_matches\":10001", "max_matches must lie between 0 and 10000"},
	    {"^(a+)+$", "",
		"cannot search trap: the pattern takes too many steps on this text, at its byte 3"},
	    {"^(a+)+$", ",\"multiline\":true",
		"cannot search trap: the pattern takes too many steps"},
	};

	(void)state;
	files_put(
	    "trap", "ok\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = match("trap", cases[i][0], cases[i][1]);

		probe_expect_error(probe, cases[i][2]);
		probe_free(probe);
	}
}

static void can_be_ended(void **state)
{
	char *slow = mem_alloc((200 << 10) + 1);
	struct probe *probe;

	(void)state;
	memset(slow, 'a', 200 << 10);
	files_put("slow", slow);
	free(slow);
	/* one that takes its time within a line, and one that has many */
	probe = probe_begin(
	    loop, &file_match, 0, "{\"path\":\"slow\",\"pattern\":\"a.{0,5000}?[bc]\"}");
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	probe_cancel(probe);
	probe_expect_class(probe, "cancelled", "while searching slow");
	probe_free(probe);
	files_put_hole("endless", (off_t)1 << 40);
	probe = probe_begin(loop, &file_match, 0, "{\"path\":\"endless\",\"pattern\":\"b\"}");
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	probe_cancel(probe);
	probe_expect_class(probe, "cancelled", "while searching endless");
	probe_free(probe);
	files_settle(loop);
}

static int begin(void **state)
{
	loop = loop_new();
	return files_begin(state);
}

static int finish(void **state)
{
	loop_free(loop);
	return files_end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_lines),
	    cmocka_unit_test(takes_any_bytes),
	    cmocka_unit_test(takes_any_name),
	    cmocka_unit_test(keeps_some_and_counts_all),
	    cmocka_unit_test(looks_in_all_of_the_text),
	    cmocka_unit_test(counts_only_what_is_new),
	    cmocka_unit_test(an_end_alone_is_no_proof),
	    cmocka_unit_test(waits_for_what_is_not_there_yet),
	    cmocka_unit_test(follows_a_rotation),
	    cmocka_unit_test(notices_what_is_gone),
	    cmocka_unit_test(survives_long_lines),
	    cmocka_unit_test(refuses_what_makes_no_sense),
	    cmocka_unit_test(can_be_ended),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
