/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_BACKUP_TRIAL_H
#define TEST_BACKUP_TRIAL_H

#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stdlib/backup_file.h"
#include "stdlib/backup_walk.h"
#include "stdlib/registry.h"

/* Backups in a folder of the test's own, which is where it runs; and the same bytes in memory, to be spoiled. */
static char trial_folder[] = "/tmp/reprise-backup-XXXXXX";
static struct loop *trial_loop;

enum { TRIAL_CUTS = 250, TRIAL_LAST = 80 };

static inline int trial_begin(void **state)
{
	(void)state;
	trial_loop = loop_new();
	return mkdtemp(trial_folder) && chmod(trial_folder, 0755) == 0 && chdir(trial_folder) == 0
	    ? 0
	    : -1;
}

/* A command of bash; one that fails fails the test. */
static inline void trial_shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline void trial_shell(const char *format, ...)
{
	char *command = NULL;
	char *whole = NULL;
	va_list list;

	va_start(list, format);
	assert_true(vasprintf(&command, format, list) >= 0);
	va_end(list);
	assert_true(asprintf(&whole, "exec bash -euo pipefail -c '%s'", command) >= 0);
	if (system(whole) != 0) // NOLINT: a test may have a shell
		fail_msg("failed: %s", command);
	free(whole);
	free(command);
}

static inline int trial_end(void **state)
{
	(void)state;
	loop_free(trial_loop);
	assert_int_equal(chdir("/"), 0);
	trial_shell("rm -rf -- %s", trial_folder);
	return 0;
}

static inline struct probe *trial_verify(const char *path)
{
	return probe_run(trial_loop, &backup_verify, 0, "{\"path\":\"%s\"}", path);
}

/* It is not complete, and `words` are why. */
static inline void trial_expect_broken(struct probe *probe, const char *kind, const char *words)
{
	char quoted[64];

	snprintf(quoted, sizeof(quoted), "\"%s\"", kind);
	assert_false(probe->attempt.result.ok);
	assert_false(probe->attempt.result.error);
	probe_expect(probe, "complete", "false");
	probe_expect(probe, "kind", quoted);
	if (str_find(value_text(probe_get(probe, "reason")), str_from(words)) < 0)
		fail_msg("not \"%s\" in: %.*s", words, STR_ARG(probe->attempt.result.why));
	assert_true(str_find(probe->attempt.result.why, str_from(words)) >= 0);
}

struct trial_bytes {
	char *ptr;
	size_t len;
	size_t read;
	size_t piece; /* at most so many at once */
};

static inline int64_t trial_read(void *self, void *into, size_t room)
{
	struct trial_bytes *bytes = self;
	size_t left = bytes->len - bytes->read;

	if (room > bytes->piece)
		room = bytes->piece;
	if (room > left)
		room = left;
	memcpy(into, bytes->ptr + bytes->read, room);
	bytes->read += room;
	return (int64_t)room;
}

static inline struct trial_bytes trial_load(const char *path)
{
	struct trial_bytes bytes = {.piece = SIZE_MAX};
	struct stat stat;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &stat), 0);
	bytes.len = (size_t)stat.st_size;
	bytes.ptr = mem_alloc(bytes.len + 1);
	assert_int_equal(read(fd, bytes.ptr, bytes.len), stat.st_size);
	close(fd);
	return bytes;
}

/* Its first len bytes, as a backup. The rule of every verdict is held against it. */
static inline struct backup trial_walk(struct trial_bytes bytes, size_t len)
{
	struct stream_source source = {trial_read, &bytes};
	struct stream *stream = stream_new(&source, INT64_C(1) << 30, NULL);
	struct backup backup;
	struct walk walk;

	bytes.len = len;
	backup_init(&backup);
	if (walk_begin(&walk, stream, &backup))
		while (walk_step(&walk))
			;
	walk_end(&walk);
	stream_free(stream);
	assert_int_equal(backup.complete, !backup.reason[0]);
	return backup;
}

/* xorshift: the same cuts in every run. */
static inline uint64_t trial_roll(uint64_t below)
{
	static uint64_t seed = 20261128;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/*
 * Untouched it is complete; cut off anywhere it is not, unless `excused` says that nobody can see it there (NULL:
 * never).
 */
static inline void trial_cut(
    const char *path, bool (*excused)(const struct trial_bytes *bytes, size_t at))
{
	struct trial_bytes bytes = trial_load(path);
	struct backup backup = trial_walk(bytes, bytes.len);

	if (!backup.complete)
		fail_msg("%s is not complete: %s", path, backup.reason);
	for (size_t i = 0; i < TRIAL_CUTS; i++) {
		size_t at = i < TRIAL_LAST && i < bytes.len ? bytes.len - 1 - i
							    : trial_roll(bytes.len);

		backup = trial_walk(bytes, at);
		if (backup.complete && !(excused && excused(&bytes, at)))
			fail_msg("%s cut off at %zu of %zu is complete", path, at, bytes.len);
	}
	free(bytes.ptr);
}

/* All of its content, unpacked; to be given back with free(). */
static inline char *trial_content(struct trial_bytes bytes, size_t *ret_len)
{
	struct stream_source source = {trial_read, &bytes};
	struct stream *stream = stream_new(&source, INT64_C(1) << 30, NULL);
	struct buf content;
	struct str part;

	buf_init(&content, BUF_UNBOUNDED);
	while ((part = stream_look(stream, 1)).len) {
		buf_str(&content, part);
		stream_pass(stream, part.len);
	}
	stream_free(stream);
	*ret_len = content.len;
	return buf_take(&content);
}

/*
 * A bit of any byte from `from` on is another: it is not complete. (Packed, some bits mean nothing, and some lead to
 * the same content by another way.)
 */
static inline void trial_flip(const char *path, size_t from, unsigned count)
{
	struct trial_bytes bytes = trial_load(path);
	size_t len, other_len;
	char *content = trial_content(bytes, &len);

	for (unsigned i = 0; i < count; i++) {
		size_t at = from + trial_roll(bytes.len - from);
		char bit = (char)(1 << trial_roll(7));
		char *other;

		bytes.ptr[at] ^= bit;
		other = trial_content(bytes, &other_len);
		if (trial_walk(bytes, bytes.len).complete &&
		    (len != other_len || memcmp(content, other, len) != 0))
			fail_msg("%s with another byte at %zu is complete", path, at);
		free(other);
		bytes.ptr[at] ^= bit;
	}
	free(content);
	free(bytes.ptr);
}

#endif
