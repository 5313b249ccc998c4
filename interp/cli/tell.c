/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tell.h"

#include <errno.h>
#include <sys/socket.h>

#include "run/control_socket.h"

/* Reads one line without its newline; false when the connection ended before, or nothing came. */
static bool read_line(int fd, struct buf *line)
{
	char byte;

	for (;;) {
		ssize_t got = recv(fd, &byte, 1, 0);

		if (got == 1 && byte == '\n')
			return true;
		if (got == 0 || (got < 0 && errno != EINTR) || (got == 1 && !buf_byte(line, byte)))
			return false;
	}
}

static bool send_all(int fd, struct str text)
{
	while (text.len) {
		ssize_t sent = send(fd, text.ptr, text.len, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			return false;
		if (sent > 0)
			text = str_sub(text, (size_t)sent, text.len);
	}
	return true;
}

bool tell_run(int fd, struct arena *arena, const struct control_request *request,
    struct control_answer *ret_answer, struct buf *why)
{
	struct buf line;
	bool told;

	buf_init(&line, CONTROL_LINE);
	control_put_request(&line, request);
	told = send_all(fd, buf_view(&line));
	buf_clear(&line);
	told = told && read_line(fd, &line);
	if (told)
		told = control_get_answer(arena, buf_view(&line), ret_answer, why);
	else if (errno == EAGAIN)
		buf_printf(why, "the run does not answer within %d s; its record will tell",
		    CONTROL_PATIENCE_S);
	else
		buf_text(why, "the run ended before it answered; its record tells");
	buf_done(&line);
	return told;
}
