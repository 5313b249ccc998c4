/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/channel.h"

#include "base/utf8.h"
#include "stdlib/registry.h"
#include "value/value_show.h"

/* What the services take at most, in characters. */
enum {
	PAGERDUTY_SUMMARY = 1024,
	PAGERDUTY_KEY = 255,
	OPSGENIE_MESSAGE = 130,
	OPSGENIE_DESCRIPTION = 15000,
	OPSGENIE_ALIAS = 512,
	OPSGENIE_SOURCE = 100,
	SLACK_TEXT = 35000
};

struct asking {
	struct arena *arena;
	const struct value *channel; /* its parameters */
	const struct value *contact;
	const struct notice *notice;
};

/* A text of so many characters at most; a longer one ends in "…". */
static struct str fit(struct arena *arena, struct str text, size_t most)
{
	size_t at = 0;
	uint32_t code;

	if (utf8_count(text) <= most)
		return text;
	for (size_t i = 1; i < most; i++) {
		size_t len = utf8_decode(str_sub(text, at, text.len - at), &code);

		at += len ? len : 1;
	}
	return arena_printf(arena, "%.*s…", (int)at, text.ptr);
}

static void add(struct map_builder *map, struct arena *arena, const char *key, struct str text)
{
	if (text.len)
		map_add(map, key, value_string(arena, text));
}

static struct str param(const struct asking *asking, const char *name)
{
	return value_text(value_get(asking->channel, name));
}

static const struct value *request(
    struct arena *arena, struct str url, const struct value *headers, const struct value *json)
{
	struct map_builder map;

	map_begin(&map, arena);
	add(&map, arena, "url", url);
	add(&map, arena, "method", STR("POST"));
	if (headers)
		map_add(&map, "headers", headers);
	map_add(&map, "json", json);
	return map_end(&map);
}

/* What is known besides, the details among it. */
static void add_custom(struct map_builder *map, const struct asking *asking)
{
	const struct value *custom = asking->notice->custom;

	add(map, asking->arena, "details", asking->notice->details);
	for (size_t i = 0; custom && i < custom->map.count; i++)
		map_add_str(
		    map, value_text(custom->map.entries[i].key), custom->map.entries[i].value);
}

static const struct value *pagerduty_payload(const struct asking *asking)
{
	const struct notice *notice = asking->notice;
	struct arena *arena = asking->arena;
	struct map_builder custom;
	struct map_builder map;

	map_begin(&map, arena);
	add(&map, arena, "summary", fit(arena, notice->summary, PAGERDUTY_SUMMARY));
	add(&map, arena, "source", notice->source);
	add(&map, arena, "severity", str_from(notice_severities[notice->severity]));
	map_add(&map, "timestamp", value_timestamp_us(arena, notice->at_us));
	add(&map, arena, "component", notice->component);
	add(&map, arena, "group", notice->group);
	add(&map, arena, "class", notice->class);
	map_begin(&custom, arena);
	add_custom(&custom, asking);
	map_add(&map, "custom_details", map_end(&custom));
	return map_end(&map);
}

static const struct value *ask_pagerduty(const struct asking *asking)
{
	const struct notice *notice = asking->notice;
	struct arena *arena = asking->arena;
	struct map_builder map;

	map_begin(&map, arena);
	add(&map, arena, "routing_key", param(asking, "routing_key"));
	add(&map, arena, "event_action", str_from(notice_events[notice->event]));
	add(&map, arena, "dedup_key", fit(arena, notice->key, PAGERDUTY_KEY));
	if (notice->event == NOTICE_TRIGGER) {
		map_add(&map, "payload", pagerduty_payload(asking));
		add(&map, arena, "client", STR("reprise"));
	}
	return request(arena, param(asking, "url"), NULL, map_end(&map));
}

/* A part of a path, every byte that means something there written as %XX. */
static struct str escape(struct arena *arena, struct str text)
{
	struct str escaped;
	struct buf buf;

	buf_init(&buf, BUF_UNBOUNDED);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '_' || c == '.' || c == '~')
			buf_byte(&buf, c);
		else
			buf_printf(&buf, "%%%02X", (unsigned)(unsigned char)c);
	}
	escaped = arena_str(arena, buf_view(&buf));
	buf_done(&buf);
	return escaped;
}

/* Opsgenie's details are texts. */
static const struct value *opsgenie_details(const struct asking *asking)
{
	const struct value *custom = asking->notice->custom;
	struct map_builder map;

	map_begin(&map, asking->arena);
	for (size_t i = 0; custom && i < custom->map.count; i++) {
		const struct value *value = custom->map.entries[i].value;
		struct buf shown;

		buf_init(&shown, BUF_UNBOUNDED);
		if (value->type == VALUE_STRING || value_show(value, &shown))
			add(&map, asking->arena,
			    arena_cstr(asking->arena, value_text(custom->map.entries[i].key)),
			    value->type == VALUE_STRING
				? value_text(value)
				: arena_str(asking->arena, buf_view(&shown)));
		buf_done(&shown);
	}
	return map_end(&map);
}

