/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed.h"
#include "walk_items.h"

/*
 * Random walks through every case's runbook: each operation ends in any way at any time, questions are answered this
 * way or that, signals arrive; in some walks half of what is begun is not performed, in some reality departs from a
 * record. Whatever happens, the run must end, with nothing open and no question left, and must never have said
 * `recovered` when a step that matters failed. Nor, where all is performed, may anybody have asked a step for what it
 * does not have: the checker lets no such runbook pass. And no item may have begun where canaries, or as many failures
 * as may be, keep it from that.
 */
enum { WALKS = 200, LONGEST = 20000 };

static uint64_t seed;
static bool rehearsing;
static bool following; /* the record of another run, from which reality may depart */

static unsigned roll(unsigned sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % sides);
}

static const struct value *some_result(struct feed *feed)
{
	struct map_builder map;

	map_begin(&map, feed->arena);
	map_add(&map, "exit_code", value_int(feed->arena, roll(3)));
	map_add(&map, "stdout", value_string(feed->arena, roll(2) ? STR("7\n") : STR("")));
	map_add(&map, "size", value_int(feed->arena, roll(2)));
	return map_end(&map);
}

/* Gives a lock that nobody holds to somebody who wants it; false when there is no such. */
static bool take_lock(struct feed *feed, struct buf *out)
{
	for (size_t i = 0; i < feed->lock_count; i++) {
		bool free = !feed->locks[i].held;

		for (size_t k = 0; k < feed->lock_count; k++)
			free &= !(feed->locks[k].held &&
			    str_eq(feed->locks[k].name, feed->locks[i].name));
		if (!free)
			continue;
		feed_acquired(feed, feed->locks[i].id, roll(2),
		    roll(8) ? (struct str){0} : STR("no such folder"), out);
		return true;
	}
	return false;
}

/* A condition, or a list of up to three items. */
static void choose(struct feed *feed, struct buf *out)
{
	struct feed_choice choice = feed->choices[roll((unsigned)feed->choice_count)];
	const struct value **items = arena_array(feed->arena, 3, sizeof(*items));
	unsigned count = roll(4);

	for (unsigned i = 0; i < count; i++)
		items[i] = i ? value_int(feed->arena, i) : value_string(feed->arena, STR("x"));
	feed_chosen(feed, choice.id,
	    choice.list ? value_list(feed->arena, items, count) : value_bool(roll(2)), out);
}

static void answer(struct feed *feed, struct feed_ask ask, struct buf *out)
{
	static const enum answer answers[] = {ANSWER_APPROVED, ANSWER_APPROVED, ANSWER_APPROVED,
	    ANSWER_APPROVED, ANSWER_APPROVED, ANSWER_DENIED, ANSWER_UNAVAILABLE};
	static const struct str people[] = {{"alice", 5}, {"bob", 3}, {"root", 4}, {"root/bob", 8}};

	feed->person = people[roll(sizeof(people) / sizeof(*people))];
	feed_answered(feed, ask.id, ask.lost && roll(2) ? ANSWER_AGAIN : answers[roll(7)],
	    some_result(feed), out);
}

/* Somewhere, or at the end of an operation that may or may not be told next. */
static void diverge(struct feed *feed, struct buf *out)
{
	feed_diverged(feed, STR(""),
	    feed->open_count && roll(2) ? feed->open[roll((unsigned)feed->open_count)] : 0, out);
}

static void step(struct feed *feed, struct buf *out)
{
	static const enum op_end ends[] = {
	    END_DONE, END_DONE, END_DONE, END_DONE, END_DONE, END_TIMED_OUT, END_ERROR, END_LOST};
	unsigned choice = roll(40);

	if (choice == 0 && roll(8) == 0) {
		feed_resumed(feed, out);
	} else if (choice == 0) {
		feed_signal(feed, roll(2) ? "SIGINT" : "SIGHUP", out);
	} else if (following && choice == 2 && roll(4) == 0) {
		diverge(feed, out);
	} else if (choice == 1 && roll(4) == 0) {
		feed_record(feed, RECORD_FAILED, out);
	} else if (feed->ask_count && choice < 20) {
		answer(feed, feed->asks[roll((unsigned)feed->ask_count)], out);
	} else if (feed->choice_count && choice < 20) {
		choose(feed, out);
	} else if (choice < 26 && take_lock(feed, out)) {
		return;
	} else if (feed->open_count && choice < 28) {
		feed_begun(feed, feed->open[roll((unsigned)feed->open_count)], out);
	} else if (feed->open_count && choice < 36 && rehearsing && roll(2)) {
		feed_assumed(feed, feed->open[roll((unsigned)feed->open_count)], NULL, out);
	} else if (feed->open_count && choice < 36) {
		bool ok = roll(5) != 0;

		feed_finished(feed, feed->open[roll((unsigned)feed->open_count)],
		    ends[roll(roll(4) ? 7 : 8)], ok, ok ? (struct str){0} : STR("no"),
		    some_result(feed), out);
	} else {
		feed->t_us += roll(1000000);
		feed_timer(feed, out);
	}
}

