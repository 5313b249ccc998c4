/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/reach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "launch/request.h"
#include "launch/system.h"
#include "launch/wire.h"
#include "reach/lines.h"
#include "reach/script.h"

/* A binary that takes longer is not worth it. */
enum { STORING_MS = 120000 };

/* Of what a carrier prints that leads nowhere. */
enum { LINES_TOLD = 2 };

void call_begin(struct reach *reach)
{
	struct buf line;

	ending_add(&reach->ending, "tried");
	ending_keep(&reach->ending);
	if (!reach_open_main(reach)) {
		reach_decide(
		    reach, "unreached cannot run %s: %s", reach->order.carrier[0], strerror(errno));
		return;
	}
	buf_init(&line, BUF_UNBOUNDED);
	line_call(&line, &reach->order);
	session_send(&reach->main, line.ptr, line.len);
	buf_done(&line);
	reach_enter(reach, REACH_CALLING, 0);
}

/* Whether a program of ours could run there: "Linux x86_64" of its `uname -sm`. */
static bool is_like_ours(const char *system)
{
	struct utsname ours;
	char text[2 * sizeof(ours.sysname)];

	if (uname(&ours) < 0)
		return false;
	snprintf(text, sizeof(text), "%s %s", ours.sysname, ours.machine);
	return strcmp(text, system) == 0;
}

/* The whole of a file, or NULL. */
static char *read_file(const char *path, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	char *bytes = NULL;
	ssize_t got = -1;

	if (fd >= 0 && fstat(fd, &stat) == 0 && (bytes = malloc((size_t)stat.st_size + 1)))
		got = read(fd, bytes, (size_t)stat.st_size);
	if (fd >= 0)
		close(fd);
	if (got <= 0 || got != stat.st_size) {
		free(bytes);
		return NULL;
	}
	*ret_len = (size_t)got;
	return bytes;
}

static bool store(struct reach *reach)
{
	struct buf line;
	size_t len = 0;
	char *program = read_file(reach->order.launcher, &len);

	if (!program || !reach_open_aside(reach, reach->order.carrier)) {
		free(program);
		return false;
	}
	buf_init(&line, BUF_UNBOUNDED);
	line_store(&line, &reach->order);
	session_send(&reach->aside, line.ptr, line.len);
	session_send(&reach->aside, program, len);
	session_close_input(&reach->aside);
	buf_done(&line);
	free(program);
	reach_enter(reach, REACH_STORING, STORING_MS * INT64_C(1000));
	return true;
}

void call_shell(struct reach *reach, const char *format, ...)
{
	struct told *order = &reach->order;
	struct request request = {.begin = order->head.begin};
	struct buf line;
	va_list args;

	va_start(args, format);
	vsnprintf(reach->lacks, sizeof(reach->lacks), format, args);
	va_end(args);
	session_end(&reach->aside);
	if (sizeof(request.packet) - sizeof(request.begin) < order->head.begin.bytes) {
		reach_decide(reach,
		    "unreached there is no reprise-launch there, and this is more than a shell can "
		    "be told: %llu bytes",
		    (unsigned long long)order->head.begin.bytes);
		return;
	}
	for (size_t i = 0; i < LAUNCH_FDS; i++)
		request.fds[i] = -1;
	memcpy(request.packet + sizeof(request.begin), order->bytes, order->head.begin.bytes);
	buf_init(&line, BUF_UNBOUNDED);
	if (request_lay_out(&request) == 0) {
		script_line(&line, order, &request);
		session_send(&reach->main, line.ptr, line.len);
		explicit_bzero(line.ptr, line.len);
	}
	buf_done(&line);
	request_done(&request);
	reach->far = FAR_SHELL;
	reach_enter(reach, REACH_ASKED, 0);
}

/* The far end is a reprise-launch: it gets the request as it is. */
static void ask_relay(struct reach *reach)
{
	struct told *order = &reach->order;
	struct wire_request request = {order->head.grace_us, order->head.begin};
	struct wire_head head = {
	    WIRE_REQUEST, (uint32_t)(sizeof(request) + order->head.begin.bytes)};

	reach->far = FAR_RELAY;
	session_send(&reach->main, &head, sizeof(head));
	session_send(&reach->main, &request, sizeof(request));
	session_send(&reach->main, order->bytes, order->head.begin.bytes);
	reach->ping_us = system_clock_us() + WIRE_PING_MS * INT64_C(1000);
	reach_enter(reach, REACH_ASKED, 0);
}

void call_heard(struct reach *reach, char *text)
{
	if (strncmp(text, "ready ", 6) == 0) {
		reach->far_pid = strtol(text + 6, &text, 10);
		ending_add(&reach->ending, "at%s", text);
		reach->out.begun = true;
		if (reach->far != FAR_SHELL)
			ask_relay(reach);
	} else if (strncmp(text, "absent ", 7) == 0 && reach->phase == REACH_CALLING) {
		if (!reach->order.launcher[0])
			call_shell(reach, "reprise-launch is not to be copied there");
		else if (!is_like_ours(text + 7))
			call_shell(reach, "reprise-launch does not run on %s", text + 7);
		else if (!store(reach))
			call_shell(reach, "reprise-launch cannot be sent there");
	}
}

void call_stored(struct reach *reach, char *text)
{
	struct buf line;

	if (strncmp(text, "stored ", 7) != 0) {
		call_shell(reach, "no folder there lets reprise-launch be kept and run");
		return;
	}
	session_end(&reach->aside);
	buf_init(&line, BUF_UNBOUNDED);
	line_run(&line, &reach->order, text + 7);
	session_send(&reach->main, line.ptr, line.len);
	buf_done(&line);
	reach_enter(reach, REACH_CALLING, 0);
}

/* The last lines: one alone may be but the consequence of another. */
void call_last_lines(struct buf *out, const struct buf *noise)
{
	struct str text = str_trim(buf_view(noise));
	size_t start = text.len;

	for (unsigned lines = 0; start > 0 && lines < LINES_TOLD; lines++) {
		const char *newline = memrchr(text.ptr, '\n', start - 1);

		start = newline ? (size_t)(newline + 1 - text.ptr) : 0;
	}
	for (size_t i = start; i < text.len; i++)
		if (text.ptr[i] == '\n')
			buf_text(out, "; ");
		else
			buf_byte(out, (unsigned char)text.ptr[i] < ' ' ? ' ' : text.ptr[i]);
}

void call_failed(struct reach *reach, const char *why)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	if (why)
		buf_text(&text, why);
	else
		call_last_lines(&text, &reach->noise);
	if (!text.len)
		buf_printf(&text, "%s ended without a word, with status %d",
		    reach->order.carrier[0], reach->main.status);
	buf_byte(&text, '\0');
	reach_decide(reach, "unreached %s", text.ptr);
	buf_done(&text);
}
