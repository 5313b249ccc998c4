/* SPDX-License-Identifier: Apache-2.0 */
#include "view/junit_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "lang/bind.h"
#include "view/items.h"
#include "view/objective.h"
#include "view/text.h"
#include "view/xml.h"

/* "2026-11-22T03:04:05": of a time the schemas of JUnit want no more. */
enum { TIME_SHOWN = 19 };

struct junit {
	struct rendering_about about;
	struct chronicle *chronicle;
};

static void *new (const struct rendering_about *about)
{
	struct junit *junit = mem_alloc(sizeof(*junit));

	junit->about = *about;
	junit->chronicle = chronicle_new(about->plan);
	return junit;
}

static void release(void *self)
{
	struct junit *junit = self;

	chronicle_free(junit->chronicle);
	free(junit);
}

static void see(void *self, const struct message *message)
{
	struct junit *junit = self;

	chronicle_see(junit->chronicle, message);
}

/* Of a step as it ended, whatever its failure means for the run. */
static enum junit_verdict verdict_of(const struct summary_step *step)
{
	switch (step->outcome) {
	case OUTCOME_SUCCEEDED:
		return JUNIT_PASSED;
	case OUTCOME_FAILED:
	case OUTCOME_TIMED_OUT:
	case OUTCOME_DENIED:
		return JUNIT_FAILURE;
	case OUTCOME_SKIPPED:
	case OUTCOME_BLOCKED:
	case OUTCOME_REHEARSED:
		return JUNIT_SKIPPED;
	case OUTCOME_CANCELLED:
		return step_was_not_run(step) ? JUNIT_SKIPPED : JUNIT_ERROR;
	case OUTCOME_LOST:
	case OUTCOME_NONE:
		break;
	}
	return JUNIT_ERROR;
}

/* What a skipped case says where the record has no sentence for it. */
static struct str why_skipped(const struct summary_step *step)
{
	static const char *const rehearsed[] = {
	    [EFFECT_READ] = "it is a rehearsal: what it would read hangs on what is not done",
	    [EFFECT_CHANGE] = "it is a rehearsal: it would change something",
	    [EFFECT_DESTROY] = "it is a rehearsal: it would destroy something",
	};

	if (step->outcome == OUTCOME_REHEARSED)
		return step->began ? str_from(rehearsed[step->effect])
				   : STR("it is a rehearsal: not all of it is done");
	return step->outcome == OUTCOME_SKIPPED ? STR("skipped") : STR("was not run");
}

static void put_step(struct junit *junit, struct junit_suite *suite, size_t index)
{
	const struct summary *summary = &junit->chronicle->summary;
	const struct summary_step *step = &summary->steps[index];
	struct junit_case given = {
	    .verdict = verdict_of(step),
	    .type = step->outcome == OUTCOME_NONE ? "not finished" : outcome_names[step->outcome],
	    .why = step->told,
	    .duration_us = step->duration_us,
	    .began_at_us = step_was_not_run(step) ? 0 : chronicle_began_at(junit->chronicle, index),
	    .questions = junit->chronicle->steps[index].questions,
	    .first = junit->chronicle->steps[index].first,
	};
	struct buf name;

	buf_init(&name, BUF_UNBOUNDED);
	buf_str(&name, step->node);
	items_put(summary, step->node, &name);
	given.name = buf_view(&name);
	if (given.verdict >= JUNIT_FAILURE && step->answered) {
		given.verdict = JUNIT_PASSED;
		given.note = text_outcome(step->outcome, true);
	}
	if (given.verdict == JUNIT_SKIPPED && !given.why.len)
		given.why = why_skipped(step);
	if (step->outcome == OUTCOME_NONE) {
		given.why = STR("the record ends before the step does");
		given.duration_us = junit->chronicle->last_t_us -
		    junit->chronicle->steps[index].began_t_us;
	}
	if (step->outcome == OUTCOME_FAILED)
		given.advice = held_back_advice(junit->chronicle->held_back, step->node);
	junit_put_case(suite, &given);
	buf_done(&name);
}

/* Whether a check of what "recovered" means hangs on what a rehearsal did not do. */
static bool is_guess(const struct summary *summary, const struct chronicle_op *op)
{
	return summary->rehearsal && !op->holds && (op->deps.len || op->origin != ORIGIN_LIVE);
}

