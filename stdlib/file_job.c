/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/file_job.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"
#include "stdlib/text.h"

/*
 * OPEN → GIVEN_UP, by whoever cancels, or OPEN → COMMITTED and perhaps back, by the thread: whoever is first.
 */
enum stage { OPEN, GIVEN_UP, COMMITTED };

struct file_job *file_job_new(
    struct attempt *attempt, void (*perform)(struct file_job *job), size_t size)
{
	struct file_job *job = mem_alloc(sizeof(*job));

	job->arena = arena_new();
	job->attempt = attempt;
	job->perform = perform;
	job->self = arena_alloc(job->arena, size);
	job->work.data = job;
	job->began_us = loop_clock_us();
	job->folder = attempt->host->folder
	    ? arena_cstr(job->arena, str_from(attempt->host->folder))
	    : ".";
	args_init(&job->args, value_copy(job->arena, attempt->args), job->arena);
	map_begin(&job->result, job->arena);
	attempt->self = job;
	return job;
}

static void job_free(struct file_job *job)
{
	arena_free(job->arena);
	free(job);
}

static void release_arena(void *arena)
{
	arena_free(arena);
}

/* The attempt keeps the job's memory, for its result is made of it. */
static void tell(struct file_job *job)
{
	struct attempt *attempt = job->attempt;

	loop_timer_free(job->patience);
	arena_defer(attempt->arena, release_arena, job->arena);
	if (job->args.wrong.len) {
		attempt_error(attempt, "%.*s", STR_ARG(job->args.wrong));
		return;
	}
	if (job->output.len)
		attempt_output(attempt, ATTEMPT_STDOUT, job->output);
	trouble_finish(attempt, &job->result, job->failed ? &job->trouble : NULL, job->began_us);
}

static void work(uv_work_t *request)
{
	struct file_job *job = request->data;

	job->perform(job);
}

static void worked(uv_work_t *request, int status)
{
	struct file_job *job = request->data;

	(void)status; /* only one that was given up can fail */
	if (job->attempt) {
		tell(job);
		free(job);
	} else {
		job_free(job);
	}
}

void file_job_start(struct file_job *job, const char *format, ...)
{
	struct attempt *attempt = job->attempt;
	va_list args;

	if (job->args.wrong.len) {
		attempt_error(attempt, "%.*s", STR_ARG(job->args.wrong));
		job_free(job);
		return;
	}
	va_start(args, format);
	job->doing = arena_vprintf(job->arena, format, args);
	va_end(args);
	uv_queue_work(&attempt->host->loop->uv, &job->work, work, worked);
}

/* Ends the attempt; what the thread still does is unseen. */
static void leave(struct file_job *job)
{
	struct attempt *attempt = job->attempt;
	struct trouble trouble = trouble_of_cancel(attempt, job->began_us, job->doing);
	struct map_builder nothing;

	if (atomic_load(&job->stage) == COMMITTED)
		trouble.why = arena_printf(attempt->arena,
		    "%.*s; its file system hangs, and whether it was done is not known",
		    STR_ARG(trouble.why));
	loop_timer_free(job->patience);
	job->patience = NULL;
	job->attempt = NULL; /* and the job is the pool's alone */
	uv_cancel((uv_req_t *)&job->work);
	map_begin(&nothing, attempt->arena);
	trouble_finish(attempt, &nothing, &trouble, job->began_us);
}

static bool give_up(struct file_job *job)
{
	int stage = OPEN;

	return atomic_compare_exchange_strong(&job->stage, &stage, GIVEN_UP);
}

static void lose_patience(void *self)
{
	give_up(self);
	leave(self);
}

void file_job_cancel(struct attempt *attempt, enum cancel_how how)
{
	struct file_job *job = attempt->self;

	if (give_up(job) || how == CANCEL_KILL) {
		leave(job);
	} else if (!job->patience) {
		job->patience = loop_timer_new(attempt->host->loop, lose_patience, job);
		loop_timer_start(job->patience, attempt->grace_us);
	}
}

void file_job_progress(const struct attempt *attempt, struct progress *ret_progress)
{
	headway_tell(&((const struct file_job *)attempt->self)->headway, ret_progress);
}

const char *file_job_path(struct file_job *job, const char *key)
{
	struct str path = args_text(&job->args, key);

	if (!path.len && !job->args.wrong.len)
		job->args.wrong = arena_printf(job->arena, "%s is empty", key);
	return arena_cstr(job->arena, path);
}

const char *file_job_place(struct file_job *job, struct str path)
{
	if (path.len && path.ptr[0] == '/')
		return arena_cstr(job->arena, path);
	return arena_printf(job->arena, "%s/%.*s", job->folder, STR_ARG(path)).ptr;
}

bool file_job_given_up(void *job)
{
	return atomic_load(&((struct file_job *)job)->stage) == GIVEN_UP;
}

bool file_job_commit(struct file_job *job)
{
	int stage = OPEN;

	return atomic_compare_exchange_strong(&job->stage, &stage, COMMITTED) || stage == COMMITTED;
}

void file_job_go_back(struct file_job *job)
{
	atomic_store(&job->stage, OPEN);
}

/* Before the point of no return nothing was changed. */
static bool failed(struct file_job *job)
{
	job->trouble.unchanged = atomic_load(&job->stage) != COMMITTED;
	job->failed = true;
	return false;
}

bool file_job_fail(struct file_job *job, enum trouble_class class, const char *format, ...)
{
	va_list args;

	if (job->failed)
		return false;
	va_start(args, format);
	job->trouble = (struct trouble){
	    .class = class, .why = arena_vprintf(job->arena, format, args)};
	va_end(args);
	return failed(job);
}

bool file_job_errno(struct file_job *job, int error, const char *verb, const char *path)
{
	if (!job->failed)
		job->trouble = file_trouble(job->arena, error, verb, path);
	return failed(job);
}

bool file_job_forgive(struct file_job *job, struct trouble *ret_trouble)
{
	bool failed = job->failed;

	*ret_trouble = job->trouble;
	job->failed = false;
	return failed;
}

bool file_job_wrong(struct file_job *job, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!job->args.wrong.len)
		job->args.wrong = arena_vprintf(job->arena, format, args);
	va_end(args);
	return false;
}

void file_job_add_text(struct file_job *job, const char *key, struct str text)
{
	map_add(&job->result, key, text_value(job->arena, text));
}

void file_job_add_int(struct file_job *job, const char *key, int64_t number)
{
	map_add(&job->result, key, value_int(job->arena, number));
}

void file_job_add_bool(struct file_job *job, const char *key, bool flag)
{
	map_add(&job->result, key, value_bool(flag));
}
