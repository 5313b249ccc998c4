/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reprise-reach: the near end of one step that runs elsewhere. It is a stage of a launch like any other process: it
 * reads the step's standard input, prints what the step prints, and ends when the step has ended there. order.h says
 * what it is told and what it leaves; launch/wire.h what it says to the far end.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch/system.h"
#include "launch/wire.h"
#include "reach/reach.h"

enum { NOISE_MAX = 4096, PIPE_PIECE = 4096, GONE_MS = 1000 };

void reach_enter(struct reach *reach, enum reach_phase phase, int64_t limit_us)
{
	reach->phase = phase;
	reach->due_us = limit_us ? system_clock_us() + limit_us : 0;
}

void reach_decide(struct reach *reach, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ending_vadd(&reach->ending, format, args);
	va_end(args);
	reach_enter(reach, REACH_OVER, 0);
}

static bool is_calling(const struct reach *reach)
{
	return reach->phase == REACH_CALLING || reach->phase == REACH_STORING ||
	    (reach->phase == REACH_ASKED && reach->far_pid == 0);
}

static void make_noise(struct buf *noise, const char *bytes, size_t len)
{
	if (noise->len + len > NOISE_MAX)
		buf_clear(noise);
	buf_append(noise, bytes, len < NOISE_MAX ? len : NOISE_MAX);
}

/* What the step prints; before there is one, what a login or the carrier has to say. */
static void main_said(struct reach *reach, struct outflow *to, const char *bytes, size_t len)
{
	if (!to->begun)
		make_noise(&reach->noise, bytes, len);
	else if (!to->broken && !to->ended)
		buf_append(&to->pending, bytes, len);
}

static void out_bytes(void *self, const char *bytes, size_t len)
{
	struct reach *reach = self;

	main_said(reach, &reach->out, bytes, len);
}

static void err_bytes(void *self, const char *bytes, size_t len)
{
	struct reach *reach = self;

	main_said(reach, &reach->err, bytes, len);
}

static void out_mark(void *self, char *text)
{
	struct reach *reach = self;

	if (is_calling(reach))
		call_heard(reach, text);
	else if (reach->phase == REACH_ASKED || reach->phase == REACH_RUNNING ||
	    (reach->phase == REACH_INQUIRING && !reach->broke))
		steer_heard(reach, text);
	reach->out.ended = reach->phase == REACH_ENDING;
}

static void err_mark(void *self, char *text)
{
	struct reach *reach = self;

	if (strcmp(text, "ready") == 0)
		reach->err.begun = true;
	else if (strcmp(text, "end") == 0)
		reach->err.ended = true;
}

static void aside_bytes(void *self, const char *bytes, size_t len)
{
	make_noise(&((struct reach *)self)->aside_noise, bytes, len);
}

static void aside_mark(void *self, char *text)
{
	struct reach *reach = self;

	if (reach->phase == REACH_STORING)
		call_stored(reach, text);
	else if (reach->phase == REACH_INQUIRING)
		inquire_heard(reach, text);
}

static const struct marks_events out_events = {out_bytes, out_mark};
static const struct marks_events err_events = {err_bytes, err_mark};
static const struct marks_events aside_events = {aside_bytes, aside_mark};

bool reach_open_main(struct reach *reach)
{
	if (!session_begin(&reach->main, reach->order.carrier))
		return false;
	marks_init(&reach->main.out_marks, reach->order.nonce, &out_events, reach);
	marks_init(&reach->main.err_marks, reach->order.nonce, &err_events, reach);
	return true;
}

bool reach_open_aside(struct reach *reach, char *const *way)
{
	if (!session_begin(&reach->aside, way))
		return false;
	marks_init(&reach->aside.out_marks, reach->order.nonce, &aside_events, reach);
	marks_init(&reach->aside.err_marks, reach->order.nonce, &aside_events, reach);
	return true;
}

/* Nobody reads it: what waits for that is for nobody, and must not keep us from reading on. */
static void let_go(struct outflow *flow)
{
	flow->broken = true;
	buf_clear(&flow->pending);
}

