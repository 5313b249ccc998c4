/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch/protocol.h"
#include "launch/request.h"
#include "launch/rescue.h"
#include "launch/scratch.h"
#include "launch/stages.h"
#include "launch/system.h"
#include "launch/tree.h"

/*
 * A launcher is always in one of these phases.
 *
 * IDLE         no process. A BEGIN leads to RUNNING, or to KILLING when a later stage could not be begun.
 * RUNNING      a stage lives. When the last was waited for: IDLE if the tree is empty, else LINGERING.
 * LINGERING    the stages are gone, something they began lives. Empty: IDLE. LEAVE: STAYING.
 * TERMINATING  TERM was sent to the whole tree. Empty: IDLE. When the grace is over: KILLING.
 * KILLING      KILL is sent again and again. Empty: IDLE. Only unkillable ones left: STAYING.
 * STAYING      the attempt is over but not its last process: the streams are read, nothing else is taken on. Empty:
 *              the launcher ends.
 *
 * A STOP leads from RUNNING and LINGERING to TERMINATING or KILLING, and from TERMINATING to KILLING. When the socket
 * closes, the phases go on as they were and the launcher ends instead of being idle; LINGERING turns into STAYING by
 * itself when the streams have been quiet for a while, and what a STOP did a SIGTERM does, in STAYING too.
 */
enum phase { IDLE, RUNNING, LINGERING, TERMINATING, KILLING, STAYING };

/* Between two walks of KILLING. */
enum { FIRST_PAUSE_US = 1000, LONGEST_PAUSE_US = 100000 };

enum { QUIET_US = LAUNCH_QUIET_MS * 1000, LONGEST_QUIET_US = 1000000 };

struct launcher {
	int socket; /* -1: the interpreter is gone */
	int64_t orphan_grace_us; /* negative: what runs outlives the interpreter */
	int guard; /* the run's folder; -1: what the next interpreter must know is written */
	int signals;
	int null_fd;
	enum phase phase;
	bool
	    owed; /* the attempt's end was not taken note of yet: an exit file, should the interpreter die */
	bool stopped;
	bool has_failed;
	uint32_t serial;
	int64_t started_us;
	int64_t exited_us; /* when the last stage was waited for; 0: not yet */
	int64_t deadline_us; /* of the grace, the patience, or the quiet */
	int64_t latest_us; /* the quiet is not awaited beyond this */
	int64_t walk_us; /* KILLING: the next walk, and the pause after it */
	int64_t pause_us;
	struct trouble failed;
	struct stages stages;
	struct tree_census left;
	struct rescue rescue;
	struct request request;
};

