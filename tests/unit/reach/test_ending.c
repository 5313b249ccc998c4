/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a far step is in its file whenever it was kept, whole lines at a time. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "reach/ending.h"

static char folder[] = "/tmp/reprise-ending-XXXXXX";
static char path[sizeof(folder) + 8];

static void assert_file(const char *expected)
{
	char text[1024];
	FILE *file = fopen(path, "r");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	assert_string_equal(text, expected);
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/ending", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void test_grows(void **state)
{
	struct ending ending;
	FILE *old = fopen(path, "w");

	(void)state;
	fputs("of an earlier attempt\n", old);
	fclose(old);
	ending_init(&ending, path);
	ending_add(&ending, "tried");
	ending_keep(&ending);
	assert_file("tried\n");
	ending_add(&ending, "began %s %d", "shell", 12);
	assert_file("tried\n");
	ending_add(&ending, "lost two\nlines");
	ending_keep(&ending);
	assert_file("tried\nbegan shell 12\nlost two lines\n");
	ending_keep(&ending);
	assert_file("tried\nbegan shell 12\nlost two lines\n");
	ending_done(&ending);
}

/* A disk that is full in the middle of a line takes none of it; when there is room again, nothing is missing. */
static void test_torn(void **state)
{
	struct rlimit limit, before;
	struct ending ending;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){10, before.rlim_max};
	ending_init(&ending, path);
	ending_add(&ending, "tried");
	ending_keep(&ending);
	ending_add(&ending, "over");
	ending_add(&ending, "status 0");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ending_keep(&ending);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_file("tried\n");
	ending_keep(&ending);
	assert_file("tried\nover\nstatus 0\n");
	ending_done(&ending);
}

static void test_nowhere(void **state)
{
	struct ending ending;

	(void)state;
	ending_init(&ending, "");
	ending_add(&ending, "tried");
	ending_keep(&ending);
	ending_done(&ending);
	ending_init(&ending, "/nonexistent/ending");
	ending_add(&ending, "tried");
	ending_keep(&ending);
	ending_done(&ending);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_grows),
	    cmocka_unit_test(test_torn),
	    cmocka_unit_test(test_nowhere),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
