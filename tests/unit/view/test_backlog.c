/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "view/backlog.h"

static int fds[2];

static void open_pipe(struct backlog *backlog)
{
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	fcntl(fds[1], F_SETPIPE_SZ, 4096);
	backlog_init(backlog, fds[1]);
}

static void close_all(struct backlog *backlog)
{
	backlog_done(backlog);
	close(fds[0]);
	close(fds[1]);
}

static size_t read_some(char *into, size_t max)
{
	ssize_t got = read(fds[0], into, max);

	assert_true(got >= 0);
	return (size_t)got;
}

static void put_line(struct backlog *backlog, char letter, size_t len)
{
	char *text = malloc(len);

	memset(text, letter, len);
	text[len - 1] = '\n';
	backlog_put(backlog, (struct str){text, len});
	free(text);
}

static void test_taken_at_once(void **state)
{
	struct backlog backlog;
	char text[64];

	(void)state;
	open_pipe(&backlog);
	backlog_put(&backlog, STR("one\n"));
	assert_int_equal(read_some(text, sizeof(text)), 4);
	assert_false(backlog_push(&backlog));
	close_all(&backlog);
}

/* Nobody reads: it waits, without blocking; then it comes, all of it and in order. */
static void test_waits(void **state)
{
	struct backlog backlog;
	char text[4096];
	size_t got = 0;

	(void)state;
	open_pipe(&backlog);
	for (int i = 0; i < 26; i++)
		put_line(&backlog, (char)('a' + i), 1000);
	assert_true(backlog_push(&backlog));
	while (got < 26000) {
		size_t len = read_some(text, 1000 - got % 1000);

		for (size_t i = 0; i < len; i++)
			assert_int_equal(text[i],
			    (got + i) % 1000 == 999 ? '\n' : (int)('a' + (got + i) / 1000));
		got += len;
		backlog_push(&backlog);
	}
	assert_false(backlog_push(&backlog));
	close_all(&backlog);
}

static void *read_all(void *into)
{
	struct buf *all = into;
	ssize_t got;

	while ((got = read(fds[0], buf_reserve(all, 4096), 4096)) > 0)
		buf_added(all, (size_t)got);
	return NULL;
}

/* More than is kept: what is dropped is told of where it is missing, and the end is waited for. */
static void test_bounded(void **state)
{
	struct backlog backlog;
	pthread_t reader;
	struct buf all;

	(void)state;
	open_pipe(&backlog);
	buf_init(&all, BUF_UNBOUNDED);
	for (int i = 0; i < 300; i++)
		put_line(&backlog, 'x', 10000);
	assert_true(backlog.waiting.len <= BACKLOG_MAX);
	pthread_create(&reader, NULL, read_all, &all);
	backlog_end(&backlog);
	backlog_put(&backlog, STR("last\n"));
	backlog_end(&backlog);
	close(fds[1]);
	pthread_join(reader, NULL);
	assert_true(str_find(buf_view(&all),
			STR("messages were not shown, they are in the record …\nlast\n")) > 0);
	assert_true(all.len < BACKLOG_MAX + 10000);
	buf_done(&all);
	fds[1] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	close_all(&backlog);
}

static void test_gone(void **state)
{
	struct backlog backlog;

	(void)state;
	open_pipe(&backlog);
	close(fds[0]);
	backlog_put(&backlog, STR("one\n"));
	backlog_put(&backlog, STR("two\n"));
	assert_false(backlog_push(&backlog));
	backlog_end(&backlog);
	fds[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close_all(&backlog);
}

/* A page holds one write. */
static void assert_written(const char *wanted)
{
	char text[64];

	assert_int_equal(read_some(text, sizeof(text)), strlen(wanted));
	assert_memory_equal(text, wanted, strlen(wanted));
}

/* While it is held, only what is said is written; then the rest, and in order. */
static void test_held(void **state)
{
	struct backlog backlog;

	(void)state;
	open_pipe(&backlog);
	backlog_put(&backlog, STR("before\n"));
	assert_written("before\n");
	backlog_hold(&backlog, true);
	backlog_put(&backlog, STR("one\n"));
	assert_true(backlog_holds(&backlog));
	backlog_say(&backlog, STR("really? "));
	assert_written("really? ");
	backlog_put(&backlog, STR("two\n"));
	assert_false(backlog_push(&backlog));
	backlog_hold(&backlog, false);
	assert_false(backlog_holds(&backlog));
	assert_written("one\ntwo\n");
	backlog_put(&backlog, STR("on\n"));
	assert_written("on\n");
	close_all(&backlog);
}

/* What is held has a bound, and what went past it is told of. */
static void test_held_too_long(void **state)
{
	struct backlog backlog;
	pthread_t reader;
	struct buf all;

	(void)state;
	open_pipe(&backlog);
	buf_init(&all, BUF_UNBOUNDED);
	backlog_hold(&backlog, true);
	for (int i = 0; i < 300; i++)
		put_line(&backlog, 'x', 10000);
	assert_true(backlog.held.len <= BACKLOG_MAX);
	backlog_say(&backlog, STR("really? "));
	assert_written("really? ");
	pthread_create(&reader, NULL, read_all, &all);
	backlog_end(&backlog);
	close(fds[1]);
	pthread_join(reader, NULL);
	assert_true(all.len < BACKLOG_MAX + 100);
	assert_true(str_find(buf_view(&all),
			STR("x\n… 196 messages were not shown, they are in the record …\n")) > 0);
	buf_done(&all);
	fds[1] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	close_all(&backlog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_taken_at_once),
	    cmocka_unit_test(test_waits),
	    cmocka_unit_test(test_held),
	    cmocka_unit_test(test_held_too_long),
	    cmocka_unit_test(test_bounded),
	    cmocka_unit_test(test_gone),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
