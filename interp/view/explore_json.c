/* SPDX-License-Identifier: Apache-2.0 */
#include "view/explore.h"

/* {version, states, complete, ways_to_recover, ends, findings}: every key is always there. */
enum { VERSION = 1 };

static void put_place(struct json *json, struct span span)
{
	struct position at = {0};

	if (span.source)
		at = source_position(span.source, span.start);
	json_key(json, "path");
	if (span.source)
		json_text(json, span.source->name);
	else
		json_nothing(json);
	json_put_int(json, "line", (int64_t)at.line);
	json_put_int(json, "column", (int64_t)at.column);
}

static void put_finding(struct json *json, const struct plan *plan, const struct finding *finding)
{
	struct buf sentence;

	buf_init(&sentence, BUF_UNBOUNDED);
	explore_sentence(plan, finding, &sentence);
	json_open_map(json);
	json_put_text(json, "kind", finding_kind_names[finding->kind]);
	json_put_str(json, "step", plan->nodes[finding->node].step->id);
	json_key(json, "culprit");
	if (finding->culprit == PLAN_NONE)
		json_nothing(json);
	else
		json_str(json, plan->nodes[finding->culprit].step->id);
	json_put_str(json, "message", buf_view(&sentence));
	json_put_text(json, "help", explore_help(finding->kind));
	put_place(json, plan->nodes[finding->node].step->span);
	json_key(json, "story");
	json_open_list(json);
	for (size_t i = 0; i < finding->story_count; i++)
		json_str(json, finding->story[i]);
	json_close_list(json);
	json_close_map(json);
	buf_done(&sentence);
}

void explore_json(const struct plan *plan, const struct exploration *exploration, struct buf *out)
{
	struct json json;

	json_init_shown(&json, out, true);
	json_open_map(&json);
	json_put_int(&json, "version", VERSION);
	json_put_int(&json, "states", (int64_t)exploration->states);
	json_put_bool(&json, "complete", exploration->complete);
	json_key(&json, "ways_to_recover");
	json_double(&json, exploration->ways);
	json_key(&json, "ends");
	json_open_list(&json);
	for (unsigned i = 0; run_outcome_names[i]; i++)
		if (exploration->ends >> i & 1)
			json_text(&json, run_outcome_names[i]);
	json_close_list(&json);
	json_key(&json, "findings");
	json_open_list(&json);
	for (size_t i = 0; i < exploration->count; i++)
		put_finding(&json, plan, &exploration->findings[i]);
	json_close_list(&json);
	json_close_map(&json);
	buf_byte(out, '\n');
}
