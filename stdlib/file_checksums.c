/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "stdlib/file_hash.h"
#include "stdlib/registry.h"
#include "stdlib/sums_line.h"
#include "stdlib/text.h"

/* file.checksums: what `sha256sum --check` does, with an answer for each file. */

static const struct param params[] = {
    {.name = "path",
	.kind = PARAM_PATH,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
	.doc = "The file of checksums, as sha256sum, BSD or openssl write them; "
	       "names in it are meant from its folder."},
    {.name = "algorithm",
	.kind = PARAM_STRING,
	.choices = file_hash_names,
	.doc = "Of lines that do not name it; otherwise the digest's length tells."},
    {.name = "ignore_missing",
	.kind = PARAM_BOOL,
	.preset = "false",
	.doc = "Whether files that are not there are no failure, as long as one is right."},
    {0}};

static const struct type list_of_string = {.kind = TYPE_LIST, .of = &type_string};
static const struct type list_of_int = {.kind = TYPE_LIST, .of = &type_int};

static const struct field results[] = {{"count", &type_int, "How many files are listed."},
    {"right", &list_of_string, "The files that are as they should be; names as they are listed."},
    {"wrong", &list_of_string, "Those whose digest is another."},
    {"missing", &list_of_string, "Those that are not there."},
    {"unreadable", &list_of_string, "Those that cannot be read, or are no files."},
    {"malformed", &list_of_int, "Numbers of the lines that are no checksums, from 1."},
    {"class", &type_string, TROUBLE_FILE_DOC}, {"latency", &type_duration, "How long it took."},
    {0}};

static const char *const success_fields[] = {
    "right", "wrong", "missing", "unreadable", "malformed", "class", NULL};

const struct action_spec file_checksums_spec = {
    .name = "file.checksums",
    .summary = "Verifies files by a list of checksums: which are right, wrong, missing.",
    .params = params,
    .results = results,
    .success_doc = "at least one file is listed, all are right, and every line is a checksum",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_READ,
    .timeout_us = 600000000,
};

/* Of the list itself; names must fit into the record. */
enum { LIST_MAX = 2 << 20, NAMES_MAX = 256 << 10, SHOWN = 3 };

enum verdict { RIGHT, WRONG, MISSING, UNREADABLE, VERDICTS };

/* Names, as far as one list goes. */
struct names {
	const struct value **items;
	size_t count;
	size_t capacity;
};

struct order {
	const char *path;
	const char *algorithm; /* NULL: by the length */
	bool ignore_missing;
	struct sums_line *entries;
	size_t count;
	size_t capacity;
	struct names verdicts[VERDICTS];
	struct names malformed;
	struct trouble first; /* of those that cannot be read */
};

static void add(struct file_job *job, struct names *names, const struct value *item)
{
	names->items = arena_grow(
	    job->arena, names->items, names->count, &names->capacity, sizeof(*names->items));
	names->items[names->count++] = item;
}

static bool read_list(struct file_job *job, struct str text)
{
	struct order *order = job->self;
	size_t names = 0;
	int64_t number = 0;
	struct str line;

	while (str_line(&text, &line)) {
		struct sums_line entry;
		enum sums_end end = sums_line_read(job->arena, line, order->algorithm, &entry);

		number++;
		if (end == SUMS_MALFORMED)
			add(job, &order->malformed, value_int(job->arena, number));
		if (end != SUMS_ENTRY)
			continue;
		order->entries = arena_grow(job->arena, order->entries, order->count,
		    &order->capacity, sizeof(*order->entries));
		order->entries[order->count++] = entry;
		names += entry.name.len;
	}
	if (names > NAMES_MAX || order->malformed.count > NAMES_MAX / 8)
		return file_job_fail(job, TROUBLE_LIMIT, "%s lists more than a result can hold",
		    file_shown(job->arena, order->path));
	return true;
}

/* A name is meant from the folder of the list. */
static const char *place(struct file_job *job, struct str name)
{
	const struct order *order = job->self;
	const char *slash = strrchr(order->path, '/');

	if (name.ptr[0] == '/' || !slash)
		return arena_cstr(job->arena, name);
	return arena_printf(
	    job->arena, "%.*s/%.*s", (int)(slash - order->path), order->path, STR_ARG(name))
	    .ptr;
}

/* What can be said of one file; what went wrong with it is no failure of the whole. */
static enum verdict look_at(struct file_job *job, const struct sums_line *entry)
{
	struct order *order = job->self;
	char hex[DIGEST_HEX_MAX + 1];
	struct file_source source;
	struct trouble trouble;
	int64_t size;
	bool ok;

