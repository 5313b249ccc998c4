/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "stdlib/edit_order.h"
#include "stdlib/file_draft.h"
#include "stdlib/file_rights.h"
#include "stdlib/file_source.h"
#include "stdlib/registry.h"
#include "stdlib/text.h"

/*
 * file.edit: a change to a text file that can be said beforehand, seen afterwards and done twice. What is written is a
 * new file that takes the old one's place; a copy of the old one stays beside it.
 */

static const char *const duplicates[] = {"refuse", "all", NULL};

static const struct param params[] = {
    {.name = "path",
	.kind = PARAM_PATH,
	.flags = PARAM_REQUIRED,
	.doc = "The file to edit, 1 MiB at most; a link stands for what it leads to."},
    {.name = "set",
	.kind = PARAM_MAP,
	.flags = PARAM_TAKES_SECRETS,
	.doc = "Variables and their values in a file of lines KEY=value, as a shell reads it: "
	       "{LOG_LEVEL: debug}. Comments, order, quotes and `export` stay; values are quoted "
	       "as needed. This or `replace`."},
    {.name = "add",
	.kind = PARAM_BOOL,
	.preset = "true",
	.doc = "Whether a variable of `set` that is not there is added at the end."},
    {.name = "duplicates",
	.kind = PARAM_STRING,
	.preset = "refuse",
	.choices = duplicates,
	.doc = "What to do with a variable of `set` that is there more than once."},
    {.name = "replace",
	.kind = PARAM_MAP,
	.flags = PARAM_TAKES_SECRETS,
	.doc =
	    "{pattern, with, count}: every match of a regular expression (PCRE2; ^ and $ hold at "
	    "every line) becomes `with`, in which \\1 is the first group, unless it holds a "
	    "secret; `count` is how many "
	    "matches there must be, otherwise at least one."},
    {.name = "backup",
	.kind = PARAM_BOOL,
	.preset = "true",
	.doc = "Whether a copy of the old file stays beside it, under its name and the time."},
    {0}};

static const struct field results[] = {
    {"changed", &type_bool, "Whether anything was written; false when all was as it should be."},
    {"count", &type_int,
	"How many variables or matches were looked at, whether they changed or not."},
    {"diff", &type_string,
	"What changed, as a unified diff; values that are secrets, and those they took the place "
	"of, are not in it."},
    {"backup", &type_string, "The path of the copy, where one was made."},
    {"path", &type_string, "Where the file lies: behind all links."},
    {"class", &type_string, TROUBLE_FILE_DOC}, {"latency", &type_duration, "How long it took."},
    {0}};

static const char *const success_fields[] = {"changed", "count", "class", NULL};

const struct action_spec file_edit_spec = {
    .name = "file.edit",
    .summary = "Sets variables in a file, or replaces what matches a pattern.",
    .params = params,
    .results = results,
    .success_doc = "the file is as it should be, and on the disk",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_CHANGE,
    .timeout_us = 60000000,
};

enum { EDIT_MAX = 1 << 20, DIFF_MAX = 64 << 10 };

/* An edit under way, in the thread. */
struct edit {
	struct file_job *job;
	const char *path; /* behind all links */
	struct file_source source;
	struct buf old;
	struct buf new;
	struct text_edits edits;
	int64_t count;
	struct file_draft draft;
	struct file_draft copy;
	const char *backup; /* NULL: none was made */
};

static bool read_old(struct edit *edit, const struct edit_order *order)
{
	struct file_job *job = edit->job;
	struct stat stat;
	bool there;

	if (!file_target(job, order->path, &edit->path, &there, &stat) ||
	    !file_source_open(job, edit->path, &edit->source))
		return false;
	if (edit->source.stat.st_nlink > 1)
		return file_job_fail(job, TROUBLE_TYPE,
		    "%s has %ju names (hard links), and the others would keep the old content",
		    file_shown(job->arena, edit->path), (uintmax_t)edit->source.stat.st_nlink);
	return file_source_slurp(job, &edit->source, 0, EDIT_MAX, &edit->old);
}

/* A draft with this content, and all else as the old file has it. */
static bool make(
    struct edit *edit, struct file_draft *draft, const char *path, const struct buf *text)
{
	struct file_job *job = edit->job;

	return file_draft_open(draft, job, path, true) && file_draft_write(draft, buf_view(text)) &&
	    file_rights_copy(job, edit->source.fd, &edit->source.stat, draft->fd, path) &&
	    file_draft_sync(draft);
}

