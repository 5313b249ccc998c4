/* SPDX-License-Identifier: Apache-2.0 */
#include "view/coverage_parts.h"

#include "base/json.h"
#include "base/units.h"

enum { VERSION = 1 };

static const char *const kinds[COVERAGE_KINDS] = {[COVERAGE_LIVE] = "live",
    [COVERAGE_READ] = "ran_in_rehearsal",
    [COVERAGE_REHEARSED] = "rehearsed",
    [COVERAGE_ASSUMED] = "assumed"};

static const char *const parts[PARTS] = {
    [PART_STEPS] = "steps", [PART_FINALLY] = "finally", [PART_ROLLBACK] = "rollback"};

static void put_time(struct json *json, const char *key, int64_t at_us)
{
	struct buf time;

	buf_init(&time, BUF_UNBOUNDED);
	units_show_time(&time, at_us);
	json_put_str(json, key, buf_view(&time));
	buf_done(&time);
}

static void put_runs(struct json *json, const struct coverage_view *view)
{
	const struct coverage *coverage = view->coverage;

	json_key(json, "runs");
	json_open_map(json);
	json_put_int(json, "live", coverage->live_runs);
	json_put_int(json, "rehearsed", coverage->rehearsals);
	json_put_int(json, "not_counted", view->not_counted);
	if (coverage->first_us) {
		put_time(json, "first", coverage->first_us);
		put_time(json, "last", coverage->last_us);
	}
	json_close_map(json);
}

static void put_marks(struct json *json, const struct coverage_view *view,
    const struct coverage_step *step, enum coverage_way way)
{
	json_key(json, "went");
	json_open_list(json);
	for (const struct coverage_mark *mark = step->marks; mark; mark = mark->next) {
		if (mark->way != way)
			continue;
		json_open_map(json);
		json_put_text(json, "how", kinds[mark->kind]);
		if (mark->former)
			json_put_bool(json, "before_change", true);
		json_put_int(json, "runs", mark->runs);
		put_time(json, "last", mark->last_us);
		json_put_int(json, "days_ago", coverage_days(view, mark->last_us));
		json_put_str(json, "run", mark->last->run);
		json_close_map(json);
	}
	json_close_list(json);
}

static bool has_marks(const struct coverage_step *step, enum coverage_way way)
{
	for (const struct coverage_mark *mark = step->marks; mark; mark = mark->next)
		if (mark->way == way)
			return true;
	return false;
}

static void put_step(
    struct json *json, const struct coverage_view *view, const struct coverage_step *step)
{
	const struct plan_node *node = step->node;

	json_open_map(json);
	json_put_str(json, "path", step->path);
	json_put_str(json, "id", node->step->id);
	json_put_text(json, "part", parts[node->part]);
	json_put_bool(json, "block", node->step->is_block);
	json_put_text(json, "effect", effect_class_name(node->effect));
	json_key(json, "ways");
	json_open_list(json);
	for (enum coverage_way way = 0; way < COVERAGE_WAYS; way++) {
		bool may = way == WAY_DONE || way >= WAY_WHEN;

		if (!has_marks(step, way) && !(may && coverage_has(node, way)))
			continue;
		json_open_map(json);
		json_put_text(json, "way", coverage_way_name(way));
		if (coverage_is_wanted(node, way)) {
			json_put_bool(json, "missing", coverage_is_missing(view, step, way));
			if (coverage_is_only_gone_through(view, step, way))
				json_put_bool(json, "only_gone_through", true);
		}
		put_marks(json, view, step, way);
		json_close_map(json);
	}
	json_close_list(json);
	json_close_map(json);
}

void coverage_json(struct coverage_view *view, struct buf *out)
{
	const struct coverage *coverage = view->coverage;
	struct json json;
	struct coverage_sum sum = coverage_sum(view);

	json_init_shown(&json, out, true);
	json_open_map(&json);
	json_put_int(&json, "version", VERSION);
	json_put_str(&json, "runbook", coverage->plan->runbook->id);
	put_time(&json, "now", view->now_us);
	put_runs(&json, view);
	if (view->max_age_us)
		json_put_int(&json, "max_age_us", view->max_age_us);
	json_put_bool(&json, "live_only", view->live_only);
	json_put_int(&json, "wanted", (int64_t)sum.wanted);
	json_put_int(&json, "missing", (int64_t)sum.missing);
	json_put_int(&json, "only_gone_through", (int64_t)sum.only_gone_through);
	json_key(&json, "steps");
	json_open_list(&json);
	for (size_t i = 1; i < coverage->plan->count; i++)
		put_step(&json, view, &coverage->steps[i]);
	json_close_list(&json);
	json_close_map(&json);
	buf_byte(out, '\n');
}
