/* SPDX-License-Identifier: Apache-2.0 */
#include "view/incident_parts.h"

#include "base/units.h"
#include "view/markdown.h"
#include "view/text.h"

/* What is to be done: the template's four, then what the record itself suggests, then what people add. */

static void put_template(struct incident *incident, struct buf *out)
{
	static const struct {
		enum incident_key key;
		const char *name;
	} rows[] = {
	    {ANSWER_PREVENT, "Prevent recurrence"},
	    {ANSWER_DETECT, "Improve detection"},
	    {ANSWER_RUNBOOKS, "Update runbooks"},
	    {ANSWER_MONITOR, "Add monitoring"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		buf_printf(out, "- [ ] %s: ", rows[i].name);
		incident_put_either(incident, rows[i].key, 6, out);
		buf_byte(out, '\n');
	}
}

static void put_why(struct buf *out, struct str why)
{
	if (str_trim(why).len) {
		buf_text(out, ": ");
		markdown_plain(out, why);
	}
	buf_byte(out, '\n');
}

static void put_item(
    const struct incident *incident, const char *lead, struct str node, struct buf *out)
{
	buf_printf(out, "- [ ] %s ", lead);
	incident_put_node(incident, out, node);
}

/* How long the action that was ended last had been going on; CHRONICLE_NEVER: it had a timeout, or ended by itself. */
static int64_t hung_us(const struct chronicle_step *step)
{
	int64_t hung_us = CHRONICLE_NEVER;

	for (const struct chronicle_op *op = step->first; op; op = op->next)
		if (op->what == START_ACTION && op->ended && op->timeout_us == 0 &&
		    (op->end == END_STOPPED || op->end == END_LOST))
			hung_us = op->ended_t_us - op->wanted_t_us;
	return hung_us;
}

static void put_step(struct incident *incident, const struct summary_step *step, struct buf *out)
{
	const struct chronicle_step *whole = &incident->chronicle
						  ->steps[step - incident->summary->steps];
	int64_t us = hung_us(whole);

	if (step->outcome == OUTCOME_LOST) {
		put_item(
		    incident, "Find out whether this was done, for nobody knows:", step->node, out);
		put_why(out, step->told);
	} else if (step_is_half_done(step) || step_is_half_done_allowed(step)) {
		put_item(incident, "Look whether this is half done:", step->node, out);
		put_why(out, step->told);
	}
	if (step_is_clean_up_left(step)) {
		put_item(incident, "Clean up by hand, for this did not run:", step->node, out);
		put_why(out, step->told);
	}
	if (step_is_left(step)) {
		put_item(incident, "Put back by hand what was not rolled back:", step->node, out);
		put_why(out, (struct str){0});
	}
	if (us != CHRONICLE_NEVER) {
		put_item(incident, "Give it a timeout:", step->node, out);
		buf_text(out, " went on for ");
		units_show_duration(out, text_seconds(us));
		buf_text(out, " until it was cut off\n");
	}
	if (step->outcome == OUTCOME_TIMED_OUT && !step->by_part && !step->answered) {
		put_item(incident, "Find out why this took longer than it may:", step->node, out);
		put_why(out, (struct str){0});
	}
	if (step->attempts > 1 && step->outcome == OUTCOME_SUCCEEDED) {
		put_item(incident, "Find out why this did not go well at once:", step->node, out);
		buf_printf(out, ", %u attempts\n", step->attempts);
	}
}

static void put_left_running(struct incident *incident, struct buf *out)
{
	for (size_t i = 0; i < incident->chronicle->op_count; i++) {
		const struct chronicle_op *op = incident->chronicle->ops[i];

		for (size_t k = 0; op->left && k < op->left->list.count; k++) {
			const struct value *left = op->left->list.items[k];
			const struct value *pid = value_get(left, "pid");

			put_item(incident,
			    "See whether what this left running is wanted:", op->node, out);
			buf_printf(out, ", pid %lld", (long long)(pid ? pid->integer : 0));
			put_why(out, value_text(value_get(left, "command")));
		}
	}
}

static bool is_first_of_name(const struct told_entry *told, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (str_eq(told[i].name, told[index].name))
			return false;
	return true;
}

static void put_told(struct incident *incident, struct buf *out)
{
	size_t count;
	const struct told_entry *told = told_entries(incident->chronicle->told, &count);

	for (size_t i = 0; incident->in_earnest && i < count; i++)
		if (told[i].by_hand && is_first_of_name(told, i)) {
			buf_text(out, "- [ ] Tell ");
			markdown_code(out, told[i].name);
			buf_text(out, " by hand, if nobody has");
			put_why(out, told[i].way);
		}
	for (size_t i = 0; i < count; i++) {
		if (!told[i].finished || !told[i].live || told[i].delivered || told[i].by_hand)
			continue;
		buf_text(out, "- [ ] Mend the way to ");
		markdown_code(out, told[i].name);
		buf_text(out, ", who was not told");
		put_why(out, told[i].why);
	}
}

/* Given before anybody saw what it was for. */
static void put_approvals(struct incident *incident, struct buf *out)
{
	for (size_t i = 0; i < incident->summary->approval_count; i++) {
		const struct summary_approval *approval = &incident->summary->approvals[i];

		if (approval->kind != ASK_APPROVAL || !approval->answered || approval->taken ||
		    approval->answer != ANSWER_APPROVED ||
		    !str_starts(approval->who, STR("--approve")))
			continue;
		put_item(incident, "Look at the approval of", approval->node, out);
		buf_text(out, ", which was given before the run began");
		put_why(out, approval->who);
	}
}

static void put_deviations(struct incident *incident, struct buf *out)
{
	for (size_t i = 0; i < incident->chronicle->event_count; i++) {
		const struct chronicle_event *event = &incident->chronicle->events[i];

		if (event->type == MESSAGE_DIVERGED) {
			put_item(incident,
			    "Find out why this was not as in the run before:", event->node, out);
			put_why(out, event->text);
		}
	}
}

static void put_line(struct buf *out, const char *lead, struct str text)
{
	if (text.len == 0)
		return;
	buf_printf(out, "- [ ] %s", lead);
	put_why(out, text);
}

static void put_missed(struct incident *incident, struct buf *out)
{
	const struct objectives *objectives = incident->objectives;
	const struct summary *summary = incident->summary;
	int64_t from_us = incident->detected.known ? incident->detected.at_us
						   : summary->began_at_us;
	int64_t as_of_us;

	if (!objectives || !incident->in_earnest)
		return;
	if (incident->restored.known && objectives->rto_us != UNSET_US &&
	    incident_took_us(incident) > objectives->rto_us)
		buf_text(out,
		    "- [ ] Find out what the recovery lost its time with: the RTO was missed\n");
	if (incident->restored.known && objectives->mttr_us != UNSET_US &&
	    incident->restored.at_us - from_us > objectives->mttr_us)
		buf_text(out,
		    "- [ ] Shorten the time from the detection to the recovery: the MTTR was "
		    "missed\n");
	if (objectives->rpo_us != UNSET_US && incident_as_of(incident, &as_of_us) &&
	    from_us - as_of_us > objectives->rpo_us)
		buf_text(out, "- [ ] Make backups more often: the RPO was missed\n");
	if (incident->outlook && incident->restored.known == KNOWN_BY_RECORD &&
	    incident->restored_t_us - incident->outlook->from_us > incident->outlook->within_us)
		buf_text(out, "- [ ] Find out why it took longer than was to be expected\n");
}

static void put_of_record(struct incident *incident, struct buf *out)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	held_back_put_free(incident->chronicle->held_back, &text);
	put_line(out, "Have what only reads confined", buf_view(&text));
	buf_clear(&text);
	held_back_put_suspects(incident->chronicle->held_back, incident->summary, &text);
	put_line(out, "See whether these failed because they may only read", buf_view(&text));
	buf_done(&text);
	if (incident->summary->record_failed)
		buf_text(out, "- [ ] Find out why the record could not be written for a while\n");
	if (incident->in_earnest && incident->about->plan && incident->summary->finished &&
	    incident->verify_count == 0 && incident->summary->outcome == RUN_RECOVERED)
		buf_text(out,
		    "- [ ] Give the runbook a `verify`: nothing asked whether the service is well "
		    "again\n");
}

void incident_put_actions(struct incident *incident, struct buf *out)
{
	const struct incident_answers *answers = incident->about->answers;

	put_template(incident, out);
	for (size_t i = 0; i < incident->summary->step_count; i++)
		put_step(incident, &incident->summary->steps[i], out);
	put_left_running(incident, out);
	put_told(incident, out);
	put_approvals(incident, out);
	put_deviations(incident, out);
	put_missed(incident, out);
	put_of_record(incident, out);
	for (size_t i = 0; answers && i < answers->by_key[ANSWER_MORE].count; i++) {
		buf_text(out, "- [ ] ");
		text_lines(out, answers->by_key[ANSWER_MORE].items[i], 6);
		buf_byte(out, '\n');
	}
}
