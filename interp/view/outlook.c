/* SPDX-License-Identifier: Apache-2.0 */
#include "view/outlook.h"

#include <inttypes.h>

#include "base/units.h"
#include "value/value.h"
#include "view/text.h"

enum {
	NAMES_TOLD = 3,
	PER_CENT = 100,
	PROBABLY = 60, /* per cent; two in three, once that is rounded */
	FINEST_ODDS = 10
};

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)

/* What a record says that is not ours may be anything. */
#define LONGEST_US (INT64_C(1000) * 365 * 24 * HOUR_US)

void outlook_put_time(struct buf *out, int64_t us)
{
	static const struct {
		int64_t below_us;
		int64_t step_us;
	} steps[] = {
	    {SECOND_US, SECOND_US / 100},
	    {10 * SECOND_US, SECOND_US / 10},
	    {MINUTE_US, SECOND_US},
	    {10 * MINUTE_US, 10 * SECOND_US},
	    {HOUR_US, MINUTE_US},
	    {10 * HOUR_US, 5 * MINUTE_US},
	    {INT64_MAX, HOUR_US},
	};
	size_t i = 0;
	int64_t step_us;

	us = us < 0 ? 0 : us > LONGEST_US ? LONGEST_US : us;
	while (us >= steps[i].below_us)
		i++;
	step_us = steps[i].step_us;
	us = (us + step_us / 2) / step_us * step_us;
	units_show_duration(out, us > 0 ? us : step_us);
}

/* "1 in 5", or "4 in 5" where it is probable; never finer than ten runs could show. */
static void put_odds(struct buf *out, int64_t percent)
{
	int64_t rare = percent < PROBABLY ? percent : PER_CENT - percent;
	int64_t of = (PER_CENT + rare / 2) / rare;

	of = of < 2 ? 2 : of > FINEST_ODDS ? FINEST_ODDS : of;
	buf_printf(out, "(%" PRId64 " in %" PRId64 ")", percent < PROBABLY ? 1 : of - 1, of);
}

void outlook_put_rto(struct buf *out, const struct outlook *outlook)
{
	int64_t met = outlook->rto_percent < 0 ? 0 : outlook->rto_percent;
	int64_t missed = met > PER_CENT ? 0 : PER_CENT - met;

	if (!outlook->rto_us)
		return;
	buf_text(out, "the RTO of ");
	units_show_duration(out, outlook->rto_us > 0 ? outlook->rto_us : 0);
	if (missed <= PER_CENT / 10) {
		buf_text(out, missed <= 1 ? " will be met" : " will very likely be met");
	} else if (missed >= PER_CENT - 1) {
		buf_text(out, " will be missed");
	} else {
		buf_text(out, missed >= PROBABLY ? " will probably be missed " : " may be missed ");
		put_odds(out, missed);
	}
	if (missed < PROBABLY && outlook->failed > 0)
		buf_text(out, " if nothing fails");
	if (missed < PROBABLY && !outlook->whole &&
	    (outlook->unknown || outlook->questions_unknown))
		buf_text(out, ", as far as this is known");
}

/* "a", "a and b", "a, b, c and 4 more steps". */
static void put_names(struct buf *out, const struct value *names, int64_t all)
{
	int64_t count = names && names->type == VALUE_LIST ? (int64_t)names->list.count : 0;
	int64_t told = count > NAMES_TOLD ? NAMES_TOLD : count;

	for (int64_t i = 0; i < told; i++) {
		if (i)
			buf_text(out, i + 1 == all ? " and " : ", ");
		text_harmless(out, value_text(names->list.items[i]));
	}
	if (all > told)
		buf_printf(out, "%s%" PRId64 " %sstep%s", told ? " and " : "", all - told,
		    told ? "more " : "", all - told == 1 ? "" : "s");
}

