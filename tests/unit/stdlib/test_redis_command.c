/* SPDX-License-Identifier: Apache-2.0 */
#include "redis_probe.h"
#include "servers.h"

/* redis.command against a real server: replies, errors, sessions, and what commands do to the world. */

static struct redis_probe server;
static int server_pid;

static void gives(struct session *session, const char *words, const char *json)
{
	struct probe *probe = redis_send(&server, session, words);

	probe_expect_ok(probe);
	probe_expect(probe, "reply", json);
	probe_expect(probe, "code", "\"\"");
	probe_expect(probe, "class", "\"\"");
	probe_free(probe);
}

static void fails(const struct redis_probe *at, const char *words, const char *class,
    const char *code, const char *why)
{
	struct probe *probe = redis_send(at, NULL, words);
	char quoted[64];

	probe_expect_class(probe, class, why);
	snprintf(quoted, sizeof(quoted), "\"%s\"", code);
	probe_expect(probe, "code", quoted);
	probe_free(probe);
}

static void gives_typed_replies(void **state)
{
	(void)state;
	gives(NULL, "\"SET\",\"text\",\"a b\"", "\"OK\"");
	gives(NULL, "\"GET\",\"text\"", "\"a b\"");
	gives(NULL, "\"get\",\"nothing\"", "null");
	gives(NULL, "\"INCR\",\"n\"", "1");
	gives(NULL, "\"RPUSH\",\"list\",\"a\",\"2\",\"\"", "3");
	gives(NULL, "\"LRANGE\",\"list\",0,-1", "[\"a\",\"2\",\"\"]");
	gives(NULL, "\"MGET\",\"text\",\"nothing\"", "[\"a b\",null]");
	gives(NULL, "\"EVAL\",\"return {1,{'a',{}},false}\",\"0\"", "[1,[\"a\",[]],null]");
	gives(NULL, "\"EVAL\",\"return '\\\\255'\",\"0\"", "\"\xef\xbf\xbd\"");
	gives(NULL, "\"CONFIG\",\"GET\",\"maxmemory\"", "[\"maxmemory\",\"0\"]");
}

/* What is begun as a read is not sent where the server's own table counts it as a write. */
static void asks_the_server_what_writes(void **state)
{
	struct probe *probe;

	(void)state;
	redis_do(&server, "\"SET\",\"kept\",\"as it is\"");
	probe_only_reads = true;
	gives(NULL, "\"get\",\"kept\"", "\"as it is\"");
	gives(NULL, "\"CONFIG\",\"GET\",\"maxmemory\"", "[\"maxmemory\",\"0\"]");
	fails(&server, "\"NONSENSE\"", "server", "ERR", "unknown command");
	probe = redis_send(&server, NULL, "\"GETDEL\",\"kept\"");
	assert_true(probe->attempt.result.error);
	assert_true(str_find(probe->attempt.result.why,
			STR("counts GETDEL as a command that writes, and this only reads")) >= 0);
	probe_free(probe);
	gives(NULL, "\"GET\",\"kept\"", "\"as it is\"");
	probe_only_reads = false;
	gives(NULL, "\"GETDEL\",\"kept\"", "\"as it is\"");
}

static void tells_what_the_server_says(void **state)
{
	(void)state;
	fails(&server, "\"LPUSH\",\"text\",\"a\"", "server", "WRONGTYPE",
	    "says: WRONGTYPE Operation against a key");
	fails(&server, "\"NONSENSE\"", "server", "ERR", "unknown command");
	fails(&server, "\"GET\"", "server", "ERR", "wrong number of arguments");
	redis_do(&server, "\"CONFIG\",\"SET\",\"maxmemory\",\"1\"");
	fails(&server, "\"SET\",\"more\",\"x\"", "server", "OOM",
	    "has no memory left for writes: OOM command not allowed");
	redis_do(&server, "\"CONFIG\",\"SET\",\"maxmemory\",\"0\"");
	redis_do(&server, "\"ACL\",\"SETUSER\",\"reader\",\"on\",\">secret\",\"~*\",\"+get\"");
}

