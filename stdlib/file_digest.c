/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/file_hash.h"
#include "stdlib/registry.h"

/* file.digest: what `sha256sum` would say of a file, or of each of a list. */

static const struct param params[] = {{.name = "path",
					  .kind = PARAM_PATH,
					  .flags = PARAM_PRINCIPAL,
					  .doc = "The file; this or `paths`."},
    {.name = "paths", .kind = PARAM_LIST, .doc = "Several files."},
    {.name = "algorithm",
	.kind = PARAM_STRING,
	.preset = "sha256",
	.choices = file_hash_names,
	.doc = "How it is made."},
    {.name = "expected",
	.kind = PARAM_STRING,
	.doc = "What it must be, of each file: hexadecimal digits, perhaps with the algorithm "
	       "before them as in sha256:…."},
    {0}};

static const struct type file_type = {.kind = TYPE_OBJECT,
    .name = "a file",
    .fields = (const struct field[]){
	{"path", &type_string, "As it was given."},
	{"digest", &type_string, "In hexadecimal, small letters."},
	{"size", &type_int, "In bytes."},
	{0},
    }};
static const struct type files_type = {.kind = TYPE_LIST, .of = &file_type};

static const struct field results[] = {
    {"digest", &type_string, "Of `path`, in hexadecimal, small letters."},
    {"size", &type_int, "Of all files together, in bytes."},
    {"files", &files_type, "Each file, in the order of `paths`."},
    {"algorithm", &type_string, "How they were made."}, {"class", &type_string, TROUBLE_FILE_DOC},
    {"latency", &type_duration, "How long it took."}, {0}};

static const char *const success_fields[] = {"digest", "files", "class", NULL};

const struct action_spec file_digest_spec = {
    .name = "file.digest",
    .summary = "The digest of a file, or of each file of a list.",
    .params = params,
    .results = results,
    .success_doc = "every file was read, and is what was expected",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_READ,
    .timeout_us = 600000000,
};

enum { FILES_MOST = 10000 };

struct order {
	const struct value *paths; /* a list of texts */
	bool single; /* path, not paths */
	const char *algorithm;
	struct str expected;
};

static bool check(struct file_job *job, const char *path, struct str digest)
{
	const struct order *order = job->self;

	if (!order->expected.len || file_hash_is_same(order->expected, digest))
		return true;
	return file_job_fail(job, TROUBLE_MISMATCH, "the %s of %s is %.*s, not %.*s as expected",
	    order->algorithm, file_shown(job->arena, path), STR_ARG(digest),
	    STR_ARG(order->expected));
}

/* One file, as a value; NULL after trouble. */
static const struct value *look_at(struct file_job *job, struct str given, int64_t *total)
{
	const struct order *order = job->self;
	const char *path = file_job_place(job, given);
	char hex[DIGEST_HEX_MAX + 1];
	struct file_source source;
	struct map_builder file;
	struct str digest;
	int64_t size = 0;
	bool ok;

	if (!file_source_open(job, path, &source))
		return NULL;
	ok = file_hash(job, &source, order->algorithm, hex, &size);
	file_source_close(&source);
	if (!ok)
		return NULL;
	*total += size;
	digest = arena_str(job->arena, str_from(hex));
	map_begin(&file, job->arena);
	map_add(&file, "path", value_string(job->arena, given));
	map_add(&file, "digest", value_string(job->arena, digest));
	map_add(&file, "size", value_int(job->arena, size));
	check(job, path, digest);
	return map_end(&file);
}

static void perform(struct file_job *job)
{
	const struct order *order = job->self;
	size_t count = order->paths->list.count;
	const struct value **files = arena_array(job->arena, count, sizeof(*files));
	int64_t total = 0;
	size_t done = 0;

	for (size_t i = 0; i < count; i++)
		file_source_expect(
		    job, file_job_place(job, value_text(order->paths->list.items[i])));
	for (; done < count; done++) {
		files[done] = look_at(job, value_text(order->paths->list.items[done]), &total);
		if (!files[done])
			break;
	}
	file_job_add_text(job, "algorithm", str_from(order->algorithm));
	map_add(&job->result, "files", value_list(job->arena, files, done));
	if (done < count)
		return;
	file_job_add_int(job, "size", total);
	if (order->single)
		map_add(&job->result, "digest", value_get(files[0], "digest"));
}

/* The texts of `paths`, or `path` alone as one of them. */
static const struct value *read_paths(struct file_job *job, bool *ret_single)
{
	const struct value *list = args_list(&job->args, "paths");
	const struct value **items;

	*ret_single = args_has(&job->args, "path");
	if (*ret_single != (list == NULL)) {
		file_job_wrong(job, "either path or paths");
		return NULL;
	}
	if (*ret_single) {
		items = arena_array(job->arena, 1, sizeof(*items));
		items[0] = value_string(job->arena, str_from(file_job_path(job, "path")));
		return value_list(job->arena, items, 1);
	}
	for (size_t i = 0; i < list->list.count; i++)
		if (!value_text(list->list.items[i]).len)
			file_job_wrong(job, "paths must be texts, and none of them empty");
	if (list->list.count == 0 || list->list.count > FILES_MOST)
		file_job_wrong(job, "paths must name between 1 and %d files", FILES_MOST);
	return list;
}

/* Without the name of the algorithm before it. */
static struct str read_expected(struct file_job *job, const char *algorithm)
{
	struct str expected = str_trim(args_text(&job->args, "expected"));
	ptrdiff_t colon = str_find(expected, STR(":"));

	if (colon >= 0 && file_hash_by_name(str_sub(expected, 0, (size_t)colon)) == algorithm)
		expected = str_sub(expected, (size_t)colon + 1, expected.len);
	if (args_has(&job->args, "expected") && !file_hash_is_digest(expected, algorithm))
		file_job_wrong(job, "expected must be the %zu hexadecimal digits of a %s",
		    file_hash_digits(algorithm), algorithm);
	return expected;
}

static void start(struct attempt *attempt)
{
	struct file_job *job = file_job_new(attempt, perform, sizeof(struct order));
	struct order *order = job->self;
	struct str algorithm = args_text(&job->args, "algorithm");

	order->algorithm = file_hash_by_name(algorithm.len ? algorithm : STR("sha256"));
	if (!order->algorithm)
		file_job_wrong(job, "there is no algorithm %.*s", STR_ARG(algorithm));
	else
		order->expected = read_expected(job, order->algorithm);
	order->paths = read_paths(job, &order->single);
	file_job_start(job, "reading %s",
	    order->single ? file_shown(job->arena, file_job_path(job, "path")) : "files");
}

const struct action_impl file_digest = {.spec = &file_digest_spec,
    .start = start,
    .cancel = file_job_cancel,
    .progress = file_job_progress};
