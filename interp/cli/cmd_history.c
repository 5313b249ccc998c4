/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "act/loop.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/earlier.h"
#include "cli/practised.h"
#include "view/history.h"

enum format { FORMAT_TEXT, FORMAT_JSON };

enum { LISTED = 20, MOST_LISTED = 1000000 };

static const struct option_row options[] = {
    {"last", 'n', "N", "list so many runs, the newest (20; of a document all)"},
    {"all", 0, NULL, "list all of them"},
    {"since", 0, "AGE", "tell only of runs that began within this time (30d)"},
    {"mode", 0, "run|rehearsal|replay|alone",
	"tell only of such runs; `alone` is a step or a `verify` alone"},
    {"outcome", 0, "recovered|failed|denied|interrupted|rehearsed|alone|unfinished",
	"tell only of runs that ended so"},
    {"steps", 0, NULL, "tell of each step, as for a RUNBOOK that is named"},
    {"max-age", 0, "AGE",
	"say only which runbooks did not go well within this time, with status 1"},
    {"also", 0, "PATH", "count this transcript too, or those of this folder; repeatable"},
    {"format", 'f', "text|json", "text (the default), or a document for programs"},
    OPTION_COLOR,
    {0},
};

/* What was asked for. */
struct asked {
	enum format format;
	int64_t since_us; /* an age; 0: ever */
	const char *mode; /* NULL: any */
	const char *outcome;
};

/* False after saying that it is no age. */
static bool read_age(const struct invocation *invocation, const char *name, int64_t *ret_us)
{
	const char *age = option_value(invocation, name);

	*ret_us = 0;
	if (!age || (units_duration(str_from(age), ret_us) && *ret_us > 0))
		return true;
	complain("--%s is a time like 30d or 12h, not %s", name, age);
	return false;
}

/* One of several words, or NULL where it was not given. */
static bool read_word(const struct invocation *invocation, const char *name, const char **ret_word)
{
	size_t choice;

	*ret_word = option_value(invocation, name);
	return option_choice(invocation, name, &choice);
}

static bool read_options(
    const struct invocation *invocation, struct asked *asked, struct history_view *view)
{
	int64_t most = 0;
	size_t format;

	if (!option_choice(invocation, "format", &format) ||
	    !read_age(invocation, "since", &asked->since_us) ||
	    !read_age(invocation, "max-age", &view->max_age_us) ||
	    !read_word(invocation, "mode", &asked->mode) ||
	    !read_word(invocation, "outcome", &asked->outcome) ||
	    !option_number(
		invocation, "last", MOST_LISTED, format == FORMAT_TEXT ? LISTED : 0, &most))
		return false;
	asked->format = (enum format)format;
	view->most = option_given(invocation, "all") ? 0 : (size_t)most;
	view->steps = option_given(invocation, "steps") || invocation->arg_count;
	view->chosen = asked->since_us || asked->mode || asked->outcome || invocation->arg_count;
	return true;
}