static void tells_what_a_user_may_not(void **state)
{
	static const char as[] =
	    "{\"connection\":{\"port\":%d,\"user\":\"%s\",\"password\":\"%s\"},\"command\":[%s]}";
	struct probe *probe;

	(void)state;
	probe = probe_run(server.loop, &redis_command, 0, as, server.port, "reader", "secret",
	    "\"GET\",\"text\"");
	probe_expect_ok(probe);
	probe_free(probe);
	probe = probe_run(server.loop, &redis_command, 0, as, server.port, "reader", "secret",
	    "\"SET\",\"text\",\"x\"");
	probe_expect_class(probe, "auth", "does not let us do that: NOPERM");
	probe_expect(probe, "code", "\"NOPERM\"");
	probe_free(probe);
	probe = probe_run(
	    server.loop, &redis_command, 0, as, server.port, "reader", "wrong", "\"GET\",\"text\"");
	probe_expect_class(probe, "auth", "does not let us in: WRONGPASS");
	assert_null(probe_get(probe, "reply"));
	probe_free(probe);
}

/* Whoever looks logs in, and gives no command. */
static void looks_whether_it_is_let_in(void **state)
{
	static const char as[] =
	    "{\"connection\":{\"port\":%d%s},\"command\":[\"SET\",\"looked\",\"1\"]}";
	struct probe *probe;

	(void)state;
	probe_looks = true;
	redis_do(&server, "\"SET\",\"looked\",\"1\"");
	redis_do(&server, "\"MULTI\""); /* in the session of its step */
	probe = probe_run(server.loop, &redis_command, 0, as, server.port,
	    ",\"user\":\"reader\",\"password\":\"secret\"");
	probe_expect_ok(probe); /* which may not even PING */
	probe_free(probe);
	probe = probe_run(
	    server.loop, &redis_command, 0, as, server.port, ",\"password\":\"wrong\"");
	probe_expect_class(probe, "auth", "does not let us in: WRONGPASS");
	probe_free(probe);
	probe = probe_run(server.loop, &redis_command, 0, as, server.port, "");
	probe_expect_class(probe, "auth", "NOAUTH");
	probe_free(probe);
	probe = probe_run(server.loop, &redis_command, 0, as, 1, "");
	probe_expect_class(probe, "refused", "refused the connection");
	probe_free(probe);
	probe_looks = false;
	gives(NULL, "\"EXISTS\",\"looked\"", "0");
}

/* Behind a refused login a server would go on as the default user, or in database 0. */
static void does_nothing_after_a_refused_login(void **state)
{
	static const char *const logins[] = {
	    "\"password\":\"secret\",\"db\":99", "\"user\":\"who\",\"password\":\"secret\""};

	(void)state;
	redis_do(&server, "\"CONFIG\",\"SET\",\"requirepass\",\"\"");
	for (size_t i = 0; i < 2; i++) {
		struct probe *probe = probe_run(server.loop, &redis_command, 0,
		    "{\"connection\":{\"port\":%d,%s},\"command\":[\"SET\",\"stray\",\"1\"]}",
		    server.port, logins[i]);

		assert_false(probe->attempt.result.ok);
		probe_free(probe);
	}
	{
		struct probe *probe = probe_run(server.loop, &redis_command, 0,
		    "{\"connection\":{\"port\":%d},\"command\":[\"EXISTS\",\"stray\"]}",
		    server.port);

		probe_expect(probe, "reply", "0");
		probe_free(probe);
		probe = probe_run(server.loop, &redis_command, 0,
		    "{\"connection\":{\"port\":%d},\"command\":[\"CONFIG\",\"SET\",\"requirepass\","
		    "\"secret\"]}",
		    server.port);
		probe_expect_ok(probe);
		probe_free(probe);
	}
}

static void tells_of_a_replica_without_a_master(void **state)
{
	struct redis_probe replica = {.loop = server.loop};
	struct probe *probe;
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "redis_replica %d --replica-serve-stale-data no",
	    servers_port("dead"));
	replica.port = servers_port(command);
	fails(&replica, "\"SET\",\"a\",\"b\"", "server", "READONLY",
	    "is a replica and takes no writes: READONLY");
	fails(&replica, "\"GET\",\"a\"", "unready", "MASTERDOWN",
	    "is a replica that has lost its master: MASTERDOWN");
	probe = redis_run(&replica, NULL, &redis_ping, "");
	probe_expect_class(probe, "unready", "is a replica that has lost its master");
	probe_expect(probe, "code", "\"MASTERDOWN\"");
	probe_expect(probe, "loading", "false");
	probe_free(probe);
}

