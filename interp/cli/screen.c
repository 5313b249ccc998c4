/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/stopped.h"

/* A panel is drawn so often while time passes, and at most so often while much happens. */
enum { REST_US = 250000, BUSY_US = 50000 };

/* What is expected is worked out anew so often. */
enum { FORETELL_US = 3000000 };

static const int numbers[] = {SIGWINCH, SIGTSTP};

enum { SIGNALS = sizeof(numbers) / sizeof(*numbers) };

struct screen {
	struct screen_options options;
	struct loop_timer *timer;
	bool soon; /* the timer was set because something happened */
	int64_t drawn_us; /* on the clock of this machine */
	int64_t foretold_us; /* likewise; 0: never */
	unsigned stops;
	uv_signal_t *signals[SIGNALS]; /* NULL: it is ignored */
	int keys; /* tells when a line was typed; -1: nothing does */
	uv_poll_t *typed;
};

/* Where a panel may be when this process is interrupted; -1: nowhere. */
static volatile sig_atomic_t drawn_on = -1;

static bool is_in_front(const struct screen *screen)
{
	pid_t front = tcgetpgrp(screen->options.fd);

	return front < 0 || front == getpgrp(); /* of a terminal that is not its own nobody knows */
}

static void foretell(struct screen *screen, int64_t now_us)
{
	struct buf sentence;

	if (!screen->options.foretell ||
	    (screen->foretold_us && screen->drawn_us - screen->foretold_us < FORETELL_US))
		return;
	screen->foretold_us = screen->drawn_us;
	buf_init(&sentence, BUF_UNBOUNDED);
	screen->options.foretell(screen->options.self, now_us, &sentence);
	terminal_expect(screen->options.terminal, buf_view(&sentence));
	buf_done(&sentence);
}

static void draw(void *self)
{
	struct screen *screen = self;
	struct winsize size = {0};
	struct terminal_window window;

	screen->soon = false;
	screen->drawn_us = loop_clock_us();
	loop_timer_start(screen->timer, REST_US);
	if (!is_in_front(screen))
		return;
	if (screen->stops != stopped_count()) {
		screen->stops = stopped_count();
		terminal_put_away(
		    screen->options.terminal); /* where it stands by now nobody knows */
		screen->options.go_on(screen->options.self);
	}
	ioctl(screen->options.fd, TIOCGWINSZ, &size);
	window.columns = size.ws_col;
	window.rows = size.ws_row; /* one whose size nobody knows has none */
	window.now_us = screen->options.now(screen->options.self);
	foretell(screen, window.now_us);
	terminal_draw(screen->options.terminal, &window);
}

static void draw_anew(struct screen *screen)
{
	if (is_in_front(screen))
		terminal_put_away(screen->options.terminal);
	draw(screen);
}

void screen_touch(struct screen *screen)
{
	int64_t rested_us;

	if (!screen || screen->soon)
		return;
	rested_us = loop_clock_us() - screen->drawn_us;
	screen->soon = true;
	loop_timer_start(screen->timer, rested_us < BUSY_US ? BUSY_US - rested_us : 0);
}

/* As the terminal's own key would have it, but that the panel is gone and is drawn again. */
static void stop(struct screen *screen, uv_signal_t *handle)
{
	terminal_put_away(screen->options.terminal);
	if (screen->options.stopped.len) {
		terminal_say(screen->options.terminal, STR("\n"));
		terminal_say(screen->options.terminal, screen->options.stopped);
	}
	uv_signal_stop(handle);
	raise(SIGTSTP);
}

static void signalled(uv_signal_t *handle, int number)
{
	struct screen *screen = handle->data;

	if (number == SIGTSTP) {
		stop(screen, handle);
		uv_signal_start(handle, signalled, SIGTSTP);
	}
	draw_anew(screen);
}

static void watch_signal(struct screen *screen, size_t index)
{
	struct sigaction before;
	uv_signal_t *handle;

	sigaction(numbers[index], NULL, &before);
	if (before.sa_handler == SIG_IGN) /* whoever began this one has said so */
		return;
	handle = mem_alloc(sizeof(*handle));
	uv_signal_init(&screen->options.loop->uv, handle);
	handle->data = screen;
	uv_signal_start(handle, signalled, numbers[index]);
	screen->signals[index] = handle;
}

/* The echo of a line has moved the cursor into the panel. */
static void line_typed(uv_poll_t *typed, int status, int events)
{
	struct screen *screen = typed->data;
	struct epoll_event event;

	(void)status;
	(void)events;
	epoll_wait(screen->keys, &event, 1, 0);
	draw_anew(screen);
}

/* Looks on while others take what is typed, or nobody does: at each line once. */
static void watch_keys(struct screen *screen)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};

	screen->keys = epoll_create1(EPOLL_CLOEXEC);
	if (screen->keys < 0)
		return;
	if (epoll_ctl(screen->keys, EPOLL_CTL_ADD, screen->options.fd, &event) != 0) {
		close(screen->keys);
		screen->keys = -1;
		return;
	}
	screen->typed = mem_alloc(sizeof(*screen->typed));
	screen->typed->data = screen;
	uv_poll_init(&screen->options.loop->uv, screen->typed, screen->keys);
	uv_poll_start(screen->typed, UV_READABLE, line_typed);
}

struct screen *screen_new(const struct screen_options *options)
{
	struct screen *screen = mem_alloc(sizeof(*screen));

	screen->options = *options;
	screen->stops = stopped_count();
	screen->timer = loop_timer_new(options->loop, draw, screen);
	for (size_t i = 0; i < SIGNALS; i++)
		watch_signal(screen, i);
	watch_keys(screen);
	drawn_on = options->fd;
	loop_timer_start(screen->timer, 0);
	return screen;
}

void screen_free(struct screen *screen)
{
	if (!screen)
		return;
	drawn_on = -1;
	terminal_put_away(screen->options.terminal);
	loop_timer_free(screen->timer);
	for (size_t i = 0; i < SIGNALS; i++)
		if (screen->signals[i])
			loop_close((uv_handle_t *)screen->signals[i], screen->signals[i]);
	if (screen->typed)
		loop_close((uv_handle_t *)screen->typed, screen->typed);
	if (screen->keys >= 0)
		close(screen->keys);
	free(screen);
}

static void leave(int number)
{
	static const char away[] = "\r\033[J";

	(void)number;
	if (drawn_on >= 0 && write(drawn_on, away, sizeof(away) - 1) < 0)
		drawn_on = -1;
	_exit(STATUS_OK);
}

void screen_leave_on_interrupt(void)
{
	signal(SIGINT, leave);
}
