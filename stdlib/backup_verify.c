/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stdlib/args.h"
#include "stdlib/backup_check.h"
#include "stdlib/registry.h"

/*
 * backup.verify: reads a backup from its first byte to its last, as far as its format goes. It does not restore it:
 * what was never in it, or was wrong in the database, it cannot miss.
 */

static const struct param params[] = {
    {.name = "path",
	.kind = PARAM_PATH,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
	.doc =
	    "A file, or the folder of pg_dump's directory format or of Redis' append-only files."},
    {.name = "max_size",
	.kind = PARAM_SIZE,
	.preset = "1TiB",
	.doc = "What unpacks to more is not read on, and not complete: a small file can unpack to "
	       "anything."},
    {0}};

static const struct field results[] = {
#include "stdlib/backup_fields.def"
    {0}};

/* Not `complete`: who asks for it should hear the reason as well. */
static const char *const success_fields[] = {"reason", NULL};

const struct action_spec backup_verify_spec = {
    .name = "backup.verify",
    .summary =
	"What kind of backup a file or folder is, and whether it is whole; it restores nothing.",
    .params = params,
    .results = results,
    .success_doc = "it is a backup of a kind that is known here, and complete; an `expect` that "
		   "names `reason` "
		   "decides for itself",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_READ,
    .timeout_us = INT64_C(3600) * 1000000,
};

struct verify {
	struct attempt *attempt; /* the loop's */
	struct pool_job *job; /* the loop's */
	char *path;
	int64_t max_size;
	struct check *check; /* the thread's until it is done */
};

static bool slice(void *self, const struct pool_job *job)
{
	struct verify *verify = self;
	int64_t until_us = loop_clock_us() + POOL_SLICE_US;

	if (!verify->check)
		verify->check = check_new(verify->path, CHECK_ALL, verify->max_size, job);
	while (check_step(verify->check))
		if (loop_clock_us() >= until_us)
			return true;
	return false;
}

static void done(void *self)
{
	struct verify *verify = self;
	struct attempt *attempt = verify->attempt;
	const struct backup *backup = check_backup(verify->check);
	struct map_builder result;

	if (backup->error) {
		/* Not being allowed to look is no answer to whether it is whole. */
		attempt_error(attempt, "cannot read %s: %s", verify->path, strerror(backup->error));
		return;
	}
	map_begin(&result, attempt->arena);
	backup_give(&result, backup);
	if (backup->complete)
		attempt_succeed(attempt, map_end(&result));
	else
		attempt_fail(attempt, map_end(&result), "%s is not a complete backup: %.*s",
		    verify->path, STR_ARG(backup_reason(attempt->arena, backup)));
}

static void release(void *self)
{
	struct verify *verify = self;

	check_free(verify->check);
	free(verify->path);
	free(verify);
}

static const struct pool_work work = {slice, done, release};

static void start(struct attempt *attempt)
{
	struct verify *verify;
	struct args args;
	struct str path;
	int64_t max_size;

	args_init(&args, attempt->args, attempt->arena);
	path = args_text(&args, "path");
	max_size = args_int(&args, "max_size", INT64_C(1) << 40, 1, INT64_MAX);
	if (args.wrong.len || !path.len) {
		attempt_error(
		    attempt, "%.*s", STR_ARG(args.wrong.len ? args.wrong : STR("path is empty")));
		return;
	}
	verify = mem_alloc(sizeof(*verify));
	verify->attempt = attempt;
	verify->path = mem_strndup(path.ptr, path.len);
	verify->max_size = max_size;
	attempt->self = verify;
	pool_start(attempt->host->loop, &work, verify, &verify->job);
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct verify *verify = attempt->self;
	struct map_builder nothing;

	(void)how;
	map_begin(&nothing, attempt->arena);
	pool_drop(&verify->job); /* and the rest is the pool's alone */
	attempt_fail(attempt, map_end(&nothing), "ended while reading %.*s",
	    STR_ARG(value_text(value_get(attempt->args, "path"))));
}

static void progress(const struct attempt *attempt, struct progress *ret_progress)
{
	pool_progress(((const struct verify *)attempt->self)->job, ret_progress);
}

const struct action_impl backup_verify = {
    .spec = &backup_verify_spec, .start = start, .cancel = cancel, .progress = progress};