static void bounds_what_it_takes(void **state)
{
	(void)state;
	redis_do(&server,
	    "\"EVAL\",\"for i = 1, 200000 do redis.call('RPUSH', KEYS[1], i) end\",\"1\",\"many\"");
	fails(&server, "\"LRANGE\",\"many\",\"0\",\"-1\"", "limit", "", "more than 8 MiB");
	redis_do(&server, "\"SETRANGE\",\"large\",\"20000000\",\"x\"");
	fails(&server, "\"GET\",\"large\"", "limit", "", "more than 8 MiB");
	redis_do(&server, "\"UNLINK\",\"many\",\"large\"");
}

static void refused(const char *words, const char *why)
{
	struct probe *probe = redis_send(&server, NULL, words);

	probe_expect_error(probe, why);
	probe_free(probe);
}

static void refuses_what_has_no_end_or_no_answer(void **state)
{
	(void)state;
	refused("\"subscribe\",\"a\"", "SUBSCRIBE hears messages and never ends");
	refused("\"MONITOR\"", "MONITOR tells of every command and never ends");
	refused("\"CLIENT\",\"reply\",\"off\"", "CLIENT REPLY leaves us without an answer");
	refused("\"AUTH\",\"x\"", "give it the user and the password");
	refused("\"SELECT\",\"1\"", "give it the db");
	refused("\"MULTI\"", "write `session: true` at the connection");
	refused("\"BLPOP\",\"a\",\"0\"", "BLPOP with a timeout of 0 waits for ever");
	refused("\"BLMPOP\",\"0.0\",\"1\",\"a\",\"LEFT\"", "BLMPOP with a timeout of 0");
	refused("\"XREAD\",\"block\",\"0\",\"STREAMS\",\"a\",\"$\"", "timeout of 0 waits for ever");
	refused("\"WAIT\",\"1\",\"0\"", "timeout of 0 waits for ever");
	refused("", "command holds no word");
	refused("\"\"", "command holds no word");
	refused("\"SET\",\"a\",[1]", "command: item 3 is list");
	refused("\"SET\",\"a\\u0000\"", "command: item 2 is text, or holds a NUL byte");
	gives(NULL, "\"BLPOP\",\"nothing\",\"0.01\"", "null");
	gives(NULL, "\"XREAD\",\"BLOCK\",\"1\",\"STREAMS\",\"nothing\",\"$\"", "null");
}

static void shares_a_session(void **state)
{
	struct session session = {.name = "cache"};
	struct probe *probe;

	(void)state;
	gives(&session, "\"WATCH\",\"seen\"", "\"OK\"");
	assert_non_null(session.resource);
	gives(&session, "\"MULTI\"", "\"OK\"");
	gives(&session, "\"SET\",\"mine\",\"1\"", "\"QUEUED\"");
	gives(NULL, "\"GET\",\"mine\"", "null");
	gives(&session, "\"LPUSH\",\"mine\",\"1\"", "\"QUEUED\"");
	gives(&session, "\"INCR\",\"mine\"", "\"QUEUED\"");
	/* what failed inside is told, and so is what did not */
	probe = redis_send(&server, &session, "\"EXEC\"");
	probe_expect_class(probe, "server", "WRONGTYPE");
	probe_expect(probe, "code", "\"WRONGTYPE\"");
	probe_expect(probe, "reply",
	    "[\"OK\",{\"error\":\"WRONGTYPE Operation against a key holding the wrong kind of "
	    "value\"},2]");
	probe_free(probe);
	assert_false(session.lost);
	gives(&session, "\"WATCH\",\"seen\"", "\"OK\"");
	gives(NULL, "\"SET\",\"seen\",\"by others\"", "\"OK\"");
	gives(&session, "\"MULTI\"", "\"OK\"");
	gives(&session, "\"EXEC\"", "null");
	/* an error in a command is no reason to lose the session */
	probe_free(redis_send(&server, &session, "\"NONSENSE\""));
	assert_false(session.lost);
	probe = redis_run(&server, &session, &redis_ping, "");
	probe_expect_ok(probe);
	probe_free(probe);
	session.close(session.resource);
}

