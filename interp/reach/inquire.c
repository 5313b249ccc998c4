/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/reach.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "reach/lines.h"

/* To get there by another way, beside what the far end takes. */
enum { INQUIRY_MS = 20000, LAST_WORDS_MS = 2000 };

static void decide(struct reach *reach, const char *line)
{
	ending_add(&reach->ending, "%s", line);
	reach->ending.decided = true;
	reach_enter(reach, REACH_OVER, 0);
}

void inquire_begin(struct reach *reach)
{
	char **way = reach->broke && reach->order.aside ? reach->order.aside : reach->order.carrier;
	struct buf line;

	if (reach->answered || reach->far_pid <= 0 || !reach_open_aside(reach, way)) {
		inquire_failed(reach);
		return;
	}
	buf_init(&line, BUF_UNBOUNDED);
	line_inquire(&line, &reach->order, reach->far_pid);
	session_send(&reach->aside, line.ptr, line.len);
	buf_done(&line);
	reach_enter(
	    reach, REACH_INQUIRING, reach->order.head.grace_us + INQUIRY_MS * INT64_C(1000));
}

void inquire_failed(struct reach *reach)
{
	if (reach->answered) {
		decide(reach, "over");
		return;
	}
	decide(reach,
	    reach->broke ? "lost the connection was lost, and nobody can be asked what became of it"
			 : "lost it was to be ended, and nobody there says that it was");
}

/* It was ended as we wanted, and its own way is open: it may say more of that than the inquiry could. */
static void await_last_words(struct reach *reach)
{
	reach->answered = true;
	reach_enter(reach, REACH_RUNNING, LAST_WORDS_MS * INT64_C(1000));
}

/* Of a step that we wanted ended and that was: nothing of what it printed is missing but what came after that. */
static void told(struct reach *reach, char *text)
{
	bool empty;
	bool stopped;

	if (strncmp(text, "end ", 4) != 0)
		return;
	text += 4;
	empty = strtol(text, &text, 10);
	stopped = strtol(text, &text, 10);
	reach->ending.count = 0;
	reach->ending.known = 0;
	while (*text == ' ')
		ending_status(&reach->ending, -1, (int32_t)strtol(text, &text, 10));
	if (!empty)
		decide(reach, "lost what runs there could not all be ended");
	else if (reach->stops && stopped)
		decide(reach, "over");
	else if (stopped)
		decide(reach, "ended the connection was lost, and what ran there was ended");
	else if (reach->ending.count && reach->ending.status[reach->ending.count - 1])
		decide(reach, "ended it failed there, and the connection was lost");
	else
		decide(reach,
		    "lost it came to its end there, but the connection was lost before all was "
		    "here "
		    "that it printed");
}

void inquire_heard(struct reach *reach, char *text)
{
	if (strncmp(text, "told ", 5) == 0)
		told(reach, text + 5);
	else if (strcmp(text, "ended") == 0 && reach->broke)
		decide(reach, "ended the connection was lost, and what ran there was ended");
	else if (strcmp(text, "ended") == 0)
		await_last_words(reach);
	else if (strcmp(text, "alive") == 0)
		decide(reach,
		    reach->broke ? "lost the connection was lost, and what runs there could not be "
				   "ended"
				 : "lost what runs there could not be ended");
	else
		decide(reach,
		    "lost the connection was lost; nothing of it runs there any more, and nobody "
		    "knows how it ended");
}
