/* SPDX-License-Identifier: Apache-2.0 */
#include "view/backlog.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

void backlog_init(struct backlog *backlog, int fd)
{
	*backlog = (struct backlog){.fd = fd};
	buf_init(&backlog->waiting, BUF_UNBOUNDED);
	buf_init(&backlog->held, BUF_UNBOUNDED);
}

void backlog_done(struct backlog *backlog)
{
	buf_done(&backlog->waiting);
	buf_done(&backlog->held);
}

static bool takes_more(const struct backlog *backlog, int limit_ms)
{
	struct pollfd poller = {.fd = backlog->fd, .events = POLLOUT};
	int ready;

	do
		ready = poll(&poller, 1, limit_ms);
	while (ready < 0 && errno == EINTR);
	return ready != 0; /* an error shows in the write */
}

/*
 * Writes while it is taken, or, with limit_ms -1, until all is written. A pipe that is ready takes PIPE_BUF bytes
 * without blocking; so that much at once, though the descriptor itself may block: it is not ours alone.
 */
static void write_out(struct backlog *backlog, int limit_ms)
{
	size_t done = 0;

	while (done < backlog->waiting.len && takes_more(backlog, limit_ms)) {
		size_t left = backlog->waiting.len - done;
		ssize_t written = write(
		    backlog->fd, backlog->waiting.ptr + done, left < PIPE_BUF ? left : PIPE_BUF);

		if (written > 0) {
			done += (size_t)written;
		} else if (written == 0 || (errno != EINTR && errno != EAGAIN)) {
			backlog->gone = true;
			done = backlog->waiting.len;
		}
	}
	buf_consume(&backlog->waiting, done);
}

static void tell_dropped(struct backlog *backlog, struct buf *to)
{
	if (backlog->dropped)
		buf_printf(to, "… %zu messages were not shown, they are in the record …\n",
		    backlog->dropped);
	backlog->dropped = 0;
}

void backlog_take_foot(struct backlog *backlog)
{
	if (backlog->footed)
		buf_text(&backlog->waiting, "\r\033[J");
	backlog->footed = false;
}

bool backlog_foot(struct backlog *backlog, struct str drawing)
{
	if (backlog->gone || backlog->holding || backlog->waiting.len || !takes_more(backlog, 0))
		return false;
	buf_str(&backlog->waiting, drawing);
	write_out(backlog, 0);
	backlog->footed = true;
	return true;
}

void backlog_put(struct backlog *backlog, struct str text)
{
	struct buf *to = backlog->holding ? &backlog->held : &backlog->waiting;

	if (backlog->gone)
		return;
	if (backlog->waiting.len)
		write_out(backlog, 0);
	if (backlog->waiting.len + backlog->held.len + text.len > BACKLOG_MAX) {
		backlog->dropped++;
		return;
	}
	if (!backlog->holding)
		backlog_take_foot(backlog);
	tell_dropped(backlog, to);
	buf_str(to, text);
	write_out(backlog, 0);
}

void backlog_say(struct backlog *backlog, struct str text)
{
	if (backlog->gone)
		return;
	backlog_take_foot(backlog);
	buf_str(&backlog->waiting, text);
	write_out(backlog, 0);
}

void backlog_hold(struct backlog *backlog, bool hold)
{
	backlog->holding = hold;
	if (hold)
		return;
	if (backlog->held.len || backlog->dropped)
		backlog_take_foot(backlog);
	buf_str(&backlog->waiting, buf_view(&backlog->held));
	buf_clear(&backlog->held);
	if (!backlog->gone)
		tell_dropped(backlog, &backlog->waiting);
	write_out(backlog, 0);
}

bool backlog_holds(const struct backlog *backlog)
{
	return backlog->held.len || (backlog->holding && backlog->dropped);
}

bool backlog_push(struct backlog *backlog)
{
	write_out(backlog, 0);
	return backlog->waiting.len > 0;
}

void backlog_end(struct backlog *backlog)
{
	backlog_hold(backlog, false);
	write_out(backlog, -1);
}
