/* SPDX-License-Identifier: Apache-2.0 */
#include "view/terminal_parts.h"

#include "base/mem.h"
#include "base/units.h"
#include "view/comparison.h"
#include "view/text.h"

/* A run that follows the record of another one: where it departs from that, and how much longer it takes. */

/* Of the departures so many are named at the end. */
enum { LISTED = 20 };

void terminal_follow(struct terminal *terminal, const struct recording *recording, const char *path)
{
	terminal->followed = recording;
	terminal->followed_path = path;
}

/* Without the reason, which stands elsewhere. */
static struct str without_reason(struct str words)
{
	ptrdiff_t reason = str_find(words, STR(": "));

	return str_sub(words, 0, reason < 0 ? words.len : (size_t)reason);
}

void terminal_note_departure(struct terminal *terminal, const struct message *message)
{
	struct str node = message->diverged.node;

	terminal->departures.items = mem_grow(terminal->departures.items,
	    terminal->departures.count, &terminal->departures.capacity, sizeof(struct str));
	terminal->departures.items[terminal->departures.count++] = arena_printf(
	    terminal->summary.arena, "%.*s: %.*s then, %.*s now",
	    STR_ARG(node.len ? node : STR("the runbook")),
	    STR_ARG(without_reason(message->diverged.recorded)),
	    STR_ARG(without_reason(message->diverged.found)));
}

/* One of the two lines that stand below each other. */
static void show_side(struct terminal *terminal, const char *side, struct str words)
{
	terminal_lead(terminal, 0, (struct str){0});
	buf_printf(&terminal->out, "  %-10s", side);
	text_lines(&terminal->out, words, terminal_column(terminal) + 12);
	buf_byte(&terminal->out, '\n');
}

void terminal_diverged(struct terminal *terminal, const struct message *message)
{
	struct str node = message->diverged.node;
	const struct step *step = terminal_step(terminal, node);

	buf_byte(&terminal->out, '\n');
	terminal_lead_of(terminal, message->at_us, node);
	terminal_painted(terminal, RED, "NOT AS RECORDED");
	if (node.len && step && !str_eq(step->title, step->id)) {
		buf_text(&terminal->out, ": ");
		text_harmless(&terminal->out, step->title);
	}
	buf_byte(&terminal->out, '\n');
	show_side(terminal, "recorded", message->diverged.recorded);
	show_side(terminal, "now", message->diverged.found);
}

void terminal_decided_departure(struct terminal *terminal, const struct message *decided)
{
	bool stops = summary_is_refusal(decided);

	terminal_lead(terminal, 0, (struct str){0});
	if (!stops)
		buf_text(&terminal->out, "  the run goes on");
	else if (terminal_has_finally(terminal))
		buf_text(&terminal->out,
		    "  the run stops here: what runs is being ended, then the finally steps run");
	else
		buf_text(&terminal->out, "  the run stops here: what runs is being ended");
	buf_text(&terminal->out, "\n\n");
}

/* How a step ended then; NULL where that is not known. */
static const struct message *recorded_end(const struct terminal *terminal, struct str node)
{
	const struct recorded_step *step = terminal->followed
	    ? recording_step(terminal->followed, node)
	    : NULL;

	return step ? step->finished : NULL;
}

void terminal_recorded_duration(struct terminal *terminal, const struct message *step_finished)
{
	const struct message *then = recorded_end(terminal, step_finished->step_finished.node);

	if (!then || then->step_finished.duration_us == 0 ||
	    durations_ratio(
		then->step_finished.duration_us, step_finished->step_finished.duration_us) <= 0)
		return;
	terminal_duration(terminal, " (recorded: ", then->step_finished.duration_us);
	buf_byte(&terminal->out, ')');
}

static bool is_rehearsal(const struct recording *recording)
{
	return recording->run_started->run_started.rehearsal != NULL;
}

/* How the whole run ended then, where it ended otherwise now. */
static const struct message *other_end(const struct terminal *terminal)
{
	const struct message *then = terminal->followed ? terminal->followed->run_finished : NULL;

	if (then && then->run_finished.outcome == RUN_REHEARSED &&
	    terminal->summary.outcome == RUN_RECOVERED)
		return NULL; /* that is what it was rehearsed for */
	return then && then->run_finished.outcome != terminal->summary.outcome ? then : NULL;
}

void terminal_end_departures(struct terminal *terminal)
{
	const struct message *then = other_end(terminal);
	size_t count = terminal->departures.count;

	if (terminal->followed && !count && !then)
		buf_text(&terminal->out,
		    is_rehearsal(terminal->followed)
			? "It went as rehearsed, as far as that could be looked at.\n"
			: "It went as recorded.\n");
	if (count) {
		terminal_painted(terminal, YELLOW, "Was not as recorded:");
		buf_byte(&terminal->out, '\n');
	}
	for (size_t i = 0; i < count && i < LISTED; i++) {
		buf_text(&terminal->out, "  ");
		text_lines(&terminal->out, terminal->departures.items[i], 4);
		buf_byte(&terminal->out, '\n');
	}
	if (count > LISTED)
		buf_printf(&terminal->out, "  and %zu more, see the report\n", count - LISTED);
	if (then)
		buf_printf(&terminal->out, "The recorded run ended otherwise: %s\n",
		    run_outcome_names[then->run_finished.outcome]);
}
