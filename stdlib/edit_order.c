/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/edit_order.h"

#include <inttypes.h>
#include <string.h>

#include "stdlib/env_file.h"
#include "stdlib/sealed.h"

/* What stands in a diff for what took a secret's place, or a secret its. */
static const struct str untold = {"***", 3};

static void read_set(struct file_job *job, const struct value *sealed, struct edit_order *order)
{
	order->set = args_map(&job->args, "set");
	order->sealed_set = order->set ? value_copy(job->arena, value_get(sealed, "set")) : NULL;
	order->add = args_bool(&job->args, "add", true);
	order->all = str_is(args_text(&job->args, "duplicates"), "all");
	for (size_t i = 0; order->set && i < order->set->map.count; i++) {
		const struct value_entry *entry = &order->set->map.entries[i];
		struct buf shown;
		struct buf line;

		buf_init(&shown, BUF_UNBOUNDED);
		buf_init(&line, BUF_UNBOUNDED);
		if (!env_key_is_well(value_text(entry->key)))
			file_job_wrong(job, "set: %.*s is no name of a variable",
			    STR_ARG(trouble_line(job->arena, value_text(entry->key))));
		else if (!value_show(entry->value, &shown))
			file_job_wrong(job,
			    "set: the value of %.*s must be a text or a number, not %s",
			    STR_ARG(value_text(entry->key)), value_noun(entry->value));
		else if (!env_value_write(&line, buf_view(&shown), 0))
			file_job_wrong(job,
			    "set: the value of %.*s holds a line break, which KEY=value cannot",
			    STR_ARG(value_text(entry->key)));
		buf_done(&shown);
		buf_done(&line);
	}
	if (order->set && !order->set->map.count)
		file_job_wrong(job, "set is empty");
}

static void read_replace(struct file_job *job, const struct value *sealed, struct edit_order *order)
{
	const struct value *replace = args_map(&job->args, "replace");
	const struct value *with = value_get(value_get(sealed, "replace"), "with");
	size_t known = 0;
	struct args args;

	if (!replace)
		return;
	args_init(&args, replace, job->arena);
	order->pattern = args_cstr(&args, "pattern");
	order->with = args_text(&args, "with");
	order->wanted = args_int(&args, "count", -1, 0, INT64_MAX);
	order->secret = sealed_within(value_get(sealed, "replace"));
	order->literal = sealed_within(with);
	order->told_with = with ? sealed_text(job->arena, with) : order->with;
	known += value_get(replace, "pattern") != NULL;
	known += value_get(replace, "with") != NULL;
	known += value_get(replace, "count") != NULL;
	if (args.wrong.len)
		file_job_wrong(job, "replace: %.*s", STR_ARG(args.wrong));
	else if (!order->pattern || !args_has(&args, "with") || known != replace->map.count)
		file_job_wrong(job, "replace wants a pattern, with, and perhaps a count");
	else if (sealed_within(with) && str_find(order->told_with, STR("\\")) >= 0)
		file_job_wrong(job,
		    "replace: with holds a secret, and then no backslash: "
		    "what a secret spells is never read as a reference to a group");
}

void edit_order_read(struct file_job *job, const struct value *sealed, struct edit_order *order)
{
	read_set(job, sealed, order);
	read_replace(job, sealed, order);
	if (!order->set == !order->pattern)
		file_job_wrong(job, "either set or replace");
}

/* --- variables */

struct setting {
	struct file_job *job;
	const struct edit_order *order;
	const char *shown; /* the path */
	struct env_file file;
	struct text_edits *edits;
	struct str key;
	struct str value;
	struct str told; /* the value, for the diff; empty: as it is */
	bool secret;
};

static struct str written(const struct setting *setting, struct str value, char quote)
{
	struct str text;
	struct buf buf;

	buf_init(&buf, BUF_UNBOUNDED);
	env_value_write(&buf, value, quote);
	text = arena_str(setting->job->arena, buf_view(&buf));
	buf_done(&buf);
	return text;
}

static void set_one(const struct setting *setting, const struct env_entry *entry)
{
	struct str old = str_sub(setting->edits->text, entry->value, entry->end - entry->value);
	struct text_edit edit = {.start = entry->value, .end = entry->end};

	if (entry->known && str_eq(entry->meaning, setting->value))
		return;
	edit.with = written(setting, setting->value, entry->quote);
	edit.told_old = setting->secret ? untold : old;
	edit.told_new = setting->secret ? setting->told : edit.with;
	text_edits_add(setting->edits, setting->job->arena, &edit);
}

/* Behind the last line, in the manner of the file: its line ends, and `export` where the last variable has it. */
static void add_one(const struct setting *setting, bool first)
{
	struct arena *arena = setting->job->arena;
	struct str text = setting->edits->text;
	const struct env_file *file = &setting->file;
	const char *end = str_find(text, STR("\r\n")) >= 0 ? "\r\n" : "\n";
	const char *before = first && text.len && !str_ends(text, STR("\n")) ? end : "";
	const char *export = file->count && file->entries[file->count - 1].exported ? "export "
										    : "";
	struct str value = written(setting, setting->value, 0);
	struct text_edit edit = {.start = text.len, .end = text.len};

	edit.with = arena_printf(
	    arena, "%s%s%.*s=%.*s%s", before, export, STR_ARG(setting->key), STR_ARG(value), end);
	edit.told_new = setting->secret ? arena_printf(arena, "%s%s%.*s=%.*s%s", before, export,
					      STR_ARG(setting->key), STR_ARG(setting->told), end)
					: edit.with;
	text_edits_add(setting->edits, arena, &edit);
}

