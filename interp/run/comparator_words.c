/* SPDX-License-Identifier: Apache-2.0 */
#include "run/comparator_words.h"

/* Of a sentence, and of a list, so many bytes. */
enum { SENTENCE_BYTES = 1000, LIST_BYTES = 200, ITEM_BYTES = 60 };

/* The text so far, cut, in the arena; ends the buffer. */
static struct str taken(struct arena *arena, struct buf *text)
{
	struct str cut = str_sub(buf_view(text), 0, SENTENCE_BYTES);
	struct str kept;

	while (cut.len < text->len && cut.len && ((unsigned char)text->ptr[cut.len] & 0xC0) == 0x80)
		cut.len--;
	kept = cut.len < text->len ? arena_printf(arena, "%.*s…", STR_ARG(cut))
				   : arena_str(arena, cut);
	buf_done(text);
	return kept;
}

/* "failed: no backup" */
static struct str sentence(struct arena *arena, const char *word, struct str why)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	buf_text(&text, word);
	buf_text(&text, why.len ? ": " : "");
	buf_str(&text, why);
	return taken(arena, &text);
}

struct str words_op(struct arena *arena, enum start_what what, uint32_t index, int64_t item)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	buf_text(&text, start_what_names[what]);
	if (start_is_check(what))
		buf_printf(&text, " %u", index + 1);
	if (item)
		buf_printf(&text, ", item %lld", (long long)item);
	return taken(arena, &text);
}

/* "its action failed: no backup", "verify 2 held" */
static struct str end_words(
    struct arena *arena, bool acts, struct str op, const struct message *finished)
{
	const struct verdict *verdict = &finished->finished.verdict;
	const char *word = acts ? "failed" : "did not hold";

	if (verdict->ok)
		word = acts ? "succeeded" : "held";
	else if (finished->finished.end == END_ERROR)
		word = "could not be done";
	else if (finished->finished.end == END_TIMED_OUT && acts)
		word = "timed out";
	return sentence(arena,
	    arena_printf(arena, "%s%.*s %s", acts ? "its " : "", STR_ARG(op), word).ptr,
	    verdict->ok ? (struct str){0} : verdict->why);
}

static const struct value *exit_code(const struct message *finished)
{
	const struct value *result = finished->finished.result;
	const struct value *code = result && result->type == VALUE_MAP
	    ? value_get(result, "exit_code")
	    : NULL;

	return code && code->type == VALUE_INT ? code : NULL;
}

bool words_ends_differ(struct arena *arena, enum start_what what, bool sensitive,
    const struct message *then, const struct message *now, struct departure *departure)
{
	const struct value *code_then = exit_code(then);
	const struct value *code_now = exit_code(now);

	if (then->finished.verdict.ok != now->finished.verdict.ok ||
	    (!sensitive && !now->finished.verdict.ok && then->finished.end != now->finished.end)) {
		departure->recorded = end_words(arena, what == START_ACTION, departure->what, then);
		departure->found = end_words(arena, what == START_ACTION, departure->what, now);
		return true;
	}
	if (what != START_ACTION || sensitive || !code_then || !code_now ||
	    code_then->integer == code_now->integer)
		return false;
	departure->recorded = arena_printf(
	    arena, "its exit status was %lld", (long long)code_then->integer);
	departure->found = arena_printf(
	    arena, "its exit status is %lld", (long long)code_now->integer);
	return true;
}

static void put_list(struct buf *text, const struct value *list)
{
	buf_printf(text, "%zu item%s (", list->list.count, list->list.count == 1 ? "" : "s");
	for (size_t i = 0; i < list->list.count; i++) {
		if (text->len > LIST_BYTES) {
			buf_text(text, ", …");
			break;
		}
		buf_text(text, i ? ", " : "");
		value_brief(list->list.items[i], ITEM_BYTES, text);
	}
	buf_byte(text, ')');
}

struct str words_decision(struct arena *arena, const struct message *decided)
{
	const struct value *value = decided->decided.value;
	struct str what = decided->decided.what;
	bool is_condition = str_is(what, "when");
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	buf_printf(&text, "its %.*s ", STR_ARG(what));
	if (value && value->type == VALUE_BOOL && !is_condition) {
		buf_text(&text, value->boolean ? "held" : "did not hold: ");
		buf_str(&text, value->boolean ? (struct str){0} : decided->decided.why);
		return taken(arena, &text);
	}
	buf_text(&text, "gave ");
	if (value && value->type == VALUE_LIST)
		put_list(&text, value);
	else if (value)
		value_brief(value, ITEM_BYTES, &text);
	if (is_condition)
		buf_printf(&text, " (%.*s)", STR_ARG(decided->decided.why));
	return taken(arena, &text);
}

static const char *const outcome_words[] = {
    [OUTCOME_NONE] = "had not finished",
    [OUTCOME_SUCCEEDED] = "succeeded",
    [OUTCOME_FAILED] = "failed",
    [OUTCOME_TIMED_OUT] = "timed out",
    [OUTCOME_SKIPPED] = "was skipped",
    [OUTCOME_DENIED] = "was denied",
    [OUTCOME_CANCELLED] = "was cancelled",
    [OUTCOME_BLOCKED] = "was not run",
    [OUTCOME_LOST] = "was lost",
    [OUTCOME_REHEARSED] = "was rehearsed",
};

struct str words_outcome(struct arena *arena, const struct message *step_finished)
{
	return sentence(arena,
	    arena_printf(arena, "it %s", outcome_words[step_finished->step_finished.outcome]).ptr,
	    step_finished->step_finished.why);
}

struct str words_not_begun(
    struct arena *arena, const struct recording *recording, const struct recorded_step *step)
{
	if (step && step->finished)
		return sentence(
		    arena, "it did not come to this", words_outcome(arena, step->finished));
	if (!recording->run_finished)
		return STR("nothing was recorded: the record ends before this");
	return STR("the run never came to this");
}

struct str words_begins(struct arena *arena, const struct message *start)
{
	return arena_printf(arena, "%s%.*s is about to begin",
	    start->start.what == START_ACTION ? "its " : "",
	    STR_ARG(words_op(arena, start->start.what, start->start.index, start->start.item)));
}
