/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "stdlib/file_source.h"
#include "stdlib/registry.h"

/*
 * file.read: the content of a file, held in memory whole and handed to the executor as a process's output is, so that
 * it is masked, bounded and recorded in the same way.
 */

static const struct param params[] = {
    {.name = "path",
	.kind = PARAM_PATH,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
	.doc = "The file to read; a link stands for what it leads to."},
    {.name = "max_size",
	.kind = PARAM_SIZE,
	.preset = "8MiB",
	.doc = "A larger file is a failure; 256MiB at most."},
    {0}};

static const struct type list_of_string = {.kind = TYPE_LIST, .of = &type_string};

static const struct field results[] = {
    {"content", &type_stream, "What is in it; U+FFFD for what is not UTF-8."},
    {"json", &type_dyn, "The content, read as JSON."},
    {"lines", &list_of_string, "The content, line by line."}, {"size", &type_int, "In bytes."},
    {"mtime", &type_timestamp, "When it was last modified."},
    {"class", &type_string, TROUBLE_FILE_DOC}, {"latency", &type_duration, "How long it took."},
    {0}};

static const char *const success_fields[] = {"class", NULL};

const struct action_spec file_read_spec = {
    .name = "file.read",
    .summary = "The content of a file, as text, as lines or as JSON.",
    .params = params,
    .results = results,
    .success_doc = "the file was read",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_READ,
    .timeout_us = 30000000,
};

enum { SIZE_PRESET = 8 << 20, SIZE_MOST = 256 << 20 };

struct order {
	const char *path;
	int64_t max_size;
};

static void describe(struct file_job *job, const struct stat *stat, int64_t size)
{
	file_job_add_int(job, "size", size);
	map_add(&job->result, "mtime", value_timestamp_us(job->arena, file_mtime_us(stat)));
}

static void perform(struct file_job *job)
{
	const struct order *order = job->self;
	struct file_source source;
	struct buf content;

	if (!file_source_open(job, order->path, &source))
		return;
	buf_init(&content, BUF_UNBOUNDED);
	if (file_source_slurp(job, &source, 0, order->max_size, &content)) {
		describe(job, &source.stat, (int64_t)content.len);
		map_add(&job->result, "content", value_string(job->arena, STR("")));
		job->output.len = content.len;
		job->output.ptr = buf_take(&content);
		arena_defer(job->arena, free, (char *)(uintptr_t)job->output.ptr);
	} else {
		describe(job, &source.stat, source.stat.st_size);
	}
	buf_done(&content);
	file_source_close(&source);
}

static void start(struct attempt *attempt)
{
	struct file_job *job = file_job_new(attempt, perform, sizeof(struct order));
	struct order *order = job->self;

	order->path = file_job_path(job, "path");
	order->max_size = args_int(&job->args, "max_size", SIZE_PRESET, 0, SIZE_MOST);
	file_job_start(job, "reading %s", file_shown(job->arena, order->path));
}

const struct action_impl file_read = {
    .spec = &file_read_spec, .start = start, .cancel = file_job_cancel};