/* Of a terminal; what goes elsewhere may be as wide as it is. */
static size_t columns_of(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static bool is_wanted(const struct asked *asked, const struct practised *practised,
    const struct history_view *view, const struct past_run *run)
{
	if (practised->named && !practised_find(practised, run->runbook))
		return false;
	if (asked->since_us && view->now_us - run->began_at_us > asked->since_us)
		return false;
	if (asked->mode && !str_is(history_mode(run), asked->mode))
		return false;
	return !asked->outcome || strcmp(history_outcome(run), asked->outcome) == 0;
}

static struct past choose(const struct asked *asked, const struct practised *practised,
    const struct history_view *view, const struct past *past, struct arena *arena)
{
	struct past chosen = {arena_array(arena, past->count + 1, sizeof(*chosen.runs)), 0};

	for (size_t i = 0; i < past->count; i++)
		if (is_wanted(asked, practised, view, &past->runs[i]))
			chosen.runs[chosen.count++] = past->runs[i];
	return chosen;
}

static void show(const struct asked *asked, const struct history_view *view)
{
	struct buf out;

	for (size_t i = 0; i < view->trouble_count; i++)
		complain("not counted: %.*s: %.*s", STR_ARG(view->troubles[i].path),
		    STR_ARG(view->troubles[i].why));
	buf_init(&out, BUF_UNBOUNDED);
	if (asked->format == FORMAT_JSON)
		history_json(view, &out);
	else
		history_text(view, &out);
	fwrite(out.ptr, 1, out.len, stdout);
	buf_done(&out);
}

/* A gate that nothing went through holds nobody; nor did what cannot be read go well. */
static int status_of(const struct practised *practised, const struct history_view *view)
{
	if (!view->max_age_us)
		return STATUS_OK;
	if (history_lacking(view))
		return STATUS_FAILED;
	return practised->shelf.left_out_count ? STATUS_WRONG : STATUS_OK;
}

static bool open_all(
    const struct invocation *invocation, struct earlier *earlier, struct arena *arena)
{
	if (!earlier_open(earlier, arena))
		return false;
	for (size_t i = 0; i < invocation->option_count; i++)
		if (strcmp(invocation->options[i].option->name, "also") == 0 &&
		    !earlier_also(earlier, invocation->options[i].value))
			return false;
	return true;
}

static int tell(const struct invocation *invocation, const struct asked *asked,
    struct history_view *view, struct earlier *earlier)
{
	const struct past_query query = {.steps = view->steps};
	struct practised practised;
	int status = STATUS_WRONG;
	struct past past;
	struct past runs;

	earlier_past(earlier, &query, &past);
	practised_init(&practised, earlier->arena, &past, earlier->folder);
	if (practised_choose(&practised, invocation->args, invocation->arg_count,
		view->max_age_us > 0, wants_color(invocation, STDERR_FILENO))) {
		runs = choose(asked, &practised, view, &past, earlier->arena);
		view->runs = &runs;
		view->books = practised.books;
		view->book_count = practised.count;
		view->folder = earlier->folder;
		view->troubles = earlier_troubles(earlier, &view->trouble_count);
		if (view->max_age_us && !practised.count) {
			complain("there is no runbook to ask that of, and none was ever run");
		} else {
			show(asked, view);
			status = status_of(&practised, view);
		}
	}
	practised_done(&practised);
	return status;
}

static int run(const struct invocation *invocation)
{
	struct history_view view = {.now_us = loop_wall_us(),
	    .columns = columns_of(STDOUT_FILENO),
	    .color = wants_color(invocation, STDOUT_FILENO)};
	struct arena *arena = arena_new();
	struct earlier earlier = {0};
	int status = STATUS_WRONG;
	struct asked asked;

	if (read_options(invocation, &asked, &view) && open_all(invocation, &earlier, arena))
		status = tell(invocation, &asked, &view, &earlier);
	earlier_close(&earlier);
	arena_free(arena);
	return status;
}

static const struct example_row examples[] = {
    {"reprise history", "the newest runs, and when each runbook was last run and rehearsed"},
    {"reprise history database-failure",
	"each of its steps too: how often, how long, how often it failed"},
    {"reprise history --max-age 30d",
	"a gate: status 1 where a runbook did not go well within 30 days"},
    {0},
};

const struct command command_history = {
    .name = "history",
    .arguments = "[RUNBOOK]…",
    .least = 0,
    .most = SIZE_MAX,
    .summary = "list the runs that were, and tell how each runbook and its steps went",
    .details =
	"RUNBOOK is the id of a runbook, its file, or a folder of them. Without any, all runs "
	"that are\n"
	"kept are told of, and the runbooks of $REPRISE_RUNBOOKS (folders, with colons between "
	"them), or\n"
	"of ./runbooks, which may never have been run. Waited is how long a question was open. "
	"Of a step,\n"
	"median and 90 % are of the times that it went well, without that waiting: half of them, "
	"and nine\n"
	"of ten, took no longer.\n"
	"\n"
	"With --max-age each runbook must have gone well in that time, in a run or a rehearsal "
	"of all of\n"
	"it, and not have failed since it last recovered. Exit status: 0 they did, 1 some did "
	"not, 2 the\n"
	"invocation or a runbook is wrong, or there is none. Without --max-age it is 0 whatever "
	"the runs\n"
	"came to.",
    .options = options,
    .examples = examples,
    .run = run,
};
