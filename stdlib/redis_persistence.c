/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "stdlib/redis_fields.h"
#include "stdlib/redis_inquiry.h"
#include "stdlib/redis_trouble.h"
#include "stdlib/registry.h"

/* redis.persistence: whether what is in memory would survive, from INFO. */

static const struct param params[] = {
    {.name = "connection",
	.kind = PARAM_CONNECTION,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL | PARAM_TAKES_SECRETS,
	.connection = "redis",
	.doc = "The server and the user to log in as."},
    {0}};

static const struct field results[] = {
    {"last_save", &type_timestamp,
	"When the data was last saved whole (RDB); a start of the server counts as a save."},
    {"age", &type_duration, "How long ago that was, by the server's clock."},
    {"changes", &type_int, "How many changes that save lacks."},
    {"saving", &type_bool, "Whether a save is in progress."},
    {"save_ok", &type_bool, "Whether the last save went well."},
    {"save_took", &type_duration, "How long the last save took; absent before the first."},
    {"aof", &type_bool, "Whether each change is written to the append-only file (AOF)."},
    {"write_ok", &type_bool, "AOF: whether the last write went well."},
    {"rewriting", &type_bool, "AOF: whether it is being rewritten, or about to be."},
    {"rewrite_ok", &type_bool, "AOF: whether the last rewrite went well."},
    {"loading", &type_bool, "Whether the server still loads its data set."},
    {"latency", &type_duration, "From the first packet to the answer or the failure."},
    {"class", &type_string, TROUBLE_DOC}, {"code", &type_string, REDIS_CODE_DOC}, {0}};

static const char *const success_fields[] = {
    "save_ok", "write_ok", "rewrite_ok", "class", "code", NULL};

const struct action_spec redis_persistence_spec = {
    .name = "redis.persistence",
    .summary = "Whether a Redis server manages to save its data, and how old the last save is.",
    .params = params,
    .results = results,
    .success_doc = "the last save, and where there is an AOF its last write and rewrite, went well",
    .success_fields = success_fields,
    .effect = EFFECT_READ,
    .timeout_us = 5000000,
};

static const char section[] = "persistence";

/* What went well or did not; adds its failure to the sentence. */
static void give_outcome(const struct redis_inquiry *inquiry, struct map_builder *result,
    const char *as, const char *name, const char *what, struct buf *failures)
{
	bool well = redis_inquiry_is(inquiry, section, name, "ok");

	map_add(result, as, value_bool(well));
	if (!well)
		buf_printf(failures, "%sthe last %s failed", failures->len ? ", " : "", what);
}

static void give_append_only(
    const struct redis_inquiry *inquiry, struct map_builder *result, struct buf *failures)
{
	bool on = redis_inquiry_set(inquiry, section, "aof_enabled");

	map_add(result, "aof", value_bool(on));
	if (!on)
		return;
	give_outcome(inquiry, result, "write_ok", "aof_last_write_status",
	    "write to the append-only file", failures);
	give_outcome(inquiry, result, "rewrite_ok", "aof_last_bgrewrite_status",
	    "rewrite of the append-only file", failures);
	map_add(result, "rewriting",
	    value_bool(redis_inquiry_set(inquiry, section, "aof_rewrite_in_progress") ||
		redis_inquiry_set(inquiry, section, "aof_rewrite_scheduled")));
}

static void give_save(
    const struct redis_inquiry *inquiry, struct map_builder *result, struct buf *failures)
{
	struct arena *arena = inquiry->attempt->arena;
	const struct value *at = redis_field(
	    inquiry->fields, section, "rdb_last_save_time", VALUE_INT);
	int64_t age_us;

	if (at && at->integer >= 0 && at->integer <= REDIS_TIME_MAX_S) {
		age_us = redis_inquiry_time_us(inquiry) - at->integer * 1000000;
		map_add(result, "last_save", value_timestamp(arena, at->integer, 0));
		map_add(result, "age", value_duration_us(arena, age_us > 0 ? age_us : 0));
	}
	redis_inquiry_int(inquiry, result, "changes", section, "rdb_changes_since_last_save");
	redis_inquiry_seconds(inquiry, result, "save_took", section, "rdb_last_bgsave_time_sec");
	map_add(result, "saving",
	    value_bool(redis_inquiry_set(inquiry, section, "rdb_bgsave_in_progress")));
	give_outcome(inquiry, result, "save_ok", "rdb_last_bgsave_status", "save", failures);
}

static bool judge(struct redis_inquiry *inquiry, struct map_builder *result, struct str *ret_why)
{
	struct arena *arena = inquiry->attempt->arena;
	struct buf failures;
	bool well;

	if (!value_get(inquiry->fields, section)) {
		*ret_why = arena_printf(
		    arena, "%.*s tells nothing of its persistence", STR_ARG(inquiry->peer));
		return false;
	}
	buf_init(&failures, BUF_UNBOUNDED);
	give_save(inquiry, result, &failures);
	give_append_only(inquiry, result, &failures);
	map_add(result, "loading", value_bool(redis_inquiry_set(inquiry, section, "loading")));
	well = failures.len == 0;
	if (!well)
		*ret_why = arena_printf(arena,
		    "%.*s does not keep its data: %.*s; its log says why, often its disk is full",
		    STR_ARG(inquiry->peer), STR_ARG(buf_view(&failures)));
	buf_done(&failures);
	return well;
}

static void start(struct attempt *attempt)
{
	redis_inquiry_start(attempt, NULL, judge);
}

const struct action_impl redis_persistence = {
    &redis_persistence_spec, start, redis_inquiry_cancel, NULL};
