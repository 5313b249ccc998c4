/* SPDX-License-Identifier: Apache-2.0 */
#include "act/launch.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/launch_parts.h"
#include "base/mem.h"

static const int64_t quiet_us = LAUNCH_QUIET_MS * INT64_C(1000);

/* Whoever keeps a pipe busy after the end is listened to for so long. */
static const int64_t patience_us = 1000000;

/* A launcher kills for LAUNCH_PATIENCE_MS; one that is silent for so much longer hangs. */
static const int64_t silence_us = LAUNCH_PATIENCE_MS * INT64_C(1000) + 10000000;

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_order(struct launch_request *request)
{
	if (request->order_fd > 0)
		close(request->order_fd);
	request->order_fd = 0;
}

static void free_if_closed(struct launch *launch)
{
	if (launch->phase == PHASE_DONE && launch->open == 0)
		free(launch);
}

void launch_closed(struct launch *launch)
{
	launch->open--;
	free_if_closed(launch);
}

static bool streams_open(const struct launch *launch)
{
	return launch->streams[ATTEMPT_STDOUT].open || launch->streams[ATTEMPT_STDERR].open;
}

void launch_finish(struct launch *launch)
{
	struct launch_pool *pool = launch->pool;
	struct launch_slot *slot = launch->slot;

	assert(launch->phase == PHASE_OVER);
	launch->phase = PHASE_DONE;
	pool->max -= launch->request.aside;
	launch_stream_close(&launch->streams[ATTEMPT_STDOUT]);
	launch_stream_close(&launch->streams[ATTEMPT_STDERR]);
	loop_timer_free(launch->quiet);
	loop_timer_free(launch->watch);
	if (slot) {
		slot->launch = NULL;
		pool->busy--;
		launch_pool_put_idle(pool, slot);
	}
	launch->end.stopped = launch->stopped;
	launch->end.left = launch->left;
	launch->events->ended(launch->self, &launch->end);
	free_if_closed(launch);
	launch_pool_pump(pool);
}

static void finish_later(void *self)
{
	launch_finish(self);
}

/* Waits until the streams have been silent for a while, but not beyond all patience. */
static void await_quiet(struct launch *launch)
{
	int64_t now = loop_clock_us();
	int64_t delay = quiet_us;

	if (!launch->patience_us)
		launch->patience_us = now + patience_us;
	if (launch->patience_us - now < delay)
		delay = launch->patience_us - now;
	loop_timer_start(launch->quiet, delay);
}

static void tell(struct launch *launch, uint32_t kind, int64_t grace_us)
{
	struct launch_stop message = {{kind, launch->serial}, grace_us};
	size_t len = kind == LAUNCH_STOP ? sizeof(message) : sizeof(message.head);

	/* A launcher that cannot be told is dead, which its socket tells, or hangs, which the watch finds out. */
	launch_slot_tell(launch->slot, &message, len);
	if (kind == LAUNCH_STOP)
		loop_timer_start(launch->watch, grace_us + silence_us);
}

bool launch_keeps(const struct launch *launch, const int32_t *status, size_t count)
{
	return launch->events->keeps && launch->events->keeps(launch->self, status, count);
}

static void quiet_came(void *self)
{
	struct launch *launch = self;

	if (launch->phase == PHASE_OVER) {
		launch_finish(launch);
		return;
	}
	if (launch->phase != PHASE_LINGERING)
		return;
	launch->phase = PHASE_LEAVING;
	launch->kept = launch_keeps(launch, launch->status, launch->end.stage_count);
	launch->end.ended = !launch->kept;
	launch->patience_us = 0;
	tell(launch, launch->kept ? LAUNCH_LEAVE : LAUNCH_STOP, launch->request.grace_us);
}

static void silence_came(void *self)
{
	struct launch *launch = self;

	launch->end.unanswered = true;
	launch_slot_abandon(launch->slot);
}

/* The tree's fate is known. */
static void become_over(struct launch *launch)
{
	launch->phase = PHASE_OVER;
	loop_timer_stop(launch->watch);
	loop_timer_stop(launch->quiet);
	if (streams_open(launch) && !launch->kept && launch->process_count)
		await_quiet(launch);
	else
		launch_finish(launch);
}

void launch_stirred(struct launch *launch)
{
	if (launch->phase == PHASE_OVER && !streams_open(launch))
		launch_finish(launch);
	else if (launch->phase == PHASE_OVER || launch->phase == PHASE_LINGERING)
		await_quiet(launch);
}

static void hear_started(struct launch *launch, const struct launch_started *started)
{
	struct launch_begun begun = {started->stage[0], started->confined, started->unconfined};

	launch->phase = PHASE_RUNNING;
	launch->started_us = started->at_us;
	launch->process_count = started->stages;
	memcpy(launch->processes, started->stage, started->stages * sizeof(started->stage[0]));
	if (launch->events->started)
		launch->events->started(launch->self, &begun);
	/* Only now: nobody hears of output before the start. */
	launch_stream_read(&launch->streams[ATTEMPT_STDOUT]);
	launch_stream_read(&launch->streams[ATTEMPT_STDERR]);
}

static void hear_failed(struct launch *launch, const struct launch_failed *failed)
{
	launch->end.how = LAUNCH_REFUSED;
	launch->end.trouble = (enum launch_trouble)failed->trouble;
	launch->end.stage = failed->stage;
	launch->end.error = failed->error;
	launch->phase = PHASE_LEAVING;
	if (failed->empty)
		become_over(launch);
}

