/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "stdlib/file_lines.h"
#include "stdlib/file_matches.h"
#include "stdlib/file_position.h"
#include "stdlib/registry.h"

/*
 * file.match: a pattern against the lines of a file, or against all of it. What a position of an earlier step had seen
 * counts only as far as a match ends behind it: an old line is no proof. Where something that was written since could
 * not be searched (a log that was rotated away, a line that is too long), what was found counts, and that nothing was
 * found is not claimed.
 */

static const char *const ends[] = {"first", "last", NULL};

static const struct param params[] = {
    {.name = "path", .kind = PARAM_PATH, .flags = PARAM_REQUIRED, .doc = "The file to search."},
    {.name = "pattern",
	.kind = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.doc = "A regular expression (PCRE2), looked for in each line; (?i) ignores case."},
    {.name = "since",
	.kind = PARAM_ANY,
	.doc = "Only what was written behind this position: the `position` that a file.stat or "
	       "file.match gave before, or a number of bytes."},
    {.name = "multiline",
	.kind = PARAM_BOOL,
	.preset = "false",
	.doc = "Look in all of the text at once, 1 MiB at most; ^ and $ hold at every line, and . "
	       "matches a line's end after (?s)."},
    {.name = "max_matches",
	.kind = PARAM_INT,
	.preset = "100",
	.doc = "So many are kept in `matches`; all are counted."},
    {.name = "keep",
	.kind = PARAM_STRING,
	.preset = "first",
	.choices = ends,
	.doc = "Which ones are kept where there are more."},
    {0}};

static const struct type match_type = {.kind = TYPE_OBJECT,
    .name = "a match",
    .fields = (const struct field[]){
	{"line", &type_int,
	    "Number of the line in which it begins, from 1; left out when more than 64 MiB before "
	    "`since` would have to be read to know it."},
	{"offset", &type_int, "Where the line, or with `multiline` the match, begins: in bytes."},
	{"text", &type_string, "The line; with `multiline` the match."},
	{"groups", &type_list,
	    "What the groups of the pattern matched, or null; the first is the whole match."},
	{"named", &type_map, "The same for groups with a name."},
	{0},
    }};
static const struct type matches_type = {.kind = TYPE_LIST, .of = &match_type};

static const struct field results[] = {{"found", &type_bool, "Whether anything matches."},
    {"count", &type_int, "How many lines match; with `multiline`, how many matches."},
    {"matches", &matches_type, "The matches that are kept, in the order of the file."},
    {"complete", &type_bool,
	"Whether `matches` has all of them: no more than `max_matches`, nor 400 KiB."},
    {"position", &type_map, "How far was searched: for `since` of a later step."},
    {"rotated", &type_bool,
	"Whether the file was replaced or cut since; the renamed one beside it is searched too."},
    {"class", &type_string, TROUBLE_FILE_DOC}, {"latency", &type_duration, "How long it took."},
    {0}};

static const char *const success_fields[] = {"found", "count", "matches", "class", NULL};

const struct action_spec file_match_spec = {
    .name = "file.match",
    .summary = "A pattern against the lines of a file: what matches, where, how often.",
    .params = params,
    .results = results,
    .success_doc = "at least one line matches",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_READ,
    .timeout_us = 60000000,
};

enum { TEXT_MAX = 1 << 20, COUNTED_MAX = 64 << 20 };

struct search {
	const char *path;
	struct str pattern;
	bool multiline;
	bool has_since;
	struct file_position since;
	struct regex *regex;
	struct file_matches matches;
	bool rotated;
	struct trouble gap; /* what could not be searched; no sentence: nothing */
};

/* What of a file is searched. */
struct part {
	const struct file_source *source;
	int64_t fresh; /* a match ends behind this */
	int64_t from; /* the beginning of the line in which that is */
	int64_t until; /* where it ends; then where it came */
	int64_t line; /* lines that end before `from`, then before `until`; -1: not counted */
};

/* The next match from *from on that ends behind what is old of a text that begins at `offset` of the file. */
static bool find(
    struct file_job *job, const struct part *part, struct str text, int64_t offset, size_t *from)
{
	const struct search *search = job->self;
	const char *error = NULL;
	size_t start = 0;
	size_t end = 0;