static void put_check(struct junit *junit, struct junit_suite *suite, const struct chronicle_op *op)
{
	struct junit_case given = {.first = op, .alone = true, .why = op->why, .type = "failed"};
	struct buf name;

	buf_init(&name, BUF_UNBOUNDED);
	buf_printf(&name, "verify %u", op->index + 1);
	if (op->item)
		buf_printf(&name, ", item %lld", (long long)op->item);
	buf_text(&name, ": ");
	buf_str(&name, op->action);
	given.name = buf_view(&name);
	given.began_at_us = op->wanted_at_us;
	if (!op->ended) {
		given.verdict = JUNIT_ERROR;
		given.type = "not finished";
		given.why = STR("the record ends before the check does");
	} else {
		given.duration_us = op->ended_t_us - op->wanted_t_us;
		given.verdict = op->holds                      ? JUNIT_PASSED
		    : is_guess(&junit->chronicle->summary, op) ? JUNIT_SKIPPED
							       : JUNIT_FAILURE;
		given.advice = op->advice;
	}
	if (given.verdict == JUNIT_SKIPPED)
		given.why = STR("does not hold yet, and hangs on what a rehearsal does not do");
	junit_put_case(suite, &given);
	buf_done(&name);
}

/* One of the runbook that was never come to. */
static void put_unasked(struct junit_suite *suite, const struct check *check)
{
	struct junit_case given = {.verdict = JUNIT_SKIPPED, .why = STR("was not asked")};
	struct buf name;

	buf_init(&name, BUF_UNBOUNDED);
	buf_printf(&name, "verify %u: ", check->index + 1);
	if (check->action.spec)
		action_show_written(check->action.spec, check->action.args, &name);
	else if (check->expect)
		buf_str(&name, expr_text(check->expect));
	given.name = buf_view(&name);
	junit_put_case(suite, &given);
	buf_done(&name);
}

static bool was_asked(const struct chronicle *chronicle, uint32_t index)
{
	for (size_t i = 0; i < chronicle->op_count; i++)
		if (chronicle->ops[i]->node.len == 0 && chronicle->ops[i]->what == START_VERIFY &&
		    chronicle->ops[i]->index == index)
			return true;
	return false;
}

static void put_checks(struct junit *junit, struct junit_suite *suite)
{
	const struct chronicle *chronicle = junit->chronicle;
	const struct checks *checks = junit->about.plan ? &junit->about.plan->runbook->root->verify
							: NULL;

	for (size_t i = 0; i < chronicle->op_count; i++)
		if (chronicle->ops[i]->node.len == 0 && chronicle->ops[i]->what == START_VERIFY)
			put_check(junit, suite, chronicle->ops[i]);
	for (size_t i = 0; checks && !chronicle->summary.alone.len && i < checks->count; i++)
		if (!was_asked(chronicle, checks->items[i].index))
			put_unasked(suite, &checks->items[i]);
}

/* A suite without a failure must not stand for a run that did not end well. */
static void put_run(struct junit *junit, struct junit_suite *suite)
{
	const struct summary *summary = &junit->chronicle->summary;
	bool damaged = junit->about.verified == TRANSCRIPT_DAMAGED ||
	    junit->about.verified == TRANSCRIPT_UNREADABLE;
	bool is_well = summary->finished &&
	    (summary->outcome == RUN_RECOVERED || summary->outcome == RUN_REHEARSED ||
		summary->outcome == RUN_ALONE);
	struct junit_case given = {
	    .verdict = JUNIT_ERROR,
	    .name = STR("the run"),
	    .type = damaged          ? "damaged"
		: !summary->finished ? "not finished"
				     : run_outcome_names[summary->outcome],
	    .why = damaged || !summary->finished ? junit->about.state : summary->why,
	    .duration_us = summary->finished ? summary->duration_us : junit->chronicle->last_t_us,
	    .began_at_us = summary->began_at_us,
	};

	if (damaged || (!is_well && !suite->count[JUNIT_FAILURE] && !suite->count[JUNIT_ERROR]))
		junit_put_case(suite, &given);
}

