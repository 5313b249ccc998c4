/* SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"
#include "files.h"

#include "stdlib/registry.h"

/* file.edit against the file system. */

static struct loop *loop;

static struct probe *edit(const char *path, const char *more)
{
	return probe_run(loop, &file_edit, 0, "{\"path\":\"%s\",%s}", path, more);
}

/* What becomes of a text. */
static void expect_edit(const char *before, const char *more, const char *after)
{
	struct probe *probe;

	files_put("edited", before);
	probe = edit("edited", more);
	probe_expect_ok(probe);
	probe_expect(probe, "changed", strcmp(before, after) ? "true" : "false");
	files_expect("edited", after);
	probe_free(probe);
	/* and once more */
	probe = edit("edited", more);
	probe_expect_ok(probe);
	probe_expect(probe, "changed", "false");
	probe_expect(probe, "diff", "\"\"");
	assert_null(probe_get(probe, "backup"));
	files_expect("edited", after);
	probe_free(probe);
}

static void sets_variables(void **state)
{
	static const char *const cases[][3] = {
	    /* order, comments and what is no assignment stay */
	    {"# A=0\nB=1 # one\n\n[x]\nA=2\nC = 3\n", "\"set\":{\"A\":\"9\",\"C\":4,\"B\":\"2\"}",
		"# A=0\nB=2 # one\n\n[x]\nA=9\nC = 4\n"},
	    {"export  A=1\n  B=2\n", "\"set\":{\"A\":\"x\",\"B\":\"y\"}", "export  A=x\n  B=y\n"},
	    /* what is not there comes last, in the file's manner */
	    {"", "\"set\":{\"A\":\"1\"}", "A=1\n"},
	    {"A=1", "\"set\":{\"B\":\"2\",\"C\":\"3\"}", "A=1\nB=2\nC=3\n"},
	    {"A=1\r\nB=2\r\n", "\"set\":{\"A\":\"9\",\"C\":\"3\"}", "A=9\r\nB=2\r\nC=3\r\n"},
	    {"A=1\r\nB=2", "\"set\":{\"B\":\"3\"}", "A=1\r\nB=3"},
	    {"export A=1\n", "\"set\":{\"B\":\"2\"}", "export A=1\nexport B=2\n"},
	    {"\xEF\xBB\xBF"
	     "A=1\n",
		"\"set\":{\"A\":\"2\"}",
		"\xEF\xBB\xBF"
		"A=2\n"},
	    /* quotes stay, and come where they are needed */
	    {"A='x'\nB=\"x\"\nC=x\n", "\"set\":{\"A\":\"y\",\"B\":\"y\",\"C\":\"y z\"}",
		"A='y'\nB=\"y\"\nC='y z'\n"},
	    {"A='x' # it\n", "\"set\":{\"A\":\"it's\"}", "A=\"it's\" # it\n"},
	    {"A=\"x\"\n", "\"set\":{\"A\":\"$5 `a` \\\\ \\\"\"}", "A=\"\\$5 \\`a\\` \\\\ \\\"\"\n"},
	    {"A=1\n", "\"set\":{\"A\":\"#\"}", "A='#'\n"},
	    {"A=1\n", "\"set\":{\"A\":\"\"}", "A=\n"},
	    {"A= # nothing\n", "\"set\":{\"A\":\"1\"}", "A=1 # nothing\n"},
	    {"A=a#b\n", "\"set\":{\"A\":\"c\"}", "A=c\n"},
	    {"A=1\n", "\"set\":{\"A\":\"café ☃\"}", "A='café ☃'\n"},
	    {"A=1\n", "\"set\":{\"A\":true,\"B\":1.5}", "A=true\nB=1.5\n"},
	    /* what means the same is left as it is */
	    {"A=\"x y\"\nB='1'\nC=\\\n1\n", "\"set\":{\"A\":\"x y\",\"B\":1}",
		"A=\"x y\"\nB='1'\nC=\\\n1\n"},
	    {"A=\"$B\"\n", "\"set\":{\"A\":\"$B\"}", "A=\"\\$B\"\n"},
	    /* a value of several lines holds no variables */
	    {"KEY='-----BEGIN\nA=1\n-----END'\nA=2\n", "\"set\":{\"A\":\"3\"}",
		"KEY='-----BEGIN\nA=1\n-----END'\nA=3\n"},
	    {"KEY=\"a\\\"\nA=1\n\" # x\nA=2\n", "\"set\":{\"A\":\"3\",\"KEY\":\"k\"}",
		"KEY=\"k\" # x\nA=3\n"},
	    {"A=one\\\ntwo\nB=1\n", "\"set\":{\"A\":\"x\"}", "A=x\nB=1\n"},
	    {"A='a'\"b\"c # d\n", "\"set\":{\"A\":\"e\"}", "A=e # d\n"},
	    /* bytes that are not UTF-8 are no hindrance */
	    {"# caf\xe9\nA=\xff\n", "\"set\":{\"A\":\"1\"}", "# caf\xe9\nA=1\n"},
	    {"A=1\nA=2\n", "\"set\":{\"A\":\"3\"},\"duplicates\":\"all\"", "A=3\nA=3\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		expect_edit(cases[i][0], cases[i][1], cases[i][2]);
}

/* A shell has the last word on what was written. */
static void is_read_by_a_shell(void **state)
{
	static const char *const values[] = {"", " ", "a b", "it's", "\\\"", "\\\\", "$HOME",
	    "`id`", "a#b", "# a", "~", "*", "!!", "$(id)", "a;b&c|d", "'\\\"'$`\\\\", "tab\\there",
	    "ü\\u2603", "\\\\n", "a=b=c", "\\u007f"};
	static const char *const files[] = {"", "A=x\n", "A='x'\n", "A=\"x\"\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values) * 4; i++) {
		const struct value *set;
		struct probe *probe;
		char got[64] = "";
		char *more = NULL;
		FILE *shell;

		files_put("shell.env", files[i % 4]);
		assert_true(asprintf(&more, "\"set\":{\"A\":\"%s\"}", values[i / 4]) > 0);
		probe = edit("shell.env", more);
		probe_expect_ok(probe);
		set = value_get(value_get(probe->attempt.args, "set"), "A");
		shell = popen(". ./shell.env; printf %s \"$A\"", "r");
		assert_non_null(shell);
		got[fread(got, 1, sizeof(got) - 1, shell)] = '\0';
		pclose(shell);
		if (!str_is(value_text(set), got))
			fail_msg("%s became %s", values[i / 4], got);
		probe_free(probe);
		free(more);
	}
}

static void replaces(void **state)
{
	static const char *const cases[][3] = {
	    {"port = 1\nport = 2\n",
		"\"replace\":{\"pattern\":\"^port = .*$\",\"with\":\"port = 9\"}",
		"port = 9\nport = 9\n"},
	    {"a: old\r\n", "\"replace\":{\"pattern\":\"(?<=a: )\\\\w+$\",\"with\":\"new\"}",
		"a: new\r\n"},
	    {"k=v w=x\n",
		"\"replace\":{\"pattern\":\"(\\\\w)=(v|x)\",\"with\":\"\\\\1=\\\\\\\\\\\\2\"}",
		"k=\\v w=\\x\n"},
	    {"a\nb\nc", "\"replace\":{\"pattern\":\"^\",\"with\":\"# \",\"count\":3}",
		"# a\n# b\n# c"},
	    {"a\nb\n", "\"replace\":{\"pattern\":\"(?s)a.b\\n\",\"with\":\"\"}", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe;

		files_put("replaced", cases[i][0]);
		probe = edit("replaced", cases[i][1]);
		probe_expect_ok(probe);
		probe_expect(probe, "changed", "true");
		files_expect("replaced", cases[i][2]);
		probe_free(probe);
	}
	expect_edit(
	    "a=1\n", "\"replace\":{\"pattern\":\"^a=.*\",\"with\":\"a=2\",\"count\":1}", "a=2\n");
	expect_edit("a=1\n", "\"replace\":{\"pattern\":\"b\",\"with\":\"c\",\"count\":0}", "a=1\n");
}

static void expect_diff(const char *before, const char *more, const char *diff)
{
	struct probe *probe;
	char *name = NULL;
	struct str got;

	files_put("diffed", before);
	probe = edit("diffed", more);
	probe_expect_ok(probe);
	assert_true(
	    asprintf(&name, "--- %s/diffed\n+++ %s/diffed\n", files_folder, files_folder) > 0);
	got = value_text(probe_get(probe, "diff"));
	assert_true(str_starts(got, str_from(name)));
	got = str_sub(got, strlen(name), got.len);
	assert_string_equal(arena_cstr(probe->arena, got), diff);
	free(name);
	probe_free(probe);
}

static void shows_what_changed(void **state)
{
	(void)state;
	expect_diff("A=1\nB=2\nC=3\n", "\"set\":{\"B\":\"9\",\"D\":\"4\"}",
	    "@@ -2 +2 @@\n-B=2\n+B=9\n@@ -3,0 +4 @@\n+D=4\n");
	expect_diff("A=1\nB=2", "\"set\":{\"B\":\"9\",\"D\":\"4\",\"E\":\"5\"}",
	    "@@ -2 +2,3 @@\n-B=2\n\\ No newline at end of file\n+B=9\n+D=4\n+E=5\n");
	expect_diff("", "\"set\":{\"A\":\"1\"}", "@@ -0,0 +1 @@\n+A=1\n");
	expect_diff("a\nb b\nc\nd\n", "\"replace\":{\"pattern\":\"b|c\\\\n\",\"with\":\"x\"}",
	    "@@ -2,3 +2,2 @@\n-b b\n-c\n-d\n+x x\n+xd\n");
	expect_diff(
	    "a\nb\n", "\"replace\":{\"pattern\":\"a\\\\n\",\"with\":\"\"}", "@@ -1 +0,0 @@\n-a\n");
	expect_diff("a\nb\nc\n", "\"replace\":{\"pattern\":\"a|\\nb\\n\",\"with\":\"\"}",
	    "@@ -1,2 +0,0 @@\n-a\n-b\n");
	expect_diff("a\nb\nc\n", "\"replace\":{\"pattern\":\"a|\\nb\\n\",\"with\":\"x\"}",
	    "@@ -1,3 +1 @@\n-a\n-b\n-c\n+xxc\n");
}

/* Neither a secret nor what it took the place of. */
static void tells_no_secret(void **state)
{
	static const char pw[] = "{\"$secret\":\"x${{ secrets.pw }}\"}";
	struct probe *probe;
	char *more = NULL;

	(void)state;
	assert_true(asprintf(&more, "\"set\":{\"PW\":%s,\"NEW\":%s,\"A\":\"2\"}", pw, pw) > 0);
	expect_diff("A=1\nPW=hunter2 # never tell\n", more,
	    "@@ -1,2 +1,3 @@\n-A=1\n-PW=*** # never tell\n+A=2\n+PW=x${{ secrets.pw }} # never "
	    "tell\n"
	    "+NEW=x${{ secrets.pw }}\n");
	files_expect("diffed", "A=2\nPW=xopened-pw # never tell\nNEW=xopened-pw\n");
	probe = edit("diffed", more);
	probe_expect(probe, "changed", "false");
	probe_expect(probe, "diff", "\"\"");
	probe_free(probe);
	free(more);
	assert_true(
	    asprintf(&more,
		"\"replace\":{\"pattern\":\"(?<=password: ).*\",\"with\":%s,\"count\":1}", pw) > 0);
	expect_diff("user: me\npassword: hunter2\n", more,
	    "@@ -2 +2 @@\n-password: ***\n+password: x${{ secrets.pw }}\n");
	files_expect("diffed", "user: me\npassword: xopened-pw\n");
	free(more);
	assert_true(asprintf(&more, "\"replace\":{\"pattern\":%s,\"with\":\"y\"}", pw) > 0);
	expect_diff("a xopened-pw b\n", more, "@@ -1 +1 @@\n-a *** b\n+a y b\n");
	free(more);
	probe = edit("diffed",
	    "\"replace\":{\"pattern\":\"(x)\",\"with\":{\"$secret\":\"\\\\1${{ secrets.pw }}\"}}");
	probe_expect_error(probe,
	    "replace: with holds a secret, and then no backslash: what a secret spells is never "
	    "read as a "
	    "reference to a group");
	probe_free(probe);
	assert_true(
	    asprintf(&more, "\"set\":{\"PW\":%s}", "{\"$secret\":\"x\\n${{ secrets.pw }}\"}") > 0);
	probe = edit("diffed", more);
	probe_expect_error(
	    probe, "set: the value of PW holds a line break, which KEY=value cannot");
	assert_int_equal(str_find(probe->attempt.result.why, STR("opened")), -1);
	probe_free(probe);
	free(more);
}

static void keeps_a_copy(void **state)
{
	struct probe *probe;
	const char *backup;
	const char *second;

	(void)state;
	assert_int_equal(mkdir("copies", 0755), 0);
	files_put("copies/app.env", "A=1\n");
	assert_int_equal(chmod("copies/app.env", 0600), 0);
	probe = edit("copies/app.env", "\"set\":{\"A\":\"2\"}");
	probe_expect_ok(probe);
	backup = arena_cstr(probe->arena, value_text(probe_get(probe, "backup")));
	files_expect(backup, "A=1\n");
	assert_int_equal(files_mode(backup), 0600);
	assert_int_equal(files_mode("copies/app.env"), 0600);
	assert_non_null(strstr(backup, "/copies/app.env.20"));
	assert_int_equal(files_count("copies"), 2);
	/* also within the same second */
	second = backup;
	for (int i = 3; i < 6; i++) {
		char more[32];
		struct probe *other;

		snprintf(more, sizeof(more), "\"set\":{\"A\":\"%d\"}", i);
		other = edit("copies/app.env", more);
		probe_expect_ok(other);
		assert_string_not_equal(
		    arena_cstr(probe->arena, value_text(probe_get(other, "backup"))), second);
		second = arena_cstr(probe->arena, value_text(probe_get(other, "backup")));
		probe_free(other);
	}
	assert_int_equal(files_count("copies"), 5);
	files_expect(second, "A=4\n");
	probe_free(probe);
	probe = edit("copies/app.env", "\"set\":{\"A\":\"9\"},\"backup\":false");
	probe_expect_ok(probe);
	assert_null(probe_get(probe, "backup"));
	assert_int_equal(files_count("copies"), 5);
	probe_free(probe);
}

static void edits_through_links(void **state)
{
	struct probe *probe;
	char to[16];

	(void)state;
	files_put("-target\n", "A=1\n");
	assert_int_equal(symlink("-target\n", "link"), 0);
	probe = edit("link", "\"set\":{\"A\":\"2\"}");
	probe_expect_ok(probe);
	probe_free(probe);
	files_expect("-target\n", "A=2\n");
	assert_int_equal(readlink("link", to, sizeof(to)), 8);
}

static void says_why_not(void **state)
{
	static const char *const cases[][4] = {
	    {"gone", "\"set\":{\"A\":\"1\"}", "missing", "cannot read gone: there is no such file"},
	    {"dangling", "\"set\":{\"A\":\"1\"}", "missing", "it is a link that leads to nothing"},
	    {".", "\"set\":{\"A\":\"1\"}", "type", "it is a folder, not a file"},
	    {"fifo", "\"set\":{\"A\":\"1\"}", "type", "it is a pipe (FIFO), not a file"},
	    {"hard", "\"set\":{\"A\":\"1\"}", "type",
		"hard has 2 names (hard links), and the others would keep the old content"},
	    {"twice", "\"set\":{\"A\":\"1\"}", "format", "A stands in line 1 and in line 3 of"},
	    {"open", "\"set\":{\"A\":\"1\"}", "format", "the quote in line 2 of"},
	    {"twice", "\"set\":{\"C\":\"1\"},\"add\":false", "mismatch", "there is no C in"},
	    {"twice", "\"replace\":{\"pattern\":\"z\",\"with\":\"\"}", "mismatch",
		"the pattern matches nothing in"},
	    {"twice", "\"replace\":{\"pattern\":\"A\",\"with\":\"\",\"count\":1}", "mismatch",
		"the pattern matches in 2 places of"},
	    {"large", "\"set\":{\"A\":\"1\"}", "limit",
		"has more than the 1.0 MiB that are allowed"},
	};

	(void)state;
	assert_int_equal(symlink("nothing", "dangling"), 0);
	assert_int_equal(mkfifo("fifo", 0644), 0);
	files_put("hard", "A=2\n");
	assert_int_equal(link("hard", "harder"), 0);
	files_put("twice", "A=1\nB=2\nA=3\n");
	files_put("open", "A=1\nB='\nA=3\n");
	files_put_hole("large", 1 << 30);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t before = files_count(".");
		struct probe *probe = edit(cases[i][0], cases[i][1]);

		probe_expect_class(probe, cases[i][2], cases[i][3]);
		probe_free(probe);
		assert_int_equal(files_count("."), before);
	}
	files_expect("twice", "A=1\nB=2\nA=3\n");
}

static void refuses_what_makes_no_sense(void **state)
{
	static const char *const cases[][2] = {
	    {"\"add\":true", "either set or replace"},
	    {"\"set\":{\"A\":\"1\"},\"replace\":{\"pattern\":\"a\",\"with\":\"\"}",
		"either set or replace"},
	    {"\"set\":{}", "set is empty"},
	    {"\"set\":{\"A B\":\"1\"}", "set: A B is no name of a variable"},
	    {"\"set\":{\"1A\":\"1\"}", "set: 1A is no name of a variable"},
	    {"\"set\":{\"A\":[1]}", "set: the value of A must be a text or a number, not list"},
	    {"\"set\":{\"A\":null}", "set: the value of A must be a text or a number, not null"},
	    {"\"set\":{\"A\":\"a\\u0000b\"}", "set: the value of A holds a line break"},
	    {"\"set\":{\"A\":\"a\\r\"}", "set: the value of A holds a line break"},
	    {"\"replace\":{\"pattern\":\"a\"}",
		"replace wants a pattern, with, and perhaps a count"},
	    {"\"replace\":{\"pattern\":\"a\",\"with\":\"\",\"cuont\":1}",
		"replace wants a pattern"},
	    {"\"replace\":{\"pattern\":\"a\",\"with\":\"\",\"count\":\"1\"}",
		"replace: count must be an int"},
	    {"\"replace\":{\"pattern\":\"(\",\"with\":\"\"}", "the pattern does not compile"},
	    {"\"replace\":{\"pattern\":\"a\",\"with\":\"\\\\1\"}",
		"replace: with: the pattern has no group 1"},
	    {"\"replace\":{\"pattern\":\"^(a+)+$\",\"with\":\"\"}",
		"the pattern takes too many steps"},
	};

	(void)state;
	files_put("fine", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = edit("fine", cases[i][0]);

		probe_expect_error(probe, cases[i][1]);
		probe_free(probe);
	}
}

static struct probe *begin_held(const char *text, enum call held)
{
	struct probe *probe;

	files_put("held/file", text);
	calls_begin(held);
	probe = probe_begin(loop, &file_edit, 0, "{\"path\":\"held/file\",\"set\":{\"A\":\"2\"}}");
	calls_await();
	return probe;
}

static void notices_who_else_writes(void **state)
{
	struct probe *probe;

	(void)state;
	assert_int_equal(mkdir("held", 0755), 0);
	probe = begin_held("A=1\n", CALL_SYNC);
	files_put("held/file", "A=7\n"); /* as long, and perhaps in the same moment */
	calls_go_on();
	probe_wait(probe);
	probe_expect_class(probe, "changed", "somebody else changed ");
	probe_free(probe);
	files_expect("held/file", "A=7\n");
	assert_int_equal(files_count("held"), 1);
}

static void syncs_in_order(void **state)
{
	struct probe *probe;

	(void)state;
	files_put("ordered", "A=1\n");
	calls_begin(CALL_NONE);
	probe_free(edit("ordered", "\"set\":{\"A\":\"2\"}"));
	/* both drafts, the copy's name, the new file's name */
	assert_string_equal(calls.log, "sync sync rename-new sync rename sync ");
	/* a copy without a change is none */
	assert_int_equal(mkdir("fails", 0755), 0);
	files_put("fails/file", "A=1\n");
	calls_fail(CALL_RENAME, EBUSY);
	probe = edit("fails/file", "\"set\":{\"A\":\"2\"},\"backup\":false");
	probe_expect_class(probe, "io", "it is in use: perhaps something is mounted there");
	probe_free(probe);
	calls_begin(CALL_NONE);
	calls.failing = CALL_RENAME;
	calls.error = EBUSY;
	calls.spared = 1;
	probe = edit("fails/file", "\"set\":{\"A\":\"2\"}");
	probe_expect_class(probe, "io", "it is in use");
	probe_free(probe);
	files_expect("fails/file", "A=1\n");
	assert_int_equal(files_count("fails"), 1);
}

static void can_be_ended(void **state)
{
	struct probe *probe = begin_held("A=1\n", CALL_SYNC);

	(void)state;
	probe_cancel(probe);
	probe_expect_class(probe, "cancelled", "while editing held/file");
	probe_free(probe);
	calls_go_on();
	files_settle(loop);
	files_expect("held/file", "A=1\n");
	assert_int_equal(files_count("held"), 1);
	probe = begin_held("A=1\n", CALL_RENAME);
	probe_cancel(probe);
	assert_false(probe->finished);
	calls_go_on();
	probe_wait(probe);
	probe_expect_ok(probe);
	probe_free(probe);
	files_expect("held/file", "A=2\n");
	assert_int_equal(files_count("held"), 2);
}

static void needs_space_and_permission(void **state)
{
	struct probe *probe;
	char *text = mem_alloc(40001);

	(void)state;
	memset(text, 'x', 40000);
	memcpy(text, "A=1\n", 4);
	files_mount("full", "size=64k");
	files_put("full/file", text);
	probe = edit("full/file", "\"set\":{\"A\":\"2\"}");
	probe_expect_class(probe, "full", "no space is left on its file system");
	probe_free(probe);
	files_expect("full/file", text);
	assert_int_equal(files_count("full"), 1);
	free(text);
	assert_int_equal(chmod("full", 0755), 0);
	files_as_nobody();
	probe = edit("full/file", "\"set\":{\"A\":\"2\"}");
	files_as_root();
	probe_expect_class(probe, "permission", "user 65534 may not");
	probe_free(probe);
	files_unmount("full");
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
	    cmocka_unit_test(sets_variables),
	    cmocka_unit_test(is_read_by_a_shell),
	    cmocka_unit_test(replaces),
	    cmocka_unit_test(shows_what_changed),
	    cmocka_unit_test(tells_no_secret),
	    cmocka_unit_test(keeps_a_copy),
	    cmocka_unit_test(edits_through_links),
	    cmocka_unit_test(says_why_not),
	    cmocka_unit_test(refuses_what_makes_no_sense),
	    cmocka_unit_test(notices_who_else_writes),
	    cmocka_unit_test(syncs_in_order),
	    cmocka_unit_test(can_be_ended),
	    cmocka_unit_test(needs_space_and_permission),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