static bool refuse_twice(const struct setting *setting, int64_t first, int64_t second)
{
	return file_job_fail(setting->job, TROUBLE_FORMAT,
	    "%.*s stands in line %" PRId64 " and in line %" PRId64
	    " of %s, and which of them counts is not sure: `duplicates: all` sets them all",
	    STR_ARG(setting->key), first, second, setting->shown);
}

static bool set_variable(const struct setting *setting, int64_t *count, bool *adds)
{
	const struct env_file *file = &setting->file;
	int64_t found = 0;

	for (size_t i = 0; i < file->count; i++) {
		const struct env_entry *entry = &file->entries[i];

		if (!str_eq(entry->key, setting->key))
			continue;
		if (found && !setting->order->all)
			return refuse_twice(setting, found, entry->line);
		found = entry->line;
		set_one(setting, entry);
		++*count;
	}
	if (found)
		return true;
	if (!setting->order->add)
		return file_job_fail(setting->job, TROUBLE_MISMATCH, "there is no %.*s in %s",
		    STR_ARG(setting->key), setting->shown);
	add_one(setting, !*adds);
	*adds = true;
	++*count;
	return true;
}

static bool find_variables(struct file_job *job, const struct edit_order *order, const char *shown,
    struct text_edits *edits, int64_t *count)
{
	struct setting setting = {.job = job, .order = order, .shown = shown, .edits = edits};
	bool adds = false;
	int64_t line;

	if (!env_file_read(job->arena, edits->text, &setting.file, &line))
		return file_job_fail(job, TROUBLE_FORMAT,
		    "the quote in line %" PRId64 " of %s is not closed", line, shown);
	for (size_t i = 0; i < order->set->map.count; i++) {
		const struct value_entry *entry = &order->set->map.entries[i];
		const struct value *sealed = value_find(order->sealed_set, entry->key);

		setting.key = value_text(entry->key);
		setting.value = sealed_text(job->arena, entry->value);
		setting.secret = sealed_within(sealed);
		if (setting.secret)
			setting.told = sealed_text(job->arena, sealed);
		if (!set_variable(&setting, count, &adds))
			return false;
	}
	return true;
}

/* --- patterns */

static struct regex *compile(struct file_job *job, const struct edit_order *order)
{
	struct str error;
	size_t offset;
	struct regex *regex = regex_new(
	    job->arena, str_from(order->pattern), REGEX_LINES | REGEX_FOREIGN, &error, &offset);

	if (regex)
		regex_heed(regex, file_job_given_up, job);
	else
		file_job_wrong(job, "the pattern does not compile: %.*s, at its byte %zu",
		    STR_ARG(error), offset + 1);
	return regex;
}

static bool replace_one(struct file_job *job, const struct edit_order *order, struct regex *regex,
    struct text_edits *edits)
{
	struct text_edit edit = {0};
	struct str error = {0};
	struct buf with;
	bool ok;

	if (!regex_group(regex, 0, &edit.start, &edit.end))
		return file_job_wrong(job, "replace: a match of the pattern ends before it begins");
	buf_init(&with, BUF_UNBOUNDED);
	ok = order->literal ? buf_str(&with, order->with)
			    : regex_expand(regex, edits->text, order->with, &with, &error);
	edit.with = arena_str(job->arena, buf_view(&with));
	edit.told_old = order->secret ? untold
				      : str_sub(edits->text, edit.start, edit.end - edit.start);
	edit.told_new = order->secret ? order->told_with : edit.with;
	buf_done(&with);
	if (!ok)
		return file_job_wrong(job, "replace: with: %.*s", STR_ARG(error));
	text_edits_add(edits, job->arena, &edit);
	return true;
}

static bool is_wanted(
    struct file_job *job, const struct edit_order *order, const char *shown, int64_t count)
{
	if (order->wanted < 0 && count == 0)
		return file_job_fail(
		    job, TROUBLE_MISMATCH, "the pattern matches nothing in %s", shown);
	if (order->wanted >= 0 && count != order->wanted)
		return file_job_fail(job, TROUBLE_MISMATCH,
		    "the pattern matches in %" PRId64 " place%s of %s, not in %" PRId64
		    "; nothing was written",
		    count, count == 1 ? "" : "s", shown, order->wanted);
	return true;
}

static bool find_matches(struct file_job *job, const struct edit_order *order, const char *shown,
    struct text_edits *edits, int64_t *count)
{
	struct regex *regex = compile(job, order);
	const char *error = NULL;
	size_t from = 0;

	while (regex && from <= edits->text.len) {
		enum regex_end end = regex_match(regex, edits->text, from, NULL, &error);

		if (end == REGEX_NONE)
			return is_wanted(job, order, shown, *count);
		if (end == REGEX_FAILED)
			return file_job_wrong(job, "cannot search %s: %s", shown, error);
		if (!replace_one(job, order, regex, edits))
			return false;
		from = regex_next(regex, edits->text, from);
		++*count;
	}
	return regex && is_wanted(job, order, shown, *count);
}

bool edit_order_find(struct file_job *job, const struct edit_order *order, const char *path,
    struct text_edits *edits, int64_t *ret_count)
{
	const char *shown = file_shown(job->arena, path);

	*ret_count = 0;
	if (order->set)
		return find_variables(job, order, shown, edits, ret_count);
	return find_matches(job, order, shown, edits, ret_count);
}
