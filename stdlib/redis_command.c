/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buf.h"
#include "stdlib/args.h"
#include "stdlib/redis_reply.h"
#include "stdlib/redis_session.h"
#include "stdlib/redis_trouble.h"
#include "stdlib/redis_words.h"
#include "stdlib/registry.h"

/* redis.command: one command, its reply as a value. */

static const struct param params[] = {{.name = "connection",
					  .kind = PARAM_CONNECTION,
					  .flags = PARAM_REQUIRED | PARAM_TAKES_SECRETS,
					  .connection = "redis",
					  .doc = "The server and the user to log in as."},
    {.name = "command",
	.kind = PARAM_LIST,
	.flags = PARAM_REQUIRED | PARAM_WORDS | PARAM_TAKES_SECRETS,
	.doc =
	    "The command and its arguments, as in [CONFIG, GET, maxmemory]. A read if Redis knows "
	    "it as one, which the server's own table must bear out; DEL, UNLINK, FLUSHDB, "
	    "FLUSHALL, SHUTDOWN, DEBUG and REPLICAOF a master "
	    "destroy; all else is a change."},
    {0}};

static const struct field results[] = {{"reply", &type_dyn,
					   "Text, int, null or a list of such, as Redis gives it; "
					   "an error inside a list as {error: …}."},
    {"latency", &type_duration, "From the first packet to the answer or the failure."},
    {"class", &type_string, TROUBLE_DOC}, {"code", &type_string, REDIS_CODE_DOC}, {0}};

static const char *const success_fields[] = {"class", "code", NULL};

static enum effect_class effect_of(const struct value *given)
{
	return redis_words_effect(value_get(given, "command"));
}

const struct action_spec redis_command_spec = {
    .name = "redis.command",
    .summary = "One Redis command, its reply as values.",
    .params = params,
    .results = results,
    .success_doc = "the reply is no error and holds none",
    .success_fields = success_fields,
    .effect = EFFECT_DESTROY,
    .effect_of = effect_of,
    .timeout_us = 10000000,
};

struct command {
	struct attempt *attempt;
	struct redis_session *session;
	struct str peer;
	int64_t began_us;
	struct redis_order order; /* of the command itself */
	struct redis_command command;
	struct redis_command question; /* what the server has to say of it */
	bool writes; /* it says that */
	const struct value *reply; /* NULL: none came */
	struct str code;
};

/* The first error within. */
static const redisReply *find_error(const redisReply *reply)
{
	const redisReply *found = NULL;

	if (reply->type == REDIS_REPLY_ERROR)
		return reply;
	if (reply->type != REDIS_REPLY_ARRAY)
		return NULL;
	for (size_t i = 0; i < reply->elements && !found; i++)
		found = find_error(reply->element[i]);
	return found;
}

static bool take_reply(
    void *self, size_t index, const redisReply *reply, struct trouble *ret_trouble)
{
	struct command *command = self;
	struct arena *arena = command->attempt->arena;
	const redisReply *error = find_error(reply);

	(void)index;
	command->reply = redis_value(arena, reply);
	if (!error)
		return true;
	command->code = redis_code(arena, error);
	*ret_trouble = redis_trouble(arena, error, command->peer);
	return false;
}

static void ended(void *self, const struct trouble *trouble, struct str code)
{
	struct command *command = self;
	struct arena *arena = command->attempt->arena;
	struct map_builder result;

	map_begin(&result, arena);
	if (command->reply)
		map_add(&result, "reply", command->reply);
	map_add(&result, "code", value_string(arena, code.len ? code : command->code));
	trouble_finish(command->attempt, &result, trouble, command->began_us);
}

static bool read_word(struct arena *arena, const struct value *item, const char **ret_word)
{
	struct buf text;
	bool shown;

	buf_init(&text, BUF_UNBOUNDED);
	shown = value_show(item, &text) && (!text.len || !memchr(text.ptr, 0, text.len));
	if (shown)
		*ret_word = arena_cstr(arena, buf_view(&text));
	buf_done(&text);
	return shown;
}

static bool read_words(struct command *command, struct args *args, bool shared, struct str *ret_why)
{
	const struct value *argv = args_list(args, "command");
	size_t count = argv ? argv->list.count : 0;
	const char **words = arena_array(args->arena, count + 1, sizeof(*words));

	*ret_why = args->wrong;
	if (args->wrong.len)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (read_word(args->arena, argv->list.items[i], &words[i]))
			continue;
		*ret_why = arena_printf(args->arena,
		    "command: item %zu is %s, or holds a NUL byte; a word is wanted", i + 1,
		    value_noun(argv->list.items[i]));
		return false;
	}
	if (!count || !words[0][0]) {
		*ret_why = STR("command holds no word");
		return false;
	}
	command->command.words = words;
	command->command.count = (int)count;
	return redis_words_may(args->arena, words, count, shared, ret_why);
}

