/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "stdlib/file_clone.h"
#include "stdlib/file_rights.h"
#include "stdlib/registry.h"

/*
 * file.move: aside, to a name that nothing has. A link is moved itself. Onto another file system goes a file alone: it
 * is copied, verified, given its name, and only then removed where it was.
 */

static const struct param params[] = {
    {.name = "path",
	.kind = PARAM_PATH,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
	.doc = "The file or folder to move; a link is moved itself."},
    {.name = "to",
	.kind = PARAM_PATH,
	.doc = "Its new path, which nothing may have; its old one with the time behind it when not "
	       "given: data.20261122T030405Z."},
    {0}};

static const struct field results[] = {{"to", &type_string, "Its new path."},
    {"copied", &type_bool, "Whether it lies on another file system now, and was copied there."},
    {"class", &type_string, TROUBLE_FILE_DOC}, {"latency", &type_duration, "How long it took."},
    {0}};

static const char *const success_fields[] = {"to", "class", NULL};

const struct action_spec file_move_spec = {
    .name = "file.move",
    .summary = "Moves a file or folder aside, never over another.",
    .params = params,
    .results = results,
    .success_doc = "it has its new name, and no longer its old one",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_CHANGE,
    .timeout_us = 600000000,
};

struct order {
	const char *path;
	const char *to; /* NULL: aside */
};

/* A move under way, in the thread: the folders and the names in them. */
struct move {
	struct file_job *job;
	const char *path;
	const char *to;
	int from_folder;
	int to_folder;
	const char *from_name;
	const char *to_name;
};

