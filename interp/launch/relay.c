/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "launch/launcher.h"
#include "launch/protocol.h"
#include "launch/relay_request.h"
#include "launch/relay_tell.h"
#include "launch/status.h"
#include "launch/system.h"
#include "launch/wire.h"

/* Before a request has said what its is: of a launcher whose relay somebody killed. */
enum { PRESET_GRACE_US = 10000000 };

/*
 * A relay is always in one of these phases.
 *
 * EXPECTING  no request yet. One leads to RUNNING, or to OVER when it cannot be carried out.
 * RUNNING    a launcher of ours runs it. Stages exited and the tree empty: OVER; not empty: LINGERING.
 * LINGERING  what the stages left behind is let live after a while if they succeeded, else ended: LEAVING.
 * LEAVING    the fate of the tree is awaited: OVER.
 * OVER       the end was told, or lies in a file for whoever asks.
 *
 * A stop, by a frame, a signal, the end of the wire or its silence, leads from RUNNING and LINGERING to LEAVING.
 */
enum phase { EXPECTING, RUNNING, LINGERING, LEAVING, OVER };

struct relay {
	const char *nonce;
	int launcher; /* the socket; -1: it has ended, or we took leave */
	pid_t pid; /* the launcher's */
	int signals;
	int input; /* of the first stage; -1: none, or it is closed */
	enum phase phase;
	bool lost; /* nobody listens to us any more */
	bool asked; /* by a signal */
	bool stopped;
	bool ended; /* the launcher said so; `empty` and `left` hold */
	int64_t heard_us; /* the last sign of life on the wire */
	int64_t due_us; /* of LINGERING */
	int64_t grace_us;
	size_t in_len; /* of what came off the wire: a part of a frame */
	size_t data_at; /* of the DATA that is under way to the first stage */
	size_t data_len;
	struct launch_begin begin;
	struct launch_started started;
	struct launch_exited exited;
	struct launch_ended left;
	char in[sizeof(struct wire_head) + WIRE_CHUNK];
};

/* A mark that cannot be told is none that anybody waits for. */
#define tell(self, ...) ((self)->lost |= !relay_tell((self)->nonce, 1, __VA_ARGS__))

/* How it ended, for the last mark. */
static struct relay_end end_of(const struct relay *self)
{
	return (struct relay_end){.empty = !self->ended || self->left.empty,
	    .stopped = self->stopped,
	    .count = self->exited.stages,
	    .status = self->exited.status,
	    .named = self->ended ? self->left.named : 0,
	    .left = self->left.left};
}

static void become_over(struct relay *self)
{
	struct launch_head quit = {LAUNCH_QUIT, 0};
	struct relay_end end;

	self->phase = OVER;
	if (self->launcher >= 0) {
		send(self->launcher, &quit, sizeof(quit), MSG_NOSIGNAL);
		close(self->launcher);
		self->launcher = -1;
	}
	end = end_of(self);
	if (!self->lost)
		self->lost = !relay_tell_end(self->nonce, &end);
	/* What could not be ended is waited for by its launcher, and so is that by us: our end proves theirs. */
	if (!self->ended || self->left.empty || self->stopped)
		while (waitpid(self->pid, NULL, 0) < 0 && errno == EINTR)
			;
	if (self->lost)
		relay_leave_end(self->nonce, &end);
}

static void stop(struct relay *self, int64_t grace_us)
{
	struct launch_stop message = {{LAUNCH_STOP, 1}, grace_us};

	self->stopped = true;
	if (self->phase == EXPECTING)
		become_over(self);
	else if (self->phase != OVER)
		send(self->launcher, &message, sizeof(message), MSG_NOSIGNAL);
	if (self->phase == LINGERING)
		self->phase = LEAVING;
}

static void lose(struct relay *self)
{
	if (self->lost)
		return;
	self->lost = true;
	if (self->input >= 0)
		close(self->input);
	self->input = -1;
	self->data_len = 0;
	stop(self, self->grace_us);
}

/* Hands the request to the launcher. */
static void begin(struct relay *self, const char *bytes, size_t len)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * 4)];
	} control = {0};
	struct iovec part = {&self->begin, sizeof(self->begin)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes};
	struct cmsghdr *cmsg = (struct cmsghdr *)control.bytes;
	int ends[2] = {-1, -1};
	int fds[4];
	size_t count = 0;
	int strings = relay_request(bytes, len, self->nonce, &self->begin, &self->grace_us);
	bool reads = strings >= 0 && (self->begin.fds & (1u << LAUNCH_FD_IN));
	int error = strings < 0 || (reads && pipe2(ends, O_CLOEXEC) < 0) ? errno : 0;

	if (!error) {
		if (reads)
			fds[count++] = ends[0];
		fds[count++] = 1;
		fds[count++] = 2;
		fds[count++] = strings;
		self->begin.head = (struct launch_head){LAUNCH_BEGIN, 1};
		self->begin.op = 0;
		self->begin.fds = (reads ? 1u << LAUNCH_FD_IN : 0) | 1u << LAUNCH_FD_OUT |
		    1u << LAUNCH_FD_ERR | 1u << LAUNCH_FD_STRINGS;
		memcpy(CMSG_DATA(cmsg), fds, count * sizeof(int));
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		error = sendmsg(self->launcher, &message, MSG_NOSIGNAL) < 0 ? errno : 0;
	}
	if (strings >= 0)
		close(strings);
	if (ends[0] >= 0)
		close(ends[0]);
	self->input = ends[1];
	if (self->input >= 0)
		fcntl(self->input, F_SETFL, O_NONBLOCK);
	self->phase = RUNNING;
	if (!error)
		return;
	tell(self, "failed 1 0 %d %d", LAUNCH_TROUBLE_REQUEST, error);
	become_over(self);
}