/*
 * The flags of a command: COMMAND INFO gives name, arity and these. A command of two words has its own behind those of
 * the first word, from Redis 7 on; where the server does not know it, nothing.
 */
static const redisReply *flags_of(const redisReply *reply)
{
	const redisReply *flags = NULL;

	for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
		const redisReply *info = reply->element[i];

		if (info->type == REDIS_REPLY_ARRAY && info->elements > 2 &&
		    info->element[2]->type == REDIS_REPLY_ARRAY)
			flags = info->element[2];
	}
	return flags;
}

static bool take_flags(
    void *self, size_t index, const redisReply *reply, struct trouble *ret_trouble)
{
	struct command *command = self;
	const redisReply *flags = flags_of(reply);

	(void)index;
	(void)ret_trouble;
	for (size_t i = 0; flags && i < flags->elements; i++)
		if (flags->element[i]->str && strcmp(flags->element[i]->str, "write") == 0)
			command->writes = true;
	return true;
}

static void looked_up(void *self, const struct trouble *trouble, struct str code)
{
	struct command *command = self;

	if (trouble)
		ended(self, trouble, code);
	else if (command->writes)
		attempt_error(command->attempt,
		    "%.*s counts %s as a command that writes, and this only reads: in a step, say "
		    "`effect: change`",
		    STR_ARG(command->peer), command->command.words[0]);
	else
		redis_session_start(&command->order, &command->session);
}

/* What only reads is not taken at its word: the server's own table of commands is asked first. */
static void look_up(struct command *command)
{
	struct arena *arena = command->attempt->arena;
	const char *const *given = command->command.words;
	const char **words = arena_array(arena, 4, sizeof(*words));
	struct redis_order order = command->order;

	words[0] = "COMMAND";
	words[1] = "INFO";
	words[2] = given[0];
	command->question = (struct redis_command){words, 3, true};
	if (command->command.count > 1) {
		words[3] = arena_printf(arena, "%s|%s", given[0], given[1]).ptr;
		command->question.count++;
	}
	order.commands = &command->question;
	order.reply = take_flags;
	order.ended = looked_up;
	redis_session_start(&order, &command->session);
}

/* Reads what is asked for, of others as well where the connection is shared; false when the attempt has ended. */
static bool read_order(struct attempt *attempt, struct command *command, bool shared)
{
	struct redis_order *order = &command->order;
	struct args args;
	struct str why;

	attempt->self = command;
	*order = (struct redis_order){.attempt = attempt,
	    .commands = &command->command,
	    .count = 1,
	    .reply = take_reply,
	    .ended = ended,
	    .self = command};
	command->attempt = attempt;
	command->began_us = loop_clock_us();
	args_init(&args, attempt->args, attempt->arena);
	if (!redis_target_read(
		&order->target, attempt->arena, args_map(&args, "connection"), &why) ||
	    !read_words(command, &args, shared, &why)) {
		attempt_error(attempt, "%.*s", STR_ARG(why));
		return false;
	}
	command->peer = order->target.peer;
	return true;
}

static void start(struct attempt *attempt)
{
	struct command *command = arena_alloc(attempt->arena, sizeof(*command));

	if (!read_order(attempt, command, attempt->session != NULL))
		return;
	/* in a session it could be taken for a part of a transaction */
	if (attempt->only_reads && !attempt->session)
		look_up(command);
	else
		redis_session_start(&command->order, &command->session);
}

static bool take_pong(
    void *self, size_t index, const redisReply *reply, struct trouble *ret_trouble)
{
	struct command *command = self;
	struct arena *arena = command->attempt->arena;

	(void)index;
	if (reply->type != REDIS_REPLY_ERROR)
		return true;
	command->code = redis_code(arena, reply);
	*ret_trouble = redis_trouble(arena, reply, command->peer);
	return str_is(command->code, "NOPERM"); /* it may do other things */
}

/* Whether the server lets us in and serves us; in a connection of its own, where others share theirs. */
static void look(struct attempt *attempt)
{
	static const char *const words[] = {"PING"};
	static const struct redis_command ping = {words, 1, true};
	struct command *command = arena_alloc(attempt->arena, sizeof(*command));

	if (!read_order(attempt, command, true))
		return;
	command->order.commands = &ping;
	command->order.reply = take_pong;
	redis_session_start(&command->order, &command->session);
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct command *command = attempt->self;

	(void)how;
	redis_session_cancel(command->session, command->began_us);
}

const struct action_impl redis_command = {
    .spec = &redis_command_spec, .start = start, .cancel = cancel, .look = look};
