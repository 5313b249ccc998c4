/* SPDX-License-Identifier: Apache-2.0 */
#include "view/comparison_parts.h"
#include "view/summary.h"
#include "view/text.h"

void pair_put(struct pair *pair, const struct difference *difference)
{
	differences_add(pair->arena, &pair->step->differences, difference);
}

const struct value *pair_words(struct pair *pair, const char *words)
{
	return words ? value_string(pair->arena, str_from(words)) : NULL;
}

int64_t message_seq(const struct message *message)
{
	return message ? message->seq : -1;
}

static const char *outcome_of(struct pair *pair, enum side side)
{
	const struct message *end = pair->ends[side];

	if (!pair->step->sides[side])
		return NULL;
	if (!pair->step->node.len)
		return "checked"; /* the runbook itself: the run tells how that ended */
	if (!end)
		return "not finished";
	return arena_printf(pair->arena, "%s%s", outcome_names[end->step_finished.outcome],
	    end->step_finished.allowed ? " (allowed)" : "")
	    .ptr;
}

static struct str why_of(const struct message *end)
{
	return end ? end->step_finished.why : (struct str){0};
}

static bool was_not_run(const struct message *end)
{
	return end && summary_was_not_run(end);
}

/* What was skipped, or not run, took no time that says anything. */
static int64_t duration_of(const struct message *end)
{
	if (!end || was_not_run(end) || end->step_finished.outcome == OUTCOME_SKIPPED)
		return -1;
	/* what was not done took no time */
	return end->step_finished.outcome == OUTCOME_REHEARSED ? -1
							       : end->step_finished.duration_us;
}

/* Its reason is a sentence of its own, not a condition, nor the failure of another step. */
static bool went_wrong(const struct message *end)
{
	return end && end->step_finished.outcome != OUTCOME_SUCCEEDED &&
	    end->step_finished.outcome != OUTCOME_SKIPPED && !was_not_run(end);
}

static void compare_outcomes(struct pair *pair)
{
	const struct message *a = pair->ends[SIDE_A];
	const struct message *b = pair->ends[SIDE_B];
	struct difference difference = {
	    .kind = DIFFERENCE_OUTCOME,
	    .name = STR("outcome"),
	    .values = {pair_words(pair, outcome_of(pair, SIDE_A)),
		pair_words(pair, outcome_of(pair, SIDE_B))},
	    .whys = {why_of(a), why_of(b)},
	    .seqs = {message_seq(a), message_seq(b)},
	};

	if (!pair->same_outcome) {
		pair_put(pair, &difference);
	} else if (went_wrong(a) && !str_eq(why_of(a), why_of(b))) {
		difference.kind = DIFFERENCE_REASON;
		difference.name = STR("reason");
		pair_put(pair, &difference);
	}
}

static void compare_presence(struct pair *pair)
{
	const struct recorded_step *const *sides = pair->step->sides;
	struct difference difference = {
	    .kind = DIFFERENCE_PRESENCE,
	    .name = STR("presence"),
	    .values = {pair_words(pair, outcome_of(pair, SIDE_A)),
		pair_words(pair, outcome_of(pair, SIDE_B))},
	    .whys = {why_of(pair->ends[SIDE_A]), why_of(pair->ends[SIDE_B])},
	    .seqs = {sides[SIDE_A] ? sides[SIDE_A]->seq : -1,
		sides[SIDE_B] ? sides[SIDE_B]->seq : -1},
	};

	pair_put(pair, &difference);
}

static const struct message *decision_of(
    const struct recorded_step *step, struct str what, size_t which)
{
	for (const struct recorded_decision *at = step->decisions; at; at = at->next)
		if (str_eq(at->decided->decided.what, what) && which-- == 0)
			return at->decided;
	return NULL;
}

static size_t decisions_of(const struct recorded_step *step, struct str what)
{
	size_t count = 0;

	for (const struct recorded_decision *at = step->decisions; at; at = at->next)
		count += str_eq(at->decided->decided.what, what);
	return count;
}

static uint32_t attempts_of(const struct recorded_step *step)
{
	uint32_t again = (uint32_t)decisions_of(step, STR("retry"));
	uint32_t attempts = again ? again + 1 : 0;

	for (const struct recorded_op *op = step->ops; op; op = op->next)
		if (op->start->start.attempt > attempts)
			attempts = op->start->start.attempt;
	return attempts;
}

