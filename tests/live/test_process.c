/* SPDX-License-Identifier: Apache-2.0 */
/* run and pipe against real processes: what they give, how they fail, what they leave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mem.h"
#include "lab.h"
#include "stdlib/registry.h"

static void expect_success(struct trial *trial, const char *output)
{
	if (!trial->attempt.result.ok)
		fail_msg("%s", trial_why(trial));
	assert_int_equal(trial_int(trial, "exit_code"), 0);
	assert_int_equal(trial_field(trial, "signal")->type, VALUE_NULL);
	if (output)
		assert_string_equal(
		    arena_cstr(trial->attempt.arena, trial_output(trial, ATTEMPT_STDOUT)), output);
	assert_null(trial->attempt.result.left);
}

static void expect_failure(struct trial *trial, int64_t exit_code, const char *why)
{
	assert_false(trial->attempt.result.ok);
	assert_false(trial->attempt.result.error);
	assert_string_equal(trial_why(trial), why);
	assert_int_equal(trial_int(trial, "exit_code"), exit_code);
}

static void expect_error(struct trial *trial, const char *why)
{
	assert_true(trial->attempt.result.error);
	assert_false(trial->attempt.result.ok);
	assert_false(trial->started);
	assert_string_equal(trial_why(trial), why);
}

static void succeeds(
    struct lab *lab, const struct action_impl *action, const char *args, const char *output)
{
	struct trial *trial = lab_run(lab, action, args);

	expect_success(trial, output);
	trial_free(trial);
}

static void fails(struct lab *lab, const struct action_impl *action, const char *args,
    int64_t exit_code, const char *why)
{
	struct trial *trial = lab_run(lab, action, args);

	expect_failure(trial, exit_code, why);
	trial_free(trial);
}

static void errs(
    struct lab *lab, const struct action_impl *action, const char *args, const char *why)
{
	struct trial *trial = lab_run(lab, action, args);

	expect_error(trial, why);
	trial_free(trial);
}

static void test_run(void **state)
{
	struct trial *trial;
	struct lab lab;

	(void)state;
	lab_open(&lab, 4);
	succeeds(
	    &lab, &process_run, "{\"argv\":[\"echo\",\"a b\",\"\",\"$HOME\"]}", "a b  $HOME\n");
	succeeds(
	    &lab, &process_run, "{\"argv\":[[\"echo\",\"x\"],7,[true,1.5]]}", "x 7 true 1.5\n");
	succeeds(&lab, &process_run, "{\"script\":\"set -o | grep -c on$; echo $0\"}", NULL);
	succeeds(
	    &lab, &process_run, "{\"script\":\"echo $0 $1\",\"shell\":[\"sh\",\"-c\"]}", "sh\n");
	fails(&lab, &process_run, "{\"script\":\"false | true; echo no\"}", 1, "exit status 1");
	fails(&lab, &process_run, "{\"argv\":[\"sh\",\"-c\",\"exit 3\"]}", 3, "exit status 3");
	fails(&lab, &process_run, "{\"argv\":[\"sh\",\"-c\",\"kill -9 $$\"]}", 137,
	    "killed by SIGKILL");
	trial = lab_run(&lab, &process_run,
	    "{\"argv\":[\"sh\",\"-c\",\"echo out; echo err >/dev/stderr; kill -TERM $$\"]}");
	assert_string_equal(value_text(trial_field(trial, "signal")).ptr, "SIGTERM");
	assert_true(str_is(trial_output(trial, ATTEMPT_STDOUT), "out\n"));
	assert_true(str_is(trial_output(trial, ATTEMPT_STDERR), "err\n"));
	assert_true(value_us(trial_field(trial, "duration")) > 0);
	assert_true(trial->pid > 1 && trial->start_ticks > 0);
	trial_free(trial);
	lab_close(&lab);
}

static void test_surroundings(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, 1);
	setenv("REPRISE_TEST_A", "inherited", 1);
	setenv("REPRISE_TEST_B", "hidden", 1);
	succeeds(&lab, &process_run,
	    "{\"script\":\"echo $REPRISE_TEST_A $REPRISE_TEST_B $N\","
	    "\"env\":{\"REPRISE_TEST_B\":\"shown\",\"N\":5432}}",
	    "inherited shown 5432\n");
	unsetenv("REPRISE_TEST_A");
	unsetenv("REPRISE_TEST_B");
	succeeds(&lab, &process_run, "{\"argv\":[\"pwd\"],\"cwd\":\"/usr/bin\"}", "/usr/bin\n");
	errs(&lab, &process_run, "{\"argv\":[\"pwd\"],\"cwd\":\"/nowhere\"}",
	    "cannot run in /nowhere: No such file or directory");
	/*
	 * Nothing is inherited but the three (ls opens the fourth, the folder), no signal is blocked or ignored, and
	 * kill 0 meets the step alone.
	 */
	succeeds(&lab, &process_run, "{\"argv\":[\"ls\",\"/proc/self/fd\"]}", "0\n1\n2\n3\n");
	succeeds(&lab, &process_run,
	    "{\"argv\":[\"grep\",\"-E\",\"^Sig(Blk|Ign)\",\"/proc/self/status\"]}",
	    "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	fails(
	    &lab, &process_run, "{\"argv\":[\"sh\",\"-c\",\"kill 0\"]}", 143, "killed by SIGTERM");
	fails(&lab, &process_run, "{\"argv\":[\"sh\",\"-c\",\"kill -9 0\"]}", 137,
	    "killed by SIGKILL");
	succeeds(&lab, &process_run, "{\"argv\":[\"true\"]}", "");
	lab_close(&lab);
}

