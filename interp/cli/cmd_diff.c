/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/kept.h"
#include "view/diff.h"

enum format { FORMAT_TEXT, FORMAT_JSON };

static const struct option_row options[] = {
    {"format", 'f', "text|json", "text (the default), or a document for programs"},
    {"all", 'a', NULL, "show the steps that do not differ, too"},
    OPTION_COLOR,
    {0},
};

/* NULL after saying why there is nothing to compare; what is good of a damaged one is. */
static struct recording *read_run(const char *path)
{
	struct recording *recording;
	struct buf error;

	buf_init(&error, BUF_UNBOUNDED);
	recording = recording_read(path, &error);
	if (!recording)
		complain("%.*s", STR_ARG(buf_view(&error)));
	else if (recording->damaged)
		complain(
		    "%s: %.*s; compared is what stands before it", path, STR_ARG(recording->state));
	buf_done(&error);
	return recording;
}

static int compare(
    struct diff_view *view, const struct recording *const runs[SIDES], enum format format)
{
	struct comparison *comparison = comparison_new(runs[SIDE_A], runs[SIDE_B]);
	int status = comparison->weight > WEIGHT_NOTED ? STATUS_DIFFERENT : STATUS_OK;
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	view->comparison = comparison;
	if (format == FORMAT_JSON)
		diff_json(view, &out);
	else
		diff_text(view, &out);
	fwrite(out.ptr, 1, out.len, stdout);
	buf_done(&out);
	comparison_free(comparison);
	return runs[SIDE_A]->damaged || runs[SIDE_B]->damaged ? STATUS_DAMAGED : status;
}

static int diff(const struct invocation *invocation, struct arena *arena)
{
	struct diff_view view = {.color = wants_color(invocation, STDOUT_FILENO),
	    .all = option_given(invocation, "all")};
	struct recording *runs[SIDES];
	struct kept kept[SIDES];
	int status = STATUS_DAMAGED;
	size_t format;

	if (!option_choice(invocation, "format", &format))
		return STATUS_WRONG;
	for (int side = 0; side < SIDES; side++) {
		if (!kept_find(arena, invocation->args[side], &kept[side]))
			return STATUS_WRONG;
		view.paths[side] = kept[side].transcript;
	}
	for (int side = 0; side < SIDES; side++)
		runs[side] = read_run(view.paths[side]);
	if (runs[SIDE_A] && runs[SIDE_B])
		status = compare(&view, (const struct recording *[]){runs[SIDE_A], runs[SIDE_B]},
		    (enum format)format);
	for (int side = 0; side < SIDES; side++)
		recording_free(runs[side]);
	return status;
}

static int run(const struct invocation *invocation)
{
	struct arena *arena = arena_new();
	int status = diff(invocation, arena);

	arena_free(arena);
	return status;
}

static const struct example_row examples[] = {
    {"reprise diff DRILL INCIDENT", "where the incident went another way than the drill"},
    {0},
};

const struct command command_diff = {
    .name = "diff",
    .arguments = "RUN RUN",
    .least = 2,
    .most = 2,
    .summary = "show how two runs differ: the way they took, what came of it, how long it took",
    .details = KEPT_RUN
    "\n"
    "The first is called A, the second B: a drill and the incident, a run before and behind a\n"
    "change. Exit status: 0 the same path, outcomes and results, whatever else differs; 1 they\n"
    "differ; 6 a transcript is damaged or unreadable (what is good of it is compared).",
    .options = options,
    .examples = examples,
    .run = run,
};
