/* SPDX-License-Identifier: Apache-2.0 */
#include "view/incident_parts.h"

#include "view/markdown.h"
#include "view/text.h"

/* The page's checklist: ticked where the record proves it or a person says so, with the proof behind it. */

/* What the record says of a box, appended; true when that is proof. */
typedef bool proves(const struct incident *incident, struct buf *out);

static bool prove_services(const struct incident *incident, struct buf *out)
{
	const struct plan *plan = incident->about->plan;

	if (!incident->verified) {
		buf_text(out,
		    !incident->in_earnest              ? "nothing was done in earnest"
			: !incident->summary->finished ? "the record ends before the run does"
			: incident->verify_count
			? "what the runbook asks of the service did not hold"
			: !plan ? ""
			: plan->runbook->root->verify.count
			? "the run did not come to what the runbook asks of the service"
			: "the runbook has no `verify` that asks");
		return false;
	}
	buf_text(out, "what the runbook asks of the service held at ");
	incident_put_minute(incident, incident->restored.at_us, out);
	return true;
}

static bool prove_communication(const struct incident *incident, struct buf *out)
{
	size_t count;
	const struct told_entry *told = told_entries(incident->chronicle->told, &count);
	bool first = true;

	for (size_t i = 0; i < count; i++) {
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again |= told[k].delivered && str_eq(told[k].name, told[i].name);
		if (!told[i].delivered || !told[i].live || told[i].by_hand || again)
			continue;
		buf_text(out, first ? "the run itself told " : ", ");
		markdown_plain(out, told[i].name);
		first = false;
	}
	return false;
}

static bool prove_report(const struct incident *incident, struct buf *out)
{
	(void)incident;
	buf_text(out, "this one");
	return true;
}

static bool prove_timeline(const struct incident *incident, struct buf *out)
{
	int64_t lost = incident->chronicle->lost_lines;
	bool whole = incident->about->verified == TRANSCRIPT_SEALED && lost == 0;

	buf_text(out, whole ? "the record is whole and unchanged: " : "the record is not whole: ");
	if (lost)
		buf_printf(out, "%lld line%s could not be recorded; ", (long long)lost,
		    lost == 1 ? "" : "s");
	markdown_plain(out, incident->about->state);
	return whole;
}

static bool prove_cause(const struct incident *incident, struct buf *out)
{
	bool said = incident_answer(incident, ANSWER_ROOT_CAUSE).len > 0;

	buf_text(out, said ? "see Root Cause" : "");
	return said;
}

static bool prove_nothing(const struct incident *incident, struct buf *out)
{
	(void)incident;
	(void)out;
	return false;
}

static void put_box(struct incident *incident, const char *name, enum incident_key key,
    proves *prove, struct buf *out)
{
	struct str said = incident_answer(incident, key);
	struct buf proof;
	bool proven;

	buf_init(&proof, BUF_UNBOUNDED);
	proven = prove(incident, &proof);
	buf_printf(out, "- [%c] %s", proven || said.len ? 'x' : ' ', name);
	if (said.len) {
		buf_text(out, ": ");
		incident_put_answer(incident, key, 6, out);
	} else if (!proven) {
		buf_text(out, ": ");
		incident_put_blank(incident, key, out);
	}
	if (proof.len) {
		buf_text(out, said.len || !proven ? " (" : ": ");
		buf_str(out, buf_view(&proof));
		buf_text(out, said.len || !proven ? ")" : "");
	}
	buf_byte(out, '\n');
	buf_done(&proof);
}

void incident_put_checklist(struct incident *incident, struct buf *out)
{
	static const struct {
		const char *name;
		enum incident_key key;
		proves *prove;
	} boxes[] = {
	    {"All services verified operational", ANSWER_CHECK_SERVICES, prove_services},
	    {"Data integrity confirmed", ANSWER_CHECK_DATA, prove_nothing},
	    {"Customer communication sent (if applicable)", ANSWER_CHECK_COMMUNICATION,
		prove_communication},
	    {"Incident report drafted", ANSWER_CHECK_REPORT, prove_report},
	    {"Timeline documented", ANSWER_CHECK_TIMELINE, prove_timeline},
	    {"Root cause analysis completed", ANSWER_CHECK_CAUSE, prove_cause},
	    {"Action items assigned", ANSWER_CHECK_ACTIONS, prove_nothing},
	    {"Runbooks updated", ANSWER_CHECK_RUNBOOKS, prove_nothing},
	};

	for (size_t i = 0; i < sizeof(boxes) / sizeof(*boxes); i++)
		put_box(incident, boxes[i].name, boxes[i].key, boxes[i].prove, out);
}
