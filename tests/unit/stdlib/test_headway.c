/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <errno.h>
#include <semaphore.h>
#include <sys/syscall.h>

#include "stdlib/registry.h"

/* How far actions say that they have come: at each read that a thread of the pool makes. */

#define MIB INT64_C(1048576)

static struct loop *loop;
static sem_t reached;
static sem_t go;

static void await(sem_t *semaphore)
{
	while (sem_wait(semaphore) != 0 && errno == EINTR)
		continue;
}

/* The loop's own thread is not held up. */
static void hold_up(void)
{
	if (syscall(SYS_gettid) == getpid())
		return;
	sem_post(&reached);
	await(&go);
}

/* What a library of ours calls pread(): its offsets are large ones. */
ssize_t pread64(int fd, void *ptr, size_t size, off64_t offset)
{
	hold_up();
	return syscall(SYS_pread64, fd, ptr, size, offset);
}

ssize_t read(int fd, void *ptr, size_t size)
{
	hold_up();
	return syscall(SYS_read, fd, ptr, size);
}

static struct progress progress_of(const struct probe *probe)
{
	struct progress progress = {0};

	probe->impl->progress(&probe->attempt, &progress);
	assert_int_equal(progress.launcher, 0);
	return progress;
}

/* Runs it read by read: each of them finds that it has come as far as before or farther, of so many bytes. */
static struct progress follow(const struct action_impl *action, const char *args, int64_t total)
{
	struct probe *probe = probe_begin(loop, action, 0, args);
	struct progress last = {0};
	struct progress now;

	while (!probe->finished) {
		uv_run(&loop->uv, UV_RUN_NOWAIT);
		if (probe->finished || sem_trywait(&reached) != 0)
			continue;
		now = progress_of(probe);
		assert_int_equal(now.total, total);
		assert_in_range(now.done, last.done, total);
		last = now;
		sem_post(&go);
	}
	probe_wait(probe);
	probe_free(probe);
	return last;
}

/* The last word is that of the read that finds the end. */
static void reads_a_file(void **state)
{
	(void)state;
	files_put_hole("dump", 4 * MIB);
	assert_int_equal(follow(&file_digest, "{\"path\":\"dump\"}", 4 * MIB).done, 4 * MIB);
}

/* What is still to come of a list counts from the beginning; what is not there does not. */
static void reads_several(void **state)
{
	(void)state;
	files_put_hole("one", 2 * MIB);
	files_put_hole("other", 3 * MIB);
	assert_int_equal(
	    follow(&file_digest, "{\"paths\":[\"one\",\"other\",\"absent\"]}", 5 * MIB).done,
	    5 * MIB);
}

/* It is read to be copied, and then both are read once more. */
static void copies(void **state)
{
	char *bytes = mem_alloc(2 * MIB);

	(void)state;
	memset(bytes, 'x', 2 * MIB);
	files_put_bytes("data", bytes, 2 * MIB, O_TRUNC);
	free(bytes);
	assert_int_equal(
	    follow(&file_copy, "{\"path\":\"data\",\"to\":\"copy\"}", 6 * MIB).done, 6 * MIB);
	/* the same is there already: both are read to see that */
	assert_int_equal(
	    follow(&file_copy, "{\"path\":\"data\",\"to\":\"copy\",\"replace\":true}", 4 * MIB)
		.done,
	    4 * MIB);
	files_put_hole("hole", 2 * MIB);
	assert_int_equal(
	    follow(&file_copy, "{\"path\":\"hole\",\"to\":\"hole-copy\"}", 6 * MIB).done, 6 * MIB);
}

/* A backup is read as it lies there, packed or not. */
static void verifies_a_backup(void **state)
{
	static const char head[] = "--\n-- PostgreSQL database dump\n--\n\n";
	static const char line[] = "-- a comment\n";
	struct stat stat;
	struct buf text;

	(void)state;
	buf_init(&text, BUF_UNBOUNDED);
	buf_text(&text, head);
	for (int i = 0; i < 100000; i++)
		buf_text(&text, line);
	files_put_bytes("dump.sql", text.ptr, text.len, O_TRUNC);
	buf_done(&text);
	assert_int_equal(lstat("dump.sql", &stat), 0);
	assert_in_range(follow(&backup_verify, "{\"path\":\"dump.sql\"}", stat.st_size).done,
	    stat.st_size / 2, stat.st_size);
}

static int begin(void **state)
{
	loop = loop_new();
	sem_init(&reached, 0, 0);
	sem_init(&go, 0, 0);
	return files_begin(state);
}

static int end(void **state)
{
	loop_free(loop);
	return files_end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_a_file),
	    cmocka_unit_test(reads_several),
	    cmocka_unit_test(copies),
	    cmocka_unit_test(verifies_a_backup),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
