/* SPDX-License-Identifier: Apache-2.0 */
#include "forecast_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "unit/lang/vocabulary.h"

void rig_init(struct rig *rig, const char *text)
{
	struct buf out;

	memset(rig, 0, sizeof(*rig));
	rig->arena = arena_new();
	rig->past.runs = arena_array(rig->arena, RUNS, sizeof(*rig->past.runs));
	buf_init(&out, BUF_UNBOUNDED);
	if (!load_text(&rig->load, "t.yaml", str_from(text), &test_vocabulary)) {
		load_show(&rig->load, false, &out);
		fail_msg("%.*s", STR_ARG(buf_view(&out)));
	}
	buf_done(&out);
	rig->options.plan = rig->load.plan;
	rig->options.past = &rig->past;
}

void rig_done(struct rig *rig)
{
	forecast_free(rig->forecast);
	load_done(&rig->load);
	arena_free(rig->arena);
}

struct past_run *rig_run(struct rig *rig)
{
	struct past_run *run = &rig->past.runs[rig->past.count++];

	assert_true(rig->past.count <= RUNS);
	run->run = arena_printf(rig->arena, "run-%zu", rig->past.count);
	run->steps = arena_array(rig->arena, ROOM, sizeof(*run->steps));
	run->mode = STR("run");
	run->finished = true;
	run->outcome = RUN_RECOVERED;
	return run;
}

/* A step that begins where the one before ended. */
struct past_step *rig_step(
    struct past_run *run, const char *node, const char *path, int64_t seconds)
{
	struct past_step *step = &run->steps[run->step_count++];

	assert_true(run->step_count <= ROOM);
	step->node = str_from(node);
	step->path = str_from(path);
	step->outcome = OUTCOME_SUCCEEDED;
	step->performed = true;
	step->began_us = run->duration_us;
	step->duration_us = seconds * SECOND;
	run->duration_us += step->duration_us;
	return step;
}

void rig_begin(struct rig *rig)
{
	struct message started = {.type = MESSAGE_RUN_STARTED};

	forecast_free(rig->forecast);
	rig->forecast = forecast_new(&rig->options);
	forecast_see(rig->forecast, &started);
}

bool rig_ask(struct rig *rig, int64_t t_us)
{
	return forecast_ask(rig->forecast, t_us, &rig->outlook);
}

void rig_begins(struct rig *rig, const char *node, int64_t t_us)
{
	struct message message = {.type = MESSAGE_DECIDED, .t_us = t_us};

	message.decided.node = str_from(node);
	message.decided.what = STR("begin");
	forecast_see(rig->forecast, &message);
}

void rig_ends(struct rig *rig, const char *node, enum outcome outcome, int64_t t_us)
{
	struct message message = {.type = MESSAGE_STEP_FINISHED, .t_us = t_us};

	message.step_finished.node = str_from(node);
	message.step_finished.outcome = outcome;
	forecast_see(rig->forecast, &message);
}

void assert_near(int64_t us, int64_t low_s, int64_t high_s)
{
	assert_in_range(us, low_s * SECOND, high_s * SECOND);
}
