/* SPDX-License-Identifier: Apache-2.0 */
#include "view/diff_parts.h"

#include "base/units.h"

/* Of a value in a sentence, and in a line of its own, so many bytes; so many before what tells two long lines apart. */
enum { BRIEF_BYTES = 60, LINE_BYTES = 400, LEAD_BYTES = 24, FAR_BYTES = 72 };

const char *const diff_side_names[SIDES] = {"A", "B"};

struct str diff_label(const struct compared_step *step)
{
	return step->node.len ? step->node : STR("(the runbook)");
}

void diff_put_name(struct buf *out, const struct difference *difference)
{
	switch (difference->kind) {
	case DIFFERENCE_SOURCE:
	case DIFFERENCE_PARAM:
	case DIFFERENCE_PROGRAM:
	case DIFFERENCE_INPUT:
	case DIFFERENCE_OUTPUT:
	case DIFFERENCE_TIME:
	case DIFFERENCE_ARGUMENT:
		buf_printf(out, "%s ", difference_kind_name(difference->kind));
		break;
	case DIFFERENCE_WHO:
		buf_text(out, "who answered: ");
		break;
	case DIFFERENCE_PRESENCE:
		buf_text(out, "only in");
		return;
	default:
		break;
	}
	buf_str(out, difference->name);
}

void diff_put_ratio(struct buf *out, int64_t a_us, int64_t b_us)
{
	double ratio = durations_ratio(a_us, b_us);

	if (ratio == 0)
		return;
	if (ratio > 1)
		buf_printf(out, ratio < 10 ? "%.1fx slower" : "%.0fx slower", ratio);
	else
		buf_printf(out, 1 / ratio < 10 ? "%.1fx faster" : "%.0fx faster", 1 / ratio);
}

static void put_text(struct buf *out, struct str text, size_t most)
{
	value_brief(&(struct value){.type = VALUE_STRING, .string = {.text = text}}, most, out);
}

static void put_value(struct buf *out, const struct value *value, size_t most)
{
	const struct clip *clip = value && value->type == VALUE_STRING && value->string.clip &&
		!value->string.clip->whole
	    ? value->string.clip
	    : NULL;

	if (!value) {
		buf_text(out, "(none)");
	} else if (clip) {
		if (clip->middle_sha256.len)
			units_show_size(out, clip->size);
		buf_text(out, clip->middle_sha256.len ? ", not whole" : "not known whole");
		buf_text(out, clip->head.len ? ": " : "");
		put_text(out, clip->head, most);
	} else if (value->type == VALUE_STRING && value->string.text.len == 0) {
		buf_text(out, "(empty)");
	} else {
		value_brief(value, most, out);
	}
}

static bool is_text(const struct value *value)
{
	return value && value->type == VALUE_STRING &&
	    !(value->string.clip && !value->string.clip->whole);
}

/* How many bytes two texts begin with in common, back to the border of a code point. */
static size_t common_bytes(struct str a, struct str b)
{
	size_t len = 0;

	while (len < a.len && len < b.len && a.ptr[len] == b.ptr[len])
		len++;
	while (len > 0 && len < a.len && ((unsigned char)a.ptr[len] & 0xC0) == 0x80)
		len--;
	return len;
}

static size_t count_lines(struct str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == '\n';
	return count;
}

/* Of two texts the first line that differs, of a long line what stands around that. */
static void show_texts(const struct str texts[SIDES], struct buf outs[SIDES])
{
	size_t same = common_bytes(texts[SIDE_A], texts[SIDE_B]);
	struct str before = str_sub(texts[SIDE_A], 0, same);
	size_t line = count_lines(before);
	size_t begin = same;
	bool has_lines = false;

	while (begin > 0 && before.ptr[begin - 1] != '\n')
		begin--;
	for (int side = 0; side < SIDES; side++)
		has_lines = has_lines || count_lines(str_trim(texts[side])) > 0;
	for (int side = 0; side < SIDES; side++) {
		struct str rest = str_sub(texts[side], begin, texts[side].len);
		struct str shown = {0};
		size_t skipped = same - begin > FAR_BYTES ? same - begin - LEAD_BYTES : 0;

		if (has_lines)
			buf_printf(&outs[side], "line %zu: ", line + 1);
		if (!str_line(&rest, &shown)) {
			buf_text(&outs[side], texts[side].len ? "(ends before it)" : "(empty)");
			continue;
		}
		while (skipped && skipped < shown.len &&
		    ((unsigned char)shown.ptr[skipped] & 0xC0) == 0x80)
			skipped--;
		buf_text(&outs[side], skipped ? "…" : "");
		put_text(&outs[side], str_sub(shown, skipped, shown.len), LINE_BYTES);
	}
}

