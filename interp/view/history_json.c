/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "base/units.h"
#include "lang/model.h"
#include "view/history_parts.h"

enum { VERSION = 1 };

static void put_time(struct json *json, const char *key, int64_t at_us)
{
	struct buf time;

	buf_init(&time, BUF_UNBOUNDED);
	units_show_time(&time, at_us);
	json_put_str(json, key, buf_view(&time));
	buf_done(&time);
}

static void put_text(struct json *json, const char *key, struct str text)
{
	if (text.len)
		json_put_str(json, key, text);
}

static void put_run(struct json *json, const struct past_run *run)
{
	json_open_map(json);
	json_put_str(json, "run", run->run);
	json_put_str(json, "path", run->path);
	json_put_str(json, "runbook", run->runbook);
	put_text(json, "sha256", run->sha256);
	json_put_str(json, "mode", history_mode(run));
	put_text(json, "alone", run->alone);
	put_text(json, "follows", run->follows);
	json_put_bool(json, "rehearsal", run->rehearsal);
	json_put_bool(json, "resumed", run->resumed);
	json_put_text(json, "outcome", history_outcome(run));
	put_text(json, "why", run->why);
	put_time(json, "began_at", run->began_at_us);
	put_time(json, "heard_at", run->heard_at_us);
	json_put_int(json, "duration_us", run->duration_us);
	json_put_int(json, "open_us", run->open_us);
	if (run->rto_us != UNSET_US)
		json_put_int(json, "rto_us", run->rto_us);
	if (practice_objective(run) != OBJECTIVE_NONE)
		json_put_bool(json, "rto_met", practice_objective(run) == OBJECTIVE_MET);
	json_close_map(json);
}

static void put_last(
    struct json *json, const struct history_view *view, const char *key, const struct past_run *run)
{
	if (!run)
		return;
	json_key(json, key);
	json_open_map(json);
	json_put_str(json, "run", run->run);
	put_time(json, "began_at", run->began_at_us);
	json_put_int(json, "days_ago", history_days(view, run->began_at_us));
	json_put_text(json, "outcome", history_outcome(run));
	json_close_map(json);
}

static void put_done(
    struct json *json, const struct history_view *view, const struct practice_step *done)
{
	json_put_int(json, "times", (int64_t)done->times);
	json_put_int(json, "failed", (int64_t)done->failed);
	json_put_bool(json, "block", done->is_block);
	json_put_bool(json, "manual", done->is_manual);
	if (done->well) {
		json_put_int(json, "median_us", done->median_us);
		json_put_int(json, "p90_us", done->p90_us);
	}
	if (done->last_at_us) {
		put_time(json, "last", done->last_at_us);
		json_put_int(json, "days_ago", history_days(view, done->last_at_us));
	}
	if (done->gone_through_at_us)
		put_time(json, "gone_through", done->gone_through_at_us);
}

static void put_steps(
    struct json *json, const struct history_view *view, const struct history_book *book)
{
	static const struct practice_step never = {0};
	struct arena *arena = arena_new();
	size_t count;
	const struct history_step *steps = history_steps(arena, book, &count);

	json_key(json, "steps");
	json_open_list(json);
	for (size_t i = 0; i < count; i++) {
		json_open_map(json);
		json_put_str(json, "path", steps[i].path);
		if (book->plan)
			json_put_bool(json, "in_runbook", steps[i].node != NULL);
		put_done(json, view, steps[i].done ? steps[i].done : &never);
		json_close_map(json);
	}
	json_close_list(json);
	arena_free(arena);
}

static void put_book(
    struct json *json, const struct history_view *view, const struct history_book *book)
{
	static const char *const lacks[] = {[HISTORY_LATELY] = "none",
	    [HISTORY_NEVER] = "never",
	    [HISTORY_NOT_LATELY] = "not_lately",
	    [HISTORY_FAILED] = "failed"};
	const struct practice *practice = &book->practice;

	json_open_map(json);
	json_put_str(json, "id", book->id);
	if (book->path)
		json_put_text(json, "path", book->path);
	json_put_int(json, "live", (int64_t)practice->live);
	json_put_int(json, "rehearsals", (int64_t)practice->rehearsals);
	json_put_int(json, "alone", (int64_t)practice->alone);
	put_last(json, view, "last_live", practice->last_live);
	put_last(json, view, "last_rehearsal", practice->last_rehearsal);
	put_last(json, view, "last_well", practice->last_well);
	put_last(json, view, "failed_since", practice->failed_since);
	if (view->max_age_us)
		json_put_text(json, "lack", lacks[history_lack(view, book)]);
	if (view->steps)
		put_steps(json, view, book);
	json_close_map(json);
}

static void put_troubles(struct json *json, const struct history_view *view)
{
	json_key(json, "not_counted");
	json_open_list(json);
	for (size_t i = 0; i < view->trouble_count; i++) {
		json_open_map(json);
		json_put_str(json, "path", view->troubles[i].path);
		json_put_str(json, "why", view->troubles[i].why);
		json_close_map(json);
	}
	json_close_list(json);
}

void history_json(const struct history_view *view, struct buf *out)
{
	size_t count = view->runs->count;
	struct json json;

	json_init_shown(&json, out, true);
	json_open_map(&json);
	json_put_int(&json, "version", VERSION);
	put_time(&json, "now", view->now_us);
	if (view->folder)
		json_put_text(&json, "folder", view->folder);
	if (view->max_age_us)
		json_put_int(&json, "max_age_us", view->max_age_us);
	json_key(&json, "runs");
	json_open_list(&json);
	for (size_t i = 0; i < count && (!view->most || i < view->most); i++)
		put_run(&json, &view->runs->runs[count - 1 - i]);
	json_close_list(&json);
	json_key(&json, "runbooks");
	json_open_list(&json);
	for (size_t i = 0; i < view->book_count; i++)
		put_book(&json, view, &view->books[i]);
	json_close_list(&json);
	put_troubles(&json, view);
	json_close_map(&json);
	buf_byte(out, '\n');
}