static bool is_entry(const char *name)
{
	return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool open_folders(struct move *move)
{
	struct file_job *job = move->job;

	move->from_folder = file_folder_open(job, move->path, &move->from_name);
	if (move->from_folder >= 0)
		move->to_folder = file_folder_open(job, move->to, &move->to_name);
	if (move->to_folder < 0)
		return false;
	if (is_entry(move->from_name) && is_entry(move->to_name))
		return true;
	return file_job_wrong(job, "path and to must end in the name of a file or folder");
}

static bool sync_folders(const struct move *move)
{
	return file_folder_sync(move->job, move->to_folder, move->to) &&
	    file_folder_sync(move->job, move->from_folder, move->path);
}

/* The copy has its name: what is left of the old file goes, if it is still the one that was copied. */
static bool remove_old(const struct move *move, const struct file_source *source)
{
	struct file_job *job = move->job;
	struct stat now;

	if (fstatat(move->from_folder, move->from_name, &now, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !file_stat_is_same(&now, &source->stat))
		return file_job_fail(job, TROUBLE_CHANGED,
		    "%s changed while it was copied to %s, so it was not removed",
		    file_shown(job->arena, move->path), file_shown(job->arena, move->to));
	if (unlinkat(move->from_folder, move->from_name, 0) < 0)
		return file_job_fail(job,
		    file_trouble(job->arena, errno, "remove", move->path).class,
		    "%s was copied to %s, but cannot be removed: %s",
		    file_shown(job->arena, move->path), file_shown(job->arena, move->to),
		    strerrordesc_np(errno));
	return sync_folders(move);
}

static bool copy_over(const struct move *move)
{
	struct file_job *job = move->job;
	struct file_source source;
	struct file_draft draft = {.folder = -1, .fd = -1};
	char sha256[DIGEST_HEX_MAX + 1];
	struct timespec times[2];
	int64_t size;
	bool ok;

	if (!file_source_open(job, move->path, &source))
		return false;
	times[0] = source.stat.st_atim;
	times[1] = source.stat.st_mtim;
	ok = file_draft_open(&draft, job, move->to, true) &&
	    file_clone(job, &source, &draft, sha256, &size) &&
	    file_rights_copy(job, source.fd, &source.stat, draft.fd, move->to) &&
	    (futimens(draft.fd, times) == 0 ||
		file_job_errno(job, errno, "keep the times of", move->to)) &&
	    file_draft_sync(&draft) && file_draft_publish(&draft, false) &&
	    remove_old(move, &source);
	file_draft_drop(&draft);
	file_source_close(&source);
	return ok;
}

static bool refuse(const struct move *move, const struct stat *stat)
{
	struct file_job *job = move->job;

	return file_job_fail(job, TROUBLE_TYPE,
	    "%s is %s, and %s lies on another file system: only a file is moved there; give it a "
	    "name beside it",
	    file_shown(job->arena, move->path), file_kind(stat->st_mode),
	    file_shown(job->arena, move->to));
}

static bool move_it(const struct move *move, bool *ret_copied)
{
	struct file_job *job = move->job;
	struct stat stat;
	int error;

	if (fstatat(move->from_folder, move->from_name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return file_job_errno(job, errno, "move", move->path);
	if (!file_job_commit(job))
		return false;
	error = file_rename_new(move->from_folder, move->from_name, move->to_folder, move->to_name);
	if (error == 0)
		return sync_folders(move);
	*ret_copied = error == EXDEV;
	if (*ret_copied) {
		file_job_go_back(job);
		return S_ISREG(stat.st_mode) ? copy_over(move) : refuse(move, &stat);
	}
	if (error == EINVAL)
		return file_job_fail(job, TROUBLE_TYPE, "%s cannot be moved into itself",
		    file_shown(job->arena, move->path));
	return file_job_errno(
	    job, error, error == EEXIST ? "make" : "move", error == EEXIST ? move->to : move->path);
}

static bool open_move(struct file_job *job, struct move *move)
{
	const struct order *order = job->self;

	*move = (struct move){
	    .job = job, .path = order->path, .to = order->to, .from_folder = -1, .to_folder = -1};
	if (!move->to)
		move->to = file_aside(job, move->path);
	return open_folders(move);
}

static void close_move(const struct move *move)
{
	if (move->from_folder >= 0)
		close(move->from_folder);
	if (move->to_folder >= 0)
		close(move->to_folder);
}

static void perform(struct file_job *job)
{
	bool copied = false;
	struct move move;

	if (open_move(job, &move) && move_it(&move, &copied)) {
		file_job_add_text(job, "to", str_from(move.to));
		file_job_add_bool(job, "copied", copied);
	}
	close_move(&move);
}

static void look_at_it(struct file_job *job)
{
	struct stat there;
	struct stat folder;
	struct stat stat;
	struct move move;

	if (open_move(job, &move)) {
		if (fstatat(move.from_folder, move.from_name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
			file_job_errno(job, errno, "move", move.path);
		else if (fstatat(move.to_folder, move.to_name, &there, AT_SYMLINK_NOFOLLOW) == 0)
			file_job_errno(job, EEXIST, "make", move.to);
		else if (faccessat(move.from_folder, ".", W_OK | X_OK, AT_EACCESS) < 0)
			file_job_errno(job, errno, "move", move.path);
		else if (file_draft_look(job, move.to) && !S_ISREG(stat.st_mode) &&
		    fstat(move.to_folder, &folder) == 0 && folder.st_dev != stat.st_dev)
			refuse(&move, &stat);
	}
	close_move(&move);
}

/* "data/" is "data" */
static const char *without_slashes(struct file_job *job, const char *path)
{
	struct str text = str_from(path);

	while (text.len > 1 && str_ends(text, STR("/")))
		text.len--;
	return arena_cstr(job->arena, text);
}

static void begin(struct attempt *attempt, void (*work)(struct file_job *job))
{
	struct file_job *job = file_job_new(attempt, work, sizeof(struct order));
	struct order *order = job->self;

	order->path = without_slashes(job, file_job_path(job, "path"));
	if (args_has(&job->args, "to"))
		order->to = without_slashes(job, file_job_path(job, "to"));
	file_job_start(job, "moving %s", file_shown(job->arena, order->path));
}

static void start(struct attempt *attempt)
{
	begin(attempt, perform);
}

static void look(struct attempt *attempt)
{
	begin(attempt, look_at_it);
}

const struct action_impl file_move = {.spec = &file_move_spec,
    .start = start,
    .cancel = file_job_cancel,
    .look = look,
    .progress = file_job_progress};