/* Passes on what is under way to the first stage. */
static void feed(struct relay *self)
{
	while (self->data_len && self->input >= 0) {
		ssize_t written = write(self->input, self->in + self->data_at, self->data_len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EAGAIN)
			return;
		if (written < 0) { /* it reads no more: what still comes is for nobody */
			close(self->input);
			self->input = -1;
			break;
		}
		self->data_at += (size_t)written;
		self->data_len -= (size_t)written;
	}
	self->data_len = 0;
}

static void take_frame(struct relay *self, const struct wire_head *head, const char *payload)
{
	int64_t grace_us;

	switch (head->kind) {
	case WIRE_DATA:
		self->data_at = (size_t)(payload - self->in);
		self->data_len = head->len;
		feed(self);
		break;
	case WIRE_DATA_END:
		if (self->input >= 0)
			close(self->input);
		self->input = -1;
		break;
	case WIRE_STOP:
		memcpy(&grace_us, payload, sizeof(grace_us));
		stop(self, grace_us);
		break;
	case WIRE_PIPE: /* what a write to that pipe would have done */
		if (self->started.stages && self->phase == RUNNING)
			kill((pid_t)self->started.stage[self->started.stages - 1].pid, SIGPIPE);
		break;
	default:
		break;
	}
}

/* The request is longer than a frame of data: it is read here, before anything else happens. */
static bool read_request(struct relay *self, uint32_t len)
{
	char *request = len > WIRE_REQUEST_MAX ? NULL : malloc(len + 1);
	size_t at = 0;

	while (request && at < len) {
		ssize_t got = read(0, request + at, len - at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		at += (size_t)got;
	}
	if (!request || at < len) {
		free(request);
		return false;
	}
	begin(self, request, len);
	explicit_bzero(request, len);
	free(request);
	self->in_len = 0;
	return true;
}

/* Reads on, frame by frame: no further than the end of one, so that it never holds up the next. */
static void read_wire(struct relay *self)
{
	struct wire_head head;
	size_t want = sizeof(head);
	ssize_t got;

	if (self->in_len >= sizeof(head)) {
		memcpy(&head, self->in, sizeof(head));
		want += head.len;
	}
	got = read(0, self->in + self->in_len, want - self->in_len);
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got <= 0) {
		lose(self);
		return;
	}
	self->heard_us = system_clock_us();
	self->in_len += (size_t)got;
	if (self->in_len < sizeof(head))
		return;
	memcpy(&head, self->in, sizeof(head));
	if (self->phase == EXPECTING) {
		if (head.kind != WIRE_REQUEST || !read_request(self, head.len))
			lose(self);
		return;
	}
	if (head.len > WIRE_CHUNK || (head.kind == WIRE_STOP && head.len != sizeof(int64_t))) {
		lose(self);
		return;
	}
	if (self->in_len < sizeof(head) + head.len)
		return;
	self->in_len = 0;
	take_frame(self, &head, self->in + sizeof(head));
}

static void hear_exited(struct relay *self)
{
	if (self->exited.empty) {
		become_over(self);
	} else if (self->stopped) {
		self->phase = LEAVING;
	} else {
		self->phase = LINGERING;
		self->due_us = system_clock_us() + LAUNCH_QUIET_MS * INT64_C(1000);
	}
}

static void hear_failed(struct relay *self, const struct launch_failed *failed)
{
	tell(self, "failed %u %u %u %d", failed->empty, failed->stage, failed->trouble,
	    failed->error);
	self->phase = LEAVING;
	if (failed->empty)
		become_over(self);
}