/* What stands before is of runs that go well. */
static void put_failed(struct buf *out, const struct outlook *outlook)
{
	if (outlook->failed <= 0)
		return;
	if (outlook->ended <= 1)
		buf_text(out, "; the latest run failed");
	else if (outlook->failed >= outlook->ended)
		buf_printf(out, "; the latest %" PRId64 " runs all failed", outlook->ended);
	else
		buf_printf(out, "; %" PRId64 " of the latest %" PRId64 " runs failed",
		    outlook->failed, outlook->ended);
}

static void put_basis(struct buf *out, const struct outlook *outlook)
{
	if (outlook->whole) {
		buf_text(out, "; that is the runbook's own estimate, no run has shown it");
		return;
	}
	if (outlook->estimated) {
		buf_text(out, "; ");
		put_names(out, outlook->estimates, outlook->estimated);
		buf_printf(out, " rest%s on the runbook's estimate%s",
		    outlook->estimated == 1 ? "s" : "", outlook->estimated == 1 ? "" : "s");
	}
	if (outlook->unknown) {
		buf_text(out, outlook->estimated ? ", " : "; ");
		put_names(out, outlook->unknowns, outlook->unknown);
		if (!outlook->estimated)
			buf_text(out, outlook->unknown == 1 ? " rests" : " rest");
		buf_printf(out, " on nothing: no time is counted for %s",
		    outlook->unknown == 1 ? "it" : "them");
	}
	if (outlook->questions_unknown)
		buf_text(out, "; how long people will take to answer is not known, nor counted");
}

void outlook_put_brief(struct buf *out, const struct outlook *outlook)
{
	buf_text(out, "expected ");
	outlook_put_time(out, outlook->expected_us);
	buf_printf(
	    out, "%s, %" PRId64 "%% within ", outlook->from_us ? " more" : "", outlook->percent);
	outlook_put_time(out, outlook->within_us);
}

void outlook_put(struct buf *out, const struct outlook *outlook)
{
	outlook_put_brief(out, outlook);
	if (outlook->waiting_us >= SECOND_US) {
		buf_text(out, ", ");
		outlook_put_time(out, outlook->waiting_us);
		buf_text(out, " of it waiting for people");
	}
	if (outlook->runs == 1)
		buf_text(out, ", as one earlier run went");
	else if (outlook->runs > 1)
		buf_printf(out, ", as %" PRId64 " earlier runs went", outlook->runs);
	if (outlook->rto_us)
		buf_text(out, "; ");
	outlook_put_rto(out, outlook);
	put_failed(out, outlook);
	put_basis(out, outlook);
}

static void put_list(struct json *json, const char *key, const struct value *names)
{
	json_key(json, key);
	json_open_list(json);
	for (size_t i = 0; names && names->type == VALUE_LIST && i < names->list.count; i++)
		json_str(json, value_text(names->list.items[i]));
	json_close_list(json);
}

void outlook_json(struct json *json, const struct outlook *outlook)
{
	json_open_map(json);
	json_put_int(json, "from_us", outlook->from_us);
	json_put_int(json, "expected_us", outlook->expected_us);
	json_put_int(json, "within_us", outlook->within_us);
	json_put_int(json, "percent", outlook->percent);
	json_put_int(json, "waiting_us", outlook->waiting_us);
	json_put_int(json, "runs", outlook->runs);
	json_put_int(json, "ended", outlook->ended);
	json_put_int(json, "failed", outlook->failed);
	json_put_int(json, "steps", outlook->steps);
	json_put_int(json, "estimated", outlook->estimated);
	json_put_int(json, "unknown", outlook->unknown);
	put_list(json, "estimates", outlook->estimates);
	put_list(json, "unknowns", outlook->unknowns);
	json_put_int(json, "questions", outlook->questions);
	json_put_int(json, "questions_unknown", outlook->questions_unknown);
	json_put_bool(json, "whole", outlook->whole);
	if (outlook->rto_us) {
		json_put_int(json, "rto_us", outlook->rto_us);
		json_put_int(json, "rto_percent", outlook->rto_percent);
	}
	json_close_map(json);
}