	while (*from <= text.len) {
		enum regex_end found = regex_match(search->regex, text, *from, NULL, &error);

		if (found == REGEX_FAILED && !file_job_given_up(job))
			file_job_wrong(job, "cannot search %s: %s, at its byte %" PRId64,
			    file_shown(job->arena, search->path), error, offset + (int64_t)*from);
		if (found != REGEX_MATCH)
			return false;
		*from = regex_next(search->regex, text, *from);
		if (regex_group(search->regex, 0, &start, &end) &&
		    (offset >= part->fresh || offset + (int64_t)end > part->fresh))
			return true;
	}
	return false;
}

static bool goes_on(struct file_job *job)
{
	return !job->failed && !job->args.wrong.len && !file_job_given_up(job);
}

static bool search_lines(struct file_job *job, struct part *part)
{
	struct search *search = job->self;
	struct file_lines lines;
	struct file_line line;

	file_lines_begin(&lines, job, part->source, part->from, part->until);
	while (goes_on(job) && file_lines_next(&lines, &line)) {
		size_t from = 0;

		if (line.cut && !search->gap.why.len)
			search->gap = trouble_of(job->arena, TROUBLE_LIMIT,
			    "cannot search %s: the line at its byte %" PRId64 " is too long",
			    file_shown(job->arena, search->path), line.offset);
		if (find(job, part, line.text, line.offset, &from))
			file_matches_add(&search->matches, search->regex, line.text, line.text,
			    part->line < 0 ? -1 : part->line + line.index + 1, line.offset);
	}
	part->until = file_lines_offset(&lines);
	part->line += part->line < 0 ? 0 : lines.ended;
	file_lines_done(&lines);
	return goes_on(job);
}

static int64_t count_lines(struct str text)
{
	int64_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == '\n';
	return count;
}

static bool search_text(struct file_job *job, struct part *part)
{
	struct search *search = job->self;
	struct str text;
	struct buf buf;
	size_t from = 0;
	size_t counted = 0;

	buf_init(&buf, BUF_UNBOUNDED);
	file_source_slurp(job, part->source, part->from, TEXT_MAX, &buf);
	text = buf_view(&buf);
	while (goes_on(job) && find(job, part, text, part->from, &from)) {
		size_t start = 0;
		size_t end = 0;

		regex_group(search->regex, 0, &start, &end);
		part->line += part->line < 0 ? 0
					     : count_lines(str_sub(text, counted, start - counted));
		counted = start;
		file_matches_add(&search->matches, search->regex, text,
		    str_sub(text, start, end - start), part->line < 0 ? -1 : part->line + 1,
		    part->from + (int64_t)start);
	}
	part->line += part->line < 0 ? 0 : count_lines(str_sub(text, counted, text.len));
	part->until = part->from + (int64_t)text.len;
	buf_done(&buf);
	return goes_on(job);
}

/* From a position on, or from the beginning: NULL. */
static bool search_file(struct file_job *job, const struct file_source *source,
    const struct file_position *since, struct part *ret_part)
{
	const struct search *search = job->self;
	struct part part = {.source = source, .until = INT64_MAX};

	if (source->stat.st_size > 0) /* files of /proc say 0 */
		part.until = source->stat.st_size;
	headway_expect(&job->headway, source->stat.st_size - (since ? since->offset : 0));
	if (since) {
		part.fresh = since->offset;
		part.line = since->line;
		part.from = file_line_start(job, source, since->offset);
		if (part.from >= 0 && part.line < 0 && part.from <= COUNTED_MAX)
			part.line = file_count_lines(job, source, part.from);
		if (!goes_on(job))
			return false;
	}
	*ret_part = part;
	return search->multiline ? search_text(job, ret_part) : search_lines(job, ret_part);
}

