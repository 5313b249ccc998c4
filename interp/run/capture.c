/* SPDX-License-Identifier: Apache-2.0 */
#include "run/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int spawn(char *const argv[], const char *folder, int output, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, 1);
	posix_spawn_file_actions_addchdir_np(&actions, folder);
	error = posix_spawnp(ret_pid, argv[0], &actions, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return error;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads until the end of the output; false with errno when time or room is up. */
static bool drain(int fd, int64_t until_ms, struct buf *out)
{
	for (;;) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		int64_t left = until_ms - now_ms();
		char *room = buf_reserve(out, 4096);
		ssize_t got;

		if (!room || left <= 0 || poll(&poller, 1, (int)left) == 0) {
			errno = room ? ETIMEDOUT : EFBIG;
			return false;
		}
		got = read(fd, room, 4096);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0;
		buf_added(out, (size_t)got);
	}
}

bool capture_command(
    char *const argv[], const char *folder, int limit_ms, struct buf *out, struct buf *error)
{
	int fds[2];
	pid_t pid;
	int failure;
	int status = 0;
	bool ok;

	if (pipe2(fds, O_CLOEXEC) < 0) {
		buf_printf(error, "%s: %s", argv[0], strerror(errno));
		return false;
	}
	failure = spawn(argv, folder, fds[1], &pid);
	close(fds[1]);
	if (failure) {
		close(fds[0]);
		buf_printf(error, "%s: %s", argv[0], strerror(failure));
		return false;
	}
	ok = drain(fds[0], now_ms() + limit_ms, out);
	failure = errno;
	if (!ok)
		kill(-pid, SIGKILL);
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (!ok)
		buf_printf(error, "%s: %s", argv[0], strerror(failure));
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		buf_printf(error, "%s ended with %s %d", argv[0],
		    WIFEXITED(status) ? "exit status" : "signal",
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	return ok && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
