/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/alone.h"
#include "cli/assumptions.h"
#include "cli/beginning.h"
#include "cli/given.h"
#include "cli/shelf.h"
#include "view/matched.h"
#include "view/text.h"

enum format { FORMAT_TEXT, FORMAT_JSON };

/* Those in front of OPTION_PARAMS are its own, and --color; the others are those of what it begins. */
static const struct option_row options[] = {
    {"run", 0, NULL, "begin the runbook that answers, as `reprise run` does with these options"},
    {"rehearse", 0, NULL, "begin its rehearsal, as `reprise rehearse` does"},
    {"alert", 0, "WORD", "only alerts with this name, or this fingerprint"},
    {"format", 'f', "text|json", "text (the default), or a document for programs"},
    OPTION_PARAMS,
    {"from", 0, "RUN", "of a rehearsal: an earlier run answers for what is not performed"},
    OPTION_ASSUMPTIONS,
    OPTION_ALONE,
    OPTION_JOBS,
    OPTION_TRANSCRIPT,
    DRIVER_OPTIONS,
    {0},
};

static const char *const own[] = {"run", "rehearse", "alert", "format", "color", NULL};

/* What a match is made of, and begun with. */
struct match {
	const struct invocation *invocation;
	const struct command *begins; /* what is begun; NULL: nothing is */
	struct arena *arena;
	struct alerts alerts;
	struct shelf shelf;
	struct matched matched;
};

static bool is_own(const struct option_row *row)
{
	for (size_t i = 0; own[i]; i++)
		if (strcmp(row->name, own[i]) == 0)
			return true;
	return false;
}

static bool has_option(const struct command *command, const struct option_row *row)
{
	for (const struct option_row *at = command->options; at->name; at++)
		if (strcmp(at->name, row->name) == 0)
			return true;
	return false;
}

/* What is to be begun, and whether it has all options that were given. Says what is wrong. */
static bool options_fit(struct match *match)
{
	const struct invocation *invocation = match->invocation;
	bool runs = option_given(invocation, "run");

	if (runs && option_given(invocation, "rehearse")) {
		complain("--run and --rehearse are two things: one of them");
		return false;
	}
	if (runs || option_given(invocation, "rehearse"))
		match->begins = runs ? &command_run : &command_rehearse;
	if (match->begins && option_given(invocation, "format")) {
		complain("--format is for what is only told, not for what is begun");
		return false;
	}
	for (size_t i = 0; i < invocation->option_count; i++) {
		const struct option_row *row = invocation->options[i].option;

		if (is_own(row) || (match->begins && has_option(match->begins, row)))
			continue;
		if (match->begins)
			complain("--%s does not go with --%s", row->name, match->begins->name);
		else
			complain("--%s is an option of what is begun: it goes with --run or "
				 "--rehearse",
			    row->name);
		return false;
	}
	return true;
}

/* False after saying what is wrong with the payload. */
static bool read_alerts(struct match *match)
{
	const char *path = match->invocation->args[0];
	bool is_input = strcmp(path, "-") == 0;
	const char *name = is_input ? "standard input" : path;
	struct source *source = is_input ? source_read_fd(name, STDIN_FILENO) : source_read(path);
	struct str error;
	struct buf text;
	bool ok;

	if (!source) {
		complain("cannot read %s: %s", name, strerror(errno));
		return false;
	}
	ok = alerts_read(match->arena,
	    arena_str(match->arena, (struct str){source->bytes, source->len}), &match->alerts,
	    &error);
	source_free(source);
	if (ok)
		return true;
	buf_init(&text, BUF_UNBOUNDED);
	text_harmless(&text, error);
	complain("%s is no payload of Alertmanager: %.*s", name, STR_ARG(buf_view(&text)));
	buf_done(&text);
	return false;
}

static bool is_asked_for(const struct match *match, const struct alert *alert)
{
	const char *word = option_value(match->invocation, "alert");

	return !word || str_is(alert->name, word) || str_is(alert->fingerprint, word);
}

/* A pattern that gives up is the runbook's mistake, and must not look as if it did not match. */
static void gave_up(const char *path, const struct alert *alert, const struct matcher *matcher)
{
	struct buf shown;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	buf_init(&shown, BUF_UNBOUNDED);
	matcher_show(matcher, &text);
	buf_text(&text, " takes too long on ");
	alert_show(alert, &text);
	text_harmless(&shown, buf_view(&text));
	complain("%s may answer or not: %.*s", path, STR_ARG(buf_view(&shown)));
	buf_done(&shown);
	buf_done(&text);
}

