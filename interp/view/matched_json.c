/* SPDX-License-Identifier: Apache-2.0 */
#include "view/matched.h"

#include "base/units.h"

enum { VERSION = 1 };

static void put_command(
    struct json *json, const struct matched *matched, const struct response *response)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	response_command(response, matched->verb, &text);
	json_put_str(json, "command", buf_view(&text));
	buf_done(&text);
}

static void put_response(
    struct json *json, const struct matched *matched, const struct response *response)
{
	struct buf text;

	json_open_map(json);
	json_put_text(json, "runbook", response->path);
	json_put_str(json, "id", response->runbook->id);
	json_put_str(json, "title", response->runbook->title);
	buf_init(&text, BUF_UNBOUNDED);
	trigger_show(response->trigger, &text);
	json_put_str(json, "answers", buf_view(&text));
	buf_done(&text);
	json_put_int(json, "matchers", (int64_t)response->trigger->count);
	json_key(json, "params");
	json_open_map(json);
	for (size_t i = 0; i < response->given_count; i++) {
		json_key_str(json, response->given[i].name);
		json_str(json, response->given[i].text);
	}
	json_close_map(json);
	if (response->lacking_count)
		json_put_str(json, "problem", response->lacking[0].why);
	else
		put_command(json, matched, response);
	json_close_map(json);
}

static void put_time(struct json *json, const char *key, int64_t us)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	units_show_time(&text, us);
	json_put_str(json, key, buf_view(&text));
	buf_done(&text);
}

static void put_alert(
    struct json *json, const struct matched *matched, const struct matched_alert *one)
{
	json_open_map(json);
	json_put_str(json, "alert", one->alert->name);
	json_put_text(json, "status", one->alert->firing ? "firing" : "resolved");
	put_time(json, "starts_at", one->alert->starts_at_us);
	if (one->alert->fingerprint.len)
		json_put_str(json, "fingerprint", one->alert->fingerprint);
	json_key(json, "labels");
	json_open_map(json);
	for (size_t i = 0; i < one->alert->labels->map.count; i++) {
		const struct value_entry *entry = &one->alert->labels->map.entries[i];

		json_key_str(json, value_text(entry->key));
		json_str(json, value_text(entry->value));
	}
	json_close_map(json);
	json_key(json, "runbooks");
	json_open_list(json);
	for (size_t i = 0; i < one->count; i++)
		put_response(json, matched, &one->responses[i]);
	json_close_list(json);
	json_close_map(json);
}

void matched_json(const struct matched *matched, struct buf *out)
{
	struct json json;

	json_init_shown(&json, out, true);
	json_open_map(&json);
	json_put_int(&json, "version", VERSION);
	json_key(&json, "alerts");
	json_open_list(&json);
	for (size_t i = 0; i < matched->count; i++)
		put_alert(&json, matched, &matched->alerts[i]);
	json_close_list(&json);
	json_put_int(&json, "truncated", matched->truncated);
	json_key(&json, "looked_at");
	json_open_map(&json);
	json_key(&json, "places");
	json_open_list(&json);
	for (size_t i = 0; i < matched->place_count; i++)
		json_text(&json, matched->places[i]);
	json_close_list(&json);
	json_put_int(&json, "runbooks", (int64_t)matched->runbooks);
	json_put_int(&json, "with_triggers", (int64_t)matched->with_triggers);
	json_close_map(&json);
	json_close_map(&json);
	buf_byte(out, '\n');
}