/* What makes it one more attempt stands in the record of the side that has it: a decision to try again. */
static void compare_attempts(struct pair *pair)
{
	struct difference difference = {.kind = DIFFERENCE_ATTEMPTS, .name = STR("attempts")};
	const uint32_t *attempts = pair->step->attempts;
	size_t common = attempts[SIDE_A] < attempts[SIDE_B] ? attempts[SIDE_A] : attempts[SIDE_B];

	if (common == 0 || attempts[SIDE_A] == attempts[SIDE_B])
		return;
	for (int side = 0; side < SIDES; side++) {
		const struct message *again = decision_of(
		    pair->step->sides[side], STR("retry"), common - 1);

		difference.values[side] = value_int(pair->arena, attempts[side]);
		difference.seqs[side] = message_seq(again ? again : pair->ends[side]);
		difference.whys[side] = again ? again->decided.why : (struct str){0};
	}
	pair_put(pair, &difference);
}

static bool is_same_decision(const struct message *a, const struct message *b)
{
	if (!a || !b)
		return a == b;
	return fields_are_same(a->decided.value, b->decided.value);
}

/* A run that was cut off has decided how to go on there: no other way through the runbook. */
static bool is_found_again(const struct message *const both[SIDES])
{
	const struct message *either = both[SIDE_A] ? both[SIDE_A] : both[SIDE_B];

	return either && text_found_again(either);
}

/*
 * What was asked again (behind an approval, or a lock that somebody else had) and went as before is no difference: the
 * last of the side with fewer is compared with the last of the other then.
 */
static void compare_decision(struct pair *pair, struct str what)
{
	const struct recorded_step *const *sides = pair->step->sides;
	size_t counts[SIDES] = {
	    decisions_of(sides[SIDE_A], what), decisions_of(sides[SIDE_B], what)};
	size_t fewer = counts[SIDE_A] < counts[SIDE_B] ? counts[SIDE_A] : counts[SIDE_B];
	const struct message *both[SIDES] = {NULL, NULL};
	size_t which = 0;

	if (fewer == 0 && !pair->same_outcome)
		return; /* that tells why */
	do
		for (int side = 0; side < SIDES; side++)
			both[side] = decision_of(sides[side], what, which);
	while (++which < fewer && is_same_decision(both[SIDE_A], both[SIDE_B]));
	if (fewer && is_same_decision(both[SIDE_A], both[SIDE_B]))
		for (int side = 0; side < SIDES; side++)
			both[side] = decision_of(sides[side], what, counts[side] - 1);
	if (is_same_decision(both[SIDE_A], both[SIDE_B]))
		return;
	pair_put(pair,
	    &(struct difference){
		.kind = is_found_again(both) ? DIFFERENCE_UNKNOWN : DIFFERENCE_DECISION,
		.name = what,
		.values = {both[SIDE_A] ? both[SIDE_A]->decided.value : NULL,
		    both[SIDE_B] ? both[SIDE_B]->decided.value : NULL},
		.whys = {both[SIDE_A] ? both[SIDE_A]->decided.why : (struct str){0},
		    both[SIDE_B] ? both[SIDE_B]->decided.why : (struct str){0}},
		.seqs = {message_seq(both[SIDE_A]), message_seq(both[SIDE_B])},
	    });
}

/* Each kind of decision once, in the order of A, behind them those that only B has. */
static void compare_decisions(struct pair *pair)
{
	for (int side = 0; side < SIDES; side++) {
		const struct recorded_step *step = pair->step->sides[side];

		for (const struct recorded_decision *at = step->decisions; at; at = at->next) {
			struct str what = at->decided->decided.what;
			bool is_first = decision_of(step, what, 0) == at->decided &&
			    (side == SIDE_A || !decisions_of(pair->step->sides[SIDE_A], what));

			if (is_first && !str_is(what, "retry"))
				compare_decision(pair, what);
		}
	}
}

static const char *answer_of(const struct recorded_question *question)
{
	if (!question)
		return NULL;
	if (question->answered)
		return answer_names[question->answered->answered.answer];
	return question->unask ? "withdrawn" : "not answered";
}

