/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/redis_inquiry.h"

#include "stdlib/args.h"
#include "stdlib/redis_fields.h"
#include "stdlib/redis_trouble.h"

/* The part that nobody else sees. */
struct asked {
	struct redis_inquiry inquiry;
	struct redis_session *session;
	int64_t began_us;
	const char *words[2];
	struct redis_command command;
};

static bool take_reply(
    void *self, size_t index, const redisReply *reply, struct trouble *ret_trouble)
{
	struct asked *asked = self;
	struct arena *arena = asked->inquiry.attempt->arena;
	struct str peer = asked->inquiry.peer;

	(void)index;
	if (reply->type != REDIS_REPLY_STRING) {
		*ret_trouble = trouble_of(
		    arena, TROUBLE_PROTOCOL, "%.*s answers INFO by something else", STR_ARG(peer));
		return false;
	}
	asked->inquiry.fields = redis_fields(arena, (struct str){reply->str, reply->len});
	if (!asked->inquiry.fields)
		*ret_trouble = trouble_of(arena, TROUBLE_LIMIT,
		    "%.*s tells more fields than can be kept: ask for one section", STR_ARG(peer));
	return asked->inquiry.fields != NULL;
}

static void ended(void *self, const struct trouble *trouble, struct str code)
{
	struct asked *asked = self;
	struct attempt *attempt = asked->inquiry.attempt;
	struct trouble judged = {.class = TROUBLE_NONE};
	struct map_builder result;

	map_begin(&result, attempt->arena);
	if (!trouble && !asked->inquiry.judge(&asked->inquiry, &result, &judged.why))
		trouble = &judged;
	map_add(&result, "code", value_string(attempt->arena, code));
	trouble_finish(attempt, &result, trouble, asked->began_us);
}

void redis_inquiry_start(struct attempt *attempt, const char *section,
    bool (*judge)(struct redis_inquiry *inquiry, struct map_builder *result, struct str *ret_why))
{
	struct asked *asked = arena_alloc(attempt->arena, sizeof(*asked));
	struct redis_order order = {.attempt = attempt,
	    .commands = &asked->command,
	    .count = 1,
	    .reply = take_reply,
	    .ended = ended,
	    .self = asked};
	struct args args;
	struct str why;

	attempt->self = asked;
	asked->inquiry.attempt = attempt;
	asked->inquiry.judge = judge;
	asked->began_us = loop_clock_us();
	asked->words[0] = "INFO";
	asked->words[1] = section;
	asked->command.words = asked->words;
	asked->command.count = section ? 2 : 1;
	args_init(&args, attempt->args, attempt->arena);
	if (!redis_target_read(
		&order.target, attempt->arena, args_map(&args, "connection"), &why)) {
		attempt_error(attempt, "%.*s", STR_ARG(why));
		return;
	}
	asked->inquiry.peer = order.target.peer;
	redis_session_start(&order, &asked->session);
}

void redis_inquiry_cancel(struct attempt *attempt, enum cancel_how how)
{
	struct asked *asked = attempt->self;

	(void)how;
	redis_session_cancel(asked->session, asked->began_us);
}

static const struct value *find_int(
    const struct redis_inquiry *inquiry, const char *section, const char *name)
{
	return redis_field(inquiry->fields, section, name, VALUE_INT);
}

int64_t redis_inquiry_time_us(const struct redis_inquiry *inquiry)
{
	const struct value *us = find_int(inquiry, "server", "server_time_usec");

	return us ? us->integer : loop_wall_us();
}

void redis_inquiry_int(const struct redis_inquiry *inquiry, struct map_builder *result,
    const char *as, const char *section, const char *name)
{
	const struct value *value = find_int(inquiry, section, name);

	if (value)
		map_add(result, as, value);
}

void redis_inquiry_seconds(const struct redis_inquiry *inquiry, struct map_builder *result,
    const char *as, const char *section, const char *name)
{
	const struct value *value = find_int(inquiry, section, name);

	if (value && value->integer >= 0 && value->integer <= REDIS_TIME_MAX_S)
		map_add(result, as, value_duration(inquiry->attempt->arena, value->integer, 0));
}

bool redis_inquiry_is(
    const struct redis_inquiry *inquiry, const char *section, const char *name, const char *text)
{
	return str_is(value_text(redis_field(inquiry->fields, section, name, VALUE_STRING)), text);
}

bool redis_inquiry_set(const struct redis_inquiry *inquiry, const char *section, const char *name)
{
	const struct value *value = find_int(inquiry, section, name);

	return value && value->integer != 0;
}
