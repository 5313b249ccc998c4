/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"
#include "view/diff_parts.h"

/* {version, same, sentence, a, b, parting, differences, steps}: schema/language.md says what they are. */
enum { VERSION = 1 };

/* A longer value is cut: so much of its beginning and of its end is told. */
enum { VALUE_BYTES = 4096, BEGIN_BYTES = 1024, END_BYTES = 256 };

static const char *const side_keys[SIDES] = {"a", "b"};
static const char *const cut_keys[SIDES] = {"a_cut", "b_cut"};
static const char *const why_keys[SIDES] = {"why_a", "why_b"};

/* The nearest border of a code point at or before a place. */
static size_t border(struct str text, size_t at)
{
	while (at > 0 && at < text.len && ((unsigned char)text.ptr[at] & 0xC0) == 0x80)
		at--;
	return at;
}

/* {begin, end, size} of a text, or of the head and tail of one. */
static void put_cut(struct json *json, struct str head, struct str tail, int64_t size)
{
	size_t from = tail.len > END_BYTES ? tail.len - END_BYTES : 0;

	json_open_map(json);
	json_put_str(json, "begin", str_sub(head, 0, border(head, BEGIN_BYTES)));
	json_put_str(json, "end", str_sub(tail, border(tail, from), tail.len));
	json_put_int(json, "size", size);
	json_close_map(json);
}

static void put_long_value(struct json *json, const struct value *value)
{
	const struct clip *clip = value->type == VALUE_STRING ? value->string.clip : NULL;
	struct buf text;
	struct json inner;

	if (clip) {
		put_cut(json, clip->head, clip->tail, clip->size);
	} else if (value->type == VALUE_STRING) {
		put_cut(
		    json, value->string.text, value->string.text, (int64_t)value->string.text.len);
	} else {
		buf_init(&text, BUF_UNBOUNDED);
		json_init(&inner, &text);
		value_to_json(&inner, value);
		put_cut(json, buf_view(&text), buf_view(&text), (int64_t)text.len);
		buf_done(&text);
	}
}

static void put_value(struct json *json, enum side side, const struct value *value)
{
	bool fits = value_fits(value, VALUE_BYTES);

	json_key(json, fits ? side_keys[side] : cut_keys[side]);
	if (fits)
		value_to_json(json, value);
	else
		put_long_value(json, value);
}

static void put_text(struct json *json, const char *key, struct str text)
{
	if (text.len)
		json_put_str(json, key, text);
}

static void put_difference(struct json *json, const struct difference *difference)
{
	json_open_map(json);
	json_put_text(json, "kind", difference_kind_name(difference->kind));
	json_put_str(json, "name", difference->name);
	json_put_bool(json, "counts", difference_weight(difference->kind) > WEIGHT_NOTED);
	for (int side = 0; side < SIDES; side++)
		if (difference->values[side])
			put_value(json, (enum side)side, difference->values[side]);
	for (int side = 0; side < SIDES; side++)
		put_text(json, why_keys[side], difference->whys[side]);
	json_close_map(json);
}

static void put_differences(struct json *json, const struct differences *differences)
{
	json_key(json, "differences");
	json_open_list(json);
	for (size_t i = 0; i < differences->count; i++)
		put_difference(json, &differences->items[i]);
	json_close_list(json);
	if (differences->left_out)
		json_put_int(json, "left_out", (int64_t)differences->left_out);
}

