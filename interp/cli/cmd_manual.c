/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/spell.h"
#include "cli/command.h"
#include "cli/manual.h"
#include "view/text.h"

static const struct option_row options[] = {
    {"folder", 0, "FOLDER", "write every page there, each as a file: reprise-run.1"},
    {"date", 0, "DATE", "the date that they bear, 2026-11-22; otherwise it is today's"},
    {0},
};

/* "run", "reprise-run", "reprise-run.1". */
static bool is_called(const struct manual_page *page, const char *word)
{
	return strcmp(word, page->word) == 0 || strcmp(word, page->name) == 0 ||
	    strcmp(word, page->file) == 0;
}

static int unknown_page(const struct manual_page *pages, size_t count, const char *word)
{
	struct spell spell;
	struct str best;

	spell_init(&spell, str_from(word));
	for (size_t i = 0; i < count; i++)
		spell_try(&spell, str_from(pages[i].word));
	best = spell_best(&spell);
	if (best.len)
		complain("there is no page %s; did you mean %.*s?", word, STR_ARG(best));
	else
		complain("there is no page %s; reprise manual reprise names them", word);
	return STATUS_WRONG;
}

static bool write_file(const char *folder, const struct manual_page *page, struct str text)
{
	char path[4096];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", folder, page->file);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	ok = fd >= 0 && print_text(fd, text.ptr, text.len);
	if (!ok)
		complain("cannot write %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

static int write_all(
    const char *folder, const struct manual_page *pages, size_t count, struct str date)
{
	bool ok = true;

	for (size_t i = 0; i < count && ok; i++) {
		struct buf out;

		buf_init(&out, BUF_UNBOUNDED);
		manual_write(&pages[i], date, &out);
		ok = write_file(folder, &pages[i], buf_view(&out));
		buf_done(&out);
	}
	return ok ? STATUS_OK : STATUS_WRONG;
}

static int write_one(
    const char *word, const struct manual_page *pages, size_t count, struct str date)
{
	size_t page = 0;
	struct buf out;

	while (page < count && !is_called(&pages[page], word))
		page++;
	if (page == count)
		return unknown_page(pages, count, word);
	buf_init(&out, BUF_UNBOUNDED);
	manual_write(&pages[page], date, &out);
	fwrite(out.ptr, 1, out.len, stdout);
	buf_done(&out);
	return STATUS_OK;
}

/* Appends the day that was given, or today's. False after saying that it is none. */
static bool read_date(const struct invocation *invocation, struct buf *out)
{
	const char *given = option_value(invocation, "date");
	struct tm day = {0};
	const char *rest = given ? strptime(given, "%Y-%m-%d", &day) : NULL;

	if (given && (!rest || *rest)) {
		complain("--date is a day like 2026-11-22, not %s", given);
		return false;
	}
	if (given)
		buf_text(out, given);
	else
		text_day(out, (int64_t)time(NULL) * 1000000);
	return true;
}

static int run(const struct invocation *invocation)
{
	struct manual_page pages[MANUAL_PAGES_MOST];
	const char *word = invocation->arg_count ? invocation->args[0] : "reprise";
	const char *folder = option_value(invocation, "folder");
	size_t count = manual_pages(pages);
	struct buf date;
	int status = STATUS_WRONG;

	buf_init(&date, BUF_UNBOUNDED);
	if (!read_date(invocation, &date)) {
		buf_done(&date);
		return status;
	}
	if (folder)
		status = write_all(folder, pages, count, buf_view(&date));
	else
		status = write_one(word, pages, count, buf_view(&date));
	buf_done(&date);
	return status;
}

static const struct example_row examples[] = {
    {"reprise manual run | man -l -", "read what `run` does, also where no page is installed"},
    {"reprise manual runbook | man -l -", "every key of a runbook"},
    {0},
};

const struct command command_manual = {
    .name = "manual",
    .arguments = "[PAGE]",
    .least = 0,
    .most = 1,
    .summary = "print a manual page, as man(1) takes it",
    .details = "PAGE is a command, `runbook` for the keys of a runbook, or `actions.7` for the "
	       "standard\n"
	       "library; without it comes the page of all commands.",
    .options = options,
    .examples = examples,
    .run = run,
};
