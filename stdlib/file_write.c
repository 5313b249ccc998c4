/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "stdlib/file_draft.h"
#include "stdlib/file_hash.h"
#include "stdlib/file_rights.h"
#include "stdlib/file_source.h"
#include "stdlib/plain_json.h"
#include "stdlib/registry.h"
#include "stdlib/sealed.h"

/* file.write: a file with a content that the runbook knows, whole or not at all. */

static const char *const creations[] = {"either", "new", "replace", NULL};

static const struct param params[] = {
    {.name = "path",
	.kind = PARAM_PATH,
	.flags = PARAM_REQUIRED,
	.doc = "The file to write; a link stands for what it leads to."},
    {.name = "content",
	.kind = PARAM_ANY,
	.flags = PARAM_REQUIRED | PARAM_TAKES_SECRETS,
	.doc = "What is to be in it: a text as it is; a list or map as JSON, with a newline."},
    {.name = "create",
	.kind = PARAM_STRING,
	.preset = "either",
	.choices = creations,
	.doc = "Whether it must be new, or must be there to be replaced."},
    FILE_RIGHTS_PARAMS, {0}};

static const struct field results[] = {
    {"changed", &type_bool, "Whether anything was written; false when all was as it should be."},
    {"created", &type_bool, "Whether there was no such file before."},
    {"path", &type_string, "Where it lies: behind all links."}, {"size", &type_int, "In bytes."},
    {"sha256", &type_string, "The digest of the content; left out when a secret is in it."},
    {"class", &type_string, TROUBLE_FILE_DOC}, {"latency", &type_duration, "How long it took."},
    {0}};

static const char *const success_fields[] = {"changed", "created", "class", NULL};

const struct action_spec file_write_spec = {
    .name = "file.write",
    .summary = "Writes a file, whole or not at all.",
    .params = params,
    .results = results,
    .success_doc = "the file has this content, mode and owner, and is on the disk",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_CHANGE,
    .timeout_us = 60000000,
};

struct order {
	const char *path;
	struct str content;
	bool secret;
	const char *create;
	struct file_rights rights;
};

/* Whether all of the file is the content already. */
static bool has_content(struct file_job *job, const struct file_source *source)
{
	const struct order *order = job->self;
	struct buf now;
	bool same;

	if (source->stat.st_size != (off_t)order->content.len)
		return false;
	buf_init(&now, BUF_UNBOUNDED);
	same = file_source_slurp(job, source, 0, (int64_t)order->content.len, &now) &&
	    str_eq(buf_view(&now), order->content);
	buf_done(&now);
	return same;
}

/* old: the file that is replaced, or one with fd -1. */
static bool write_it(struct file_job *job, const char *path, const struct file_source *old)
{
	const struct order *order = job->self;
	struct file_draft draft;
	bool ok;

	ok = file_draft_open(&draft, job, path, order->secret || old->fd >= 0) &&
	    file_draft_write(&draft, order->content) &&
	    (old->fd < 0 || file_rights_copy(job, old->fd, &old->stat, draft.fd, path)) &&
	    file_rights_give(job, &order->rights, draft.fd, path) && file_draft_sync(&draft) &&
	    file_draft_publish(&draft, old->fd >= 0 || strcmp(order->create, "new") != 0);
	file_draft_drop(&draft);
	return ok;
}

static void describe(struct file_job *job, const char *path, bool changed, bool created)
{
	const struct order *order = job->self;
	char hex[DIGEST_HEX + 1];

	file_job_add_bool(job, "changed", changed);
	file_job_add_bool(job, "created", created);
	file_job_add_text(job, "path", str_from(path));
	file_job_add_int(job, "size", (int64_t)order->content.len);
	if (order->secret)
		return;
	digest_of(order->content, hex);
	file_job_add_text(job, "sha256", str_from(hex));
}

static bool may_be(struct file_job *job, bool there)
{
	const struct order *order = job->self;
	const char *path = file_shown(job->arena, order->path);

	if (there && strcmp(order->create, "new") == 0)
		return file_job_fail(job, TROUBLE_EXISTS, "%s is there already", path);
	if (!there && strcmp(order->create, "replace") == 0)
		return file_job_fail(job, TROUBLE_MISSING, "there is no %s to replace", path);
	return true;
}

/* What is there so far; old has fd -1 where nothing is. False after trouble. */
static bool find(struct file_job *job, const char **ret_path, struct file_source *old)
{
	const struct order *order = job->self;
	struct stat stat;
	bool there;

	*old = (struct file_source){.fd = -1};
	return file_target(job, order->path, ret_path, &there, &stat) && may_be(job, there) &&
	    (!there || file_source_open(job, *ret_path, old));
}

static bool must_change(struct file_job *job, const struct file_source *old)
{
	const struct order *order = job->self;

	return old->fd < 0 || !has_content(job, old) ||
	    !file_rights_hold(job, &order->rights, &old->stat);
}

static void perform(struct file_job *job)
{
	struct file_source old;
	const char *path;
	bool changed;
	bool there;

	if (!find(job, &path, &old))
		return;
	there = old.fd >= 0;
	changed = must_change(job, &old);
	if (!job->failed && !job->args.wrong.len && (!changed || write_it(job, path, &old)))
		describe(job, path, changed, !there);
	file_source_close(&old);
}

static void look_at_it(struct file_job *job)
{
	struct file_source old;
	const char *path;

	if (!find(job, &path, &old))
		return;
	if (must_change(job, &old) && !job->failed && !job->args.wrong.len)
		file_draft_look(job, path);
	file_source_close(&old);
}

static void read_content(struct file_job *job, struct order *order)
{
	const struct value *content = value_get(job->args.map, "content");
	const char *why = NULL;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	if (!content || content->type == VALUE_NULL)
		file_job_wrong(job, "there is no content to write");
	else if (content->type == VALUE_LIST || content->type == VALUE_MAP) {
		if (!plain_json_write(&text, content, &why))
			file_job_wrong(job, "content: %s", why);
		buf_byte(&text, '\n');
	} else if ((content->type == VALUE_STRING && content->string.clip &&
		       !content->string.clip->whole) ||
	    !value_show(content, &text)) {
		file_job_wrong(job, "content must be a text that was kept whole, a list or a map");
	}
	order->content = arena_str(job->arena, buf_view(&text));
	buf_done(&text);
}

static void begin(struct attempt *attempt, void (*work)(struct file_job *job))
{
	struct file_job *job = file_job_new(attempt, work, sizeof(struct order));
	struct order *order = job->self;
	struct str create = args_text(&job->args, "create");

	order->path = file_job_path(job, "path");
	order->create = create.len ? arena_cstr(job->arena, create) : "either";
	order->secret = sealed_within(value_get(attempt->sealed, "content"));
	read_content(job, order);
	file_rights_read(job, &order->rights);
	file_job_start(job, "writing %s", file_shown(job->arena, order->path));
}

static void start(struct attempt *attempt)
{
	begin(attempt, perform);
}

static void look(struct attempt *attempt)
{
	begin(attempt, look_at_it);
}

const struct action_impl file_write = {
    .spec = &file_write_spec, .start = start, .cancel = file_job_cancel, .look = look};
