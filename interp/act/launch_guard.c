/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "act/launch_parts.h"

/*
 * A lock of flock() belongs to the open file and not to a process: it is held as long as one of those who inherited
 * the descriptor has it open. So the kernel counts the launchers, and a killed one does not count.
 */

static const int64_t ask_every_us = 5000;

static int open_dir(const char *run_dir)
{
	return open(run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int launch_guard_take(const char *run_dir)
{
	int fd = run_dir[0] ? open_dir(run_dir) : -1;
	int failed;

	if (fd < 0)
		return -1;
	/* Another has it exclusively for a moment at most: launch_await_earlier() gives it back at once. */
	do
		failed = flock(fd, LOCK_SH);
	while (failed && errno == EINTR);
	if (!failed)
		return fd;
	close(fd);
	return -1;
}

bool launch_await_earlier(const char *run_dir, int64_t limit_us)
{
	const struct timespec pause = {0, ask_every_us * 1000};
	int64_t until_us = loop_clock_us() + limit_us;
	int fd = open_dir(run_dir);
	bool had;
	bool held;

	if (fd < 0)
		return errno == ENOENT;
	do {
		had = flock(fd, LOCK_EX | LOCK_NB) == 0;
		held = !had && (errno == EWOULDBLOCK || errno == EINTR);
		if (!had)
			nanosleep(&pause, NULL);
	} while (!had && loop_clock_us() < until_us);
	close(fd); /* gives it back */
	return !held;
}
