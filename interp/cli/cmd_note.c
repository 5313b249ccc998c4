/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/units.h"
#include "cli/command.h"
#include "cli/console.h"
#include "cli/kept.h"
#include "cli/tell.h"
#include "record/transcript_reader.h"
#include "run/control_line.h"
#include "run/control_socket.h"
#include "view/text.h"

/* The words with a space between them. */
static void join_words(const struct invocation *invocation, struct buf *out)
{
	for (size_t i = 1; i < invocation->arg_count; i++) {
		buf_text(out, i > 1 ? " " : "");
		buf_text(out, invocation->args[i]);
	}
}

/* Why nobody takes notes for it, as its record tells. */
static void tell_over(const char *transcript, struct reader *reader)
{
	const struct transcript_report *report = reader_report(reader);
	struct arena *arena = arena_new();
	enum run_outcome outcome = RUN_FAILED;
	struct buf said;
	struct line line;

	buf_init(&said, BUF_UNBOUNDED);
	while (reader_next(reader, arena, &line)) {
		if (line.known && line.message.type == MESSAGE_RUN_FINISHED)
			outcome = line.message.run_finished.outcome;
		arena_reset(arena);
	}
	arena_free(arena);
	if (report->state == TRANSCRIPT_SEALED) {
		buf_printf(&said, "the run is over: %s at ", run_outcome_names[outcome]);
		units_show_time(&said, report->last_at_us);
	} else if (report->lines) {
		buf_text(&said,
		    "nobody drives the run any more, or its socket could not be made: its record "
		    "ends at ");
		units_show_time(&said, report->last_at_us);
	} else {
		buf_printf(&said, "%s holds no run", transcript);
	}
	complain("nothing was noted: %.*s; notes are taken only while a run goes on",
	    STR_ARG(buf_view(&said)));
	buf_done(&said);
}

static int connect_to(const struct kept *kept)
{
	struct buf error;
	struct reader *reader;
	int fd = control_connect(kept->dir);
	int reason = errno;

	if (fd >= 0)
		return fd;
	buf_init(&error, BUF_UNBOUNDED);
	reader = reader_open(kept->transcript, &error);
	if (reason != ENOENT && reason != ECONNREFUSED)
		complain("nothing was noted: cannot reach the run by %s/control: %s%s", kept->dir,
		    strerror(reason),
		    reason == EACCES ? "; only root and the user who runs it may" : "");
	else if (reader)
		tell_over(kept->transcript, reader);
	else
		complain("nothing was noted: %.*s", STR_ARG(buf_view(&error)));
	reader_free(reader);
	buf_done(&error);
	return -1;
}

static int tell(const struct control_answer *answer, struct str text)
{
	struct buf said;

	if (!answer->ok) {
		complain("nothing was noted: %.*s", STR_ARG(answer->why));
		return STATUS_FAILED;
	}
	buf_init(&said, BUF_UNBOUNDED);
	buf_printf(&said, "noted as line %lld", (long long)answer->line);
	if (answer->masked) {
		buf_text(&said, ", with the secrets in it masked");
	} else {
		buf_text(&said, ": ");
		text_first_line(&said, text);
	}
	buf_byte(&said, '\n');
	print_text(STDERR_FILENO, said.ptr, said.len);
	buf_done(&said);
	return STATUS_OK;
}

static int note(const struct kept *kept, struct str text, struct arena *arena)
{
	const struct control_request request = {.terminal = str_from(console_name()), .text = text};
	struct control_answer answer;
	int status = STATUS_FAILED;
	int fd = connect_to(kept);
	struct buf why;

	if (fd < 0)
		return STATUS_FAILED;
	buf_init(&why, BUF_UNBOUNDED);
	if (tell_run(fd, arena, &request, &answer, &why))
		status = tell(&answer, text);
	else
		complain("it is not known whether this was noted: %.*s", STR_ARG(buf_view(&why)));
	buf_done(&why);
	close(fd);
	return status;
}

static bool is_there(const struct kept *kept)
{
	bool missing = access(kept->transcript, F_OK) < 0 && errno == ENOENT;

	if (missing)
		complain("there is no run %s", kept->transcript);
	return !missing;
}

static int run(const struct invocation *invocation)
{
	struct arena *arena = arena_new();
	int status = STATUS_WRONG;
	struct kept kept;
	struct buf text;
	struct buf why;

	buf_init(&text, BUF_UNBOUNDED);
	buf_init(&why, BUF_UNBOUNDED);
	join_words(invocation, &text);
	if (!control_note_fits(buf_view(&text), &why))
		complain("%.*s", STR_ARG(buf_view(&why)));
	else if (kept_find(arena, invocation->args[0], &kept) && is_there(&kept))
		status = note(&kept, str_trim(buf_view(&text)), arena);
	buf_done(&why);
	buf_done(&text);
	arena_free(arena);
	return status;
}

static const struct example_row examples[] = {
    {"reprise note RUN the disk of db1 is being replaced",
	"the words stand in the report, at their time"},
    {0},
};

const struct command command_note = {
    .name = "note",
    .arguments = "RUN TEXT…",
    .least = 2,
    .most = (size_t)-1,
    .summary = "add a note to the record of a run while it goes on, from another terminal",
    .details = KEPT_RUN
    "\n"
    "The note stands in the record, in the report and before whoever watches, with your name and "
    "terminal. It has\n"
    "at most 4096 bytes; the run's secrets are masked in it. The status is 1 when nobody took it: "
    "the run is over,\n"
    "was cut off, or is not yours.",
    .options = NULL,
    .examples = examples,
    .run = run,
};