static void hear_exited(struct launch *launch, const struct launch_exited *exited)
{
	launch->end.how = LAUNCH_RAN;
	launch->end.duration_us = exited->at_us - launch->started_us;
	launch->end.stage_count = exited->stages;
	launch->end.status = launch->status;
	memcpy(launch->status, exited->status, exited->stages * sizeof(exited->status[0]));
	if (exited->empty) {
		become_over(launch);
		return;
	}
	launch->phase = launch->stopped ? PHASE_LEAVING : PHASE_LINGERING;
	if (!launch->stopped)
		await_quiet(launch);
}

static void hear_ended(struct launch *launch, const struct launch_ended *ended)
{
	struct launch_slot *slot = launch->slot;

	if (!ended->empty) {
		launch->end.left_count = ended->count;
		launch->end.left_named = ended->named;
		memcpy(launch->left, ended->left, ended->named * sizeof(ended->left[0]));
		if (!launch->end.status && launch->end.how != LAUNCH_REFUSED)
			launch->end.how = LAUNCH_SURVIVED;
		launch->slot = NULL;
		launch_slot_quit(slot);
	}
	become_over(launch);
}

void launch_heard(struct launch *launch, const void *message, size_t len)
{
	const struct launch_head *head = message;

	(void)len;
	if (launch->phase == PHASE_OVER)
		return;
	if (head->kind == LAUNCH_STARTED)
		hear_started(launch, message);
	else if (head->kind == LAUNCH_FAILED)
		hear_failed(launch, message);
	else if (head->kind == LAUNCH_EXITED)
		hear_exited(launch, message);
	else if (head->kind == LAUNCH_ENDED)
		hear_ended(launch, message);
}

void launch_lost(struct launch *launch)
{
	launch->slot = NULL;
	if (launch->phase == PHASE_OVER)
		return;
	launch->end.how = LAUNCH_LOST;
	launch->end.left_named = launch_survivors(
	    launch->processes, launch->process_count, launch->left);
	launch->end.left_count = launch->end.left_named;
	become_over(launch);
}

/* Two pipes, or an error number with none of their ends open. */
static int make_pipes(const struct launch_request *request, int out[2], int err[2])
{
	if (pipe2(err, O_CLOEXEC) < 0)
		return errno;
	out[0] = -1;
	out[1] = request->stdout_fd;
	if (request->stdout_fd < 0 && pipe2(out, O_CLOEXEC) < 0) {
		int error = errno;

		close(err[0]);
		close(err[1]);
		return error;
	}
	return 0;
}

int launch_begin_on(struct launch *launch, struct launch_slot *slot)
{
	struct launch_request *request = &launch->request;
	int out[2] = {-1, -1};
	int err[2] = {-1, -1};
	int error = make_pipes(request, out, err);

	if (error)
		return error;
	launch->slot = slot;
	launch->serial = ++launch->pool->serial;
	error = launch_wire_begin(launch,
	    (int[LAUNCH_FDS]){request->stdin_fd, out[1], err[1], out[0], err[0],
		request->order_fd > 0 ? request->order_fd : -1, -1});
	close(err[1]);
	if (out[0] >= 0)
		close(out[1]);
	if (error) {
		launch->slot = NULL;
		close(err[0]);
		close_fd(&out[0]);
		return error;
	}
	close_fd(&request->stdin_fd);
	close_fd(&request->stdout_fd);
	close_order(request);
	slot->launch = launch;
	launch->phase = PHASE_SENT;
	launch->quiet = loop_timer_new(launch->pool->loop, quiet_came, launch);
	launch->watch = loop_timer_new(launch->pool->loop, silence_came, launch);
	if (out[0] >= 0)
		launch_stream_open(
		    &launch->streams[ATTEMPT_STDOUT], launch, ATTEMPT_STDOUT, out[0]);
	launch_stream_open(&launch->streams[ATTEMPT_STDERR], launch, ATTEMPT_STDERR, err[0]);
	return 0;
}

/* Ends it without having begun; the caller hears of it from the loop. */
static void end_unbegun(struct launch *launch, enum launch_how how)
{
	close_fd(&launch->request.stdin_fd);
	close_fd(&launch->request.stdout_fd);
	close_order(&launch->request);
	launch->phase = PHASE_OVER;
	launch->end.how = how;
	loop_defer(launch->pool->loop, finish_later, launch);
}

void launch_refuse(struct launch *launch, int error)
{
	launch->end.trouble = LAUNCH_TROUBLE_SPAWN;
	launch->end.error = error;
	end_unbegun(launch, LAUNCH_REFUSED);
}

struct launch *launch_new(struct launch_pool *pool, const struct launch_request *request,
    const struct launch_events *events, void *self)
{
	struct launch *launch = mem_alloc(sizeof(*launch));

	assert(request->stage_count > 0 && request->stage_count <= LAUNCH_STAGES_MAX);
	launch->pool = pool;
	launch->request = *request;
	launch->events = events;
	launch->self = self;
	launch_pool_add(pool, launch);
	launch_pool_pump(pool);
	return launch;
}

int64_t launch_launcher(const struct launch *launch)
{
	if (launch->phase != PHASE_RUNNING)
		return 0;
	if (launch->adoption)
		return launch_adopt_launcher(launch);
	return launch->slot ? launch->slot->process.pid : 0;
}

void launch_stop(struct launch *launch, int64_t grace_us)
{
	if (launch->phase == PHASE_OVER)
		return;
	launch->stopped = true;
	if (launch->adoption) {
		launch_adopt_stop(launch, grace_us);
		return;
	}
	if (launch->phase == PHASE_WAITING) {
		launch_pool_forget(launch->pool, launch);
		end_unbegun(launch, LAUNCH_UNBEGUN);
		return;
	}
	if (launch->phase == PHASE_LINGERING)
		launch->phase = PHASE_LEAVING;
	tell(launch, LAUNCH_STOP, grace_us);
}