static void test_limits_and_mask(void **state)
{
	struct rlimit old;
	struct rlimit raised;
	char wanted[64];
	mode_t mask = umask(027);
	struct lab lab;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	raised = old;
	raised.rlim_cur = old.rlim_cur / 2;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &raised), 0);
	lab_open(&lab, 4);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	snprintf(wanted, sizeof(wanted), "%llu\n0027\n", (unsigned long long)raised.rlim_cur);
	succeeds(&lab, &process_run, "{\"script\":\"ulimit -Sn; umask\"}", wanted);
	umask(mask);
	lab_close(&lab);
}

static void test_exec_errors(void **state)
{
	char path[128];
	char args[256];
	struct lab lab;

	(void)state;
	lab_open(&lab, 1);
	errs(&lab, &process_run, "{\"argv\":[\"psql9\"]}", "no such program: psql9 (not in PATH)");
	errs(&lab, &process_run, "{\"argv\":[\"true\"],\"env\":{\"PATH\":\"/nowhere:/etc\"}}",
	    "no such program: true (not in PATH)");
	errs(&lab, &process_run, "{\"argv\":[\"./psql9\"]}", "no such program: ./psql9");
	errs(&lab, &process_run, "{\"argv\":[\"\"]}", "no such program:  (not in PATH)");
	errs(&lab, &process_run, "{\"argv\":[\"/etc/passwd\"]}", "not executable: /etc/passwd");
	errs(&lab, &process_run, "{\"argv\":[\"/etc\"]}", "not executable: /etc");
	errs(&lab, &process_run, "{\"argv\":[]}", "there is no program to run: the argv is empty");
	errs(&lab, &process_run, "{\"argv\":[\"a\\u0000b\"]}", "an argument holds a NUL byte");
	errs(&lab, &process_run, "{\"argv\":[\"a\",{}]}", "an argument is no text but a map");
	errs(&lab, &process_pipe, "{\"stages\":[]}", "a pipe has between 1 and 64 stages, not 0");
	errs(&lab, &process_pipe,
	    "{\"stages\":[[\"sh\",\"-c\",\"echo began >began\"],[\"cat\"],[\"psql9\"]]}",
	    "stage 3 (psql9): no such program: psql9 (not in PATH)");
	snprintf(path, sizeof(path), "%s/began", lab.dir);
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof(path), "%s/script", lab.dir);
	FILE *file = fopen(path, "w");
	fputs("#!/no/such/shell\n", file);
	fclose(file);
	chmod(path, 0755);
	snprintf(args, sizeof(args), "{\"stages\":[[\"sleep\",\"86401.1%%\"],[\"./script\"]]}");
	errs(&lab, &process_pipe, args,
	    "stage 2 (script): cannot run ./script: the interpreter that its first line names is "
	    "missing");
	assert_int_equal(lab_processes("86401.1%"), 0);
	file = fopen(path, "w");
	fputs("echo \"$0\" \"$@\"\n", file);
	fclose(file);
	succeeds(&lab, &process_run, "{\"argv\":[\"./script\",\"x y\"]}", "./script x y\n");
	lab_close(&lab);
}