/* A page at most into what takes something: that never waits, whoever else writes there. */
static void write_out(struct outflow *flow)
{
	size_t len = flow->pending.len < PIPE_PIECE ? flow->pending.len : PIPE_PIECE;
	ssize_t written = write(flow->fd, flow->pending.ptr, len);

	if (written < 0 && errno != EINTR && errno != EAGAIN)
		let_go(flow);
	else if (written > 0)
		buf_consume(&flow->pending, (size_t)written);
}

static void take_signals(struct reach *reach)
{
	struct signalfd_siginfo info;

	while (read(reach->signals, &info, sizeof(info)) > 0)
		if (info.ssi_signo != SIGCHLD)
			steer_stop(reach);
	session_reap(&reach->main);
	session_reap(&reach->aside);
}

/* A carrier has ended, or said all it will. */
static void miss_sessions(struct reach *reach)
{
	if (reach->phase == REACH_STORING && session_is_over(&reach->aside))
		call_shell(reach, "reprise-launch cannot be sent there");
	else if (reach->phase == REACH_INQUIRING && !reach->pausing &&
	    session_is_over(&reach->aside))
		inquire_failed(reach);
	if (reach->main.exited && !reach->gone_us)
		reach->gone_us = system_clock_us() + GONE_MS * INT64_C(1000);
	if (!(reach->gone_us && system_clock_us() >= reach->gone_us) &&
	    (reach->main.out >= 0 || reach->main.err >= 0))
		return;
	if (reach->phase == REACH_CALLING || reach->phase == REACH_STORING) {
		session_end(&reach->main);
		call_failed(reach, NULL);
	} else if (reach->phase == REACH_ASKED || reach->phase == REACH_RUNNING) {
		steer_broke(reach);
	} else if (reach->phase == REACH_ENDING) {
		reach_enter(reach, REACH_OVER, 0);
	}
}

static void tick(struct reach *reach)
{
	int64_t now = system_clock_us();

	if ((reach->phase == REACH_ASKED || reach->phase == REACH_RUNNING) && now >= reach->ping_us)
		steer_ping(reach);
	if (reach->phase == REACH_ENDING && reach->out.ended && reach->err.ended)
		reach_enter(reach, REACH_OVER, 0);
	if (!reach->due_us || now < reach->due_us)
		return;
	reach->due_us = 0;
	if (reach->phase == REACH_STORING)
		call_shell(reach, "sending reprise-launch there takes too long");
	else if (reach->phase == REACH_ENDING)
		reach_enter(reach, REACH_OVER, 0);
	else if (reach->phase == REACH_INQUIRING && !reach->pausing)
		inquire_failed(reach);
	else
		inquire_begin(reach);
}