/* Until the server holds a client that waits. */
static void await_blocked(void)
{
	bool blocked = false;

	while (!blocked) {
		struct probe *info = redis_run(
		    &server, NULL, &redis_info, "\"section\":\"clients\"");
		const struct value *clients = value_get(probe_get(info, "info"), "clients");

		blocked = value_get(clients, "blocked_clients")->integer == 1;
		probe_free(info);
	}
}

static void loses_a_session(void **state)
{
	struct session session = {.name = "cache"}, never = {.name = "cache"};
	struct probe *probe;

	(void)state;
	gives(&session, "\"WATCH\",\"seen\"", "\"OK\"");
	redis_do(&server, "\"CLIENT\",\"KILL\",\"TYPE\",\"normal\"");
	probe = redis_send(&server, &session, "\"GET\",\"seen\"");
	assert_false(probe->attempt.result.ok);
	probe_expect(probe, "class", "\"server\"");
	probe_free(probe);
	assert_true(session.lost);
	assert_null(session.resource);
	session.lost = false;
	probe = redis_begin(
	    &server, &session, &redis_command, "\"command\":[\"BLPOP\",\"nothing\",\"601\"]");
	await_blocked();
	probe_cancel(probe);
	probe_expect_class(probe, "cancelled", "while waiting for the answer of 127.0.0.1");
	probe_free(probe);
	assert_true(session.lost);
	/* one that was never logged in was none */
	probe = probe_begin_in(
	    server.loop, &redis_ping, 0, &never, "{\"connection\":{\"host\":\"no such host\"}}");
	probe_wait(probe);
	probe_free(probe);
	assert_false(never.lost);
}

static enum effect_class effect_of(const char *argv)
{
	struct arena *arena = arena_new();
	struct str error = {0};
	char *args = NULL;
	enum effect_class effect;

	assert_true(asprintf(&args, "{%s%s}", *argv ? "\"command\":" : "", argv) >= 0);
	effect = redis_command_spec.effect_of(value_from_json(arena, str_from(args), &error));
	free(args);
	arena_free(arena);
	return effect;
}