static void find_responses(
    const struct match *match, const struct alert *alert, struct matched_alert *ret_matched)
{
	const struct shelf *shelf = &match->shelf;
	const struct matcher *failed;

	*ret_matched = (struct matched_alert){.alert = alert};
	if (!alert->firing)
		return;
	ret_matched->responses = arena_array(
	    match->arena, shelf->count, sizeof(*ret_matched->responses));
	for (size_t i = 0; i < shelf->count; i++) {
		const struct book *book = shelf->books[i];

		ret_matched->count += response_find(match->arena, book->load.runbook, book->path,
		    alert, &ret_matched->responses[ret_matched->count], &failed);
		if (failed)
			gave_up(book->path, alert, failed);
	}
	if (ret_matched->count)
		qsort(ret_matched->responses, ret_matched->count, sizeof(*ret_matched->responses),
		    response_order);
}

static void find_all(struct match *match)
{
	struct matched *matched = &match->matched;
	const struct shelf *shelf = &match->shelf;

	*matched = (struct matched){
	    .alerts = arena_array(match->arena, match->alerts.count, sizeof(*matched->alerts)),
	    .truncated = match->alerts.truncated,
	    .places = shelf->places,
	    .place_count = shelf->place_count,
	    .runbooks = shelf->count,
	    .verb = match->begins ? match->begins->name : "run",
	    .color = wants_color(match->invocation, STDOUT_FILENO),
	};
	for (size_t i = 0; i < shelf->count; i++)
		matched->with_triggers += shelf->books[i]->load.runbook->trigger_count > 0;
	for (size_t i = 0; i < match->alerts.count; i++)
		if (is_asked_for(match, &match->alerts.items[i]))
			find_responses(
			    match, &match->alerts.items[i], &matched->alerts[matched->count++]);
}

static void say_what_is_left_out(const struct shelf *shelf)
{
	struct buf text;

	for (size_t i = 0; i < shelf->left_out_count; i++) {
		buf_init(&text, BUF_UNBOUNDED);
		text_harmless(&text, shelf->left_out[i].why);
		complain("left out, as it has mistakes: %.*s", STR_ARG(buf_view(&text)));
		buf_done(&text);
	}
}

static int tell(const struct match *match, enum format format)
{
	int status = STATUS_FAILED;
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	if (format == FORMAT_JSON)
		matched_json(&match->matched, &out);
	else
		matched_text(&match->matched, &out);
	fwrite(out.ptr, 1, out.len, stdout);
	buf_done(&out);
	for (size_t i = 0; i < match->matched.count; i++)
		if (match->matched.alerts[i].count)
			status = STATUS_OK;
	return status;
}

/* What answers which alert, once for each command line. */
struct choice {
	const struct response *response;
	const struct alert *alert; /* of several the one that fires longest */
	struct str command;
};

static struct choice *choices_of(const struct match *match, size_t *ret_count)
{
	const struct matched *matched = &match->matched;
	struct choice *choices = NULL;
	size_t capacity = 0;
	size_t count = 0;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	for (size_t i = 0; i < matched->count; i++)
		for (size_t k = 0; k < matched->alerts[i].count; k++) {
			struct choice choice = {
			    &matched->alerts[i].responses[k], matched->alerts[i].alert, {0}};
			size_t at = 0;

			buf_clear(&text);
			response_command(choice.response, match->begins->name, &text);
			choice.command = arena_str(match->arena, buf_view(&text));
			while (at < count && !str_eq(choices[at].command, choice.command))
				at++;
			if (at == count) {
				choices = arena_grow(
				    match->arena, choices, count, &capacity, sizeof(*choices));
				choices[count++] = choice;
			} else if (choice.alert->starts_at_us < choices[at].alert->starts_at_us) {
				choices[at].alert = choice.alert;
			}
		}
	buf_done(&text);
	*ret_count = count;
	return choices;
}

/* The invocation of what is begun: the alert's parameters, and behind them, over them, those that were given. */
static struct invocation invocation_of(const struct match *match, const struct choice *choice)
{
	static const struct option_row param[] = {OPTION_PARAMS};
	const struct invocation *invocation = match->invocation;
	const struct response *response = choice->response;
	struct given *given = arena_array(
	    match->arena, response->given_count + invocation->option_count, sizeof(*given));
	const char **args = arena_array(match->arena, 1, sizeof(char *));
	size_t count = 0;

