/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "stdlib/file_clone.h"
#include "stdlib/file_hash.h"
#include "stdlib/file_rights.h"
#include "stdlib/registry.h"

/* file.copy: one file, whole or not at all, read back before it gets its name. */

static const struct param params[] = {
    {.name = "path",
	.kind = PARAM_PATH,
	.flags = PARAM_REQUIRED,
	.doc = "The file to copy; a link stands for what it leads to."},
    {.name = "to",
	.kind = PARAM_PATH,
	.flags = PARAM_REQUIRED,
	.doc = "The path of the copy itself, not of a folder for it."},
    {.name = "replace",
	.kind = PARAM_BOOL,
	.preset = "false",
	.doc = "Whether it may take the place of a file that is there, and keep that one's mode "
	       "and owner."},
    {.name = "preserve",
	.kind = PARAM_BOOL,
	.preset = "false",
	.doc = "Whether it gets the owner, mode, times and attributes of the file, as with cp "
	       "--archive; otherwise only its permissions."},
    FILE_RIGHTS_PARAMS, {0}};

static const struct field results[] = {
    {"changed", &type_bool, "Whether anything was written; false when the same was there."},
    {"replaced", &type_bool, "Whether there was another file before."},
    {"to", &type_string, "Where the copy lies: behind all links."},
    {"size", &type_int, "In bytes."},
    {"sha256", &type_string, "The digest of the file, and of its copy on the disk."},
    {"class", &type_string, TROUBLE_FILE_DOC}, {"latency", &type_duration, "How long it took."},
    {0}};

static const char *const success_fields[] = {"changed", "replaced", "class", NULL};

const struct action_spec file_copy_spec = {
    .name = "file.copy",
    .summary = "Copies a file, verified, whole or not at all, never over another unless told so.",
    .params = params,
    .results = results,
    .success_doc = "the copy is on the disk, and its digest is that of the file",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_CHANGE,
    .timeout_us = 600000000,
};

struct order {
	const char *path;
	const char *to;
	bool replace;
	bool preserve;
	struct file_rights rights;
};

/* A copy under way, in the thread. */
struct copy {
	struct file_job *job;
	const char *to; /* behind all links */
	struct file_source source;
	struct file_source old; /* that it replaces; fd -1: none */
	char sha256[DIGEST_HEX_MAX + 1];
	int64_t size;
};

static bool open_both(struct copy *copy, const struct order *order)
{
	struct file_job *job = copy->job;
	struct stat stat;
	bool there;

	if (!file_source_open(job, order->path, &copy->source) ||
	    !file_target(job, order->to, &copy->to, &there, &stat))
		return false;
	if (!there)
		return true;
	if (stat.st_dev == copy->source.stat.st_dev && stat.st_ino == copy->source.stat.st_ino)
		return file_job_wrong(job, "%s and %s are the same file",
		    file_shown(job->arena, order->path), file_shown(job->arena, order->to));
	if (!order->replace)
		return file_job_fail(job, TROUBLE_EXISTS,
		    "%s is there already; `replace: true` copies over it",
		    file_shown(job->arena, order->to));
	return file_source_open(job, copy->to, &copy->old);
}

/* Whether the same is there already. */
static bool is_done(struct copy *copy, const struct order *order)
{
	struct file_job *job = copy->job;
	char there[DIGEST_HEX_MAX + 1];
	int64_t size;

	if (copy->old.fd < 0 || order->preserve ||
	    copy->old.stat.st_size != copy->source.stat.st_size ||
	    !file_rights_hold(job, &order->rights, &copy->old.stat))
		return false;
	headway_expect(&job->headway, 2 * copy->source.stat.st_size);
	return file_hash(job, &copy->old, "sha256", there, &size) &&
	    file_hash(job, &copy->source, "sha256", copy->sha256, &copy->size) &&
	    strcmp(there, copy->sha256) == 0;
}

/* Mode, owner and times: the replaced file's, the source's, or as was said. */
static bool give_rights(struct copy *copy, const struct order *order, int fd)
{
	struct file_job *job = copy->job;
	const struct stat *stat = &copy->source.stat;
	const struct timespec times[2] = {stat->st_atim, stat->st_mtim};
	const struct file_source *like = order->preserve ? &copy->source : &copy->old;
	bool ok;

	if (like->fd >= 0)
		ok = file_rights_copy(job, like->fd, &like->stat, fd, copy->to);
	else
		ok = fchmod(fd, stat->st_mode & 0777) == 0 ||
		    file_job_errno(job, errno, "change the mode of", copy->to);
	return ok && file_rights_give(job, &order->rights, fd, copy->to) &&
	    (!order->preserve || futimens(fd, times) == 0 ||
		file_job_errno(job, errno, "keep the times of", copy->to));
}

static bool write_it(struct copy *copy, const struct order *order)
{
	struct file_draft draft;
	bool ok;

	ok = file_draft_open(&draft, copy->job, copy->to, true) &&
	    file_clone(copy->job, &copy->source, &draft, copy->sha256, &copy->size) &&
	    give_rights(copy, order, draft.fd) && file_draft_sync(&draft) &&
	    file_draft_publish(&draft, order->replace);
	file_draft_drop(&draft);
	return ok;
}

static void describe(const struct copy *copy, bool changed)
{
	struct file_job *job = copy->job;

	file_job_add_bool(job, "changed", changed);
	file_job_add_bool(job, "replaced", changed && copy->old.fd >= 0);
	file_job_add_text(job, "to", str_from(copy->to));
	file_job_add_int(job, "size", copy->size);
	file_job_add_text(job, "sha256", str_from(copy->sha256));
}

static void perform(struct file_job *job)
{
	const struct order *order = job->self;
	struct copy copy = {.job = job, .source = {.fd = -1}, .old = {.fd = -1}};
	bool done;

	if (open_both(&copy, order)) {
		done = is_done(&copy, order);
		if (!job->failed && !job->args.wrong.len && (done || write_it(&copy, order)))
			describe(&copy, !done);
	}
	file_source_close(&copy.source);
	file_source_close(&copy.old);
}

/* Where the same is there already, nothing needs to be written. */
static void look_at_both(struct file_job *job)
{
	const struct order *order = job->self;
	struct copy copy = {.job = job, .source = {.fd = -1}, .old = {.fd = -1}};
	struct trouble trouble;

	if (open_both(&copy, order) && !file_draft_look(job, copy.to)) {
		file_job_forgive(job, &trouble);
		if (!is_done(&copy, order) && !job->failed)
			file_job_fail(job, trouble.class, "%.*s", STR_ARG(trouble.why));
	}
	file_source_close(&copy.source);
	file_source_close(&copy.old);
}

static void begin(struct attempt *attempt, void (*work)(struct file_job *job))
{
	struct file_job *job = file_job_new(attempt, work, sizeof(struct order));
	struct order *order = job->self;

	order->path = file_job_path(job, "path");
	order->to = file_job_path(job, "to");
	order->replace = args_bool(&job->args, "replace", false);
	order->preserve = args_bool(&job->args, "preserve", false);
	file_rights_read(job, &order->rights);
	file_job_start(job, "copying %s", file_shown(job->arena, order->path));
}

static void start(struct attempt *attempt)
{
	begin(attempt, perform);
}

static void look(struct attempt *attempt)
{
	begin(attempt, look_at_both);
}

const struct action_impl file_copy = {.spec = &file_copy_spec,
    .start = start,
    .cancel = file_job_cancel,
    .look = look,
    .progress = file_job_progress};
