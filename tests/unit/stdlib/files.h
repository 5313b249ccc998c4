/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_FILES_H
#define TEST_FILES_H

#include "probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A folder of a test's own, which it works in: files_begin() and files_end(). Mounts are seen by the test alone and
 * vanish with it.
 */
static char files_folder[] = "/tmp/reprise-files-XXXXXX";
static bool files_may_mount;

static inline int files_begin(void **state)
{
	(void)state;
	umask(022);
	/* before the first thread begins, for it is this one's alone */
	files_may_mount = unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	return mkdtemp(files_folder) && chmod(files_folder, 0755) == 0 && chdir(files_folder) == 0
	    ? 0
	    : -1;
}

static inline int files_remove(const char *path, const struct stat *stat, int what, struct FTW *at)
{
	(void)stat;
	(void)what;
	(void)at;
	return remove(path);
}

static inline int files_end(void **state)
{
	(void)state;
	return chdir("/") || nftw(files_folder, files_remove, 16, FTW_DEPTH | FTW_PHYS) ? -1 : 0;
}

/* A small file system at `path`, with nothing in it; skips the test where that is not allowed. */
static inline void files_mount(const char *path, const char *options)
{
	assert_int_equal(mkdir(path, 0755), 0);
	if (files_may_mount && mount("tmpfs", path, "tmpfs", 0, options) == 0)
		return;
	print_message("nothing can be mounted here: not tried\n");
	rmdir(path);
	skip();
}

static inline void files_unmount(const char *path)
{
	assert_int_equal(umount(path), 0);
	assert_int_equal(rmdir(path), 0);
}

/* Files belong to somebody else from here to files_as_root(); skips the test for those who are somebody else. */
static inline void files_as_nobody(void)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(seteuid(65534), 0);
}

static inline void files_as_root(void)
{
	assert_int_equal(seteuid(0), 0);
}

static inline void files_put_bytes(const char *path, const void *ptr, size_t len, int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, ptr, len), len);
	close(fd);
}

static inline void files_put(const char *path, const char *text)
{
	files_put_bytes(path, text, strlen(text), O_TRUNC);
}

static inline void files_add(const char *path, const char *text)
{
	files_put_bytes(path, text, strlen(text), O_APPEND);
}

/* A file of `size` bytes that takes no space. */
static inline void files_put_hole(const char *path, off_t size)
{
	files_put(path, "");
	assert_int_equal(truncate(path, size), 0);
}

static inline void files_expect(const char *path, const char *text)
{
	char *got = mem_alloc(strlen(text) + 4096);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		fail_msg("%s is not there", path);
	len = read(fd, got, strlen(text) + 4095);
	assert_true(len >= 0);
	got[len] = '\0';
	assert_string_equal(got, text);
	close(fd);
	free(got);
}

static inline mode_t files_mode(const char *path)
{
	struct stat stat;

	assert_int_equal(lstat(path, &stat), 0);
	return stat.st_mode & 07777;
}

/* How many entries a folder has. */
static inline size_t files_count(const char *path)
{
	DIR *folder = opendir(path);
	size_t count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count - 2;
}

/* The most memory that the test has had; a large file must not make it grow by more than the bound. */
enum { FILES_BOUND_KIB = 48 << 10 };

static inline long files_memory_kib(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

/* Runs the loop until what was given up has ended as well. */
static inline void files_settle(struct loop *loop)
{
	while (uv_loop_alive(&loop->uv))
		uv_run(&loop->uv, UV_RUN_ONCE);
}

#endif
