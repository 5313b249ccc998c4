/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/look.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"
#include "stdlib/chore.h"

/* The attempt's side of it. */
struct watcher {
	struct attempt *attempt;
	struct chore *chore;
	const char *doing;
};

struct job {
	struct look look; /* first: the work gets it */
	void (*work)(struct look *look);
};

static void perform(void *self)
{
	struct job *job = self;

	job->work(&job->look);
}

static void free_job(void *self)
{
	struct job *job = self;

	arena_free(job->look.arena);
	free(job);
}

static const struct chore_kind kind = {perform, free_job};

static void done(void *self, void *work)
{
	struct watcher *watcher = self;
	struct attempt *attempt = watcher->attempt;
	const struct look *look = &((struct job *)work)->look;
	struct attempt_result result = {.error = look->error, .ok = look->why.len == 0};

	result.why = arena_str(attempt->arena, look->why);
	if (look->result)
		result.value = value_copy(attempt->arena, look->result);
	attempt_finish(attempt, &result);
}

void look_start(struct attempt *attempt, void (*work)(struct look *look), const char *doing)
{
	struct watcher *watcher = arena_alloc(attempt->arena, sizeof(*watcher));
	struct job *job = mem_alloc(sizeof(*job));

	*watcher = (struct watcher){.attempt = attempt, .doing = doing};
	attempt->self = watcher;
	job->work = work;
	job->look.arena = arena_new();
	job->look.args = value_copy(job->look.arena, attempt->args);
	chore_start(attempt->host->loop, &kind, job, &watcher->chore, done, watcher);
}

void look_cancel(struct attempt *attempt, enum cancel_how how)
{
	struct watcher *watcher = attempt->self;
	struct map_builder nothing;

	(void)how;
	chore_drop(&watcher->chore);
	map_begin(&nothing, attempt->arena);
	attempt_fail(attempt, map_end(&nothing), "ended while %s", watcher->doing);
}

void look_fail(struct look *look, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	look->why = arena_vprintf(look->arena, format, args);
	va_end(args);
}

void look_error(struct look *look, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	look->why = arena_vprintf(look->arena, format, args);
	va_end(args);
	look->error = true;
}