static void property(struct buf *out, const char *name, struct str value)
{
	if (value.len == 0)
		return;
	buf_text(out, "      <property");
	xml_attribute(out, "name", str_from(name));
	xml_attribute(out, "value", value);
	buf_text(out, "/>\n");
}

static void duration_property(struct buf *out, const char *name, int64_t us)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	junit_put_seconds(&text, us);
	property(out, name, buf_view(&text));
	buf_done(&text);
}

static void put_objectives(const struct junit *junit, struct buf *out)
{
	const struct objectives *objectives = &junit->about.plan->runbook->objectives;
	const struct summary *summary = &junit->chronicle->summary;

	property(out, "severity", junit->about.plan->runbook->severity);
	if (objectives->rto_us != UNSET_US) {
		duration_property(out, "rto_seconds", objectives->rto_us);
		if (summary->finished && summary->outcome == RUN_RECOVERED && !summary->rehearsal)
			property(out, "rto_met",
			    objective_met(summary, objectives->rto_us) ? STR("yes") : STR("no"));
	}
	if (objectives->rpo_us != UNSET_US)
		duration_property(out, "rpo_seconds", objectives->rpo_us);
}

static void put_properties(const struct junit *junit, struct buf *out)
{
	const struct summary *summary = &junit->chronicle->summary;

	buf_text(out, "    <properties>\n");
	property(out, "run", summary->run);
	property(out, "mode", summary->mode);
	property(out, "outcome",
	    str_from(summary->finished ? run_outcome_names[summary->outcome] : "not finished"));
	property(out, "why", summary->why);
	property(out, "host", summary->host);
	property(out, "user", summary->user);
	property(out, "record", str_from(junit->about.path));
	property(out, "record_state", junit->about.state);
	property(out, "alert", summary->alert);
	property(out, "alone", summary->alone);
	property(out, "follows", summary->follows);
	if (junit->about.plan)
		put_objectives(junit, out);
	buf_text(out, "    </properties>\n");
}

/* ` tests="7" failures="1" …`: the same of the suite, and of all there are. */
static void put_counts(const struct junit *junit, const struct junit_suite *suite, struct buf *out)
{
	const struct summary *summary = &junit->chronicle->summary;
	size_t tests = 0;

	for (size_t i = 0; i <= JUNIT_ERROR; i++)
		tests += suite->count[i];
	buf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"",
	    tests, suite->count[JUNIT_FAILURE], suite->count[JUNIT_ERROR],
	    suite->count[JUNIT_SKIPPED]);
	junit_put_seconds(
	    out, summary->finished ? summary->duration_us : junit->chronicle->last_t_us);
	buf_byte(out, '"');
}

static void put_suite(const struct junit *junit, const struct junit_suite *suite, struct buf *out)
{
	const struct summary *summary = &junit->chronicle->summary;
	struct buf time;

	buf_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	xml_attribute(out, "name", STR("reprise"));
	put_counts(junit, suite, out);
	buf_text(out, ">\n  <testsuite id=\"0\"");
	xml_attribute(out, "name", summary->title.len ? summary->title : summary->runbook);
	xml_attribute(out, "package", summary->runbook);
	xml_attribute(out, "hostname", summary->host);
	buf_init(&time, BUF_UNBOUNDED);
	units_show_time(&time, summary->began_at_us);
	xml_attribute(out, "timestamp", str_sub(buf_view(&time), 0, TIME_SHOWN));
	buf_done(&time);
	put_counts(junit, suite, out);
	buf_text(out, ">\n");
	put_properties(junit, out);
	buf_str(out, buf_view(&suite->cases));
	buf_text(out, "  </testsuite>\n</testsuites>\n");
}

static void put(void *self, struct buf *out)
{
	struct junit *junit = self;
	struct junit_suite suite = {.classname = junit->chronicle->summary.runbook};

	chronicle_weigh(junit->chronicle);
	buf_init(&suite.cases, BUF_UNBOUNDED);
	for (size_t i = 0; i < junit->chronicle->step_count; i++)
		put_step(junit, &suite, i);
	put_checks(junit, &suite);
	put_run(junit, &suite);
	put_suite(junit, &suite, out);
	buf_done(&suite.cases);
}

const struct rendering rendering_junit = {
    .format = "junit",
    .new = new,
    .see = see,
    .put = put,
    .free = release,
};