static void compare_answer(
    struct pair *pair, const struct recorded_question *const questions[SIDES])
{
	struct difference difference = {.kind = DIFFERENCE_ANSWER};
	const struct message *answers[SIDES];
	const struct value *inputs[SIDES];

	for (int side = 0; side < SIDES; side++) {
		const struct recorded_question *question = questions[side];
		const struct message *answered = question ? question->answered : NULL;

		if (question && difference.name.len == 0)
			difference.name = str_from(ask_kind_names[question->ask->ask.kind]);
		answers[side] = answered;
		inputs[side] = answered ? answered->answered.inputs : NULL;
		difference.values[side] = pair_words(pair, answer_of(question));
		difference.whys[side] = answered ? answered->answered.who : (struct str){0};
		difference.seqs[side] = message_seq(answered ? answered
			: question                           ? question->ask
							     : NULL);
	}
	if (!questions[SIDE_A] || !questions[SIDE_B] ||
	    !value_equal(difference.values[SIDE_A], difference.values[SIDE_B])) {
		pair_put(pair, &difference);
		return;
	}
	if (!answers[SIDE_A])
		return;
	if (!str_eq(difference.whys[SIDE_A], difference.whys[SIDE_B])) {
		difference.kind = DIFFERENCE_WHO;
		pair_put(pair, &difference);
	}
	fields_compare(&(struct fields){.arena = pair->arena,
			   .differences = &pair->step->differences,
			   .kind = DIFFERENCE_INPUT,
			   .prefix = "",
			   .seqs = {difference.seqs[SIDE_A], difference.seqs[SIDE_B]}},
	    inputs[SIDE_A], inputs[SIDE_B]);
}

static void compare_answers(struct pair *pair)
{
	const struct recorded_question *both[SIDES] = {
	    pair->step->sides[SIDE_A]->questions, pair->step->sides[SIDE_B]->questions};

	while ((both[SIDE_A] && both[SIDE_B]) ||
	    (pair->same_outcome && (both[SIDE_A] || both[SIDE_B]))) {
		compare_answer(pair, both);
		for (int side = 0; side < SIDES; side++)
			both[side] = both[side] ? both[side]->next : NULL;
	}
}

static void compare_outputs(struct pair *pair)
{
	const struct message *a = pair->ends[SIDE_A];
	const struct message *b = pair->ends[SIDE_B];
	struct fields fields = {.arena = pair->arena,
	    .differences = &pair->step->differences,
	    .kind = DIFFERENCE_OUTPUT,
	    .prefix = "",
	    .seqs = {message_seq(a), message_seq(b)}};

	if (a && b && pair->same_outcome)
		fields_compare(&fields, a->step_finished.outputs, b->step_finished.outputs);
}

static bool has_same_outcome(const struct pair *pair)
{
	const struct message *a = pair->ends[SIDE_A];
	const struct message *b = pair->ends[SIDE_B];

	if (!a || !b)
		return a == b;
	return a->step_finished.outcome == b->step_finished.outcome &&
	    a->step_finished.allowed == b->step_finished.allowed;
}

void compare_step(struct comparison *comparison, struct compared_step *step)
{
	struct pair pair = {.arena = comparison->arena, .runs = comparison->runs, .step = step};

	for (int side = 0; side < SIDES; side++) {
		const struct recorded_step *recorded = step->sides[side];
		const struct message *end = recorded ? recorded->finished : NULL;

		pair.ends[side] = end;
		step->attempts[side] = recorded ? attempts_of(recorded) : 0;
		step->duration_us[side] = duration_of(end);
	}
	if (!step->sides[SIDE_A] || !step->sides[SIDE_B]) {
		compare_presence(&pair);
		return;
	}
	pair.same_outcome = has_same_outcome(&pair);
	compare_outcomes(&pair);
	if (!pair.same_outcome &&
	    (was_not_run(pair.ends[SIDE_A]) || was_not_run(pair.ends[SIDE_B])))
		return;
	compare_attempts(&pair);
	compare_decisions(&pair);
	compare_answers(&pair);
	compare_outputs(&pair);
	compare_ops(&pair);
}