static void put_run(struct json *json, const struct recording *run, const char *path)
{
	const struct message *started = run->run_started;
	const struct message *finished = run->run_finished;
	const struct value *host = started->run_started.host;
	struct buf at;

	json_open_map(json);
	json_put_text(json, "path", path);
	json_put_text(json, "state", transcript_state_names[run->report.state]);
	json_put_str(json, "state_text", run->state);
	json_put_int(json, "missing_lines", run->missing);
	json_put_str(json, "run", started->run_started.run);
	json_put_str(json, "runbook", started->run_started.runbook);
	put_text(json, "title", started->run_started.title);
	put_text(json, "host", host ? value_text(value_get(host, "name")) : (struct str){0});
	put_text(json, "user", host ? value_text(value_get(host, "user")) : (struct str){0});
	buf_init(&at, BUF_UNBOUNDED);
	units_show_time(&at, started->at_us);
	json_put_str(json, "began", buf_view(&at));
	buf_done(&at);
	if (finished) {
		json_put_text(json, "outcome", run_outcome_names[finished->run_finished.outcome]);
		put_text(json, "why", finished->run_finished.why);
		json_put_int(json, "duration_us", finished->run_finished.duration_us);
	}
	json_close_map(json);
}

static void put_side(struct json *json, const struct compared_step *step, enum side side)
{
	const struct message *finished = step->sides[side]->finished;

	json_key(json, side_keys[side]);
	json_open_map(json);
	if (finished) {
		json_put_text(json, "outcome", outcome_names[finished->step_finished.outcome]);
		if (finished->step_finished.allowed)
			json_put_bool(json, "allowed", true);
		put_text(json, "why", finished->step_finished.why);
	}
	json_put_int(json, "attempts", step->attempts[side]);
	if (step->duration_us[side] >= 0)
		json_put_int(json, "duration_us", step->duration_us[side]);
	json_close_map(json);
}

static void put_step(struct json *json, const struct compared_step *step)
{
	double ratio = durations_ratio(step->duration_us[SIDE_A], step->duration_us[SIDE_B]);
	const struct recorded_step *recorded = step->sides[step->sides[SIDE_A] ? SIDE_A : SIDE_B];

	json_open_map(json);
	json_put_str(json, "node", step->node);
	put_text(json, "step", recorded->step);
	for (int side = 0; side < SIDES; side++)
		if (step->sides[side])
			put_side(json, step, (enum side)side);
	if (ratio > 0) {
		json_key(json, "ratio");
		json_double(json, ratio);
	}
	put_differences(json, &step->differences);
	json_close_map(json);
}

static void put_parting(struct json *json, const struct comparison *comparison)
{
	if (!comparison->parting)
		return;
	json_key(json, "parting");
	json_open_map(json);
	json_put_str(json, "node", comparison->parting->node);
	json_put_text(json, "kind", difference_kind_name(comparison->parting_difference->kind));
	json_put_str(json, "name", comparison->parting_difference->name);
	json_close_map(json);
}

void diff_json(const struct diff_view *view, struct buf *out)
{
	static const char *const words[] = {
	    [WEIGHT_NONE] = "nothing",
	    [WEIGHT_NOTED] = "noted",
	    [WEIGHT_RESULT] = "results",
	    [WEIGHT_PATH] = "path",
	};
	const struct comparison *comparison = view->comparison;
	struct json json;
	struct buf sentence;

	buf_init(&sentence, BUF_UNBOUNDED);
	diff_sentence(comparison, &sentence);
	json_init_shown(&json, out, true);
	json_open_map(&json);
	json_put_int(&json, "version", VERSION);
	json_put_bool(&json, "same", comparison->weight <= WEIGHT_NOTED);
	json_put_text(&json, "differs", words[comparison->weight]);
	json_put_str(&json, "sentence", buf_view(&sentence));
	buf_done(&sentence);
	for (int side = 0; side < SIDES; side++) {
		json_key(&json, side_keys[side]);
		put_run(&json, comparison->runs[side], view->paths[side]);
	}
	put_parting(&json, comparison);
	put_differences(&json, &comparison->of_runs);
	json_key(&json, "steps");
	json_open_list(&json);
	for (size_t i = 0; i < comparison->step_count; i++)
		put_step(&json, &comparison->steps[i]);
	json_close_list(&json);
	json_close_map(&json);
	buf_byte(out, '\n');
}
