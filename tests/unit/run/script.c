/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <semaphore.h>
#include <string.h>

void script_answer(void *self)
{
	struct script *script = self;

	while (script->open_count) {
		struct message finished = {.type = MESSAGE_FINISHED};

		finished.finished.op = script->open[--script->open_count];
		finished.finished.ok = true;
		finished.finished.verdict.ok = true;
		engine_post(script->rig->engine, &finished);
	}
}

static void start(struct executor *executor, const struct message *message)
{
	struct script *script = (struct script *)executor;

	/* what is begun stands in the file already */
	assert_non_null(strstr(rig_record(script->rig), message->start.digest.ptr));
	buf_printf(&script->rig->log, "perform %u\n", message->start.op);
	script->open[script->open_count++] = message->start.op;
	if (script->answers)
		loop_defer(script->rig->loop, script_answer, script);
}

static void stop(struct executor *executor, const struct message *message)
{
	struct script *script = (struct script *)executor;

	buf_printf(&script->rig->log, "end %u\n", message->stop.op);
	loop_defer(script->rig->loop, script_answer, script);
}

static void nobody(struct executor *executor, const struct message *message)
{
	(void)executor;
	(void)message;
	fail_msg("nobody is to be asked");
}

static const struct executor_ops ops = {.start = start,
    .stop = stop,
    .ask = nobody,
    .unask = nobody,
    .acquire = nobody,
    .release = nobody};

static sem_t may_sync;

int script_slow_sync(int fd)
{
	(void)fd;
	sem_wait(&may_sync);
	return 0;
}

int script_failing_sync(int fd)
{
	(void)fd;
	errno = EIO;
	return -1;
}

void script_let_sync(void)
{
	sem_post(&may_sync);
}

struct rig *script_rig(const char *runbook, struct script *script, int (*sync)(int))
{
	struct rig *rig = rig_new(runbook);

	*script = (struct script){.executor = {&ops}, .rig = rig, .answers = true};
	sem_init(&may_sync, 0, 0);
	rig->options.sync = sync;
	return rig;
}

void script_tick(struct rig *rig)
{
	uv_run(&rig->loop->uv, UV_RUN_NOWAIT);
}

int script_syncs_left(void)
{
	int left;

	sem_getvalue(&may_sync, &left);
	return left;
}