static void knows_what_a_command_does(void **state)
{
	static const struct {
		const char *argv;
		enum effect_class effect;
	} cases[] = {
	    {"[\"GET\",\"a\"]", EFFECT_READ},
	    {"[\"get\",{\"$unknown\":[]}]", EFFECT_READ},
	    {"[\"CONFIG\",\"get\",\"a\"]", EFFECT_READ},
	    {"[\"CONFIG\",\"SET\",\"a\",\"b\"]", EFFECT_CHANGE},
	    {"[\"CONFIG\",{\"$unknown\":[]}]", EFFECT_CHANGE},
	    {"[\"CONFIG\"]", EFFECT_CHANGE},
	    {"[\"SET\",\"a\",\"b\"]", EFFECT_CHANGE},
	    {"[\"SORT\",\"a\"]", EFFECT_CHANGE},
	    {"[\"EVAL\",\"return 1\",\"0\"]", EFFECT_CHANGE},
	    {"[\"NEW.COMMAND\",\"a\"]", EFFECT_CHANGE},
	    {"[\"GE\"]", EFFECT_CHANGE},
	    {"[\"GETS\"]", EFFECT_CHANGE},
	    {"[\"GET\\u0000xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"]", EFFECT_CHANGE},
	    {"[\"DEL\",\"a\"]", EFFECT_DESTROY},
	    {"[\"flushall\",\"ASYNC\"]", EFFECT_DESTROY},
	    {"[\"SHUTDOWN\"]", EFFECT_DESTROY},
	    {"[\"REPLICAOF\",\"10.0.0.1\",\"6379\"]", EFFECT_DESTROY},
	    {"[\"REPLICAOF\",{\"$unknown\":[]}]", EFFECT_DESTROY},
	    {"[\"replicaof\",\"no\",\"one\"]", EFFECT_CHANGE},
	    {"[\"CLUSTER\",\"INFO\"]", EFFECT_READ},
	    {"[\"CLUSTER\",\"RESET\"]", EFFECT_DESTROY},
	    {"[\"CLUSTER\",{\"$unknown\":[]}]", EFFECT_DESTROY},
	    {"[{\"$unknown\":[]},\"a\"]", EFFECT_DESTROY},
	    {"[]", EFFECT_DESTROY},
	    {"", EFFECT_DESTROY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (effect_of(cases[i].argv) != cases[i].effect)
			fail_msg("%s is not that", cases[i].argv);
}

static bool flagged(const struct value *flags, const char *flag)
{
	for (size_t i = 0; i < flags->list.count; i++)
		if (str_is(value_text(flags->list.items[i]), flag))
			return true;
	return false;
}

/* What the server says of one of its commands, and of those below it: a read is one, a write is none. */
static size_t agrees(const struct value *command)
{
	struct str name = value_text(command->list.items[0]);
	const struct value *flags = command->list.items[2];
	const struct value *below = command->list.items[9];
	ptrdiff_t at = str_find(name, STR("|"));
	enum effect_class effect;
	size_t count = 1;
	char argv[100];

	if (at < 0)
		snprintf(argv, sizeof(argv), "[\"%.*s\"]", STR_ARG(name));
	else
		snprintf(
		    argv, sizeof(argv), "[\"%.*s\",\"%s\"]", (int)at, name.ptr, name.ptr + at + 1);
	effect = effect_of(argv);
	if (flagged(flags, "readonly") && effect != EFFECT_READ)
		fail_msg("%s reads", argv);
	if (flagged(flags, "write") && effect == EFFECT_READ)
		fail_msg("%s writes", argv);
	for (size_t i = 0; i < below->list.count; i++)
		count += agrees(below->list.items[i]);
	return count;
}

static void agrees_with_the_server(void **state)
{
	struct probe *probe = redis_send(&server, NULL, "\"COMMAND\"");
	const struct value *commands = probe_get(probe, "reply");
	size_t count = 0;

	(void)state;
	probe_expect_ok(probe);
	for (size_t i = 0; i < commands->list.count; i++)
		count += agrees(commands->list.items[i]);
	assert_true(count > 300);
	probe_free(probe);
}

static void survives_the_server(void **state)
{
	struct probe *probe = redis_begin(
	    &server, NULL, &redis_command, "\"command\":[\"BLPOP\",\"nothing\",\"600\"]");
	char command[64];

	(void)state;
	await_blocked();
	snprintf(command, sizeof(command), "kill %d", server_pid);
	servers_ask(command);
	probe_wait(probe);
	probe_expect_class(probe, "server", "127.0.0.1");
	assert_null(probe_get(probe, "reply"));
	probe_free(probe);
	fails(&server, "\"GET\",\"text\"", "refused", "", "refused the connection");
	server.port = servers_port("hang");
	probe = redis_begin(&server, NULL, &redis_command, "\"command\":[\"DBSIZE\"]");
	loop_timer_start(probe->timer, 100000);
	probe_wait(probe);
	probe_expect_class(probe, "cancelled", "while logging in at 127.0.0.1");
	probe_free(probe);
}

static int begin(void **state)
{
	(void)state;
	server.loop = loop_new();
	servers_start();
	servers_ask("redis");
	server.port = servers_int("port");
	server_pid = servers_int("pid");
	return 0;
}

static int finish(void **state)
{
	(void)state;
	servers_stop();
	loop_free(server.loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_typed_replies),
	    cmocka_unit_test(asks_the_server_what_writes),
	    cmocka_unit_test(tells_what_the_server_says),
	    cmocka_unit_test(tells_what_a_user_may_not),
	    cmocka_unit_test(looks_whether_it_is_let_in),
	    cmocka_unit_test(does_nothing_after_a_refused_login),
	    cmocka_unit_test(tells_of_a_replica_without_a_master),
	    cmocka_unit_test(bounds_what_it_takes),
	    cmocka_unit_test(refuses_what_has_no_end_or_no_answer),
	    cmocka_unit_test(shares_a_session),
	    cmocka_unit_test(loses_a_session),
	    cmocka_unit_test(knows_what_a_command_does),
	    cmocka_unit_test(agrees_with_the_server),
	    cmocka_unit_test(survives_the_server),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