void diff_show_values(const struct difference *difference, struct buf outs[SIDES])
{
	bool only_why = difference->kind == DIFFERENCE_REASON || difference->kind == DIFFERENCE_WHO;
	const struct value *a = difference->values[SIDE_A];
	const struct value *b = difference->values[SIDE_B];

	if (!only_why && is_text(a) && is_text(b))
		show_texts((const struct str[]){a->string.text, b->string.text}, outs);
	for (int side = 0; side < SIDES; side++) {
		struct str why = difference->whys[side];

		if (!only_why && !(is_text(a) && is_text(b)))
			put_value(&outs[side], difference->values[side], LINE_BYTES);
		if (!why.len)
			continue;
		buf_text(&outs[side], outs[side].len ? ": " : "");
		put_text(&outs[side], why, LINE_BYTES);
	}
}

/* How a run ended, and what stands before how long that took. */
static const struct {
	const char *verb;
	const char *before;
} ends[] = {
    [RUN_RECOVERED] = {"recovered", "in"},
    [RUN_FAILED] = {"failed", "after"},
    [RUN_DENIED] = {"denied", "after"},
    [RUN_INTERRUPTED] = {"interrupted", "after"},
    [RUN_REHEARSED] = {"rehearsed", "in"},
    [RUN_ALONE] = {"run for one step alone", "in"},
};

static bool is_active(enum run_outcome outcome)
{
	return outcome == RUN_RECOVERED || outcome == RUN_FAILED;
}

static void put_took(struct buf *out, const struct recording *run, enum side side)
{
	buf_printf(out, "%s %s ", diff_side_names[side],
	    ends[run->run_finished->run_finished.outcome].before);
	units_show_duration(out, run->run_finished->run_finished.duration_us);
}

/* "A recovered in 12s", "A has not finished, its record ends after 3s" */
static void put_end(struct buf *out, const struct recording *run, enum side side)
{
	buf_printf(out, "%s ", diff_side_names[side]);
	if (run->run_finished) {
		enum run_outcome outcome = run->run_finished->run_finished.outcome;

		buf_printf(out, "%s%s %s ", is_active(outcome) ? "" : "was ", ends[outcome].verb,
		    ends[outcome].before);
		units_show_duration(out, run->run_finished->run_finished.duration_us);
		return;
	}
	buf_text(
	    out, run->damaged ? "is damaged after " : "has not finished, its record ends after ");
	units_show_duration(out, run->report.last_t_us);
}

/* "Both recovered, A in 12s and B in 14s", or how each ended. */
static void put_ends(struct buf *out, const struct recording *a, const struct recording *b)
{
	bool both = a->run_finished && b->run_finished;
	enum run_outcome outcome = both ? a->run_finished->run_finished.outcome : RUN_FAILED;

	if (both && b->run_finished->run_finished.outcome == outcome) {
		buf_printf(
		    out, "Both %s%s, ", is_active(outcome) ? "" : "were ", ends[outcome].verb);
		put_took(out, a, SIDE_A);
		buf_text(out, " and ");
		put_took(out, b, SIDE_B);
		return;
	}
	put_end(out, a, SIDE_A);
	buf_text(out, ", ");
	put_end(out, b, SIDE_B);
}

