/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "feed.h"

/*
 * Runs cases: NAME.txt is a script whose lines begin with "> " (events) or are effects that must follow, or comments
 * behind "#". What the scheduler says is put between the events and must be the file again.
 *
 *   > jobs N                        before the first event
 *   > start [POLICY]                run.started; what to do where reality departs from a record
 *   > on_record_failure continue    before that, or before resumed: what they say of it; stop
 *   > ok OP [JSON]                  finished, with a result
 *   > fail OP "why" [JSON]          finished, and the action says it did not succeed
 *   > timed_out OP | stopped OP | lost OP | error OP "why" | not_begun OP "why"
 *   > assumed OP [JSON]             not performed: its outputs are assumed, or all of it is unknown
 *   > chosen ID JSON                a condition, or a loop's list
 *   > begun OP                      its process is there
 *   > done ID [JSON]                a person did it: what was asked for
 *   > gone ID                       nobody could be asked
 *   > again ID                      of something lost: it shall be done again
 *   > diverged NODE [OP]            from its record: at an end that is told next, or in a decision
 *   > resumed                       whoever drove the run died; what is lost is said behind it
 *   > acquired ID | waited ID | locked_out ID "why"
 *   > approve ID [DIGEST]           of what was asked for, or of something else
 *   > agree ID PERSON [DIGEST]      the same, by alice, bob, root or, logged in as one of them, root/bob
 *   > deny ID | signal NAME | timer | wait DURATION
 *   > record failed | record writable
 */
struct words {
	struct str rest;
};

static struct str word(struct words *words)
{
	size_t len = 0;
	struct str text = str_trim(words->rest);
	struct str found;

	if (text.len && text.ptr[0] == '"') {
		for (len = 1; len < text.len && text.ptr[len] != '"'; len++)
			continue;
		found = str_sub(text, 1, len - 1);
		words->rest = str_sub(text, len + 1, text.len);
		return found;
	}
	while (len < text.len && text.ptr[len] != ' ' && text.ptr[len] != '\n')
		len++;
	found = str_sub(text, 0, len);
	words->rest = str_sub(text, len, text.len);
	return found;
}

static uint32_t number(struct words *words)
{
	int64_t value = 0;

	if (!units_int(word(words), &value)) {
		fprintf(stderr, "a number is missing\n");
		exit(2);
	}
	return (uint32_t)value;
}

/* The JSON that ends a line; NULL when there is none. */
static const struct value *json(struct feed *feed, struct words *words)
{
	struct str error = {0};
	const struct value *value = NULL;

	if (str_trim(words->rest).len)
		value = value_from_json(feed->arena, str_trim(words->rest), &error);
	if (error.len) {
		fprintf(stderr, "%.*s\n", STR_ARG(error));
		exit(2);
	}
	return value;
}

static void done(struct feed *feed, struct words *words, struct buf *out)
{
	uint32_t id = number(words);

	feed_answered(feed, id, ANSWER_APPROVED, json(feed, words), out);
}

static void assumed(struct feed *feed, struct words *words, struct buf *out)
{
	uint32_t op = number(words);

	feed_assumed(feed, op, json(feed, words), out);
}

static void chosen(struct feed *feed, struct words *words, struct buf *out)
{
	uint32_t id = number(words);

	feed_chosen(feed, id, json(feed, words), out);
}

static void approve(struct feed *feed, struct words *words, struct buf *out)
{
	uint32_t id = number(words);

	feed->answered = word(words);
	feed_answered(feed, id, ANSWER_APPROVED, NULL, out);
}

static void agree(struct feed *feed, struct words *words, struct buf *out)
{
	uint32_t id = number(words);

	feed->person = word(words);
	feed->answered = word(words);
	feed_answered(feed, id, ANSWER_APPROVED, NULL, out);
}

static void locked_out(struct feed *feed, struct words *words, struct buf *out)
{
	uint32_t id = number(words);

	feed_acquired(feed, id, false, word(words), out);
}

static void finish(
    struct feed *feed, struct words *words, enum op_end end, bool ok, struct buf *out)
{
	uint32_t op = number(words);
	struct str why = ok || end == END_TIMED_OUT || end == END_LOST || end == END_STOPPED
	    ? (struct str){0}
	    : word(words);

	feed_finished(feed, op, end, ok, why, json(feed, words), out);
}

static void begin(struct feed *feed, struct words *words, struct buf *out)
{
	struct str policy = word(words);

	for (unsigned i = 0; on_divergence_names[i]; i++)
		if (str_is(policy, on_divergence_names[i]))
			feed->on_divergence = (enum on_divergence)i;
	feed_started(feed, out);
}

static void diverged(struct feed *feed, struct words *words, struct buf *out)
{
	struct str node = word(words);

	feed_diverged(feed, node, str_trim(words->rest).len ? number(words) : 0, out);
}

