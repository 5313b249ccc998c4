/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "act/loop.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/counted.h"
#include "cli/mistakes.h"
#include "stdlib/registry.h"

enum format { FORMAT_TEXT, FORMAT_JSON };

static const struct option_row options[] = {
    {"max-age", 0, "AGE", "say only what was not exercised within this time (30d), with status 1"},
    {"live", 0, NULL, "count live runs alone, no rehearsal"},
    {"also", 0, "PATH", "count this transcript too, or those of this folder; repeatable"},
    {"format", 'f', "text|json", "text (the default), or a document for programs"},
    OPTION_COLOR,
    {0},
};

/* False after saying that it is no age. */
static bool read_age(const struct invocation *invocation, int64_t *ret_us)
{
	const char *age = option_value(invocation, "max-age");

	*ret_us = 0;
	if (!age || (units_duration(str_from(age), ret_us) && *ret_us > 0))
		return true;
	complain("--max-age is a time like 30d or 12h, not %s", age);
	return false;
}

static bool count_all(const struct invocation *invocation, struct counted *counted)
{
	if (!counted_kept(counted))
		return false;
	for (size_t i = 0; i < invocation->option_count; i++)
		if (strcmp(invocation->options[i].option->name, "also") == 0 &&
		    !counted_also(counted, invocation->options[i].value))
			return false;
	return true;
}

static int show(struct coverage_view *view, enum format format)
{
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	if (format == FORMAT_JSON)
		coverage_json(view, &out);
	else
		coverage_text(view, &out);
	fwrite(out.ptr, 1, out.len, stdout);
	buf_done(&out);
	return view->max_age_us && coverage_sum(view).missing ? STATUS_FAILED : STATUS_OK;
}

static int cover(const struct invocation *invocation, const struct load *load,
    struct coverage_view *view, enum format format)
{
	struct arena *arena = arena_new();
	int status = STATUS_WRONG;
	struct counted counted;

	view->coverage = coverage_new(load->plan);
	counted_init(&counted, view->coverage, load, view->live_only, arena);
	if (count_all(invocation, &counted)) {
		view->not_counted = counted.not_counted;
		status = show(view, format);
	}
	counted_done(&counted);
	coverage_free(view->coverage);
	arena_free(arena);
	return status;
}

/* False after saying what is wrong with it. */
static bool load_runbook(const struct invocation *invocation, struct load *load)
{
	if (load_file(load, invocation->args[0], &stdlib_vocabulary))
		return load_is_runbook(load, invocation->args[0]);
	mistakes_show(load, wants_color(invocation, STDERR_FILENO));
	return false;
}

static int run(const struct invocation *invocation)
{
	struct coverage_view view = {.now_us = loop_wall_us(),
	    .live_only = option_given(invocation, "live"),
	    .color = wants_color(invocation, STDOUT_FILENO)};
	int status = STATUS_WRONG;
	struct load load;
	size_t format;

	if (!option_choice(invocation, "format", &format) ||
	    !read_age(invocation, &view.max_age_us))
		return STATUS_WRONG;
	if (load_runbook(invocation, &load))
		status = cover(invocation, &load, &view, (enum format)format);
	load_done(&load);
	return status;
}

static const struct example_row examples[] = {
    {"reprise coverage database-failure.yaml", "what was never exercised comes first"},
    {"reprise coverage --max-age 30d database-failure.yaml",
	"status 1 unless all of it was exercised within the month"},
    {0},
};

const struct command command_coverage = {
    .name = "coverage",
    .arguments = "RUNBOOK",
    .least = 1,
    .most = 1,
    .summary = "tell which steps and branches of a runbook were ever exercised, and when last",
    .details =
	"All its runs and rehearsals that are kept are counted. What was not exercised stands "
	"first,\n"
	"then every step and way: how it went live, and in rehearsals, when last, in how many "
	"runs, and\n"
	"the number of the last, whose id stands at the end. \"ran\" is what a rehearsal really "
	"did.\n"
	"What a step did before it was changed does not count for it.\n"
	"\n"
	"With --max-age all steps, and both ways of each `when` and `unless`, must have been "
	"exercised\n"
	"in that time, live or in a rehearsal, and have not failed since they really went well. "
	"It\n"
	"says how many a rehearsal has only gone through. Exit status: 0 they were, 1 some were "
	"not,\n"
	"2 the invocation or the runbook is wrong. Without --max-age it is 0 whatever was "
	"exercised.",
    .options = options,
    .examples = examples,
    .run = run,
};