/* A failure shows as a closed socket soon enough. */
static void tell(const struct launcher *self, const void *message, size_t len)
{
	if (self->socket < 0)
		return;
	while (send(self->socket, message, len, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

static void tell_started(const struct launcher *self)
{
	struct launch_started message = {.head = {LAUNCH_STARTED, self->serial},
	    .at_us = self->started_us,
	    .stages = self->stages.count,
	    .confined = self->stages.confinement.asked && !self->stages.confinement.why[0]};

	memcpy(message.unconfined, self->stages.confinement.why, sizeof(message.unconfined));
	for (unsigned i = 0; i < self->stages.count; i++) {
		message.stage[i].pid = self->stages.stage[i].pid;
		message.stage[i].start_ticks = self->stages.stage[i].start_ticks;
	}
	tell(self, &message,
	    offsetof(struct launch_started, stage) + self->stages.count * sizeof(message.stage[0]));
}

static void tell_exited(const struct launcher *self, bool empty)
{
	struct launch_exited message = {.head = {LAUNCH_EXITED, self->serial},
	    .at_us = self->exited_us,
	    .empty = empty,
	    .stages = self->stages.count};

	for (unsigned i = 0; i < self->stages.count; i++)
		message.status[i] = self->stages.stage[i].status;
	tell(self, &message,
	    offsetof(struct launch_exited, status) +
		self->stages.count * sizeof(message.status[0]));
}

static void tell_ended(const struct launcher *self, bool empty)
{
	struct launch_ended message = {.head = {LAUNCH_ENDED, self->serial}, .empty = empty};

	if (!empty) {
		message.count = self->left.alive;
		message.named = self->left.named;
		for (unsigned i = 0; i < self->left.named; i++)
			message.left[i] = self->left.left[i];
	}
	tell(self, &message,
	    offsetof(struct launch_ended, left) + message.named * sizeof(message.left[0]));
}

/* The next interpreter may begin, as far as we know. */
static void give_guard_back(struct launcher *self)
{
	if (self->guard >= 0)
		close(self->guard);
	self->guard = -1;
}

/* Leaves the exit file in the place of a dead interpreter, once. */
static void leave_exit(struct launcher *self)
{
	struct rescue_end end = {.failed = self->has_failed ? &self->failed : NULL,
	    .duration_us = self->exited_us ? self->exited_us - self->started_us : -1,
	    .left = &self->left};

	if (!self->owed || self->socket >= 0)
		return;
	self->owed = false;
	rescue_read(&self->rescue, &self->rescue.out);
	rescue_read(&self->rescue, &self->rescue.err);
	rescue_leave(&self->rescue, &self->stages, self->stopped, &end);
	give_guard_back(self);
}

/* Leaves word of an attempt that goes on after the interpreter's death; where it cannot, the next is held up. */
static void leave_word(struct launcher *self)
{
	if (self->owed && self->socket < 0 &&
	    rescue_go_on(&self->rescue, &self->stages, self->stopped))
		give_guard_back(self);
}

/* The tree is empty, and everybody who wants to know was told. */
static void become_idle(struct launcher *self)
{
	self->phase = IDLE;
	self->left.alive = 0;
	self->left.named = 0;
	leave_exit(self);
}

/* What self->left names lives on. */
static void become_staying(struct launcher *self)
{
	tell_ended(self, false);
	self->phase = STAYING;
	leave_exit(self);
}

static void kill_once(struct launcher *self)
{
	tree_signal(SIGKILL, true, &self->left);
	self->walk_us = system_clock_us() + self->pause_us;
	self->pause_us *= 2;
	if (self->pause_us > LONGEST_PAUSE_US)
		self->pause_us = LONGEST_PAUSE_US;
}

static void begin_killing(struct launcher *self)
{
	self->phase = KILLING;
	self->deadline_us = system_clock_us() + LAUNCH_PATIENCE_MS * INT64_C(1000);
	self->pause_us = FIRST_PAUSE_US;
	kill_once(self);
}

/* The tree is empty: ends the attempt in whatever phase it is. `last` says that the last stage was waited for now. */
static void reap_empty(struct launcher *self, bool last)
{
	if (self->phase == IDLE)
		return;
	/* Before anybody is told: the run's folder may go then. */
	scratch_remove(&self->stages.confinement.scratch);
	if (last)
		tell_exited(self, true);
	else if (self->phase != STAYING)
		tell_ended(self, true);
	become_idle(self);
}

/* The streams must be silent from now on for a while, but not beyond all patience. */
static void await_quiet(struct launcher *self)
{
	self->deadline_us = system_clock_us() + QUIET_US;
	if (self->deadline_us > self->latest_us)
		self->deadline_us = self->latest_us;
}

static void linger(struct launcher *self)
{
	self->phase = LINGERING;
	self->latest_us = system_clock_us() + LONGEST_QUIET_US;
	await_quiet(self);
}

/* Waits for all that has exited. Every child is ours to wait for: the stages, and orphans of their making. */
static void reap(struct launcher *self)
{
	bool last = false;

	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0) {
			reap_empty(self, last);
			return;
		}
		if (pid == 0)
			break;
		if (!stages_waited(&self->stages, pid, status) || self->has_failed)
			continue;
		last = true;
		self->exited_us = system_clock_us();
	}
	if (!last)
		return;
	tell_exited(self, false);
	if (self->phase == RUNNING)
		linger(self);
}

static void fail(struct launcher *self, bool empty)
{
	struct launch_failed message = {.head = {LAUNCH_FAILED, self->serial},
	    .empty = empty,
	    .stage = self->failed.stage,
	    .trouble = self->failed.what,
	    .error = self->failed.error};

	self->has_failed = true;
	if (empty)
		scratch_remove(&self->stages.confinement.scratch);
	tell(self, &message, sizeof(message));
	if (empty)
		become_idle(self);
	else
		begin_killing(self);
}

/* Serves a BEGIN that was received with `error`, 0 for none. */
static void begin(struct launcher *self, int error)
{
	struct request *request = &self->request;
	bool ok;

	rescue_done(&self->rescue);
	self->started_us = system_clock_us();
	self->exited_us = 0;
	self->serial = request->begin.head.serial;
	self->stopped = false;
	self->has_failed = false;
	self->stages.count = 0;
	if (!error)
		error = request_lay_out(request);
	/* What has no folder to be left in is nobody's who comes after. */
	self->owed = request->run_dir && request->run_dir[0];
	rescue_begin(&self->rescue, request->begin.op, request->run_dir ? request->run_dir : "",
	    request->fds[LAUNCH_FD_OUT_END], request->fds[LAUNCH_FD_ERR_END]);
	self->owed = self->rescue.run_dir[0] !=
	    '\0'; /* what is no operation of a run has nobody to tell */
	request->fds[LAUNCH_FD_OUT_END] = -1;
	request->fds[LAUNCH_FD_ERR_END] = -1;
	if (error) {
		self->failed = (struct trouble){0, LAUNCH_TROUBLE_REQUEST, error};
		request_done(request);
		fail(self, true);
		return;
	}
	ok = stages_begin(&self->stages, request, self->null_fd, &self->failed);
	request_done(request);
	if (!ok) {
		fail(self, self->stages.count == 0);
		return;
	}
	self->phase = RUNNING;
	tell_started(self);
}

static void stop(struct launcher *self, int64_t grace_us)
{
	if (self->phase == IDLE || self->phase == KILLING)
		return;
	if (self->phase == STAYING && self->socket >= 0)
		return;
	/* What stays has its exit file already: another one says what came of this. */
	self->owed |= self->phase == STAYING;
	if (!self->stopped) {
		self->stopped = true;
		leave_word(self);
	}
	if (grace_us <= 0) {
		begin_killing(self);
		return;
	}
	/* Whoever is more in a hurry now says so again. */
	if (self->phase == TERMINATING && system_clock_us() + grace_us >= self->deadline_us)
		return;
	self->phase = TERMINATING;
	self->deadline_us = system_clock_us() + grace_us;
	stages_terminate(&self->stages, self->request.begin.apart, &self->left);
}

static void stay(struct launcher *self)
{
	reap(self);
	if (self->phase == IDLE)
		return;
	tree_signal(0, false, &self->left);
	become_staying(self);
}

static void lose_interpreter(struct launcher *self)
{
	close(self->socket);
	self->socket = -1;
	if (self->phase == LINGERING)
		linger(self);
	if (self->phase == IDLE || self->phase == STAYING)
		leave_exit(self);
	else
		leave_word(self);
	if (!self->owed)
		give_guard_back(self);
}

static void obey(struct launcher *self)
{
	union message message;
	int error = 0;

	switch (request_receive(&self->request, self->socket, &message, &error)) {
	case RECEIVED_NOTHING:
		return;
	case RECEIVED_CLOSED:
		lose_interpreter(self);
		if (self->orphan_grace_us >= 0)
			stop(self, self->orphan_grace_us);
		return;
	case RECEIVED_BROKEN:
	case RECEIVED_MESSAGE:
		break;
	}
	if (message.head.kind == LAUNCH_BEGIN) {
		if (self->phase == IDLE)
			begin(self, error);
		else
			request_done(&self->request);
		return;
	}
	if (message.head.kind == LAUNCH_QUIT) {
		self->owed = false;
		rescue_forget(&self->rescue);
		lose_interpreter(self);
		return;
	}
	if (message.head.serial != self->serial)
		return;
	if (message.head.kind == LAUNCH_STOP)
		stop(self, message.stop.grace_us);
	else if (message.head.kind == LAUNCH_LEAVE && self->phase == LINGERING)
		stay(self);
}

/* What the clock brings. */
static void tick(struct launcher *self)
{
	int64_t now = system_clock_us();

	if (self->phase == TERMINATING && now >= self->deadline_us) {
		begin_killing(self);
	} else if (self->phase == KILLING && now >= self->deadline_us) {
		stay(self);
	} else if (self->phase == KILLING && now >= self->walk_us) {
		kill_once(self);
		if (self->left.alive && self->left.alive == self->left.refused)
			become_staying(self);
	} else if (self->phase == LINGERING && self->socket < 0 && now >= self->deadline_us) {
		stay(self);
	}
}

/* Milliseconds until tick() has something to do, rounded up; -1: for ever. */
static int until_tick(const struct launcher *self)
{
	int64_t due = self->phase == KILLING && self->walk_us < self->deadline_us
	    ? self->walk_us
	    : self->deadline_us;
	int64_t left = (due - system_clock_us() + 999) / 1000;

	if (self->phase != TERMINATING && self->phase != KILLING &&
	    !(self->phase == LINGERING && self->socket < 0))
		return -1;
	if (left < 0)
		return 0;
	return left > 60000 ? 60000 : (int)left;
}

/* Nobody else reads the streams any more. */
static bool reads(const struct launcher *self)
{
	return self->socket < 0 || self->phase == STAYING;
}

static void drain(struct launcher *self)
{
	bool any = rescue_read(&self->rescue, &self->rescue.out);

	any |= rescue_read(&self->rescue, &self->rescue.err);
	if (any && self->phase == LINGERING)
		await_quiet(self);
}

/* SIGCHLD, or the wish of the interpreter's successor. */
static void take_signals(struct launcher *self)
{
	struct signalfd_siginfo info;

	while (read(self->signals, &info, sizeof(info)) > 0)
		if (info.ssi_signo == SIGTERM && info.ssi_code == SI_QUEUE && self->socket < 0)
			stop(self, info.ssi_int * INT64_C(1000));
	reap(self);
}

static void serve(struct launcher *self)
{
	while (self->socket >= 0 || self->phase != IDLE) {
		struct pollfd fds[] = {{self->signals, POLLIN, 0}, {self->socket, POLLIN, 0},
		    {reads(self) ? self->rescue.out.pipe : -1, POLLIN, 0},
		    {reads(self) ? self->rescue.err.pipe : -1, POLLIN, 0}};

		if (poll(fds, 4, until_tick(self)) < 0 && errno != EINTR && errno != ENOMEM)
			return;
		if (fds[0].revents)
			take_signals(self);
		if (fds[2].revents || fds[3].revents)
			drain(self);
		if (fds[1].revents)
			obey(self);
		tick(self);
	}
}

int launcher_serve(int socket, int guard, int64_t orphan_grace_us)
{
	static struct launcher self; /* large, and the only one of the process */
	sigset_t heard;

	sigemptyset(&heard);
	sigaddset(&heard, SIGCHLD);
	sigaddset(&heard, SIGTERM);
	self.socket = socket;
	self.guard = guard;
	self.orphan_grace_us = orphan_grace_us;
	self.signals = signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
	self.null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (size_t i = 0; i < LAUNCH_FDS; i++)
		self.request.fds[i] = -1;
	rescue_begin(&self.rescue, 0, "", -1, -1);
	if (self.signals < 0 || self.null_fd < 0)
		return 71;
	serve(&self);
	rescue_done(&self.rescue);
	return 0;
}
