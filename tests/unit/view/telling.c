/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cast.h"
#include "telling.h"

void tell_open(struct telling *telling)
{
	*telling = (struct telling){0};
	cast_load(&telling->now, "covered.yaml");
	telling->coverage = coverage_new(telling->now.plan);
}

void tell_close(struct telling *telling)
{
	coverage_free(telling->coverage);
	load_done(&telling->now);
}

void tell(struct telling *telling, struct message message)
{
	message.at_us = telling->at_us;
	telling->at_us += 1000000;
	coverage_feed(telling->reading, &message);
}

void tell_begin(struct telling *telling, const char *run, const char *mode, int64_t days_ago)
{
	telling->reading = coverage_reading_new(telling->coverage);
	telling->at_us = NOW_US - days_ago * DAY_US;
	tell(telling,
	    (struct message){.type = MESSAGE_RUN_STARTED,
		.run_started = {
		    .run = str_from(run), .mode = str_from(mode), .runbook = STR("covered")}});
}

void tell_end(struct telling *telling, const struct coverage_version *version)
{
	coverage_count(telling->coverage, telling->reading, version);
	coverage_reading_free(telling->reading);
}

void tell_start(struct telling *telling, const char *node, enum start_what what)
{
	bool reads = what != START_ACTION || str_is(str_from(node), "look");

	tell(telling,
	    (struct message){.type = MESSAGE_START,
		.start = {.op = ++telling->op,
		    .node = str_from(node),
		    .what = what,
		    .class = reads ? EFFECT_READ : EFFECT_CHANGE}});
}

void tell_finished(struct telling *telling, bool ok, enum origin origin)
{
	tell(telling,
	    (struct message){.type = MESSAGE_FINISHED,
		.finished = {
		    .op = telling->op, .ok = ok, .verdict = {.ok = ok}, .origin = origin}});
}

void tell_step(struct telling *telling, const char *node, enum outcome outcome, bool allowed)
{
	tell(telling,
	    (struct message){.type = MESSAGE_STEP_FINISHED,
		.step_finished = {.node = str_from(node), .outcome = outcome, .allowed = allowed}});
}

void tell_action(
    struct telling *telling, const char *node, enum origin origin, enum outcome outcome)
{
	tell_start(telling, node, START_ACTION);
	tell_finished(
	    telling, outcome == OUTCOME_SUCCEEDED || outcome == OUTCOME_REHEARSED, origin);
	tell_step(telling, node, outcome, false);
}

void tell_decided(struct telling *telling, const char *node, const char *what,
    const struct value *value, const char *why)
{
	tell(telling,
	    (struct message){.type = MESSAGE_DECIDED,
		.decided = {.node = str_from(node),
		    .what = str_from(what),
		    .value = value,
		    .why = str_from(why)}});
}

void tell_answer(struct telling *telling, const char *node, enum answer answer, enum origin origin)
{
	tell(telling,
	    (struct message){.type = MESSAGE_ASK,
		.ask = {.id = ++telling->id, .node = str_from(node), .by = 1}});
	tell(telling,
	    (struct message){.type = MESSAGE_ANSWERED,
		.answered = {.id = telling->id, .answer = answer, .origin = origin}});
}

void tell_approval(struct telling *telling, const char *node, enum answer answer)
{
	tell_answer(telling, node, answer, ORIGIN_LIVE);
}

const struct value *tell_list(size_t count)
{
	static const struct value *items[2];
	static struct value list;

	items[0] = items[1] = value_bool(true);
	list = (struct value){.type = VALUE_LIST, .list = {.items = items, .count = count}};
	return &list;
}

const struct coverage_step *tell_find(const struct coverage *coverage, const char *path)
{
	const struct plan_node *node = plan_at(coverage->plan, str_from(path));

	assert_non_null(node);
	return &coverage->steps[node->index];
}

int64_t tell_runs(const struct coverage *coverage, const char *path, enum coverage_way way,
    enum coverage_kind kind)
{
	int64_t count;

	coverage_went(tell_find(coverage, path), way, kind, kind, &count);
	return count;
}
