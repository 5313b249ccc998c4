/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/reach.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch/system.h"
#include "launch/wire.h"

/* How long a far end may take to answer a stop, beyond its grace: it kills for LAUNCH_PATIENCE_MS. */
enum { ANSWER_MS = LAUNCH_PATIENCE_MS + 3000 };

static void send_frame(struct reach *reach, uint32_t kind, const void *bytes, size_t len)
{
	struct wire_head head = {kind, (uint32_t)len};

	session_send(&reach->main, &head, sizeof(head));
	session_send(&reach->main, bytes, len);
}

void steer_input(struct reach *reach)
{
	static char chunk[WIRE_CHUNK];
	ssize_t got = read(0, chunk, sizeof(chunk));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got > 0) {
		if (reach->far == FAR_RELAY)
			send_frame(reach, WIRE_DATA, chunk, (size_t)got);
		else
			session_send(&reach->main, chunk, (size_t)got);
		explicit_bzero(chunk, (size_t)got);
		return;
	}
	reach->input_ended = true;
	if (reach->far == FAR_RELAY)
		send_frame(reach, WIRE_DATA_END, NULL, 0);
	else
		session_close_input(&reach->main);
}

void steer_ping(struct reach *reach)
{
	if (reach->far == FAR_RELAY && reach->main.pending.len == 0)
		send_frame(reach, WIRE_PING, NULL, 0);
	reach->ping_us = system_clock_us() + WIRE_PING_MS * INT64_C(1000);
}

void steer_piped(struct reach *reach)
{
	/* Sooner the far end would not know whom to tell; this is called again. */
	if (reach->piped || reach->phase != REACH_RUNNING)
		return;
	reach->piped = true;
	if (reach->far == FAR_RELAY)
		send_frame(reach, WIRE_PIPE, NULL, 0);
	else
		steer_stop(reach);
}

void steer_stop(struct reach *reach)
{
	int64_t grace_us = reach->stops ? 0 : reach->order.head.grace_us;

	reach->stops++;
	switch (reach->phase) {
	case REACH_CALLING:
	case REACH_STORING:
		call_failed(reach, "it was ended before anything was begun there");
		return;
	case REACH_ASKED:
	case REACH_RUNNING:
		break;
	case REACH_INQUIRING:
		if (reach->stops > 1 && reach->broke)
			inquire_give_up(reach);
		return;
	case REACH_ENDING:
	case REACH_OVER:
		return;
	}
	reach->due_us = system_clock_us() + grace_us + ANSWER_MS * INT64_C(1000);
	if (reach->far == FAR_RELAY)
		send_frame(reach, WIRE_STOP, &grace_us, sizeof(grace_us));
	else if (reach->reads || reach->stops > 1)
		inquire_begin(reach); /* its standard input is the step's: there is no other way */
	else
		session_close_input(&reach->main);
}

static void take_end(struct reach *reach, const char *text)
{
	bool empty;
	bool stopped;

	ending_take(&reach->ending, text, &empty, &stopped);
	if (reach->far == FAR_SHELL && reach->piped && stopped &&
	    reach->stops == 1) /* it was ended for that alone */
		ending_fill(&reach->ending, reach->order.head.begin.stages, SIGPIPE);
	if (!empty && stopped)
		ending_add(&reach->ending, "lost what runs there could not all be ended");
	else
		ending_add(&reach->ending, "over");
	reach_enter(reach, REACH_ENDING, REACH_ENDING_MS * INT64_C(1000));
}

/* "failed EMPTY STAGE TROUBLE ERRNO": the end follows. */
static void take_failed(struct reach *reach, char *text)
{
	strtol(text, &text, 10);
	ending_add(&reach->ending, "failed%s", text);
}

static void take_began(struct reach *reach, const char *text)
{
	ending_add(&reach->ending, "began %s %ld", reach->far == FAR_RELAY ? "launcher" : "shell",
	    reach->far_pid);
	if (reach->far == FAR_SHELL)
		ending_add(&reach->ending, "confined 0 %s", reach->lacks);
	else
		ending_add(&reach->ending, "confined %s", text);
	ending_keep(&reach->ending);
	if (reach->phase == REACH_ASKED)
		reach->phase = REACH_RUNNING;
}

void steer_heard(struct reach *reach, char *text)
{
	char *rest = strchr(text, ' ');

	rest = rest ? rest + 1 : text + strlen(text);
	if (strncmp(text, "began ", 6) == 0)
		take_began(reach, rest);
	else if (strncmp(text, "failed ", 7) == 0)
		take_failed(reach, rest);
	else if (strncmp(text, "left ", 5) == 0)
		ending_add(&reach->ending, "%s", text);
	else if (strncmp(text, "end ", 4) == 0)
		take_end(reach, rest);
	else if (strncmp(text, "status ", 7) == 0) { /* a shell's: a stage and its exit code */
		int stage = (int)strtol(rest, &rest, 10);

		ending_status(&reach->ending, stage, W_EXITCODE((int)strtol(rest, NULL, 10), 0));
	}
}

void steer_broke(struct reach *reach)
{
	reach->broke = true;
	inquire_begin(reach);
}