static void test_pipe(void **state)
{
	struct trial *trial;
	const struct value *stages;
	struct lab lab;

	(void)state;
	lab_open(&lab, 4);
	succeeds(&lab, &process_pipe,
	    "{\"stages\":[[\"seq\",\"100000\"],[\"tac\"],[\"head\",\"-n1\"]]}", "100000\n");
	/* yes dies of SIGPIPE, which is no failure: its reader succeeded. */
	trial = lab_run(&lab, &process_pipe, "{\"stages\":[[\"yes\"],[\"head\",\"-n1\"]]}");
	expect_success(trial, "y\n");
	stages = trial_field(trial, "stages");
	assert_int_equal(stages->list.count, 2);
	assert_true(str_is(value_text(value_get(stages->list.items[0], "signal")), "SIGPIPE"));
	assert_true(str_is(value_text(value_get(stages->list.items[0], "argv0")), "yes"));
	assert_int_equal(value_get(stages->list.items[1], "exit_code")->integer, 0);
	trial_free(trial);
	/* The same said by a shell; and a chain of them. */
	succeeds(&lab, &process_pipe,
	    "{\"stages\":[[\"sh\",\"-c\",\"yes; exit $?\"],[\"cat\"],[\"head\",\"-n1\"]]}", "y\n");
	fails(&lab, &process_pipe, "{\"stages\":[[\"yes\"],[\"sh\",\"-c\",\"exit 2\"]]}", 2,
	    "stage 2 (sh): exit status 2");
	fails(&lab, &process_pipe, "{\"stages\":[[\"sh\",\"-c\",\"echo x; exit 1\"],[\"cat\"]]}", 1,
	    "stage 1 (sh): exit status 1");
	fails(&lab, &process_pipe,
	    "{\"stages\":[[\"sh\",\"-c\",\"exit 4\"],[\"cat\"],[\"sh\",\"-c\",\"exit 5\"]]}", 5,
	    "stage 1 (sh): exit status 4; stage 3 (sh): exit status 5");
	fails(&lab, &process_pipe, "{\"stages\":[[\"cat\"],[\"sh\",\"-c\",\"kill -PIPE $$\"]]}",
	    141, "stage 2 (sh): killed by SIGPIPE");
	lab_close(&lab);
}

static void test_streams(void **state)
{
	char wanted[DIGEST_HEX + 8];
	char hex[DIGEST_HEX + 1];
	struct arena *arena = arena_new();
	struct map_builder map;
	struct map_builder in;
	const struct value *argv[] = {value_string(arena, STR("sha256sum"))};
	char *big = mem_alloc((10 << 20) + 1);
	struct trial *trial;
	struct lab lab;

	(void)state;
	lab_open(&lab, 1);
	for (size_t i = 0; i < 10 << 20; i++)
		big[i] = (char)('a' + i * i % 23);
	digest_of((struct str){big, 10 << 20}, hex);
	snprintf(wanted, sizeof(wanted), "%s  -\n", hex);
	map_begin(&in, arena);
	map_add(&in, "text", value_string(arena, (struct str){big, 10 << 20}));
	map_begin(&map, arena);
	map_add(&map, "argv", value_list(arena, argv, 1));
	map_add(&map, "stdin", map_end(&in));
	trial = lab_begin_with(&lab, &process_run, map_end(&map), arena, 0, 1024);
	trial_wait(trial);
	expect_success(trial, wanted);
	trial_free(trial);
	free(big);
	/* Nobody must read it, and nobody need to. */
	succeeds(&lab, &process_run, "{\"argv\":[\"true\"],\"stdin\":{\"text\":\"x\"}}", "");
	succeeds(&lab, &process_run, "{\"argv\":[\"cat\"]}", "");
	succeeds(&lab, &process_pipe,
	    "{\"stages\":[[\"cat\"],[\"cat\"]],\"stdin\":{\"text\":\"in\"},"
	    "\"stdout\":{\"file\":\"made\"}}",
	    "");
	succeeds(&lab, &process_run, "{\"argv\":[\"cat\"],\"stdin\":{\"file\":\"made\"}}", "in");
	errs(&lab, &process_run, "{\"argv\":[\"cat\"],\"stdin\":{\"file\":\"/nowhere\"}}",
	    "cannot open /nowhere for stdin: No such file or directory");
	errs(&lab, &process_run, "{\"argv\":[\"cat\"],\"stdin\":{\"file\":\"/etc\"}}",
	    "cannot open /etc for stdin: Is a directory");
	errs(&lab, &process_run, "{\"argv\":[\"true\"],\"stdout\":{\"file\":\"/nowhere/x\"}}",
	    "cannot open /nowhere/x for stdout: No such file or directory");
	lab_close(&lab);
}