	ok = file_source_open(job, place(job, entry->name), &source) &&
	    file_hash(job, &source, entry->algorithm, hex, &size);
	file_source_close(&source);
	if (ok)
		return file_hash_is_same(str_from(hex), entry->digest) ? RIGHT : WRONG;
	if (!file_job_forgive(job, &trouble))
		return UNREADABLE;
	if (trouble.class == TROUBLE_MISSING)
		return MISSING;
	if (!order->first.why.len)
		order->first = trouble;
	return UNREADABLE;
}

static void show_names(
    struct file_job *job, struct buf *out, const char *verdict, enum verdict which)
{
	const struct order *order = job->self;
	const struct names *names = &order->verdicts[which];

	for (size_t i = 0; i < names->count && i < SHOWN; i++) {
		const char *name = arena_cstr(job->arena, value_text(names->items[i]));

		buf_printf(out, "%s%s", i ? ", " : verdict, file_shown(job->arena, name));
	}
	if (names->count > SHOWN)
		buf_printf(out, ", and %zu more", names->count - SHOWN);
}

static void judge(struct file_job *job)
{
	const struct order *order = job->self;
	const struct names *verdicts = order->verdicts;
	const char *path = file_shown(job->arena, order->path);
	bool misses = verdicts[MISSING].count && !order->ignore_missing;
	struct buf why;

	buf_init(&why, BUF_UNBOUNDED);
	show_names(job, &why, "; wrong: ", WRONG);
	if (misses)
		show_names(job, &why, "; missing: ", MISSING);
	if (order->first.why.len)
		buf_printf(&why, "; %.*s", STR_ARG(order->first.why));
	if (why.len)
		file_job_fail(job,
		    verdicts[WRONG].count ? TROUBLE_MISMATCH
			: misses          ? TROUBLE_MISSING
					  : order->first.class,
		    "of the %zu files in %s %zu are right%.*s", order->count, path,
		    verdicts[RIGHT].count, STR_ARG(buf_view(&why)));
	else if (order->malformed.count)
		file_job_fail(job, TROUBLE_FORMAT, "line %lld of %s is no checksum",
		    (long long)order->malformed.items[0]->integer, path);
	else if (!verdicts[RIGHT].count)
		file_job_fail(job, order->count ? TROUBLE_MISSING : TROUBLE_FORMAT,
		    order->count ? "none of the files in %s is there" : "%s lists no file", path);
	buf_done(&why);
}

static void describe(struct file_job *job)
{
	static const char *const keys[VERDICTS] = {"right", "wrong", "missing", "unreadable"};
	const struct order *order = job->self;

	file_job_add_int(job, "count", (int64_t)order->count);
	for (int i = 0; i < VERDICTS; i++)
		map_add(&job->result, keys[i],
		    value_list(job->arena, order->verdicts[i].items, order->verdicts[i].count));
	map_add(&job->result, "malformed",
	    value_list(job->arena, order->malformed.items, order->malformed.count));
	judge(job);
}

static void perform(struct file_job *job)
{
	struct order *order = job->self;
	struct file_source source;
	struct buf text;
	bool ok;

	if (!file_source_open(job, order->path, &source))
		return;
	buf_init(&text, BUF_UNBOUNDED);
	ok = file_source_slurp(job, &source, 0, LIST_MAX, &text) && read_list(job, buf_view(&text));
	file_source_close(&source);
	for (size_t i = 0; ok && i < order->count && !file_job_given_up(job); i++)
		file_source_expect(job, place(job, order->entries[i].name));
	for (size_t i = 0; ok && i < order->count; i++) {
		const struct sums_line *entry = &order->entries[i];

		add(job, &order->verdicts[look_at(job, entry)],
		    text_value(job->arena, entry->name));
		ok = !file_job_given_up(job) && !job->args.wrong.len;
	}
	if (ok)
		describe(job);
	buf_done(&text);
}

static void start(struct attempt *attempt)
{
	struct file_job *job = file_job_new(attempt, perform, sizeof(struct order));
	struct order *order = job->self;
	struct str algorithm = args_text(&job->args, "algorithm");

	order->path = file_job_path(job, "path");
	order->ignore_missing = args_bool(&job->args, "ignore_missing", false);
	order->algorithm = algorithm.len ? file_hash_by_name(algorithm) : NULL;
	if (algorithm.len && !order->algorithm)
		file_job_wrong(job, "there is no algorithm %.*s", STR_ARG(algorithm));
	file_job_start(job, "checking the files in %s", file_shown(job->arena, order->path));
}

const struct action_impl file_checksums = {.spec = &file_checksums_spec,
    .start = start,
    .cancel = file_job_cancel,
    .progress = file_job_progress};
