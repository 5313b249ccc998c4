/* SPDX-License-Identifier: Apache-2.0 */
#include "view/comparison_parts.h"
#include "view/summary.h"

/* One step of both runs, as its comparison goes on. */
struct pair {
	struct arena *arena;
	const struct recording *const *runs;
	struct compared_step *step;
	const struct message *ends[SIDES]; /* step.finished, or NULL */
	bool same_outcome;
	uint32_t last[SIDES][START_NOTIFY + 1]; /* attempts of each kind of operation; 0: none */
};

static int64_t seq_of(const struct message *message)
{
	return message ? message->seq : -1;
}

static void put(struct pair *pair, const struct difference *difference)
{
	differences_add(pair->arena, &pair->step->differences, difference);
}

static const struct value *text(struct pair *pair, const char *words)
{
	return words ? value_string(pair->arena, str_from(words)) : NULL;
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
	return end->step_finished.duration_us;
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
	    .values = {text(pair, outcome_of(pair, SIDE_A)), text(pair, outcome_of(pair, SIDE_B))},
	    .whys = {why_of(a), why_of(b)},
	    .seqs = {seq_of(a), seq_of(b)},
	};

	if (!pair->same_outcome) {
		put(pair, &difference);
	} else if (went_wrong(a) && !str_eq(why_of(a), why_of(b))) {
		difference.kind = DIFFERENCE_REASON;
		difference.name = STR("reason");
		put(pair, &difference);
	}
}

static void compare_presence(struct pair *pair)
{
	const struct recorded_step *const *sides = pair->step->sides;
	struct difference difference = {
	    .kind = DIFFERENCE_PRESENCE,
	    .name = STR("presence"),
	    .values = {text(pair, outcome_of(pair, SIDE_A)), text(pair, outcome_of(pair, SIDE_B))},
	    .whys = {why_of(pair->ends[SIDE_A]), why_of(pair->ends[SIDE_B])},
	    .seqs = {sides[SIDE_A] ? sides[SIDE_A]->seq : -1,
		sides[SIDE_B] ? sides[SIDE_B]->seq : -1},
	};

	put(pair, &difference);
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
		difference.seqs[side] = seq_of(again ? again : pair->ends[side]);
		difference.whys[side] = again ? again->decided.why : (struct str){0};
	}
	put(pair, &difference);
}