static bool obey(struct feed *feed, struct str line, struct buf *out)
{
	struct words words = {line};
	struct str what = word(&words);
	int64_t us;

	if (str_is(what, "start"))
		begin(feed, &words, out);
	else if (str_is(what, "diverged"))
		diverged(feed, &words, out);
	else if (str_is(what, "ok"))
		finish(feed, &words, END_DONE, true, out);
	else if (str_is(what, "fail"))
		finish(feed, &words, END_DONE, false, out);
	else if (str_is(what, "error"))
		finish(feed, &words, END_ERROR, false, out);
	else if (str_is(what, "timed_out"))
		finish(feed, &words, END_TIMED_OUT, false, out);
	else if (str_is(what, "stopped"))
		finish(feed, &words, END_STOPPED, false, out);
	else if (str_is(what, "not_begun"))
		finish(feed, &words, END_NOT_BEGUN, false, out);
	else if (str_is(what, "lost"))
		finish(feed, &words, END_LOST, false, out);
	else if (str_is(what, "assumed"))
		assumed(feed, &words, out);
	else if (str_is(what, "chosen"))
		chosen(feed, &words, out);
	else if (str_is(what, "approve"))
		approve(feed, &words, out);
	else if (str_is(what, "agree"))
		agree(feed, &words, out);
	else if (str_is(what, "deny"))
		feed_answered(feed, number(&words), ANSWER_DENIED, NULL, out);
	else if (str_is(what, "done"))
		done(feed, &words, out);
	else if (str_is(what, "again"))
		feed_answered(feed, number(&words), ANSWER_AGAIN, NULL, out);
	else if (str_is(what, "resumed"))
		feed_resumed(feed, out);
	else if (str_is(what, "gone"))
		feed_answered(feed, number(&words), ANSWER_UNAVAILABLE, NULL, out);
	else if (str_is(what, "begun"))
		feed_begun(feed, number(&words), out);
	else if (str_is(what, "acquired"))
		feed_acquired(feed, number(&words), false, (struct str){0}, out);
	else if (str_is(what, "waited"))
		feed_acquired(feed, number(&words), true, (struct str){0}, out);
	else if (str_is(what, "locked_out"))
		locked_out(feed, &words, out);
	else if (str_is(what, "signal"))
		feed_signal(feed, arena_cstr(feed->arena, word(&words)), out);
	else if (str_is(what, "record"))
		feed_record(
		    feed, str_is(word(&words), "failed") ? RECORD_FAILED : RECORD_WRITABLE, out);
	else if (str_is(what, "on_record_failure"))
		feed->on_record_failure = str_is(word(&words), "continue") ? RECORD_FAILURE_CONTINUE
									   : RECORD_FAILURE_STOP;
	else if (str_is(what, "wait") && units_duration(word(&words), &us))
		feed->t_us += us;
	else if (str_is(what, "timer"))
		return feed_timer(feed, out);
	else
		return false;
	return true;
}

static unsigned jobs_of(struct str script)
{
	ptrdiff_t at = str_find(script, STR("> jobs "));
	struct words words = {str_sub(script, at < 0 ? 0 : (size_t)at + 7, script.len)};

	return at < 0 ? 100 : number(&words);
}

static bool run_script(struct feed *feed, struct str script, struct buf *out)
{
	struct str line;

	while (str_line(&script, &line)) {
		bool event = str_starts(line, STR("> "));

		if (!event && !str_starts(line, STR("#")))
			continue; /* an effect: the scheduler must say it itself */
		buf_printf(out, "%.*s\n", STR_ARG(line));
		if (!event || str_starts(line, STR("> jobs ")))
			continue;
		if (!obey(feed, str_sub(line, 2, line.len), out)) {
			fprintf(stderr, "cannot do: %.*s\n", STR_ARG(line));
			return false;
		}
	}
	return true;
}

static bool run_case(const char *folder, const char *name)
{
	char yaml[1024];
	char txt[1024];
	struct source *script;
	struct feed *feed = malloc(sizeof(*feed));
	struct buf out;
	bool ok = false;

	snprintf(yaml, sizeof(yaml), "%s/%s.yaml", folder, name);
	snprintf(txt, sizeof(txt), "%s/%s.txt", folder, name);
	script = source_read(txt);
	buf_init(&out, BUF_UNBOUNDED);
	if (script && feed_init(feed, yaml, jobs_of((struct str){script->bytes, script->len}))) {
		ok = run_script(feed, (struct str){script->bytes, script->len}, &out);
		feed_done(feed);
	}
	if (ok && getenv("UPDATE")) {
		FILE *file = fopen(txt, "w");

		ok = file && fwrite(out.ptr, 1, out.len, file) == out.len;
		if (file)
			fclose(file);
	} else if (ok && !str_eq(buf_view(&out), (struct str){script->bytes, script->len})) {
		fprintf(stderr, "%s: the scheduler says otherwise:\n%.*s\n", txt,
		    STR_ARG(buf_view(&out)));
		ok = false;
	}
	buf_done(&out);
	source_free(script);
	free(feed);
	return ok;
}

int main(int argc, char **argv)
{
	struct dirent **entries;
	int count = argc > 1 ? scandir(argv[1], &entries, NULL, alphasort) : -1;
	int ran = 0;
	int failed = 0;

	for (int i = 0; i < count; i++) {
		char *dot = strrchr(entries[i]->d_name, '.');

		if (dot && strcmp(dot, ".txt") == 0) {
			*dot = '\0';
			ran++;
			failed += !run_case(argv[1], entries[i]->d_name);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	printf("%d cases, %d failed\n", ran, failed);
	return ran == 0 || failed;
}
