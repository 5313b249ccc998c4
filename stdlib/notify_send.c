/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <unistd.h>

#include "base/digest.h"
#include "stdlib/args.h"
#include "stdlib/delivery.h"
#include "stdlib/registry.h"
#include "stdlib/trouble.h"

/* notify.send: contacts are told something, all at once; each by its channel, and again where it was not taken. */

static const struct param params[] = {{.name = "to",
					  .kind = PARAM_CONTACTS,
					  .flags = PARAM_REQUIRED | PARAM_TAKES_SECRETS,
					  .doc = "Whom: a contact, or a list of them."},
    {.name = "summary",
	.kind = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.doc = "What has happened, on one line."},
    {.name = "details", .kind = PARAM_STRING, .doc = "More of it, on as many lines as it takes."},
    {.name = "event",
	.kind = PARAM_STRING,
	.preset = "trigger",
	.choices = notice_events,
	.doc = "That it begins, or goes on; that somebody looks after it; that it is over."},
    {.name = "severity",
	.kind = PARAM_STRING,
	.preset = "error",
	.choices = notice_severities,
	.doc = "How bad it is."},
    {.name = "dedup_key",
	.kind = PARAM_STRING,
	.doc =
	    "What is told under one key is one incident; without one, the digest of the summary."},
    {.name = "source", .kind = PARAM_STRING, .doc = "Where; otherwise the name of this machine."},
    {.name = "component", .kind = PARAM_STRING, .doc = "Which part of it: database."},
    {.name = "group", .kind = PARAM_STRING, .doc = "What that belongs to."},
    {.name = "class", .kind = PARAM_STRING, .doc = "What kind of event it is."},
    {.name = "custom_details", .kind = PARAM_MAP, .doc = "Whatever else is to be told, by name."},
    {0}};

static const struct type list_of_string = {.kind = TYPE_LIST, .of = &type_string};

static const struct field results[] = {
    {"delivered", &list_of_string, "Names of the contacts whose services have taken it."},
    {"undelivered", &list_of_string, "Names of those that could not be told."},
    {"by_hand", &list_of_string, "Names of those that a person must call or write to."},
    {"contacts", &type_list,
	"Of each: contact, channel, delivered, tries, status, and why it was not."},
    {"attempts", &type_list, "Of each try: contact, try, status, why, after."}, {0}};

static const char *const success_fields[] = {"delivered", "undelivered", "contacts", NULL};

const struct action_spec notify_send_spec = {
    .name = "notify.send",
    .summary = "Tells contacts: PagerDuty, Opsgenie, Slack, webhooks.",
    .params = params,
    .results = results,
    .success_doc = "the services of all contacts have taken it",
    .success_fields = success_fields,
    .effect = EFFECT_CHANGE,
    .timeout_us = 30000000,
};

struct sending {
	struct attempt *attempt;
	const struct value *to;
	struct notice notice;
	struct delivery **deliveries;
	size_t count;
	bool starting; /* not all have begun */
	bool ended;
};

static size_t word(const char *const *words, struct str text, size_t otherwise)
{
	for (size_t i = 0; words[i]; i++)
		if (str_is(text, words[i]))
			return i;
	return otherwise;
}

static struct str machine(struct arena *arena)
{
	char name[256] = "";

	if (gethostname(name, sizeof(name) - 1) != 0 || !name[0])
		return STR("unknown");
	return arena_str(arena, str_from(name));
}

/* Told twice of the same, a service has one incident. */
static struct str key_of(struct arena *arena, struct str summary)
{
	char hex[DIGEST_HEX + 1];

	digest_of(summary, hex);
	return arena_printf(arena, "reprise-%.16s", hex);
}

static void read_notice(struct notice *notice, struct args *args)
{
	*notice = (struct notice){
	    .event = (enum notice_event)word(
		notice_events, args_text(args, "event"), NOTICE_TRIGGER),
	    .severity = (enum notice_severity)word(
		notice_severities, args_text(args, "severity"), NOTICE_ERROR),
	    .summary = args_text(args, "summary"),
	    .details = args_text(args, "details"),
	    .key = args_text(args, "dedup_key"),
	    .source = args_text(args, "source"),
	    .component = args_text(args, "component"),
	    .group = args_text(args, "group"),
	    .class = args_text(args, "class"),
	    .custom = args_map(args, "custom_details"),
	    .at_us = loop_wall_us(),
	};
	if (!notice->source.len)
		notice->source = machine(args->arena);
	if (!notice->key.len)
		notice->key = key_of(args->arena, notice->summary);
}

static struct str name_at(const struct sending *sending, size_t i)
{
	return value_text(value_get(sending->to->list.items[i], "name"));
}

static bool is_by_hand(const struct delivered *result)
{
	return !result->channel && !result->why.len;
}

static const struct value *account(const struct sending *sending, size_t i)
{
	const struct delivered *result = delivery_result(sending->deliveries[i]);
	struct arena *arena = sending->attempt->arena;
	struct map_builder map;

	map_begin(&map, arena);
	map_add(&map, "contact", value_string(arena, name_at(sending, i)));
	map_add(&map, "channel",
	    value_string(arena, str_from(result->channel ? result->channel->kind : "person")));
	map_add(&map, "delivered", value_bool(result->done));
	map_add(&map, "tries", value_int(arena, result->tries));
	if (result->status)
		map_add(&map, "status", value_int(arena, result->status));
	if (result->why.len)
		map_add(&map, "why", value_string(arena, result->why));
	return map_end(&map);
}

