/* SPDX-License-Identifier: Apache-2.0 */
#include "run/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/units.h"

enum { PIECE = 4096 };

/* A command under way. */
struct command {
	pid_t pid;
	int output; /* what it prints; read without waiting */
	int exited; /* a descriptor that becomes readable when it has ended */
	int64_t until_ms;
	int limit_ms;
};

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

/* Reads what is there. 1: perhaps more later, 0: that was all, -1: there is no room for it. */
static int read_some(int fd, struct buf *out)
{
	for (;;) {
		char *room = buf_reserve(out, PIECE);
		ssize_t got = room ? read(fd, room, PIECE) : -1;

		if (!room)
			return -1;
		if (got == 0)
			return 0;
		if (got < 0 && errno != EINTR)
			return errno == EAGAIN;
		if (got > 0)
			buf_added(out, (size_t)got);
	}
}

/*
 * Waits until it has ended: that decides, not the end of its output, which something that it left behind may hold open.
 * False with a sentence.
 */
static bool await_end(const struct command *command, struct buf *out, struct buf *error)
{
	struct pollfd fds[] = {{command->output, POLLIN, 0}, {command->exited, POLLIN, 0}};

	for (;;) {
		int64_t left = command->until_ms - now_ms();
		int more;

		if (left <= 0) {
			buf_text(error, "no end within ");
			units_show_duration(error, command->limit_ms * INT64_C(1000));
			return false;
		}
		if (poll(fds, 2, (int)left) < 0 && errno != EINTR) {
			buf_text(error, strerror(errno));
			return false;
		}
		more = read_some(command->output, out);
		if (more < 0) {
			buf_text(error, "it prints too much");
			return false;
		}
		if (fds[1].revents)
			return true;
		if (more == 0)
			fds[0].fd = -1; /* it goes on without it */
	}
}

static bool has_succeeded(int status, struct buf *error)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (WIFEXITED(status))
		buf_printf(error, "exit status %d", WEXITSTATUS(status));
	else
		buf_printf(error, "ended by signal %d", WTERMSIG(status));
	return false;
}

/* Sees it to its end, whatever that is. */
static bool finish(struct command *command, struct buf *out, struct buf *error)
{
	bool ok = false;
	int status = 0;

	command->exited = (int)syscall(SYS_pidfd_open, command->pid, 0);
	if (command->exited < 0)
		buf_printf(error, "it cannot be watched: %s", strerror(errno));
	else
		ok = await_end(command, out, error);
	if (!ok)
		kill(-command->pid, SIGKILL);
	while (waitpid(command->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (command->exited >= 0)
		close(command->exited);
	return ok && has_succeeded(status, error);
}

bool capture_command(
    char *const argv[], const char *folder, int limit_ms, struct buf *out, struct buf *error)
{
	struct command command = {.until_ms = now_ms() + limit_ms, .limit_ms = limit_ms};
	int fds[2];
	int failure;
	size_t before = error->len;
	bool ok = false;

	buf_printf(error, "%s: ", argv[0]);
	if (pipe2(fds, O_CLOEXEC) < 0) {
		buf_text(error, strerror(errno));
		return false;
	}
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	command.output = fds[0];
	failure = spawn(argv, folder, fds[1], &command.pid);
	close(fds[1]);
	if (failure)
		buf_text(error, strerror(failure));
	else
		ok = finish(&command, out, error);
	if (ok)
		error->len = before;
	close(fds[0]);
	return ok;
}
