/* SPDX-License-Identifier: Apache-2.0 */
#include "view/comparison_parts.h"

/* What was begun for one step in both runs: its action, its checks. */

static bool is_check(const struct recorded_op *op)
{
	return start_is_check(op->start->start.what);
}

static bool is_lost(const struct recorded_op *op)
{
	return op->finished && op->finished->finished.end == END_LOST;
}

static bool has_key(const struct recorded_op *op, const struct op_key *key)
{
	return op->start->start.what == key->what && op->start->start.index == key->index &&
	    op->start->start.item == key->item && op->start->start.attempt == key->attempt;
}

/*
 * How many operations like this one a run that was cut off has begun anew: they are passed over for the one behind
 * them. Such are what was lost, and what its verification said before it was decided to do it again.
 */
static uint32_t begun_anew(const struct pair *pair, const struct op_key *key, enum side side)
{
	uint32_t count = 0;
	uint32_t anew = 0;

	if (!pair->loses[side])
		return 0;
	for (const struct recorded_op *op = pair->step->sides[side]->ops; op; op = op->next) {
		if (!has_key(op, key))
			continue;
		count++;
		if (is_lost(op) ||
		    (key->what == START_VERIFY && op->start->seq < pair->again_seq[side]))
			anew = count;
	}
	return anew < count || count == 0 ? anew : count - 1;
}

/* How often it was asked before, apart from that. */
static uint32_t again_of(const struct pair *pair, const struct recorded_op *op, enum side side)
{
	struct op_key key = op_key_of(op->start);

	return op->again - begun_anew(pair, &key, side);
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
	if (again_of(pair, op, side))
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
		pair_put(pair,
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

		difference.values[side] = pair_words(pair, end_of(both[side]));
		difference.whys[side] = finished && !ok ? finished->finished.verdict.why
							: (struct str){0};
		difference.seqs[side] = message_seq(finished);
	}
	if (value_equal(difference.values[SIDE_A], difference.values[SIDE_B])) {
		if (str_eq(difference.whys[SIDE_A], difference.whys[SIDE_B]))
			return;
		difference.kind = DIFFERENCE_REASON;
	}
	pair_put(pair, &difference);
}

/* What came of the action itself; how it ended is told by the outcome, unless that is the same. */
static void compare_results(struct pair *pair, const struct recorded_op *const both[SIDES])
{
	const struct message *a = both[SIDE_A]->finished;
	const struct message *b = both[SIDE_B]->finished;
	const char *words[SIDES] = {end_of(both[SIDE_A]), end_of(both[SIDE_B])};
	struct fields fields = fields_of(pair, both);

	fields.kind = DIFFERENCE_RESULT;
	fields.seqs[SIDE_A] = message_seq(a);
	fields.seqs[SIDE_B] = message_seq(b);
	if (pair->same_outcome && !str_is(str_from(words[SIDE_A]), words[SIDE_B]))
		pair_put(pair,
		    &(struct difference){
			.kind = is_lost(both[SIDE_A]) || is_lost(both[SIDE_B]) ? DIFFERENCE_UNKNOWN
									       : DIFFERENCE_RESULT,
			.name = arena_printf(pair->arena, "%send", fields.prefix),
			.values = {pair_words(pair, words[SIDE_A]),
			    pair_words(pair, words[SIDE_B])},
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
	if (!again_of(pair, both[SIDE_A], SIDE_A))
		compare_arguments(pair, both);
}

/* An operation that only one side has: a check that the other did not come to, or does not have. */
static void compare_lone(struct pair *pair, const struct recorded_op *op, enum side side)
{
	struct difference difference = {.kind = DIFFERENCE_CHECK, .seqs = {-1, -1}};

	if (!pair->same_outcome || op->again || op->start->start.what == START_ACTION)
		return; /* told otherwise, or of no weight */
	difference.name = name_of(pair, op, side);
	difference.values[side] = pair_words(pair, end_of(op));
	difference.seqs[side] = op->start->seq;
	pair_put(pair, &difference);
}

static void find_losses(struct pair *pair, enum side side)
{
	const struct recorded_step *step = pair->step->sides[side];

	for (const struct recorded_op *op = step->ops; op; op = op->next)
		pair->loses[side] = pair->loses[side] || is_lost(op);
	for (const struct recorded_decision *at = step->decisions; at; at = at->next)
		if (str_is(at->decided->decided.what, "again"))
			pair->again_seq[side] = at->decided->seq;
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
static void compare_side(struct pair *pair, enum side side)
{
	enum side other = side == SIDE_A ? SIDE_B : SIDE_A;

	for (const struct recorded_op *op = pair->step->sides[side]->ops; op; op = op->next) {
		struct op_key key = op_key_of(op->start);
		uint32_t last = pair->last[side][key.what];
		uint32_t others = pair->last[other][key.what];
		const struct recorded_op *found;

		if ((others && key.attempt + others <= last) ||
		    op->again < begun_anew(pair, &key, side))
			continue;
		key.attempt += others ? others - last : 0;
		key.again = again_of(pair, op, side) + begun_anew(pair, &key, other);
		found = recording_op_at(pair->runs[other], &key);
		if (!found)
			compare_lone(pair, op, side);
		else if (side == SIDE_A)
			compare_op(pair, (const struct recorded_op *[]){op, found});
	}
}

void compare_ops(struct pair *pair)
{
	count_attempts(pair);
	find_losses(pair, SIDE_A);
	find_losses(pair, SIDE_B);
	compare_side(pair, SIDE_A);
	compare_side(pair, SIDE_B);
}