static int until_tick(const struct reach *reach)
{
	int64_t due = reach->due_us;
	bool on = reach->phase == REACH_ASKED || reach->phase == REACH_RUNNING;
	int64_t left;

	if (on && reach->far == FAR_RELAY && (!due || reach->ping_us < due))
		due = reach->ping_us;
	if (reach->gone_us && reach->phase != REACH_INQUIRING && (!due || reach->gone_us < due))
		due = reach->gone_us;
	if (!due)
		return -1;
	left = (due - system_clock_us() + 999) / 1000;
	return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

/* As long as more is there, or we wait for our own reader, no end of a stream is missed. */
static void put_off(struct reach *reach)
{
	int64_t now = system_clock_us();

	if (reach->gone_us)
		reach->gone_us = now + GONE_MS * INT64_C(1000);
	if (reach->phase == REACH_ENDING)
		reach_enter(reach, REACH_ENDING, REACH_ENDING_MS * INT64_C(1000));
}

/* Nothing is read that could not be passed on. */
static void turn(struct reach *reach)
{
	struct session *main = &reach->main;
	struct session *aside = &reach->aside;
	bool runs = reach->phase == REACH_RUNNING && reach->reads && !reach->input_ended &&
	    main->pending.len == 0;
	struct pollfd fds[] = {{reach->signals, POLLIN, 0}, {runs ? 0 : -1, POLLIN, 0},
	    {main->pending.len ? main->in : -1, POLLOUT, 0},
	    {reach->out.pending.len ? -1 : main->out, POLLIN, 0},
	    {reach->err.pending.len ? -1 : main->err, POLLIN, 0},
	    {reach->out.broken ? -1 : 1, reach->out.pending.len ? POLLOUT : 0, 0},
	    {reach->err.pending.len ? 2 : -1, POLLOUT, 0},
	    {aside->pending.len ? aside->in : -1, POLLOUT, 0}, {aside->out, POLLIN, 0},
	    {aside->err, POLLIN, 0}};

	if (poll(fds, sizeof(fds) / sizeof(fds[0]), until_tick(reach)) < 0)
		return;
	if (fds[1].revents)
		steer_input(reach);
	if (fds[2].revents)
		session_write(main);
	if (fds[3].revents)
		session_read_out(main);
	if (fds[4].revents)
		session_read_err(main);
	if (fds[5].revents & POLLOUT)
		write_out(&reach->out);
	else if (fds[5].revents) /* a full pipe that broke takes nothing */
		let_go(&reach->out);
	if (reach->out.broken)
		steer_piped(reach);
	if (fds[6].revents)
		write_out(&reach->err);
	if (fds[7].revents)
		session_write(aside);
	if (fds[8].revents)
		session_read_out(aside);
	if (fds[9].revents)
		session_read_err(aside);
	if (fds[3].revents & POLLIN || fds[4].revents & POLLIN || reach->out.pending.len ||
	    reach->err.pending.len)
		put_off(reach);
	if (fds[0].revents)
		take_signals(reach);
}

/* What the step had printed is passed on to the end. */
static void flush(struct outflow *flow)
{
	while (flow->pending.len && !flow->broken) {
		struct pollfd fd = {flow->fd, POLLOUT, 0};

		if (poll(&fd, 1, -1) > 0)
			write_out(flow);
	}
	buf_done(&flow->pending);
}

static int finish(struct reach *reach)
{
	struct ending *ending = &reach->ending;
	struct buf statuses;
	int status = 255;

	buf_init(&statuses, BUF_UNBOUNDED);
	for (unsigned i = 0; i < ending->count; i++)
		buf_printf(&statuses, " %d", ending->status[i]);
	buf_byte(&statuses, '\0');
	if (ending_is_whole(ending)) {
		ending_add(ending, "status%s", statuses.ptr);
		status = ending->status[ending->count - 1];
		status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	ending_keep(ending);
	session_end(&reach->main);
	session_end(&reach->aside);
	flush(&reach->out);
	flush(&reach->err);
	buf_done(&statuses);
	buf_done(&reach->noise);
	buf_done(&reach->aside_noise);
	ending_done(ending);
	return status;
}

static int listen(void)
{
	sigset_t heard;

	sigfillset(&heard);
	sigprocmask(SIG_SETMASK, &heard, NULL);
	sigemptyset(&heard);
	sigaddset(&heard, SIGCHLD);
	sigaddset(&heard, SIGTERM);
	sigaddset(&heard, SIGINT);
	sigaddset(&heard, SIGHUP);
	return signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(int argc, char **argv)
{
	static const char usage[] = "reprise-reach is started by reprise, not by hand\n";
	static struct reach reach; /* large */

	if (argc < 4 || strtol(argv[1], NULL, 10) != REACH_VERSION ||
	    !told_read(REACH_ORDER, strtoll(argv[2], NULL, 10), strtoll(argv[3], NULL, 10),
		&reach.order)) {
		if (write(2, usage, sizeof(usage) - 1) < 0)
			return 70;
		return 2;
	}
	close(REACH_ORDER);
	if (reach.order.folder[0] && chdir(reach.order.folder) < 0)
		return 71;
	reach.main.in = reach.main.out = reach.main.err = -1;
	reach.aside = reach.main;
	reach.out.fd = 1;
	reach.err.fd = 2;
	reach.where = argc > 4 ? argv[4] : "there";
	reach.signals = listen();
	reach.reads = reach.order.head.begin.fds & (1u << LAUNCH_FD_IN);
	buf_init(&reach.out.pending, BUF_UNBOUNDED);
	buf_init(&reach.err.pending, BUF_UNBOUNDED);
	buf_init(&reach.noise, BUF_UNBOUNDED);
	buf_init(&reach.aside_noise, BUF_UNBOUNDED);
	ending_init(&reach.ending, reach.order.ending);
	call_begin(&reach);
	while (reach.phase != REACH_OVER) {
		turn(&reach);
		tick(&reach);
		miss_sessions(&reach);
	}
	return finish(&reach);
}