static bool is_same_decision(const struct message *a, const struct message *b)
{
	if (!a || !b)
		return a == b;
	if (!a->decided.value || !b->decided.value)
		return a->decided.value == b->decided.value;
	return value_equal(a->decided.value, b->decided.value);
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
	put(pair,
	    &(struct difference){
		.kind = DIFFERENCE_DECISION,
		.name = what,
		.values = {both[SIDE_A] ? both[SIDE_A]->decided.value : NULL,
		    both[SIDE_B] ? both[SIDE_B]->decided.value : NULL},
		.whys = {both[SIDE_A] ? both[SIDE_A]->decided.why : (struct str){0},
		    both[SIDE_B] ? both[SIDE_B]->decided.why : (struct str){0}},
		.seqs = {seq_of(both[SIDE_A]), seq_of(both[SIDE_B])},
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
		difference.values[side] = text(pair, answer_of(question));
		difference.whys[side] = answered ? answered->answered.who : (struct str){0};
		difference.seqs[side] = seq_of(answered ? answered
			: question                      ? question->ask
							: NULL);
	}
	if (!questions[SIDE_A] || !questions[SIDE_B] ||
	    !value_equal(difference.values[SIDE_A], difference.values[SIDE_B])) {
		put(pair, &difference);
		return;
	}
	if (!answers[SIDE_A])
		return;
	if (!str_eq(difference.whys[SIDE_A], difference.whys[SIDE_B])) {
		difference.kind = DIFFERENCE_WHO;
		put(pair, &difference);
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

static bool is_check(const struct recorded_op *op)
{
	enum start_what what = op->start->start.what;

	return what != START_ACTION && what != START_BACKGROUND && what != START_NOTIFY;
}

/* How something went that was begun. */
static const char *end_of(const struct recorded_op *op)
{
	const struct message *finished = op->finished;

	if (!finished)
		return "not finished";
	if (finished->finished.end != END_DONE)
		return op_end_names[finished->finished.end];
	if (!is_check(op))
		return "done";
	return finished->finished.verdict.ok ? "held" : "did not hold";
}

/* What an operation is called beside others of its step: "verify 2", "attempt 1", "ready 1, item 3"; perhaps empty. */
static struct str name_of(struct pair *pair, const struct recorded_op *op, enum side side)
{
	const struct message *start = op->start;
	struct buf out;
	struct str name;

	buf_init(&out, BUF_UNBOUNDED);
	if (start->start.what != START_ACTION)
		buf_text(&out, start_what_names[start->start.what]);
	if (is_check(op))
		buf_printf(&out, " %lld", (long long)start->start.index + 1);
	if (start->start.item)
		buf_printf(&out, ", item %lld", (long long)start->start.item);
	if (start->start.attempt != pair->last[side][start->start.what])
		buf_printf(&out, "%sattempt %u", out.len ? ", " : "", start->start.attempt);
	if (op->again)
		buf_printf(&out, "%sasked again", out.len ? ", " : "");
	name = arena_str(pair->arena, buf_view(&out));
	buf_done(&out);
	return name;
}

/* Fields of the two, under the name of the first. */
static struct fields fields_of(struct pair *pair, const struct recorded_op *const both[SIDES])
{
	struct str name = name_of(pair, both[SIDE_A], SIDE_A);

	return (struct fields){
	    .arena = pair->arena,
	    .differences = &pair->step->differences,
	    .prefix = name.len ? arena_printf(pair->arena, "%.*s: ", STR_ARG(name)).ptr : "",
	};
}

static void compare_arguments(struct pair *pair, const struct recorded_op *const both[SIDES])
{
	const struct message *a = both[SIDE_A]->start;
	const struct message *b = both[SIDE_B]->start;
	struct fields fields = fields_of(pair, both);

	fields.kind = DIFFERENCE_ARGUMENT;
	fields.seqs[SIDE_A] = a->seq;
	fields.seqs[SIDE_B] = b->seq;
	if (str_eq(a->start.action, b->start.action))
		fields_compare(&fields, a->start.args, b->start.args);
	else
		put(pair,
		    &(struct difference){
			.kind = DIFFERENCE_ARGUMENT,
			.name = arena_printf(pair->arena, "%saction", fields.prefix),
			.values = {value_string(pair->arena, a->start.action),
			    value_string(pair->arena, b->start.action)},
			.seqs = {a->seq, b->seq},
		    });
}

/* Of a check counts whether it held, and why not. */
static void compare_ends(struct pair *pair, const struct recorded_op *const both[SIDES])
{
	struct difference difference = {
	    .kind = DIFFERENCE_CHECK, .name = name_of(pair, both[SIDE_A], SIDE_A)};

	for (int side = 0; side < SIDES; side++) {
		const struct message *finished = both[side]->finished;
		bool ok = finished && finished->finished.verdict.ok;

		difference.values[side] = text(pair, end_of(both[side]));
		difference.whys[side] = finished && !ok ? finished->finished.verdict.why
							: (struct str){0};
		difference.seqs[side] = seq_of(finished);
	}
	if (value_equal(difference.values[SIDE_A], difference.values[SIDE_B])) {
		if (str_eq(difference.whys[SIDE_A], difference.whys[SIDE_B]))
			return;
		difference.kind = DIFFERENCE_REASON;
	}
	put(pair, &difference);
}

/* What came of the action itself; how it ended is told by the outcome, unless that is the same. */
static void compare_results(struct pair *pair, const struct recorded_op *const both[SIDES])
{
	const struct message *a = both[SIDE_A]->finished;
	const struct message *b = both[SIDE_B]->finished;
	const char *words[SIDES] = {end_of(both[SIDE_A]), end_of(both[SIDE_B])};
	struct fields fields = fields_of(pair, both);

	fields.kind = DIFFERENCE_RESULT;
	fields.seqs[SIDE_A] = seq_of(a);
	fields.seqs[SIDE_B] = seq_of(b);
	if (pair->same_outcome && !str_is(str_from(words[SIDE_A]), words[SIDE_B]))
		put(pair,
		    &(struct difference){
			.kind = DIFFERENCE_RESULT,
			.name = arena_printf(pair->arena, "%send", fields.prefix),
			.values = {text(pair, words[SIDE_A]), text(pair, words[SIDE_B])},
			.seqs = {fields.seqs[SIDE_A], fields.seqs[SIDE_B]},
		    });
	if (a && b && a->finished.result && b->finished.result)
		fields_compare(&fields, a->finished.result, b->finished.result);
}

static void compare_op(struct pair *pair, const struct recorded_op *const both[SIDES])
{
	if (both[SIDE_A]->start->start.what == START_ACTION)
		compare_results(pair, both);
	else
		compare_ends(pair, both);
	if (!both[SIDE_A]->again)
		compare_arguments(pair, both);
}

/* An operation that only one side has: a check that the other did not come to, or does not have. */
static void compare_lone(struct pair *pair, const struct recorded_op *op, enum side side)
{
	struct difference difference = {.kind = DIFFERENCE_CHECK, .seqs = {-1, -1}};

	if (!pair->same_outcome || op->again || op->start->start.what == START_ACTION)
		return; /* told otherwise, or of no weight */
	difference.name = name_of(pair, op, side);
	difference.values[side] = text(pair, end_of(op));
	difference.seqs[side] = op->start->seq;
	put(pair, &difference);
}

static void count_attempts(struct pair *pair)
{
	for (int side = 0; side < SIDES; side++) {
		const struct recorded_op *op = pair->step->sides[side]->ops;

		for (; op; op = op->next) {
			uint32_t *last = &pair->last[side][op->start->start.what];

			if (op->start->start.attempt > *last)
				*last = op->start->start.attempt;
		}
	}
}

/*
 * The operations of one side with those of the other. Attempts are paired from the last one back, for that is what the
 * step came to; attempts that only one side has are counted, not compared.
 */
static void compare_ops(struct pair *pair, enum side side)
{
	enum side other = side == SIDE_A ? SIDE_B : SIDE_A;

	for (const struct recorded_op *op = pair->step->sides[side]->ops; op; op = op->next) {
		struct op_key key = op_key_of(op->start);
		uint32_t last = pair->last[side][key.what];
		uint32_t others = pair->last[other][key.what];
		const struct recorded_op *found;

		if (others && key.attempt + others <= last)
			continue;
		key.attempt += others ? others - last : 0;
		key.again = op->again;
		found = recording_op_at(pair->runs[other], &key);
		if (!found)
			compare_lone(pair, op, side);
		else if (side == SIDE_A)
			compare_op(pair, (const struct recorded_op *[]){op, found});
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
	    .seqs = {seq_of(a), seq_of(b)}};

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
	count_attempts(&pair);
	compare_attempts(&pair);
	compare_decisions(&pair);
	compare_answers(&pair);
	compare_outputs(&pair);
	compare_ops(&pair, SIDE_A);
	compare_ops(&pair, SIDE_B);
}