/* Whether nothing is known of a side any more where they part: its record ends before that. */
static bool is_beyond(const struct comparison *comparison, enum side side)
{
	const struct difference *at = comparison->parting_difference;
	enum side other = side == SIDE_A ? SIDE_B : SIDE_A;

	if (comparison->runs[side]->run_finished || at->seqs[side] >= 0)
		return false;
	for (size_t i = 0; i < comparison->step_count; i++) {
		const struct compared_step *step = &comparison->steps[i];

		if (step->sides[side] && step->sides[other] &&
		    step->sides[other]->seq > at->seqs[other])
			return false;
	}
	return true;
}

void diff_put_brief(
    struct buf *out, const struct difference *difference, const char *const sides[SIDES])
{
	bool tells_why = difference->kind == DIFFERENCE_OUTCOME ||
	    difference->kind == DIFFERENCE_CHECK;

	buf_str(out, difference->name);
	for (int side = 0; side < SIDES; side++) {
		buf_text(out, side ? ", " : ": ");
		put_value(out, difference->values[side], BRIEF_BYTES);
		buf_printf(out, " %s", sides[side]);
		if (tells_why && difference->whys[side].len) {
			buf_text(out, ": ");
			put_text(out, difference->whys[side], BRIEF_BYTES);
		}
	}
}

static void put_parting(struct buf *out, const struct comparison *comparison)
{
	const struct difference *at = comparison->parting_difference;

	for (int side = 0; side < SIDES; side++)
		if (is_beyond(comparison, (enum side)side)) {
			buf_printf(out, "they went the same way as far as the record of %s goes",
			    diff_side_names[side]);
			return;
		}
	buf_text(out,
	    comparison->weight == WEIGHT_PATH
		? "they part at "
		: "the same path and outcomes, but other results, first at ");
	if (comparison->parting->node.len)
		buf_printf(out, "step %.*s", STR_ARG(comparison->parting->node));
	else
		buf_text(out, "the runbook's own checks");
	if (at->kind == DIFFERENCE_PRESENCE) {
		buf_printf(out, ", to which only %s came",
		    diff_side_names[comparison->parting->sides[SIDE_A] ? SIDE_A : SIDE_B]);
		return;
	}
	buf_text(out, " (");
	if (comparison->weight == WEIGHT_PATH)
		diff_put_brief(out, at, (const char *const[]){"in A", "in B"});
	else
		buf_str(out, at->name);
	buf_byte(out, ')');
}

static bool has_kind(const struct differences *differences, enum difference_kind kind)
{
	for (size_t i = 0; i < differences->count; i++)
		if (differences->items[i].kind == kind)
			return true;
	return false;
}

/* What differs between runs that went the same way: "parameters, arguments and times". */
static void put_noted(struct buf *out, const struct comparison *comparison)
{
	static const struct {
		enum difference_kind kind;
		const char *words;
	} rows[] = {
	    {DIFFERENCE_RUNBOOK, "the runbook"},
	    {DIFFERENCE_SOURCE, "the text of the runbook"},
	    {DIFFERENCE_PARAM, "parameters"},
	    {DIFFERENCE_MODE, "the mode"},
	    {DIFFERENCE_PROGRAM, "versions"},
	    {DIFFERENCE_ARGUMENT, "arguments"},
	    {DIFFERENCE_WHO, "who answered"},
	    {DIFFERENCE_UNKNOWN, "what nobody knows"},
	};
	bool any = false;

	buf_text(out, "the same path, outcomes and results; only ");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool found = has_kind(&comparison->of_runs, rows[i].kind);

		for (size_t k = 0; k < comparison->step_count && !found; k++)
			found = has_kind(&comparison->steps[k].differences, rows[i].kind);
		if (found)
			buf_printf(out, "%s%s", any ? ", " : "", rows[i].words);
		any = any || found;
	}
	buf_printf(out, "%stimes differ", any ? " and " : "");
}

void diff_sentence(const struct comparison *comparison, struct buf *out)
{
	put_ends(out, comparison->runs[SIDE_A], comparison->runs[SIDE_B]);
	buf_text(out, ": ");
	if (comparison->parting)
		put_parting(out, comparison);
	else if (comparison->weight > WEIGHT_NOTED)
		buf_text(out, "no step differs, and yet they ended otherwise");
	else
		put_noted(out, comparison);
	buf_byte(out, '.');
}