static void test_bytes(void **state)
{
	char all[256];
	struct arena *arena = arena_new();
	struct map_builder map;
	const struct value *argv[3];
	struct trial *trial;
	struct lab lab;

	(void)state;
	lab_open(&lab, 1);
	for (int i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	argv[0] = value_string(arena, STR("printf"));
	argv[1] = value_string(arena, STR("%s"));
	argv[2] = value_string(arena, (struct str){all, 255});
	map_begin(&map, arena);
	map_add(&map, "argv", value_list(arena, argv, 3));
	trial = lab_begin_with(&lab, &process_run, map_end(&map), arena, 0, 4096);
	trial_wait(trial);
	assert_true(str_eq(trial_output(trial, ATTEMPT_STDOUT), (struct str){all, 255}));
	trial_free(trial);
	lab_close(&lab);
}

/* 1 MB of arguments and as much of environment, in many pieces and in large ones. */
static void test_large_request(void **state)
{
	enum { PIECES = 9000, LARGE = 100 << 10 };
	struct arena *arena = arena_new();
	struct map_builder map;
	struct map_builder env;
	const struct value **argv = arena_array(arena, PIECES + 10, sizeof(*argv));
	char *large = arena_alloc(arena, LARGE + 1);
	struct trial *trial;
	size_t count = 0;
	struct lab lab;

	(void)state;
	lab_open(&lab, 1);
	memset(large, 'x', LARGE);
	argv[count++] = value_string(arena, STR("sh"));
	argv[count++] = value_string(arena, STR("-c"));
	argv[count++] = value_string(arena, STR("echo $# ${#V3} ${#1}"));
	for (int i = 0; i < 6; i++)
		argv[count++] = value_string(arena, (struct str){large, LARGE});
	for (int i = 0; i < PIECES; i++)
		argv[count++] = value_string(arena, (struct str){large, 50});
	map_begin(&env, arena);
	for (int i = 0; i < 9; i++)
		map_add(&env, arena_printf(arena, "V%d", i).ptr,
		    value_string(arena, (struct str){large, LARGE}));
	map_begin(&map, arena);
	map_add(&map, "argv", value_list(arena, argv, count));
	map_add(&map, "env", map_end(&env));
	trial = lab_begin_with(&lab, &process_run, map_end(&map), arena, 0, 4096);
	trial_wait(trial);
	expect_success(trial, "9005 102400 102400\n");
	trial_free(trial);

	/* What the kernel does not take is said. */
	arena = arena_new();
	large = arena_alloc(arena, 200 << 10);
	memset(large, 'x', (200 << 10) - 1);
	argv = arena_array(arena, 2, sizeof(*argv));
	argv[0] = value_string(arena, STR("true"));
	argv[1] = value_string(arena, str_from(large));
	map_begin(&map, arena);
	map_add(&map, "argv", value_list(arena, argv, 2));
	trial = lab_begin_with(&lab, &process_run, map_end(&map), arena, 0, 4096);
	trial_wait(trial);
	expect_error(trial, "cannot run true: its arguments and environment are too long");
	trial_free(trial);
	lab_close(&lab);
}

static long max_rss_kib(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

/* A file of different lines, PIECE bytes long. */
enum { PIECE = 1000000 };

static char *make_piece(const struct lab *lab)
{
	char *piece = mem_alloc(PIECE + 16);
	char path[128];
	FILE *file;

	for (int i = 0; i < PIECE / 8; i++)
		snprintf(piece + (size_t)i * 8, 9, "%07d\n", i);
	snprintf(path, sizeof(path), "%s/piece", lab->dir);
	file = fopen(path, "w");
	assert_int_equal(fwrite(piece, 1, PIECE, file), PIECE);
	assert_int_equal(fclose(file), 0);
	return piece;
}

/* 400 MB in bounded memory, all of it passed on as it came. */
static void test_large_output(void **state)
{
	enum { PIECES = 400 };
	struct arena *arena = arena_new();
	struct str wrong;
	const struct value *args = value_from_plain_json(arena,
	    STR("{\"script\":\"for i in {1..400}; do cat piece; done; echo done >&2\"}"), &wrong);
	struct digest *digest = digest_new();
	char expected[DIGEST_HEX + 1];
	char seen[DIGEST_HEX + 1];
	struct trial *trial;
	struct lab lab;
	char *piece;

	(void)state;
	lab_open(&lab, 1);
	piece = make_piece(&lab);
	trial = lab_begin_with(&lab, &process_run, args, arena, 0, 8 << 20);
	trial_wait(trial);
#ifndef __SANITIZE_ADDRESS__
	assert_in_range(max_rss_kib(), 0, 48 << 10);
#else
	(void)max_rss_kib;
#endif
	assert_true(trial->attempt.result.ok);
	assert_true(str_is(trial_output(trial, ATTEMPT_STDERR), "done\n"));
	assert_int_equal(trial->bytes[ATTEMPT_STDOUT], PIECES * PIECE);
	for (int i = 0; i < PIECES; i++)
		digest_add(digest, piece, PIECE);
	digest_hex(digest, expected);
	digest_hex(trial->digest, seen);
	assert_string_equal(seen, expected);
	digest_free(digest);
	free(piece);
	trial_free(trial);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_large_output), /* first: it measures the memory of the process */
	    cmocka_unit_test(test_run),
	    cmocka_unit_test(test_surroundings),
	    cmocka_unit_test(test_limits_and_mask),
	    cmocka_unit_test(test_exec_errors),
	    cmocka_unit_test(test_pipe),
	    cmocka_unit_test(test_streams),
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_large_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