/* The names of those that came to one of three ends. */
static const struct value *names(
    const struct sending *sending, bool (*wanted)(const struct delivered *result))
{
	struct arena *arena = sending->attempt->arena;
	const struct value **items = arena_array(arena, sending->count, sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < sending->count; i++)
		if (wanted(delivery_result(sending->deliveries[i])))
			items[count++] = value_string(arena, name_at(sending, i));
	return value_list(arena, items, count);
}

static bool is_done(const struct delivered *result)
{
	return result->done;
}

static bool is_undone(const struct delivered *result)
{
	return !result->done && !is_by_hand(result);
}

static const struct value *attempts(const struct sending *sending)
{
	struct arena *arena = sending->attempt->arena;
	const struct value **items;
	size_t count = 0;

	for (size_t i = 0; i < sending->count; i++)
		count += delivery_result(sending->deliveries[i])->attempt_count;
	items = arena_array(arena, count, sizeof(*items));
	count = 0;
	for (size_t i = 0; i < sending->count; i++) {
		const struct delivered *result = delivery_result(sending->deliveries[i]);

		for (size_t k = 0; k < result->attempt_count; k++)
			items[count++] = result->attempts[k];
	}
	return value_list(arena, items, count);
}

static void finish(struct sending *sending)
{
	struct arena *arena = sending->attempt->arena;
	const struct value **accounts = arena_array(arena, sending->count, sizeof(*accounts));
	const struct value *result;
	struct map_builder map;
	struct str why = {0};

	sending->ended = true;
	for (size_t i = 0; i < sending->count; i++) {
		const struct delivered *one = delivery_result(sending->deliveries[i]);

		accounts[i] = account(sending, i);
		if (is_undone(one))
			why = arena_printf(arena, "%.*s%s%.*s: %.*s", STR_ARG(why),
			    why.len ? "; " : "", STR_ARG(name_at(sending, i)), STR_ARG(one->why));
	}
	map_begin(&map, arena);
	map_add(&map, "delivered", names(sending, is_done));
	map_add(&map, "undelivered", names(sending, is_undone));
	map_add(&map, "by_hand", names(sending, is_by_hand));
	map_add(&map, "contacts", value_list(arena, accounts, sending->count));
	map_add(&map, "attempts", attempts(sending));
	result = map_end(&map);
	if (why.len)
		attempt_fail(sending->attempt, result, "%.*s", STR_ARG(why));
	else
		attempt_succeed(sending->attempt, result);
}

static void one_ended(void *self)
{
	struct sending *sending = self;

	if (sending->starting)
		return;
	for (size_t i = 0; i < sending->count; i++)
		if (!delivery_is_over(sending->deliveries[i]))
			return;
	finish(sending);
}

static void start(struct attempt *attempt)
{
	struct sending *sending = arena_alloc(attempt->arena, sizeof(*sending));
	const struct value *sealed = value_get(attempt->sealed, "to");
	struct args args;

	attempt->self = sending;
	sending->attempt = attempt;
	args_init(&args, attempt->args, attempt->arena);
	sending->to = args_list(&args, "to");
	read_notice(&sending->notice, &args);
	if (args.wrong.len || !sending->to) {
		attempt_error(attempt, "%.*s", STR_ARG(args.wrong));
		return;
	}
	sending->deliveries = arena_array(
	    attempt->arena, sending->to->list.count, sizeof(*sending->deliveries));
	sending->starting = true;
	for (size_t i = 0; i < sending->to->list.count; i++) {
		sending->deliveries[i] = delivery_start(attempt, sending->to->list.items[i],
		    sealed->list.items[i], &sending->notice, one_ended, sending);
		sending->count++;
	}
	sending->starting = false;
	one_ended(sending);
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct sending *sending = attempt->self;

	(void)how;
	if (sending->ended)
		return;
	for (size_t i = 0; i < sending->count; i++)
		delivery_cancel(sending->deliveries[i], STR("it does not answer in time"));
	finish(sending);
}

/* Whether it is known already that somebody could not be told. */
static void look(struct attempt *attempt)
{
	const struct value *to = value_get(attempt->args, "to");
	struct str why = {0};

	for (size_t i = 0; i < to->list.count; i++) {
		struct str one = delivery_obstacle(attempt->arena, to->list.items[i]);

		if (one.len)
			why = arena_printf(attempt->arena, "%.*s%s%.*s: %.*s", STR_ARG(why),
			    why.len ? "; " : "",
			    STR_ARG(value_text(value_get(to->list.items[i], "name"))),
			    STR_ARG(one));
	}
	if (why.len)
		attempt_error(attempt, "%.*s", STR_ARG(why));
	else
		attempt_succeed(attempt, NULL);
}

const struct action_impl notify_send = {
    .spec = &notify_send_spec, .start = start, .cancel = cancel, .look = look};
