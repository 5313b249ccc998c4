/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK = 64 << 10 };

extern char **environ;

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Signals as a program expects them; the pipes as its standard streams. 0 or an error number. */
static int spawn(struct session *session, char *const *argv, int in, int out, int err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	sigset_t all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_adddup2(&actions, in, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_adddup2(&actions, err, 2);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	/* A group of its own: what a terminal or a parent sends to ours is ours to answer. */
	posix_spawnattr_setflags(
	    &attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	error = posix_spawnp(&session->pid, argv[0], &actions, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

bool session_begin(struct session *session, char *const *argv)
{
	int in[2] = {-1, -1};
	int out[2] = {-1, -1};
	int err[2] = {-1, -1};
	int error = 0;

	*session = (struct session){.in = -1, .out = -1, .err = -1};
	buf_init(&session->pending, BUF_UNBOUNDED);
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		error = errno;
	if (!error)
		error = spawn(session, argv, in[0], out[1], err[1]);
	close_fd(&in[0]);
	close_fd(&out[1]);
	close_fd(&err[1]);
	session->in = in[1];
	session->out = out[0];
	session->err = err[0];
	if (error) {
		session->pid = 0;
		session_end(session);
		errno = error;
		return false;
	}
	fcntl(session->in, F_SETFL, O_NONBLOCK);
	fcntl(session->out, F_SETFL, O_NONBLOCK);
	fcntl(session->err, F_SETFL, O_NONBLOCK);
	return true;
}

void session_send(struct session *session, const void *bytes, size_t len)
{
	if (session->in >= 0 && !session->closes)
		buf_append(&session->pending, bytes, len);
	session_write(session);
}

void session_write(struct session *session)
{
	size_t at = 0;

	while (session->in >= 0 && at < session->pending.len) {
		ssize_t written = write(
		    session->in, session->pending.ptr + at, session->pending.len - at);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EAGAIN)
			break;
		if (written < 0) {
			close_fd(&session->in);
			at = session->pending.len;
			break;
		}
		at += (size_t)written;
	}
	buf_consume(&session->pending, at);
	if (session->closes && session->pending.len == 0)
		close_fd(&session->in);
}

void session_close_input(struct session *session)
{
	session->closes = true;
	session_write(session);
}

static bool read_once(int *fd, struct marks *marks)
{
	static char chunk[CHUNK];
	ssize_t got = *fd < 0 ? 0 : read(*fd, chunk, sizeof(chunk));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (got > 0) {
		marks_feed(marks, chunk, (size_t)got);
		return true;
	}
	marks_end(marks);
	close_fd(fd);
	return false;
}

bool session_read_out(struct session *session)
{
	return read_once(&session->out, &session->out_marks);
}

bool session_read_err(struct session *session)
{
	return read_once(&session->err, &session->err_marks);
}

void session_reap(struct session *session)
{
	if (session->pid && !session->exited &&
	    waitpid(session->pid, &session->status, WNOHANG) == session->pid)
		session->exited = true;
}

void session_end(struct session *session)
{
	close_fd(&session->in);
	close_fd(&session->out);
	close_fd(&session->err);
	if (session->pid && !session->exited) {
		kill(session->pid, SIGKILL);
		while (waitpid(session->pid, &session->status, 0) < 0 && errno == EINTR)
			;
		session->exited = true;
	}
	if (session->pending.len)
		explicit_bzero(session->pending.ptr, session->pending.len);
	buf_done(&session->pending);
	buf_init(&session->pending, BUF_UNBOUNDED);
}

bool session_is_over(const struct session *session)
{
	return session->out < 0;
}