	for (size_t i = 0; i < response->given_count; i++)
		given[count++] = (struct given){&param[0],
		    arena_printf(match->arena, "%.*s=%.*s", STR_ARG(response->given[i].name),
			STR_ARG(response->given[i].text))
			.ptr};
	for (size_t i = 0; i < invocation->option_count; i++)
		if (has_option(match->begins, invocation->options[i].option))
			given[count++] = invocation->options[i];
	args[0] = response->path;
	return (struct invocation){match->begins, given, count, args, 1};
}

/* Whether what the alert does not tell was given instead. */
static bool is_given(const struct invocation *invocation, struct str name)
{
	for (size_t i = 0; i < invocation->option_count; i++) {
		const struct given *given = &invocation->options[i];

		if (given->option->letter == 'p' && str_starts(str_from(given->value), name) &&
		    given->value[name.len] == '=')
			return true;
	}
	return false;
}

/* False after saying why it cannot be begun. */
static bool is_complete(const struct match *match, const struct response *response)
{
	struct buf why;

	for (size_t i = 0; i < response->lacking_count; i++) {
		if (is_given(match->invocation, response->lacking[i].param))
			continue;
		buf_init(&why, BUF_UNBOUNDED);
		text_harmless(&why, response->lacking[i].why);
		complain("%s was not begun: %.*s; give it by -p", response->path,
		    STR_ARG(buf_view(&why)));
		buf_done(&why);
		return false;
	}
	return true;
}

static int begin(const struct match *match)
{
	struct invocation invocation;
	size_t count;
	const struct choice *choices = choices_of(match, &count);

	if (!count) {
		complain("no runbook answers what is firing");
		return STATUS_FAILED;
	}
	if (count > 1) {
		complain("nothing was begun, as there are %zu that answer:", count);
		for (size_t i = 0; i < count; i++)
			fprintf(stderr, "  %.*s%s\n", STR_ARG(choices[i].command),
			    choices[i].response->lacking_count ? "  (lacks a parameter)" : "");
		complain("choose by naming the runbook behind the alerts, or with --alert");
		return STATUS_WRONG;
	}
	if (!is_complete(match, choices->response))
		return STATUS_WRONG;
	invocation = invocation_of(match, choices);
	return (match->begins == &command_run ? runbook_run : runbook_rehearse)(
	    &invocation, alert_facts(match->arena, choices->alert));
}

static int run(const struct invocation *invocation)
{
	struct match match = {.invocation = invocation, .arena = arena_new()};
	int status = STATUS_WRONG;
	size_t format;

	shelf_init(&match.shelf);
	if (option_choice(invocation, "format", &format) && options_fit(&match) &&
	    read_alerts(&match) &&
	    shelf_fill(&match.shelf, invocation->args + 1, invocation->arg_count - 1,
		wants_color(invocation, STDERR_FILENO))) {
		find_all(&match);
		say_what_is_left_out(&match.shelf);
		status = match.begins ? begin(&match) : tell(&match, (enum format)format);
	}
	shelf_done(&match.shelf);
	arena_free(match.arena);
	return status;
}

static const struct example_row examples[] = {
    {"reprise match alerts.json runbooks/",
	"which runbook answers these alerts, with the command to paste"},
    {0},
};

const struct command command_match = {
    .name = "match",
    .arguments = "ALERTS [RUNBOOK|FOLDER]…",
    .least = 1,
    .most = (size_t)-1,
    .summary = "tell which runbook an alert wants, with the command that begins it",
    .details =
	"ALERTS is what Alertmanager sends to a webhook (JSON, version \"4\"); - is standard "
	"input. Without\n"
	"runbooks those in the folders of $REPRISE_RUNBOOKS are looked at (a colon between two), "
	"or ./runbooks.\n"
	"Which alerts a runbook answers is said by its `triggers`. Of several that answer an "
	"alert all are\n"
	"told, the one that asks for most labels first.\n"
	"\n"
	"With --run or --rehearse the one that answers begins at once, its record knows the "
	"alert, and the\n"
	"exit status is that of what was begun; several are refused. Else: 0 some runbook "
	"answers, 1 none\n"
	"does, 2 the invocation, the payload or a runbook that was named is wrong.",
    .options = options,
    .examples = examples,
    .run = run,
};