/* Whether the file is still what was read, byte by byte: times are too coarse to tell. */
static bool is_untouched(struct edit *edit)
{
	struct file_job *job = edit->job;
	struct file_source now;
	struct buf text;
	bool same;

	if (!file_source_open(job, edit->path, &now))
		return false;
	buf_init(&text, BUF_UNBOUNDED);
	same = file_stat_is_same(&now.stat, &edit->source.stat) &&
	    file_source_slurp(job, &now, 0, EDIT_MAX, &text) &&
	    str_eq(buf_view(&text), buf_view(&edit->old));
	buf_done(&text);
	file_source_close(&now);
	return same || file_job_given_up(job) ||
	    file_job_fail(job, TROUBLE_CHANGED,
		"somebody else changed %s meanwhile; nothing was written",
		file_shown(job->arena, edit->path));
}

/* The copy has its name before the file changes; where that fails, it goes again. */
static bool publish(struct edit *edit, bool backup)
{
	if (backup) {
		if (!file_draft_publish(&edit->copy, false))
			return false;
		edit->backup = edit->copy.target;
	}
	if (file_draft_publish(&edit->draft, true) || !edit->draft.temporary)
		return !edit->job->failed;
	if (backup)
		unlinkat(edit->copy.folder, edit->copy.name, 0);
	return false;
}

static bool write_new(struct edit *edit, const struct edit_order *order)
{
	return make(edit, &edit->draft, edit->path, &edit->new) &&
	    (!order->backup ||
		make(edit, &edit->copy, file_aside(edit->job, edit->path), &edit->old)) &&
	    is_untouched(edit) && publish(edit, order->backup);
}

static void describe(struct edit *edit, bool changed)
{
	struct file_job *job = edit->job;
	struct buf diff;

	buf_init(&diff, DIFF_MAX);
	text_edits_diff(&edit->edits, file_shown(job->arena, edit->path), &diff);
	file_job_add_bool(job, "changed", changed);
	file_job_add_int(job, "count", edit->count);
	file_job_add_text(job, "diff",
	    diff.full ? arena_printf(job->arena, "%.*s\n(and more)\n", STR_ARG(buf_view(&diff)))
		      : buf_view(&diff));
	if (edit->backup)
		file_job_add_text(job, "backup", str_from(edit->backup));
	file_job_add_text(job, "path", str_from(edit->path));
	buf_done(&diff);
}

static void perform(struct file_job *job)
{
	const struct edit_order *order = job->self;
	struct edit edit = {.job = job,
	    .source = {.fd = -1},
	    .draft = {.folder = -1, .fd = -1},
	    .copy = {.folder = -1, .fd = -1}};
	bool changed = false;

	buf_init(&edit.old, BUF_UNBOUNDED);
	buf_init(&edit.new, BUF_UNBOUNDED);
	if (read_old(&edit, order)) {
		edit.edits.text = buf_view(&edit.old);
		if (edit_order_find(job, order, edit.path, &edit.edits, &edit.count)) {
			text_edits_apply(&edit.edits, &edit.new);
			changed = edit.edits.count > 0;
			if (!changed || write_new(&edit, order))
				describe(&edit, changed);
		}
	}
	file_draft_drop(&edit.draft);
	file_draft_drop(&edit.copy);
	file_source_close(&edit.source);
	buf_done(&edit.old);
	buf_done(&edit.new);
}

/* Whether it would find what it changes, and could put a new file there if it does. */
static void look_at_it(struct file_job *job)
{
	const struct edit_order *order = job->self;
	struct edit edit = {.job = job, .source = {.fd = -1}};

	buf_init(&edit.old, BUF_UNBOUNDED);
	if (read_old(&edit, order)) {
		edit.edits.text = buf_view(&edit.old);
		if (edit_order_find(job, order, edit.path, &edit.edits, &edit.count) &&
		    edit.edits.count > 0)
			file_draft_look(job, edit.path);
	}
	file_source_close(&edit.source);
	buf_done(&edit.old);
}

static void begin(struct attempt *attempt, void (*work)(struct file_job *job))
{
	struct file_job *job = file_job_new(attempt, work, sizeof(struct edit_order));
	struct edit_order *order = job->self;

	order->path = file_job_path(job, "path");
	order->backup = args_bool(&job->args, "backup", true);
	edit_order_read(job, attempt->sealed, order);
	file_job_start(job, "editing %s", file_shown(job->arena, order->path));
}

static void start(struct attempt *attempt)
{
	begin(attempt, perform);
}

static void look(struct attempt *attempt)
{
	begin(attempt, look_at_it);
}

const struct action_impl file_edit = {
    .spec = &file_edit_spec, .start = start, .cancel = file_job_cancel, .look = look};