/* What was written since the position into a file that was renamed; what cannot be found is a gap. */
static bool search_renamed(struct file_job *job, const struct file_source *source)
{
	struct search *search = job->self;
	struct file_source old;
	struct part part;
	bool gap = false;
	bool ok;

	if (!file_position_find(job, source, &search->since, &old, &gap))
		return false;
	if (gap)
		search->gap = trouble_of(job->arena, TROUBLE_CHANGED,
		    "%s was rotated since, and not all that was written before is beside it",
		    file_shown(job->arena, search->path));
	ok = old.fd < 0 || search_file(job, &old, &search->since, &part);
	file_source_close(&old);
	return ok;
}

static bool search_all(
    struct file_job *job, const struct file_source *source, struct part *ret_part)
{
	struct search *search = job->self;
	enum file_since since = FILE_SAME;

	if (!search->has_since)
		return search_file(job, source, NULL, ret_part);
	if (!file_position_compare(job, source, &search->since, &since))
		return false;
	if (since == FILE_SAME)
		return search_file(job, source, &search->since, ret_part);
	search->rotated = true;
	if (since == FILE_CUT)
		search->gap = trouble_of(job->arena, TROUBLE_CHANGED,
		    "%s was cut since, and what was written before that is gone",
		    file_shown(job->arena, search->path));
	else if (!search_renamed(job, source))
		return false;
	return search_file(job, source, NULL, ret_part);
}

/* What is not known is left out. */
static void describe(
    struct file_job *job, const struct file_source *source, const struct part *part)
{
	const struct search *search = job->self;
	const struct value *matches = file_matches_value(&search->matches, job->arena);
	struct file_position position = file_position_of(
	    &source->stat, file_born(source->fd, "", 0), part->until);
	bool whole = !search->gap.why.len;
	int64_t count = search->matches.count;

	position.line = part->line;
	if (!file_position_mark(job, source, &position))
		return;
	if (whole || count > 0)
		file_job_add_bool(job, "found", count > 0);
	if (whole)
		file_job_add_int(job, "count", count);
	map_add(&job->result, "matches", matches);
	file_job_add_bool(job, "complete", whole && (int64_t)matches->list.count == count);
	map_add(&job->result, "position", file_position_value(job->arena, &position));
	file_job_add_bool(job, "rotated", search->rotated);
	if (count > 0)
		return;
	if (!whole)
		file_job_fail(job, search->gap.class, "%.*s; nothing was found in the rest",
		    STR_ARG(search->gap.why));
	else
		file_job_fail(job, TROUBLE_NONE, "nothing in %s matches %.*s%s",
		    file_shown(job->arena, search->path),
		    STR_ARG(trouble_line(job->arena, search->pattern)),
		    search->has_since ? " since then" : "");
}

static bool compile(struct file_job *job)
{
	struct search *search = job->self;
	struct str error;
	size_t offset;

	search->regex = regex_new(job->arena, search->pattern,
	    REGEX_FOREIGN | (search->multiline ? REGEX_LINES : 0), &error, &offset);
	if (!search->regex)
		return file_job_wrong(job, "the pattern does not compile: %.*s, at its byte %zu",
		    STR_ARG(error), offset + 1);
	regex_heed(search->regex, file_job_given_up, job);
	return true;
}

static void perform(struct file_job *job)
{
	struct search *search = job->self;
	struct file_source source;
	struct part part;

	if (!compile(job) || !file_source_open(job, search->path, &source))
		return;
	if (search_all(job, &source, &part))
		describe(job, &source, &part);
	file_matches_done(&search->matches);
	file_source_close(&source);
}

static void start(struct attempt *attempt)
{
	struct file_job *job = file_job_new(attempt, perform, sizeof(struct search));
	struct search *search = job->self;
	struct args *args = &job->args;

	search->path = file_job_path(job, "path");
	search->pattern = args_text(args, "pattern");
	search->multiline = args_bool(args, "multiline", false);
	search->has_since = file_position_read(args, "since", &search->since);
	file_matches_init(&search->matches,
	    args_int(args, "max_matches", 100, 0, FILE_MATCHES_MOST),
	    str_is(args_text(args, "keep"), "last"));
	file_job_start(job, "searching %s", file_shown(job->arena, search->path));
}

const struct action_impl file_match = {.spec = &file_match_spec,
    .start = start,
    .cancel = file_job_cancel,
    .progress = file_job_progress};
