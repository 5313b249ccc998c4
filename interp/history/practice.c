/* SPDX-License-Identifier: Apache-2.0 */
#include "history/practice.h"

#include "base/map.h"
#include "history/quantile.h"
#include "lang/model.h"

/* How long a step took, each time that it went well. */
struct times {
	int64_t *us;
	size_t count;
	size_t capacity;
};

struct gathering {
	struct arena *arena;
	struct practice *practice;
	struct map by_path; /* path to index + 1 */
	struct times *times; /* by step */
	size_t times_capacity;
	size_t step_capacity;
};

enum practice_mode practice_mode(const struct past_run *run)
{
	if (run->alone.len)
		return MODE_ALONE;
	if (run->rehearsal)
		return MODE_REHEARSAL;
	if (str_is(run->mode, "run"))
		return MODE_RUN;
	return str_is(run->mode, "replay") ? MODE_REPLAY : MODE_OTHER;
}

bool practice_is_live(const struct past_run *run)
{
	return practice_mode(run) == MODE_RUN || practice_mode(run) == MODE_REPLAY;
}

bool practice_went_well(const struct past_run *run)
{
	enum run_outcome wanted = run->rehearsal ? RUN_REHEARSED : RUN_RECOVERED;

	return run->finished && (practice_is_live(run) || practice_mode(run) == MODE_REHEARSAL) &&
	    run->outcome == wanted;
}

enum practice_objective practice_objective(const struct past_run *run)
{
	if (run->rto_us == UNSET_US || !practice_is_live(run))
		return OBJECTIVE_NONE;
	if (practice_went_well(run))
		return run->recovered_us <= run->rto_us ? OBJECTIVE_MET : OBJECTIVE_MISSED;
	return run->duration_us > run->rto_us ? OBJECTIVE_MISSED : OBJECTIVE_NONE;
}

static size_t step_at(struct gathering *gathering, const struct past_step *step)
{
	struct practice *practice = gathering->practice;
	uintptr_t index = (uintptr_t)map_get(&gathering->by_path, step->path);

	if (index)
		return index - 1;
	gathering->times = arena_grow(gathering->arena, gathering->times, practice->step_count,
	    &gathering->times_capacity, sizeof(*gathering->times));
	practice->steps = arena_grow(gathering->arena, practice->steps, practice->step_count,
	    &gathering->step_capacity, sizeof(*practice->steps));
	gathering->times[practice->step_count] = (struct times){0};
	practice->steps[practice->step_count++] = (struct practice_step){
	    .path = step->path, .median_us = UNSET_US, .p90_us = UNSET_US};
	map_put(&gathering->by_path, step->path, (void *)(uintptr_t)practice->step_count);
	return practice->step_count - 1;
}

/* It was let do what it has to do, and nothing in it was only assumed. What it has to do may be to compute. */
static bool was_done(const struct past_step *step)
{
	return !step->assumed &&
	    (step->performed || step->checked || step->is_block ||
		step->outcome == OUTCOME_SUCCEEDED);
}

static bool has_failed(const struct past_step *step)
{
	return step->outcome == OUTCOME_FAILED || step->outcome == OUTCOME_TIMED_OUT ||
	    step->outcome == OUTCOME_LOST;
}

static void count_step(
    struct gathering *gathering, const struct past_run *run, const struct past_step *past)
{
	size_t index = step_at(gathering, past);
	struct practice_step *step = &gathering->practice->steps[index];
	struct times *times = &gathering->times[index];
	int64_t at_us = run->began_at_us + past->began_us;

	step->is_block |= past->is_block;
	step->is_manual |= past->is_manual;
	if (past->assumed && at_us > step->gone_through_at_us)
		step->gone_through_at_us = at_us;
	if (!was_done(past) || (past->outcome != OUTCOME_SUCCEEDED && !has_failed(past)))
		return;
	step->times++;
	if (at_us > step->last_at_us)
		step->last_at_us = at_us;
	if (has_failed(past) && !past->allowed) {
		step->failed++;
		return;
	}
	step->well++;
	times->us = arena_grow(
	    gathering->arena, times->us, times->count, &times->capacity, sizeof(*times->us));
	times->us[times->count++] = past->duration_us - (past->is_manual ? 0 : past->open_us);
}

static void count_run(struct practice *practice, const struct past_run *run)
{
	enum practice_mode mode = practice_mode(run);

	if (practice_is_live(run)) {
		practice->live++;
		practice->last_live = run;
		if (practice_went_well(run))
			practice->failed_since = NULL;
		else if (run->finished && run->outcome == RUN_FAILED)
			practice->failed_since = run;
	} else if (mode == MODE_REHEARSAL) {
		practice->rehearsals++;
		practice->last_rehearsal = run;
	} else if (mode == MODE_ALONE) {
		practice->alone++;
	}
	if (practice_went_well(run))
		practice->last_well = run;
}

struct practice practice_of(struct arena *arena, const struct past *past, struct str runbook)
{
	struct practice practice = {.runbook = runbook};
	struct gathering gathering = {.arena = arena, .practice = &practice};

	map_init(&gathering.by_path);
	for (size_t i = 0; i < past->count; i++) {
		const struct past_run *run = &past->runs[i];

		if (!str_eq(run->runbook, runbook))
			continue;
		count_run(&practice, run);
		for (size_t k = 0; k < run->step_count; k++)
			if (!run->steps[k].is_loop) /* its items stand for it */
				count_step(&gathering, run, &run->steps[k]);
	}
	for (size_t i = 0; i < practice.step_count; i++) {
		struct times *times = &gathering.times[i];

		if (!times->count)
			continue;
		practice.steps[i].median_us = quantile_of(times->us, times->count, 50);
		practice.steps[i].p90_us = quantile_of(times->us, times->count, 90);
	}
	map_done(&gathering.by_path);
	return practice;
}
