/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/played.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "act/loop.h"
#include "cli/screen.h"
#include "cli/watched.h"

/* A question that is answered so soon was answered beforehand: it is shown with its answer. */
enum { SOON_US = 50000 };

struct playing {
	const struct invocation *invocation;
	const struct replayed *replayed;
	struct watched *watched;
	struct loop *loop;
	struct loop_timer *alarm;
	bool awake;
	double speed;
	int64_t began_us; /* on the clock of this machine */
	bool finished; /* the run, in what was shown */
};

bool played_speed(const char *text, double *ret_speed)
{
	char *end;

	*ret_speed = strtod(text, &end);
	if (str_is(str_from(text), "max"))
		*ret_speed = 0;
	else if (end == text || *end || !isfinite(*ret_speed) || *ret_speed < 0) {
		complain("--speed wants how many times as fast (1, 10, 0.5), or 0 or max for "
			 "without pauses, not %s",
		    text);
		return false;
	}
	return true;
}

static void wake(void *self)
{
	struct playing *playing = self;

	playing->awake = true;
}

static void sleep_us(struct playing *playing, int64_t us)
{
	playing->awake = false;
	loop_timer_start(playing->alarm, us);
	loop_run(playing->loop, &playing->awake);
}

/* Waits until a moment of the run has come. */
static void wait_until(struct playing *playing, int64_t t_us)
{
	double due_us = playing->speed > 0 ? (double)t_us / playing->speed : 0;
	int64_t left_us;

	/* longer than anybody lives: what is due then is no number of a clock */
	if (due_us > 1e15)
		due_us = 1e15;
	left_us = (int64_t)due_us - (loop_clock_us() - playing->began_us);
	if (left_us <= 0)
		return;
	if (left_us > SOON_US)
		watched_pause(playing->watched);
	sleep_us(playing, left_us);
}

static void see(void *self, const struct line *line)
{
	struct playing *playing = self;

	if (!playing->watched) {
		playing->watched = watched_new(&(struct watched_options){
		    .plan = playing->replayed->load.plan,
		    .transcript = playing->replayed->path,
		    .color = wants_color(playing->invocation, STDOUT_FILENO),
		    .live = wants_live(playing->invocation, STDOUT_FILENO),
		    .loop = playing->loop,
		    .speed = playing->speed,
		    .is_past = true,
		});
		playing->began_us = loop_clock_us();
	}
	if (!line->known)
		return;
	if (line->message.type != MESSAGE_SEAL) /* it has no time */
		wait_until(playing, line->message.t_us);
	watched_see(playing->watched, &line->message);
	playing->finished = playing->finished || line->message.type == MESSAGE_RUN_FINISHED;
}

enum status played_read(
    struct replayed *replayed, const char *path, double speed, const struct invocation *invocation)
{
	struct playing playing = {.invocation = invocation, .replayed = replayed, .speed = speed};
	struct line_watcher watcher = {see, &playing};
	enum status status;

	screen_leave_on_interrupt();
	playing.loop = loop_new();
	playing.alarm = loop_timer_new(playing.loop, wake, &playing);
	status = replayed_read(replayed, path, NULL, &watcher);
	if (playing.finished)
		watched_end(playing.watched);
	watched_free(playing.watched);
	loop_timer_free(playing.alarm);
	loop_free(playing.loop);
	return status;
}
