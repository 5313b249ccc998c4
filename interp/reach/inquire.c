/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/reach.h"

#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "launch/system.h"
#include "launch/wire.h"
#include "reach/lines.h"

/* To get there by another way, beside what the far end takes; and before it is tried again. */
enum { INQUIRY_MS = 20000, PAUSE_MS = 2000, LAST_WORDS_MS = 2000 };

/* What a far end takes beyond silence and grace to end what it runs, and we to hear of it. */
enum { ENDING_MS = LAUNCH_PATIENCE_MS + 2000 };

/* "14:05:26 UTC" of a moment on our clock. */
static void put_moment(struct buf *out, int64_t moment_us)
{
	time_t at = time(NULL) + (time_t)((moment_us - system_clock_us()) / 1000000);
	struct tm tm;
	char text[32];

	gmtime_r(&at, &tm);
	strftime(text, sizeof(text), "%H:%M:%S UTC", &tm);
	buf_text(out, text);
}

/* How long there is hope, and a word on that among what the step prints: the screen would be still for long. */
static void begin_hoping(struct reach *reach)
{
	int64_t heard_us = reach->far == FAR_RELAY ? reach->ping_us - WIRE_PING_MS * INT64_C(1000)
						   : system_clock_us();

	reach->hope_us = heard_us + reach->order.head.grace_us +
	    (WIRE_SILENCE_MS + ENDING_MS) * INT64_C(1000);
	if (!reach->broke)
		return;
	buf_printf(&reach->err.pending, "reprise: the connection to %s is lost; ", reach->where);
	if (reach->far == FAR_RELAY)
		buf_text(&reach->err.pending, "what runs there ends by itself; ");
	buf_text(&reach->err.pending, "it is asked for until ");
	put_moment(&reach->err.pending, reach->hope_us);
	buf_byte(&reach->err.pending, '\n');
}

void inquire_begin(struct reach *reach)
{
	char **way = reach->broke && reach->order.aside ? reach->order.aside : reach->order.carrier;
	struct buf line;

	if (!reach->hope_us)
		begin_hoping(reach);
	reach->pausing = false;
	session_end(&reach->aside);
	buf_clear(&reach->aside_noise);
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

void inquire_give_up(struct reach *reach)
{
	bool in_time = system_clock_us() < reach->hope_us;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	buf_text(&text,
	    reach->broke
		? "lost the connection was lost, and nobody could be asked what became of it"
		: "lost it was to be ended, and nobody there says that it was");
	if (str_trim(buf_view(&reach->aside_noise)).len) {
		buf_text(&text, " (");
		call_last_lines(&text, &reach->aside_noise);
		buf_byte(&text, ')');
	}
	if (reach->far != FAR_RELAY || in_time)
		buf_text(&text, "; it may run there");
	if (reach->far == FAR_RELAY && in_time) {
		buf_text(&text, " until ");
		put_moment(&text, reach->hope_us);
	} else if (reach->far == FAR_RELAY) {
		buf_text(&text, "; what ran there has been ended by now");
	}
	buf_byte(&text, '\0');
	reach_decide(reach, "%s", text.ptr);
	buf_done(&text);
}

void inquire_failed(struct reach *reach)
{
	if (reach->answered) {
		reach_decide(reach, "over");
	} else if (reach->far_pid > 0 && !(reach->broke && reach->stops > 1) &&
	    system_clock_us() < reach->hope_us) {
		session_end(&reach->aside);
		reach->pausing = true;
		reach_enter(reach, REACH_INQUIRING, PAUSE_MS * INT64_C(1000));
	} else {
		inquire_give_up(reach);
	}
}

/* It was ended as we wanted, and its own way is open: it may say more of that than the inquiry could. */
static void await_last_words(struct reach *reach)
{
	reach->answered = true;
	reach_enter(reach, REACH_RUNNING, LAST_WORDS_MS * INT64_C(1000));
}

/* Of a step that we wanted ended and that was: nothing of what it printed is missing but what came after that. */
static void told(struct reach *reach, const char *text)
{
	bool empty;
	bool stopped;

	if (strncmp(text, "end ", 4) != 0)
		return;
	reach->ending.count = 0;
	reach->ending.known = 0;
	ending_take(&reach->ending, text + 4, &empty, &stopped);
	if (!empty)
		reach_decide(reach, "lost what runs there could not all be ended");
	else if (reach->stops && stopped)
		reach_decide(reach, "over");
	else if (stopped)
		reach_decide(reach, "ended the connection was lost, and what ran there was ended");
	else if (reach->ending.count && reach->ending.status[reach->ending.count - 1])
		reach_decide(reach, "ended it failed there, and the connection was lost");
	else
		reach_decide(reach,
		    "lost it came to its end there, but the connection was lost before all was "
		    "here "
		    "that it printed");
}

void inquire_heard(struct reach *reach, char *text)
{
	if (strncmp(text, "told ", 5) == 0)
		told(reach, text + 5);
	else if (strcmp(text, "ended") == 0 && reach->broke)
		reach_decide(reach, "ended the connection was lost, and what ran there was ended");
	else if (strcmp(text, "ended") == 0)
		await_last_words(reach);
	else if (strcmp(text, "alive") == 0)
		reach_decide(reach,
		    reach->broke ? "lost the connection was lost, and what runs there could not be "
				   "ended"
				 : "lost what runs there could not be ended");
	else
		reach_decide(reach,
		    "lost the connection was lost; nothing of it runs there any more, and nobody "
		    "knows how it ended");
}