/* Whether a step failed for having asked another one for what that does not have. */
static bool asked_in_vain(struct str out)
{
	struct str line;

	while (str_line(&out, &line))
		if (str_find(line, STR(" failed")) > 0 && str_find(line, STR(" has no ")) > 0 &&
		    str_find(line, STR(": it was ")) > 0 &&
		    str_find(line, STR("does not hold")) < 0)
			return true;
	return false;
}

static void walk(const char *path, unsigned jobs)
{
	struct feed *feed = malloc(sizeof(*feed));
	struct buf out;
	size_t steps = 0;

	buf_init(&out, BUF_UNBOUNDED);
	if (!feed_init(feed, path, jobs))
		exit(1);
	if (following)
		feed->on_divergence = (enum on_divergence)roll(3);
	feed_started(feed, &out);
	while (!feed->finished && steps++ < LONGEST)
		step(feed, &out);
	if (!feed->finished || feed->open_count || feed->ask_count || feed->choice_count ||
	    feed->lock_count) {
		fprintf(stderr, "%s: no end after %zu events, %zu operations open:\n%.*s", path,
		    steps, feed->open_count, STR_ARG(buf_view(&out)));
		exit(1);
	}
	if (!rehearsing && asked_in_vain(buf_view(&out))) {
		fprintf(stderr, "%s: asked for what is not there:\n%.*s", path,
		    STR_ARG(buf_view(&out)));
		exit(1);
	}
	if (!items_in_turn(feed->load.plan, buf_view(&out))) {
		fprintf(
		    stderr, "%s: an item began out of turn:\n%.*s", path, STR_ARG(buf_view(&out)));
		exit(1);
	}
	/* between "recovered" and a step that failed there must stand "allowed" */
	if (feed->outcome == RUN_RECOVERED) {
		struct str rest = buf_view(&out);
		struct str line;

		while (str_line(&rest, &line)) {
			ptrdiff_t sentence = str_find(line, STR(" \""));

			line = str_sub(line, 0, sentence < 0 ? line.len : (size_t)sentence);
			if (str_starts(line, STR("step ")) &&
			    (str_find(line, STR(" lost")) > 0 ||
				str_find(line, STR(" denied")) > 0 ||
				(str_find(line, STR(" failed")) > 0 &&
				    str_find(line, STR(" failed allowed")) < 0 &&
				    str_find(line, STR("/")) < 0 &&
				    str_find(line, STR("[")) < 0))) {
				fprintf(stderr, "%s: recovered, and yet:\n%.*s", path,
				    STR_ARG(buf_view(&out)));
				exit(1);
			}
		}
	}
	feed_done(feed);
	buf_done(&out);
	free(feed);
}

/* FOLDER [WALKS [SEED]]: more walks of each case than the usual, and others. */
int main(int argc, char **argv)
{
	unsigned long walks = argc > 2 ? strtoul(argv[2], NULL, 10) : WALKS;
	unsigned long first = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	struct dirent **entries;
	int count = argc > 1 ? scandir(argv[1], &entries, NULL, alphasort) : -1;
	int ran = 0;

	for (int i = 0; i < count; i++) {
		const char *dot = strrchr(entries[i]->d_name, '.');

		if (dot && strcmp(dot, ".yaml") == 0) {
			char path[1024];

			snprintf(path, sizeof(path), "%s/%s", argv[1], entries[i]->d_name);
			for (unsigned w = 0; w < walks; w++, ran++) {
				seed = 88172645463325252U + (first + w) * 7919U + (unsigned)i;
				rehearsing = w % 4 == 3;
				following = w % 5 == 4;
				walk(path, w % 3 + 1);
			}
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	printf("%d walks\n", ran);
	return ran == 0;
}