static void hear(struct relay *self)
{
	union launch_told message = {0};
	ssize_t len = recv(self->launcher, &message, sizeof(message), MSG_DONTWAIT);

	if (len < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (len <= 0) { /* somebody killed it */
		self->ended = true;
		self->left.empty = 0;
		become_over(self);
	} else if (message.head.kind == LAUNCH_STARTED) {
		self->started = message.started;
		tell(self, "began %u %s", message.started.confined, message.started.unconfined);
	} else if (message.head.kind == LAUNCH_FAILED) {
		hear_failed(self, &message.failed);
	} else if (message.head.kind == LAUNCH_EXITED) {
		self->exited = message.exited;
		hear_exited(self);
	} else if (message.head.kind == LAUNCH_ENDED) {
		self->left = message.ended;
		self->ended = true;
		become_over(self);
	}
}

/* What succeeded may leave something running; what a failure left is in the way of the next try. */
static void decide(struct relay *self)
{
	struct launch_head leave = {LAUNCH_LEAVE, 1};

	self->phase = LEAVING;
	if (status_succeeded(self->exited.status, self->exited.stages))
		send(self->launcher, &leave, sizeof(leave), MSG_NOSIGNAL);
	else
		stop(self, self->grace_us);
}

static void take_signals(struct relay *self)
{
	struct signalfd_siginfo info;

	while (read(self->signals, &info, sizeof(info)) > 0) {
		self->asked = true;
		stop(self, self->grace_us);
	}
}

static int until_due(const struct relay *self)
{
	int64_t due = self->heard_us + WIRE_SILENCE_MS * INT64_C(1000);
	int64_t left;

	if (self->phase == LINGERING && self->due_us < due)
		due = self->due_us;
	left = (due - system_clock_us() + 999) / 1000;
	return left < 0 ? 0 : (int)left;
}

static void serve(struct relay *self)
{
	while (self->phase != OVER) {
		bool jammed = self->data_len > 0;
		struct pollfd fds[] = {{self->lost ? -1 : 0, jammed ? 0 : POLLIN, 0},
		    {self->launcher, POLLIN, 0}, {self->signals, POLLIN, 0},
		    {jammed ? self->input : -1, POLLOUT, 0}};

		if (poll(fds, 4, until_due(self)) < 0 && errno != EINTR)
			return;
		if (fds[3].revents)
			feed(self);
		if (fds[1].revents)
			hear(self);
		if (self->phase != OVER && fds[0].revents & POLLIN && !jammed)
			read_wire(self);
		else if (self->phase != OVER && fds[0].revents)
			lose(self);
		if (self->phase != OVER && fds[2].revents)
			take_signals(self);
		if (jammed) /* what lies unread may hold signs of life */
			self->heard_us = system_clock_us();
		if (self->phase != OVER && !self->lost &&
		    system_clock_us() - self->heard_us > WIRE_SILENCE_MS * INT64_C(1000))
			lose(self);
		if (self->phase == LINGERING && system_clock_us() >= self->due_us)
			decide(self);
	}
}

/* Somebody may come by another way and ask how it went; what nobody reads is no use to anybody. */
static void await_inquiry(struct relay *self)
{
	struct pollfd fd = {self->signals, POLLIN, 0};
	struct timespec pause = {0, 50000000};
	char path[PATH_MAX];
	int64_t limit_us;

	if (!self->lost)
		return;
	relay_path(path, WIRE_END_FILE, self->nonce);
	while (!self->asked && poll(&fd, 1, WIRE_INQUIRY_MS) < 0 && errno == EINTR)
		;
	limit_us = system_clock_us() + WIRE_READING_MS * INT64_C(1000);
	while (
	    (self->asked || fd.revents) && access(path, F_OK) == 0 && system_clock_us() < limit_us)
		nanosleep(&pause, NULL);
	unlink(path);
}

/* The launcher: a process of its own, so that nothing of ours is among its children. */
static pid_t begin_launcher(int socket)
{
	pid_t pid = fork();
	int null;

	if (pid)
		return pid;
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	dup2(socket, LAUNCH_SOCKET);
	close_range(LAUNCH_SOCKET + 1, ~0u, 0);
	fcntl(LAUNCH_SOCKET, F_SETFD, FD_CLOEXEC);
	setsid();
	if (chdir("/") < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		_exit(71);
	_exit(launcher_serve(LAUNCH_SOCKET, -1, PRESET_GRACE_US));
}

int relay_serve(const char *nonce)
{
	static struct relay self; /* large, and the only one of the process */
	struct utsname names;
	sigset_t heard;
	int ends[2];

	self.nonce = nonce;
	self.input = -1;
	self.grace_us = PRESET_GRACE_US;
	if (strlen(nonce) != WIRE_NONCE_LEN ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return 71;
	self.launcher = ends[0];
	self.pid = begin_launcher(ends[1]);
	close(ends[1]);
	sigemptyset(&heard);
	sigaddset(&heard, SIGTERM);
	sigaddset(&heard, SIGHUP);
	sigaddset(&heard, SIGINT);
	self.signals = signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
	if (self.pid < 0 || self.signals < 0)
		return 71;
	self.heard_us = system_clock_us();
	relay_tell(nonce, 2, "ready");
	if (uname(&names) < 0)
		return 71;
	tell(&self, "ready %ld %ld %s", (long)getpid(), (long)geteuid(), names.nodename);
	serve(&self);
	await_inquiry(&self);
	return 0;
}
