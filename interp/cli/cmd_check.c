/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/mistakes.h"
#include "lang/load.h"
#include "lint/lint.h"
#include "stdlib/registry.h"
#include "view/check_doc.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_SARIF };

static const struct option_row options[] = {
    {"format", 'f', "text|json|sarif", "text (the default), or one document for all files"},
    OPTION_COLOR,
    {"quiet", 'q', NULL, "say nothing of files without mistakes"},
    {"strict", 0, NULL, "take warnings for mistakes"},
    {0},
};

struct checking {
	struct check_doc *doc; /* NULL: text */
	bool color;
	bool quiet;
	bool strict;
};

static void show(const struct checking *checking, struct load *load, const char *path, bool ok)
{
	mistakes_show(load, checking->color);
	if (ok && !checking->quiet && load->is_part)
		printf("%s: ok, to be included by runbooks\n", path);
	else if (ok && !checking->quiet)
		printf("%s: ok, %zu step%s\n", path, load->plan->count - 1,
		    load->plan->count == 2 ? "" : "s");
	fflush(stdout);
}

static bool check_one(const struct checking *checking, const char *path)
{
	struct load load;
	bool ok = load_file(&load, path, &stdlib_vocabulary);

	if (ok)
		lint_run(&load);
	if (checking->strict)
		ok = ok && load.diags.count == 0;
	if (checking->doc)
		check_doc_add(checking->doc, &load, path, ok, !(ok && checking->quiet));
	else
		show(checking, &load, path, ok);
	load_done(&load);
	return ok;
}

/* What a code means: lints have a summary. */
static const char *summary(const char *code)
{
	const char *row;
	const char *text;

	for (size_t i = 0; lint_row(i, &row, &text); i++)
		if (strcmp(row, code) == 0)
			return text;
	return NULL;
}

static int run(const struct invocation *invocation)
{
	static const enum check_form forms[] = {
	    [FORMAT_JSON] = CHECK_JSON, [FORMAT_SARIF] = CHECK_SARIF};
	struct checking checking = {
	    .color = wants_color(invocation, STDERR_FILENO),
	    .quiet = option_given(invocation, "quiet"),
	    .strict = option_given(invocation, "strict"),
	};
	size_t format;
	bool ok = true;
	struct buf out;

	if (!option_choice(invocation, "format", &format))
		return STATUS_WRONG;
	buf_init(&out, BUF_UNBOUNDED);
	if (format != FORMAT_TEXT)
		checking.doc = check_doc_new(
		    &(struct check_doc_options){forms[format], REPRISE_VERSION, summary}, &out);
	for (size_t i = 0; i < invocation->arg_count; i++)
		ok = check_one(&checking, invocation->args[i]) && ok;
	if (checking.doc) {
		check_doc_end(checking.doc);
		fwrite(out.ptr, 1, out.len, stdout);
	}
	buf_done(&out);
	return ok ? STATUS_OK : STATUS_WRONG;
}

static const struct example_row examples[] = {
    {"reprise check *.yaml",
	"every mistake of these runbooks in one pass, each with its place and a way out"},
    {"reprise check --strict -q runbooks/*.yaml",
	"a gate before a commit: silent when there is nothing to say, and risks count"},
    {0},
};

const struct command command_check = {
    .name = "check",
    .arguments = "FILE…",
    .least = 1,
    .most = (size_t)-1,
    .summary = "find every mistake and risk in runbooks, and change nothing",
    .options = options,
    .examples = examples,
    .run = run,
};
