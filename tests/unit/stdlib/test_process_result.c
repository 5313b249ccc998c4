/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "stdlib/process_result.h"

/* Statuses as wait() gives them. */
#define EXIT(code) ((code) << 8)

static const char *const gunzip[] = {"/usr/bin/gunzip", "-c", NULL};
static const char *const psql[] = {"psql", NULL};
static const char *const script[] = {"./load", NULL};
static const char *const *const stages[] = {gunzip, psql, script};

/* What three stages (or fewer) come to: the sentence, empty for a success, and the exit status. */
static void test_statuses(void **state)
{
	static const struct {
		size_t count;
		int32_t status[3];
		int64_t exit_code;
		const char *signal;
		const char *why;
	} rows[] = {
	    {1, {0}, 0, NULL, ""},
	    {1, {EXIT(3)}, 3, NULL, "exit status 3"},
	    {1, {SIGKILL}, 137, "SIGKILL", "killed by SIGKILL"},
	    {1, {SIGSEGV | 0x80}, 139, "SIGSEGV", "killed by SIGSEGV (core dumped)"},
	    {1, {SIGPIPE}, 141, "SIGPIPE", "killed by SIGPIPE"},
	    {1, {EXIT(141)}, 141, NULL, "exit status 141"},
	    {2, {SIGPIPE, 0}, 0, NULL, ""},
	    {2, {EXIT(141), 0}, 0, NULL, ""},
	    {2, {EXIT(1), 0}, 1, NULL, "stage 1 (gunzip): exit status 1"},
	    {2, {SIGPIPE, EXIT(2)}, 2, NULL, "stage 2 (psql): exit status 2"},
	    {2, {EXIT(1), SIGTERM}, 143, "SIGTERM",
		"stage 1 (gunzip): exit status 1; stage 2 (psql): killed by SIGTERM"},
	    {2, {0, SIGPIPE}, 141, "SIGPIPE", "stage 2 (psql): killed by SIGPIPE"},
	    {3, {SIGPIPE, SIGPIPE, 0}, 0, NULL, ""},
	    {3, {SIGPIPE, SIGPIPE, EXIT(1)}, 1, NULL, "stage 3 (load): exit status 1"},
	    {3, {SIGPIPE, EXIT(4), 0}, 4, NULL, "stage 2 (psql): exit status 4"},
	    {3, {EXIT(4), SIGPIPE, 0}, 4, NULL, "stage 1 (gunzip): exit status 4"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct launch_request request = {.stages = stages, .stage_count = rows[i].count};
		struct launch_end end = {
		    .how = LAUNCH_RAN, .stage_count = rows[i].count, .status = rows[i].status};
		struct str why = process_why(arena, &request, &end);
		const struct value *result;
		struct map_builder map;

		assert_string_equal(arena_cstr(arena, why), rows[i].why);
		assert_int_equal(status_succeeded(rows[i].status, rows[i].count), why.len == 0);
		map_begin(&map, arena);
		process_add_fields(&map, &request, &end);
		result = map_end(&map);
		assert_int_equal(value_get(result, "exit_code")->integer, rows[i].exit_code);
		if (rows[i].signal)
			assert_true(
			    str_is(value_text(value_get(result, "signal")), rows[i].signal));
		else
			assert_int_equal(value_get(result, "signal")->type, VALUE_NULL);
		assert_int_equal(value_get(result, "stages")->list.count, rows[i].count);
		arena_free(arena);
	}
}

static void test_refusals(void **state)
{
	static const struct {
		enum launch_trouble trouble;
		int error;
		size_t stage;
		size_t count;
		const char *why;
	} rows[] = {
	    {LAUNCH_TROUBLE_CWD, ENOENT, 0, 1, "cannot run in /srv: No such file or directory"},
	    {LAUNCH_TROUBLE_FIND, ENOENT, 1, 3,
		"stage 2 (psql): no such program: psql (not in PATH)"},
	    {LAUNCH_TROUBLE_FIND, ENOENT, 2, 3, "stage 3 (load): no such program: ./load"},
	    {LAUNCH_TROUBLE_FIND, EACCES, 0, 1, "not executable: /usr/bin/gunzip"},
	    {LAUNCH_TROUBLE_FIND, ELOOP, 0, 1,
		"cannot run /usr/bin/gunzip: Too many levels of symbolic links"},
	    {LAUNCH_TROUBLE_EXEC, E2BIG, 0, 1,
		"cannot run /usr/bin/gunzip: its arguments and environment are too long"},
	    {LAUNCH_TROUBLE_EXEC, ETXTBSY, 0, 1, "cannot run /usr/bin/gunzip: Text file busy"},
	    {LAUNCH_TROUBLE_SPAWN, EAGAIN, 1, 3,
		"cannot start a process: Resource temporarily unavailable"},
	    {LAUNCH_TROUBLE_SPAWN, ENOENT, 0, 1,
		"cannot start reprise-launch: No such file or directory"},
	    {LAUNCH_TROUBLE_REQUEST, EMFILE, 0, 1,
		"cannot hand a process over to its launcher: Too many open files"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct launch_request request = {
		    .stages = stages, .stage_count = rows[i].count, .cwd = "/srv"};
		struct launch_end end = {.how = LAUNCH_REFUSED,
		    .trouble = rows[i].trouble,
		    .error = rows[i].error,
		    .stage = rows[i].stage};

		assert_string_equal(
		    arena_cstr(arena, process_why(arena, &request, &end)), rows[i].why);
		arena_free(arena);
	}
}

static void test_left(void **state)
{
	struct arena *arena = arena_new();
	struct launch_left left[2] = {{12, "postgres -D /data"}, {13, "[kworker]"}};
	struct launch_request request = {.stages = stages, .stage_count = 1};
	struct launch_end end = {.how = LAUNCH_SURVIVED, .left = left, .left_named = 2};
	const struct value *list = process_left(arena, &end);

	(void)state;
	assert_int_equal(list->list.count, 2);
	assert_int_equal(value_get(list->list.items[1], "pid")->integer, 13);
	assert_string_equal(arena_cstr(arena, process_why(arena, &request, &end)),
	    "could not be ended: pid 12 (postgres -D /data), pid 13 ([kworker])");
	end.how = LAUNCH_LOST;
	end.unanswered = true;
	end.left_named = 0;
	assert_null(process_left(arena, &end));
	assert_string_equal(arena_cstr(arena, process_why(arena, &request, &end)),
	    "its launcher does not answer, so how it ended is not known");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_statuses),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
