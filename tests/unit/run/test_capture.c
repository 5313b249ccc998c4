/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"
#include "run/capture.h"

struct said {
	bool ok;
	struct buf out;
	struct buf error;
};

static struct said shell(const char *script, int limit_ms, size_t room)
{
	char *argv[] = {"/bin/sh", "-c", strdup(script), NULL};
	struct said said;

	buf_init(&said.out, room);
	buf_init(&said.error, BUF_UNBOUNDED);
	said.ok = capture_command(argv, "/usr", limit_ms, &said.out, &said.error);
	free(argv[2]);
	return said;
}

static void said_done(struct said *said)
{
	buf_done(&said->out);
	buf_done(&said->error);
}

static void check(const char *script, int limit_ms, const char *out, const char *error)
{
	struct said said = shell(script, limit_ms, 1 << 20);

	assert_int_equal(said.ok, error == NULL);
	if (out && !str_is(buf_view(&said.out), out))
		fail_msg("it said \"%.*s\"", STR_ARG(buf_view(&said.out)));
	if (!str_is(buf_view(&said.error), error ? error : ""))
		fail_msg("the error is \"%.*s\"", STR_ARG(buf_view(&said.error)));
	said_done(&said);
}

static void test_succeeds(void **state)
{
	(void)state;
	check("printf 'a\\nb'", 20000, "a\nb", NULL);
	check("pwd; cat", 20000, "/usr\n", NULL); /* its folder; its input is empty */
	check("exec >&-; exec sleep 0.02", 20000, "", NULL);
}

static void test_fails(void **state)
{
	char *missing[] = {"/nowhere/at-all", NULL};
	struct buf out;
	struct buf error;

	(void)state;
	check("echo x; exit 3", 20000, "x\n", "/bin/sh: exit status 3");
	check("kill -9 $$", 20000, "", "/bin/sh: ended by signal 9");
	buf_init(&out, BUF_UNBOUNDED);
	buf_init(&error, BUF_UNBOUNDED);
	assert_false(capture_command(missing, "/", 1000, &out, &error));
	assert_true(str_is(buf_view(&error), "/nowhere/at-all: No such file or directory"));
	buf_done(&out);
	buf_done(&error);
}

static void test_too_much(void **state)
{
	struct said said = shell("yes", 20000, 100000);

	(void)state;
	assert_false(said.ok);
	assert_true(str_is(buf_view(&said.error), "/bin/sh: it prints too much"));
	said_done(&said);
}

static void test_no_end(void **state)
{
	(void)state;
	check("sleep 1000", 40, "", "/bin/sh: no end within 40ms");
	/* it closed its output, and lives on */
	check("exec >&-; sleep 1000", 40, "", "/bin/sh: no end within 40ms");
	/* and so do its children */
	check("sleep 1000 & sleep 1000", 40, "", "/bin/sh: no end within 40ms");
}

/* An agent that it starts holds its output open: that is no reason to wait. */
static void test_leaves_something(void **state)
{
	struct said said = shell("sleep 1000 & echo $!", 20000, 1 << 20);
	int64_t pid;

	(void)state;
	assert_true(said.ok);
	assert_true(units_int(str_trim(buf_view(&said.out)), &pid));
	assert_int_equal(kill((pid_t)pid, SIGKILL), 0); /* it lives */
	said_done(&said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_succeeds),
	    cmocka_unit_test(test_fails),
	    cmocka_unit_test(test_too_much),
	    cmocka_unit_test(test_no_end),
	    cmocka_unit_test(test_leaves_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
