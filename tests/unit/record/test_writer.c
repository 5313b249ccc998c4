/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "record/transcript_writer.h"
#include "sample.h"

static void the_file_is_the_owners_alone(void **state)
{
	struct writer *writer;
	struct writer_options options;
	struct stat status;
	struct buf error;
	int fd;

	(void)state;
	umask(0);
	writer = sample_writer("a/b/run.jsonl");
	assert_int_equal(stat(sample_path("a/b"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(stat(sample_path("a/b/run.jsonl"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	options = (struct writer_options){.path = sample_path("a/b/run.jsonl")};
	buf_init(&error, 1000);
	assert_null(writer_new(&options, &error));
	assert_true(str_find(buf_view(&error), STR("File exists")) > 0);
	fd = open(sample_path("a/b/run.jsonl"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	writer_free(writer);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	close(fd);
	buf_clear(&error);
	options.path = "/proc/no/such.jsonl";
	assert_null(writer_new(&options, &error));
	assert_true(str_starts(buf_view(&error), STR("cannot make the directory /proc/no: ")));
	buf_done(&error);
}

static void nothing_is_written_before_a_flush(void **state)
{
	struct writer *writer = sample_writer("one-write");
	struct stat status;
	uint64_t ticket;

	(void)state;
	sample_begin(writer);
	sample_note(writer, 1);
	assert_int_equal(stat(sample_path("one-write"), &status), 0);
	assert_int_equal(status.st_size, 0);
	ticket = writer_flush(writer);
	assert_int_equal(writer_flush(writer), ticket);
	assert_int_equal(stat(sample_path("one-write"), &status), 0);
	assert_int_equal(status.st_size, writer_size(writer));
	assert_true(status.st_size > 300);
	assert_int_equal(writer_lines(writer), 2);
	sample_note(writer, 2);
	assert_true(writer_flush(writer) > ticket);
	assert_int_equal(sample_state(sample_path("one-write")), TRANSCRIPT_INCOMPLETE);
	writer_free(writer);
}

static void time_never_goes_back(void **state)
{
	struct writer *writer = sample_writer("time");
	struct message note = {.type = MESSAGE_NOTE, .t_us = 500};

	(void)state;
	sample_begin(writer);
	assert_true(writer_append(writer, &note));
	assert_int_equal(note.seq, 1);
	note.t_us = 400;
	assert_true(writer_append(writer, &note));
	assert_int_equal(note.seq, 2);
	assert_int_equal(note.t_us, 500);
	writer_flush(writer);
	assert_int_equal(sample_state(sample_path("time")), TRANSCRIPT_INCOMPLETE);
	writer_free(writer);
}

/* The check that anyone can do by hand, with the very commands. */
static void sha256sum_agrees(void **state)
{
	(void)state;
	sample_sealed("hand", 9);
	for (int line = 1; line < 12; line++) {
		char command[600];
		FILE *pipe;
		char digest[DIGEST_HEX + 1] = {0};
		char prev[DIGEST_HEX + 1] = {0};

		snprintf(command, sizeof(command),
		    "sed -n %dp %s | sha256sum; sed -n %dp %s | sed "
		    "'s/.*\"prev\":\"\\([0-9a-f]*\\)\".*/\\1/'",
		    line, sample_path("hand"), line + 1, sample_path("hand"));
		pipe = popen(command, "re");
		assert_non_null(pipe);
		assert_int_equal(fscanf(pipe, "%64s - %64s", digest, prev), 2);
		assert_int_equal(pclose(pipe), 0);
		assert_int_equal(strlen(prev), DIGEST_HEX);
		assert_string_equal(digest, prev);
	}
	assert_int_equal(sample_state(sample_path("hand")), TRANSCRIPT_SEALED);
}

/* A sync that waits at a gate, counts itself, and may fail. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int entered;
	int allowed;
	int error;
	int wake_fd;
} gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0, -1};

static int gated_sync(int fd)
{
	int error;

	pthread_mutex_lock(&gate.lock);
	gate.entered++;
	pthread_cond_broadcast(&gate.changed);
	while (gate.allowed < gate.entered)
		pthread_cond_wait(&gate.changed, &gate.lock);
	error = gate.error;
	pthread_mutex_unlock(&gate.lock);
	errno = error;
	return error ? -1 : fdatasync(fd);
}

static void gate_wait(int entered)
{
	pthread_mutex_lock(&gate.lock);
	while (gate.entered < entered)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

static void gate_allow(int allowed, int error)
{
	pthread_mutex_lock(&gate.lock);
	gate.allowed = allowed;
	gate.error = error;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

static void wake(void *context)
{
	uint64_t one = 1;

	if (context != &gate)
		abort();
	if (write(gate.wake_fd, &one, sizeof(one)) != sizeof(one))
		abort();
}

static void await_wake(void)
{
	struct pollfd poll_fd = {.fd = gate.wake_fd, .events = POLLIN};
	uint64_t count;

	assert_int_equal(poll(&poll_fd, 1, 30000), 1);
	assert_int_equal(read(gate.wake_fd, &count, sizeof(count)), sizeof(count));
}

static struct writer *gated_writer(const char *name)
{
	struct writer_options options = {
	    .path = sample_path(name), .wake = wake, .context = &gate, .sync = gated_sync};
	struct buf error;
	struct writer *writer;

	gate.entered = gate.allowed = gate.error = 0;
	gate.wake_fd = eventfd(0, EFD_CLOEXEC);
	buf_init(&error, 1000);
	writer = writer_new(&options, &error);
	assert_non_null(writer);
	buf_done(&error);
	sample_begin(writer);
	return writer;
}

static void one_sync_serves_many_tickets(void **state)
{
	struct writer *writer = gated_writer("group");
	uint64_t first;
	uint64_t ticket = 0;

	(void)state;
	first = writer_flush(writer);
	assert_int_equal(writer_durable(writer), 0);
	writer_sync(writer, first);
	gate_wait(1);
	for (int i = 1; i <= 100; i++) {
		sample_note(writer, i);
		ticket = writer_flush(writer);
		writer_sync(writer, ticket);
	}
	assert_int_equal(writer_durable(writer), 0);
	gate_allow(1, 0);
	await_wake();
	/* what was flushed after the sync began is not served by it */
	assert_int_equal(writer_durable(writer), first);
	gate_wait(2);
	gate_allow(2, 0);
	await_wake();
	assert_int_equal(writer_durable(writer), ticket);
	writer_sync(writer, first);
	writer_sync(writer, ticket);
	sample_end(writer);
	assert_true(writer_seal(writer));
	gate_allow(100, 0);
	assert_true(writer_finish(writer));
	assert_int_equal(gate.entered, 3);
	assert_true(writer_durable(writer) > ticket);
	writer_free(writer);
	close(gate.wake_fd);
	assert_int_equal(sample_state(sample_path("group")), TRANSCRIPT_SEALED);
}

static void unwanted_tickets_cost_no_sync(void **state)
{
	struct writer *writer = gated_writer("reads");

	(void)state;
	for (int i = 1; i <= 10; i++) {
		sample_note(writer, i);
		writer_flush(writer);
	}
	assert_int_equal(gate.entered, 0);
	writer_free(writer);
	close(gate.wake_fd);
}

static void a_failed_sync_is_final(void **state)
{
	struct writer *writer = gated_writer("dead");
	struct message note = {.type = MESSAGE_NOTE};
	int64_t size;

	(void)state;
	writer_sync(writer, writer_flush(writer));
	size = writer_size(writer);
	gate_allow(1, EIO);
	await_wake();
	assert_int_equal(writer_durable(writer), 0);
	assert_int_equal(writer_state(writer), WRITER_DEAD);
	assert_non_null(strstr(writer_error(writer), "cannot sync "));
	assert_non_null(strstr(writer_error(writer), "Input/output error"));
	gate_allow(100, 0);
	assert_false(writer_append(writer, &note));
	writer_flush(writer);
	assert_int_equal(writer_size(writer), size);
	assert_false(writer_finish(writer));
	assert_false(writer_reserve(writer, 100));
	assert_int_equal(gate.entered, 1);
	writer_free(writer);
	close(gate.wake_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_file_is_the_owners_alone),
	    cmocka_unit_test(nothing_is_written_before_a_flush),
	    cmocka_unit_test(time_never_goes_back),
	    cmocka_unit_test(sha256sum_agrees),
	    cmocka_unit_test(one_sync_serves_many_tickets),
	    cmocka_unit_test(unwanted_tickets_cost_no_sync),
	    cmocka_unit_test(a_failed_sync_is_final),
	};

	return cmocka_run_group_tests(tests, sample_setup, sample_clean);
}
