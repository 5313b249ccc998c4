/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/alert.h"

#include "base/units.h"

/* A payload that is read: where in it, and what is wrong with it. */
struct payload {
	struct arena *arena;
	size_t number; /* of the alert, from 1; 0: the payload itself */
	struct str error;
};

static bool wrong(struct payload *payload, const char *field, const char *wanted)
{
	if (payload->number)
		payload->error = arena_printf(
		    payload->arena, "alert %zu: `%s` must %s", payload->number, field, wanted);
	else
		payload->error = arena_printf(payload->arena, "`%s` must %s", field, wanted);
	return false;
}

/* A text, which may be left out where it is not `needed`. */
static bool read_text(struct payload *payload, const struct value *map, const char *field,
    bool needed, struct str *ret_text)
{
	const struct value *value = value_get(map, field);

	if (!value && !needed)
		return true;
	if (!value || value->type != VALUE_STRING)
		return wrong(payload, field, "be a text");
	*ret_text = value_text(value);
	return true;
}

/* A map of texts, which may be left out where it is not `needed`. */
static bool read_texts(struct payload *payload, const struct value *map, const char *field,
    bool needed, const struct value **ret_texts)
{
	static const struct value nothing = {.type = VALUE_MAP};
	const struct value *texts = value_get(map, field);

	*ret_texts = texts ? texts : &nothing;
	if (!texts && !needed)
		return true;
	if (!texts || texts->type != VALUE_MAP)
		return wrong(payload, field, "be a map of texts");
	for (size_t i = 0; i < texts->map.count; i++)
		if (texts->map.entries[i].value->type != VALUE_STRING)
			return wrong(payload, field, "be a map of texts, and nothing but texts");
	return true;
}

static bool read_status(struct payload *payload, const struct value *map, struct alert *alert)
{
	struct str status = {0};

	if (!read_text(payload, map, "status", true, &status))
		return false;
	alert->firing = str_is(status, "firing");
	return alert->firing || str_is(status, "resolved") ||
	    wrong(payload, "status", "be \"firing\" or \"resolved\"");
}

static bool read_alert(struct payload *payload, const struct value *map, struct alert *alert)
{
	struct str starts_at = {0};

	if (map->type != VALUE_MAP) {
		payload->error = arena_printf(
		    payload->arena, "alert %zu is no map", payload->number);
		return false;
	}
	if (!read_status(payload, map, alert) ||
	    !read_texts(payload, map, "labels", true, &alert->labels) ||
	    !read_texts(payload, map, "annotations", false, &alert->annotations) ||
	    !read_text(payload, map, "startsAt", true, &starts_at) ||
	    !read_text(payload, map, "fingerprint", false, &alert->fingerprint) ||
	    !read_text(payload, map, "generatorURL", false, &alert->generator_url))
		return false;
	if (!units_time(starts_at, &alert->starts_at_us))
		return wrong(payload, "startsAt", "be a time as in 2026-03-08T12:00:00Z");
	alert->name = value_text(value_get(alert->labels, "alertname"));
	if (!alert->name.len)
		return wrong(payload, "labels", "have an `alertname`, which names the alert");
	return value_fits(alert->labels, LABELS_MAX) ||
	    wrong(payload, "labels", "take 64 KiB at most");
}

static bool read_list(struct payload *payload, const struct value *list, struct alerts *alerts)
{
	if (!list || list->type != VALUE_LIST)
		return wrong(payload, "alerts", "be a list");
	if (list->list.count > ALERTS_MAX)
		return wrong(payload, "alerts", "be 10000 at most");
	alerts->items = arena_array(payload->arena, list->list.count, sizeof(*alerts->items));
	for (size_t i = 0; i < list->list.count; i++) {
		payload->number = i + 1;
		alerts->items[i] = (struct alert){0};
		if (!read_alert(payload, list->list.items[i], &alerts->items[i]))
			return false;
		alerts->count++;
	}
	return true;
}

static bool read_payload(struct payload *payload, struct str text, struct alerts *alerts)
{
	const struct value *map;
	const struct value *truncated;
	struct str version = {0};
	struct str error;

	if (text.len > PAYLOAD_MAX || !str_trim(text).len) {
		payload->error = text.len > PAYLOAD_MAX ? STR("it is larger than 8 MiB")
							: STR("it is empty");
		return false;
	}
	map = value_from_plain_json(payload->arena, text, &error);
	if (!map || map->type != VALUE_MAP) {
		payload->error = map
		    ? STR("it is no map, as Alertmanager sends to a webhook")
		    : arena_printf(payload->arena, "it is no JSON: %.*s", STR_ARG(error));
		return false;
	}
	if (!read_text(payload, map, "version", true, &version))
		return false;
	if (!str_is(version, "4"))
		return wrong(payload, "version", "be \"4\", as Alertmanager's webhook writes it");
	truncated = value_get(map, "truncatedAlerts");
	if (truncated && (truncated->type != VALUE_INT || truncated->integer < 0))
		return wrong(payload, "truncatedAlerts", "be a number of alerts");
	alerts->truncated = truncated ? truncated->integer : 0;
	return read_list(payload, value_get(map, "alerts"), alerts);
}

bool alerts_read(
    struct arena *arena, struct str payload, struct alerts *ret_alerts, struct str *ret_error)
{
	struct payload reading = {.arena = arena};
	struct alerts alerts = {0};

	if (!read_payload(&reading, payload, &alerts)) {
		*ret_error = reading.error;
		return false;
	}
	*ret_alerts = alerts;
	return true;
}

const struct value *alert_facts(struct arena *arena, const struct alert *alert)
{
	struct map_builder map;

	map_begin(&map, arena);
	if (alert->fingerprint.len)
		map_add(&map, "fingerprint", value_string(arena, alert->fingerprint));
	map_add(&map, "labels", alert->labels);
	map_add(&map, "starts_at", value_timestamp_us(arena, alert->starts_at_us));
	return map_end(&map);
}

void alert_show(const struct alert *alert, struct buf *out)
{
	struct str instance = value_text(value_get(alert->labels, "instance"));

	buf_str(out, alert->name);
	if (instance.len) {
		buf_text(out, " on ");
		buf_str(out, instance);
	}
}

void alert_since(int64_t starts_at_us, struct buf *out)
{
	struct buf time;

	buf_init(&time, BUF_UNBOUNDED);
	units_show_time(&time, starts_at_us);
	buf_printf(out, ", firing since %.10s %.8s UTC", time.ptr, time.ptr + 11);
	buf_done(&time);
}