static const struct value *opsgenie_alert(const struct asking *asking, struct str alias)
{
	static const char *const priorities[] = {"P1", "P2", "P3", "P4"};
	const struct notice *notice = asking->notice;
	struct arena *arena = asking->arena;
	const struct value **team;
	struct map_builder map;

	map_begin(&map, arena);
	add(&map, arena, "message", fit(arena, notice->summary, OPSGENIE_MESSAGE));
	add(&map, arena, "alias", alias);
	add(&map, arena, "description", fit(arena, notice->details, OPSGENIE_DESCRIPTION));
	if (param(asking, "team").len) {
		struct map_builder responder;

		map_begin(&responder, arena);
		add(&responder, arena, "name", param(asking, "team"));
		add(&responder, arena, "type", STR("team"));
		team = arena_alloc(arena, sizeof(*team));
		*team = map_end(&responder);
		map_add(&map, "responders", value_list(arena, team, 1));
	}
	map_add(&map, "details", opsgenie_details(asking));
	add(&map, arena, "entity", notice->component);
	add(&map, arena, "source", fit(arena, notice->source, OPSGENIE_SOURCE));
	add(&map, arena, "priority", str_from(priorities[notice->severity]));
	return map_end(&map);
}

static const struct value *opsgenie_change(const struct asking *asking)
{
	struct map_builder map;

	map_begin(&map, asking->arena);
	add(&map, asking->arena, "source",
	    fit(asking->arena, asking->notice->source, OPSGENIE_SOURCE));
	add(&map, asking->arena, "note", asking->notice->summary);
	return map_end(&map);
}

static const struct value *ask_opsgenie(const struct asking *asking)
{
	static const char *const verbs[] = {
	    [NOTICE_ACKNOWLEDGE] = "acknowledge", [NOTICE_RESOLVE] = "close"};
	enum notice_event event = asking->notice->event;
	struct arena *arena = asking->arena;
	struct str alias = fit(arena, asking->notice->key, OPSGENIE_ALIAS);
	struct str base = param(asking, "url");
	struct map_builder headers;

	while (base.len && base.ptr[base.len - 1] == '/')
		base.len--;
	map_begin(&headers, arena);
	add(&headers, arena, "Authorization",
	    arena_printf(arena, "GenieKey %.*s", STR_ARG(param(asking, "api_key"))));
	if (event == NOTICE_TRIGGER)
		return request(arena, arena_printf(arena, "%.*s/v2/alerts", STR_ARG(base)),
		    map_end(&headers), opsgenie_alert(asking, alias));
	return request(arena,
	    arena_printf(arena, "%.*s/v2/alerts/%.*s/%s?identifierType=alias", STR_ARG(base),
		STR_ARG(escape(arena, alias)), verbs[event]),
	    map_end(&headers), opsgenie_change(asking));
}

/* Slack has its own meaning for three characters. */
static void put_escaped(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '&')
			buf_text(out, "&amp;");
		else if (text.ptr[i] == '<')
			buf_text(out, "&lt;");
		else if (text.ptr[i] == '>')
			buf_text(out, "&gt;");
		else
			buf_byte(out, text.ptr[i]);
}

static const struct value *ask_slack(const struct asking *asking)
{
	static const char *const words[] = {
	    [NOTICE_ACKNOWLEDGE] = "Seen: ", [NOTICE_RESOLVE] = "Over: "};
	const struct notice *notice = asking->notice;
	struct map_builder map;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	if (notice->event == NOTICE_TRIGGER)
		buf_printf(&text, "*%s* ", notice_severities[notice->severity]);
	else
		buf_text(&text, words[notice->event]);
	put_escaped(&text, notice->summary);
	if (notice->details.len) {
		buf_byte(&text, '\n');
		put_escaped(&text, notice->details);
	}
	map_begin(&map, asking->arena);
	add(&map, asking->arena, "text",
	    fit(asking->arena, arena_str(asking->arena, buf_view(&text)), SLACK_TEXT));
	buf_done(&text);
	return request(asking->arena, param(asking, "url"), NULL, map_end(&map));
}

static const struct value *webhook_document(const struct asking *asking)
{
	const struct notice *notice = asking->notice;
	struct arena *arena = asking->arena;
	struct map_builder map;

	map_begin(&map, arena);
	map_add(&map, "version", value_int(arena, 1));
	add(&map, arena, "event", str_from(notice_events[notice->event]));
	add(&map, arena, "dedup_key", notice->key);
	add(&map, arena, "summary", notice->summary);
	add(&map, arena, "details", notice->details);
	add(&map, arena, "severity", str_from(notice_severities[notice->severity]));
	map_add(&map, "timestamp", value_timestamp_us(arena, notice->at_us));
	add(&map, arena, "source", notice->source);
	add(&map, arena, "component", notice->component);
	add(&map, arena, "group", notice->group);
	add(&map, arena, "class", notice->class);
	add(&map, arena, "contact", value_text(value_get(asking->contact, "name")));
	if (notice->custom)
		map_add(&map, "custom_details", notice->custom);
	return map_end(&map);
}

static const struct value *ask_webhook(const struct asking *asking)
{
	struct map_builder map;

	map_begin(&map, asking->arena);
	add(&map, asking->arena, "url", param(asking, "url"));
	add(&map, asking->arena, "method", param(asking, "method"));
	if (value_get(asking->channel, "headers"))
		map_add(&map, "headers", value_get(asking->channel, "headers"));
	map_add(&map, "json", webhook_document(asking));
	return map_end(&map);
}

const struct value *channel_request(struct arena *arena, const struct connection_spec *channel,
    const struct value *contact, const struct notice *notice)
{
	struct asking asking = {arena, value_get(contact, channel->kind), contact, notice};

	if (channel == &pagerduty_channel)
		return ask_pagerduty(&asking);
	if (channel == &opsgenie_channel)
		return ask_opsgenie(&asking);
	if (channel == &slack_channel)
		return ask_slack(&asking);
	return ask_webhook(&asking);
}
