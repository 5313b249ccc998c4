/* SPDX-License-Identifier: Apache-2.0 */
#include "view/incident_parts.h"

#include "base/units.h"
#include "view/markdown.h"
#include "view/outlook.h"
#include "view/text.h"

/* How long it took, and what it cost, against what was wanted and what was expected. */

static int64_t since(const struct incident *incident)
{
	return incident->detected.known ? incident->detected.at_us : incident->summary->began_at_us;
}

/* The rows of a table that has a head as soon as it has one. */
struct table {
	struct incident *incident;
	struct buf *out;
	size_t count;
};

static struct buf *put_row(struct table *table, const char *name, int64_t wanted_us)
{
	if (table->count++ == 0)
		buf_text(table->out,
		    "\nHow it stands against the objectives:\n\n| | objective | reached "
		    "|\n|---|---|---|\n");
	buf_printf(table->out, "| %s | ", name);
	if (wanted_us == UNSET_US)
		buf_text(table->out, "none");
	else
		units_show_duration(table->out, wanted_us);
	buf_text(table->out, " | ");
	return table->out;
}

static void put_met(struct buf *out, int64_t wanted_us, int64_t reached_us)
{
	if (wanted_us != UNSET_US)
		buf_text(out, reached_us <= wanted_us ? ", met" : ", **missed**");
}

static void put_reached(struct buf *out, int64_t reached_us)
{
	units_show_duration(out, reached_us > 0 ? reached_us : 0);
}

int64_t incident_took_us(const struct incident *incident)
{
	return incident->restored.known == KNOWN_BY_RECORD
	    ? incident->restored_t_us
	    : incident->restored.at_us - incident->summary->began_at_us;
}

/* Nobody has recovered it, as far as anybody has said: it may be too late all the same. */
static void put_not_recovered(
    const struct incident *incident, int64_t wanted_us, int64_t from_us, struct buf *out)
{
	const struct summary *summary = incident->summary;

	buf_text(out, "not recovered");
	if (summary->finished && summary->ended_at_us - from_us > wanted_us)
		buf_text(out, ", **missed**");
}

static void put_recovery(struct table *table, int64_t wanted_us)
{
	const struct incident *incident = table->incident;
	bool known = incident->restored.known != KNOWN_NOT;
	struct buf *out;

	if (wanted_us == UNSET_US && !known)
		return;
	out = put_row(table, "RTO: the recovery, from the begin of the run", wanted_us);
	if (known && incident_took_us(incident) < 0) {
		buf_text(out, "it was restored before the run began");
	} else if (known) {
		put_reached(out, incident_took_us(incident));
		put_met(out, wanted_us, incident_took_us(incident));
	} else {
		put_not_recovered(incident, wanted_us, incident->summary->began_at_us, out);
	}
	buf_text(out, " |\n");
}

/* Where nobody knows when it was detected it took longer than the run: that is met by nothing, but may be missed. */
static void put_mended(struct table *table, int64_t wanted_us)
{
	const struct incident *incident = table->incident;
	bool known = incident->restored.known != KNOWN_NOT;
	int64_t took_us = incident->restored.at_us - since(incident);
	struct buf *out;

	if (wanted_us == UNSET_US && !known)
		return;
	out = put_row(table, "MTTR: from the detection to the recovery", wanted_us);
	if (!known) {
		put_not_recovered(incident, wanted_us, since(incident), out);
	} else if (incident_is_impossible(incident)) {
		buf_text(out, "not known: the times cannot be right");
	} else if (incident->detected.known) {
		put_reached(out, took_us);
		put_met(out, wanted_us, took_us);
	} else {
		buf_text(out, "at least ");
		put_reached(out, incident_took_us(incident));
		if (wanted_us != UNSET_US && incident_took_us(incident) > wanted_us)
			buf_text(out, ", **missed**");
		buf_text(out, ": when it was detected is not known");
	}
	buf_text(out, " |\n");
}

bool incident_as_of(const struct incident *incident, int64_t *ret_us)
{
	return incident_restored_as_of(incident, ret_us) ||
	    incident_time(incident_answer(incident, ANSWER_RESTORED_AS_OF),
		incident->summary->began_at_us, ret_us);
}

static void put_lost(struct table *table, int64_t wanted_us)
{
	struct incident *incident = table->incident;
	bool destroyed = summary_count(incident->summary, incident_may_have_destroyed) > 0;
	int64_t as_of_us = 0;
	bool known = incident_as_of(incident, &as_of_us);
	struct buf *out;

	if (wanted_us == UNSET_US && !known)
		return;
	out = put_row(table, "RPO: the data that is lost, up to the detection", wanted_us);
	if (known) {
		put_reached(out, since(incident) - as_of_us);
		buf_text(out, incident->detected.known ? "" : " up to the begin of the run");
		put_met(out, wanted_us, since(incident) - as_of_us);
		buf_text(out, "; restored is the data as of ");
		incident_put_minute(incident, as_of_us, out);
	} else if (destroyed || !incident->summary->finished) {
		incident_put_blank(incident, ANSWER_RESTORED_AS_OF, out);
	} else {
		buf_text(out, "the run destroyed nothing");
	}
	buf_text(out, " |\n");
}

static void put_expected(const struct incident *incident, struct buf *out)
{
	const struct outlook *outlook = incident->outlook;
	int64_t took_us;

	if (!outlook)
		return;
	took_us = incident->restored_t_us - outlook->from_us;
	buf_printf(out, "\nForecast when the run %s: expected ",
	    outlook->from_us > 0 ? "went on" : "began");
	outlook_put_time(out, outlook->expected_us);
	buf_printf(out, ", %lld %% within ", (long long)outlook->percent);
	outlook_put_time(out, outlook->within_us);
	if (outlook->runs)
		buf_printf(out, ", from %lld earlier run%s", (long long)outlook->runs,
		    outlook->runs == 1 ? "" : "s");
	else
		buf_text(out, ", from what the runbook estimates");
	if (incident->restored.known == KNOWN_BY_RECORD) {
		buf_text(out, "; took ");
		units_show_duration(out, took_us);
		buf_text(out, took_us > outlook->within_us ? ", **longer**" : "");
	}
	buf_text(out, ".\n");
}

void incident_put_objectives(struct incident *incident, struct buf *out)
{
	const struct objectives *objectives = incident->objectives;
	struct table table = {incident, out, 0};

	if (!incident->in_earnest || incident->summary->alone.len)
		return;
	if (objectives) {
		put_recovery(&table, objectives->rto_us);
		put_mended(&table, objectives->mttr_us);
		put_lost(&table, objectives->rpo_us);
	}
	put_expected(incident, out);
}
