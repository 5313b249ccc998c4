/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/stopped.h"

enum { PIECE = 1024 };

struct console {
	struct loop *loop;
	struct console_events events;
	void *self;
	int fd;
	uv_poll_t *poll; /* NULL: nobody listens */
	struct buf typed;
	unsigned stops; /* at the last discard */
};

struct console *console_new(struct loop *loop, const struct console_events *events, void *self)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct console *console;

	if (fd < 0)
		return NULL;
	console = mem_alloc(sizeof(*console));
	*console = (struct console){.loop = loop, .events = *events, .self = self, .fd = fd};
	buf_init(&console->typed, (size_t)4 * PIECE);
	console->stops = stopped_count();
	return console;
}

void console_free(struct console *console)
{
	if (!console)
		return;
	console_listen(console, false);
	buf_done(&console->typed);
	close(console->fd);
	free(console);
}

int console_fd(const struct console *console)
{
	return console->fd;
}

bool console_is(int fd)
{
	return tcgetsid(fd) >= 0; /* which only a process's own terminal tells */
}

/* Of what is open on it anyway, for /dev/tty is called the same on every terminal. */
const char *console_name(void)
{
	const int fds[] = {STDIN_FILENO, STDERR_FILENO, STDOUT_FILENO};
	const char *name = NULL;

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds) && !name; i++)
		name = ttyname(fds[i]);
	return name;
}

bool console_discard(struct console *console)
{
	int waiting = 0;
	bool any = ioctl(console->fd, FIONREAD, &waiting) == 0 && waiting > 0;

	any = any || console->typed.len > 0;
	console->stops = stopped_count();
	tcflush(console->fd, TCIFLUSH);
	buf_clear(&console->typed);
	return any;
}

/* A closed terminal gives an end of input too, but nothing else any more. */
static enum console_end what_end(const struct console *console, ssize_t got)
{
	struct termios settings;

	return got == 0 && tcgetattr(console->fd, &settings) == 0 ? CONSOLE_EOF : CONSOLE_GONE;
}

/* The lines that are whole; whoever takes one may discard the others, or stop to listen. */
static void give_lines(struct console *console)
{
	while (console->poll && console->typed.len &&
	    memchr(console->typed.ptr, '\n', console->typed.len)) {
		struct str rest = buf_view(&console->typed);
		struct str line;
		char *copy;
		size_t len;

		str_line(&rest, &line);
		len = line.len;
		copy = mem_strndup(line.ptr, len);
		buf_consume(&console->typed, len + 1);
		console->events.line(console->self, (struct str){copy, len});
		free(copy);
	}
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct console *console = poll->data;
	char *room = buf_reserve(&console->typed, PIECE);
	ssize_t got = -1;

	(void)events;
	if (status == 0 && console->stops != stopped_count()) {
		console->events.went_on(console->self);
		return;
	}
	if (!room) { /* nobody types a line that long: it is no answer */
		buf_clear(&console->typed);
		room = buf_reserve(&console->typed, PIECE);
	}
	if (status == 0)
		got = read(console->fd, room, PIECE);
	if (got < 0 && status == 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		enum console_end end = what_end(console, got);

		console_listen(console, false);
		console->events.end(console->self, end);
		return;
	}
	buf_added(&console->typed, (size_t)got);
	give_lines(console);
}

void console_listen(struct console *console, bool listen)
{
	if (listen && !console->poll) {
		console->poll = mem_alloc(sizeof(*console->poll));
		console->poll->data = console;
		uv_poll_init(&console->loop->uv, console->poll, console->fd);
		uv_poll_start(console->poll, UV_READABLE, readable);
	} else if (!listen && console->poll) {
		loop_close((uv_handle_t *)console->poll, console->poll);
		console->poll = NULL;
	}
}
