/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/redis_session.h"

#include <fcntl.h>

#include "stdlib/redis_loop.h"
#include "stdlib/resolve.h"

/*
 * A session is looking up (resolve is set), connecting to one address after the other, answering (`heard` counts the
 * replies to its own commands), or over. hiredis tells of trouble in callbacks in which nothing may be freed, so they
 * only note it; after_work() acts on it.
 */
struct redis_session {
	struct redis_order order;
	struct resolve *resolve;
	struct resolved found;
	size_t next; /* address to try */
	struct redis_link link;
	bool connected;
	bool failed; /* trouble tells how */
	size_t heard;
	struct trouble trouble;
};

/* No reply a session is made for comes near; what sends more is no Redis. */
enum { UNREAD_MAX = 8 << 20 };

static void connect_next(struct redis_session *session);

static struct arena *arena_of(const struct redis_session *session)
{
	return session->order.attempt->arena;
}

/* The first trouble is the one that counts. */
static void note(struct redis_session *session, struct trouble trouble)
{
	if (session->failed)
		return;
	session->failed = true;
	session->trouble = trouble;
}

static void note_broken(struct redis_session *session, const redisAsyncContext *context)
{
	struct str text = str_from(context->c.errstr);
	struct str peer = session->order.target.peer;
	int error;

	if (context->c.err == REDIS_ERR_PROTOCOL)
		note(session,
		    trouble_of(arena_of(session), TROUBLE_PROTOCOL,
			"%.*s does not speak Redis's protocol", STR_ARG(peer)));
	else if (context->c.err == REDIS_ERR_EOF)
		note(session,
		    trouble_of(arena_of(session), TROUBLE_SERVER, "%.*s closed the connection",
			STR_ARG(peer)));
	else if (trouble_find_errno(text, &error))
		note(session, trouble_of_errno(arena_of(session), error, peer));
	else
		note(session,
		    trouble_of(arena_of(session), TROUBLE_SERVER,
			"the connection to %.*s failed: %.*s", STR_ARG(peer),
			STR_ARG(trouble_line(arena_of(session), text))));
}

static void leave(struct redis_session *session)
{
	resolve_cancel(&session->resolve);
	redis_link_done(&session->link);
}

/* The last thing that touches the session. */
static void end(struct redis_session *session)
{
	leave(session);
	session->order.ended(session->order.self, session->failed ? &session->trouble : NULL);
}

static void after_work(void *self)
{
	struct redis_session *session = self;
	redisAsyncContext *context = session->link.context;

	if (context && context->c.reader->len > UNREAD_MAX)
		note(session,
		    trouble_of(arena_of(session), TROUBLE_LIMIT,
			"%.*s sends a reply larger than %d MiB",
			STR_ARG(session->order.target.peer), UNREAD_MAX >> 20));
	if (session->heard == session->order.count) {
		end(session);
		return;
	}
	if (!session->failed)
		return;
	if (!session->connected && session->next < session->found.count)
		connect_next(session);
	else
		end(session);
}

static void connected(const redisAsyncContext *context, int status)
{
	struct redis_session *session = context->data;

	session->connected = status == REDIS_OK;
	if (status != REDIS_OK)
		note_broken(session, context);
}

static void disconnected(const redisAsyncContext *context, int status)
{
	if (status != REDIS_OK)
		note_broken(context->data, context);
}

/* Without a reply the connection is gone; disconnected() tells how. */
static void logged_in(redisAsyncContext *context, void *reply, void *unused)
{
	struct redis_session *session = context->data;

	(void)unused;
	if (reply && ((const redisReply *)reply)->type == REDIS_REPLY_ERROR)
		note(session, redis_trouble(arena_of(session), reply, session->order.target.peer));
}

static void replied(redisAsyncContext *context, void *reply, void *unused)
{
	struct redis_session *session = context->data;
	struct trouble trouble = {0};

	(void)unused;
	if (!reply || session->failed)
		return;
	if (session->order.reply(session->order.self, session->heard, reply, &trouble))
		session->heard++;
	else
		note(session, trouble);
}

/* hiredis keeps commands until it is connected. */
static bool send_all(struct redis_session *session)
{
	const struct redis_target *target = &session->order.target;
	redisAsyncContext *context = session->link.context;
	int status = REDIS_OK;

	if (target->user)
		status = redisAsyncCommand(
		    context, logged_in, NULL, "AUTH %s %s", target->user, target->password);
	else if (target->password)
		status = redisAsyncCommand(context, logged_in, NULL, "AUTH %s", target->password);
	if (status == REDIS_OK && target->db)
		status = redisAsyncCommand(context, logged_in, NULL, "SELECT %d", target->db);
	for (size_t i = 0; i < session->order.count && status == REDIS_OK; i++)
		status = redisAsyncCommandArgv(context, replied, NULL,
		    session->order.commands[i].count,
		    (const char **)(uintptr_t)session->order.commands[i].words, NULL);
	return status == REDIS_OK;
}

/* False when it failed at once; the trouble is noted and nothing is left open. */
static bool begin(struct redis_session *session, redisAsyncContext *context)
{
	struct loop *loop = session->order.attempt->host->loop;

	if (!context) {
		note(session,
		    trouble_of(arena_of(session), TROUBLE_SERVER,
			"hiredis has no memory for a connection"));
		return false;
	}
	if (context->c.err) {
		note_broken(session, context);
		redisAsyncFree(context);
		return false;
	}
	fcntl(context->c.fd, F_SETFD, FD_CLOEXEC);
	context->data = session;
	if (!redis_link_init(&session->link, loop, context, after_work, session)) {
		note(session,
		    trouble_of(arena_of(session), TROUBLE_SERVER,
			"the loop cannot watch the connection to %.*s",
			STR_ARG(session->order.target.peer)));
		redisAsyncFree(context);
		return false;
	}
	redisAsyncSetDisconnectCallback(context, disconnected);
	redisAsyncSetConnectCallback(context, connected);
	if (send_all(session))
		return true;
	note(session,
	    trouble_of(arena_of(session), TROUBLE_SERVER, "hiredis does not take the commands"));
	redis_link_done(&session->link);
	return false;
}

static void connect_next(struct redis_session *session)
{
	bool begun = false;

	while (!begun && session->next < session->found.count) {
		const char *address = session->found.address[session->next++];

		session->failed = false;
		begun = begin(session, redisAsyncConnect(address, session->order.target.port));
	}
	if (!begun)
		end(session);
}

static void resolved(void *self, const struct resolved *found)
{
	struct redis_session *session = self;

	session->found = *found;
	if (!found->error) {
		connect_next(session);
		return;
	}
	note(session,
	    trouble_of(arena_of(session), TROUBLE_RESOLVE, "the name %.*s has no address: %s",
		STR_ARG(session->order.target.host), found->error));
	end(session);
}

void redis_session_start(const struct redis_order *order, struct redis_session **slot)
{
	struct redis_session *session = arena_alloc(order->attempt->arena, sizeof(*session));
	struct str host = order->target.host;

	session->order = *order;
	*slot = session;
	if (host.ptr[0] != '/')
		resolve_start(
		    order->attempt->host->loop, host, &session->resolve, resolved, session);
	else if (!begin(session, redisAsyncConnectUnix(arena_cstr(order->attempt->arena, host))))
		end(session);
}

void redis_session_cancel(struct redis_session *session)
{
	session->failed = true; /* replies that hiredis cancels now are nobody's */
	leave(session);
}

struct str redis_session_doing(const struct redis_session *session)
{
	const char *doing = "waiting for the answer of";

	if (session->resolve)
		doing = "looking up the address of";
	else if (!session->connected)
		doing = "connecting to";
	return arena_printf(
	    arena_of(session), "%s %.*s", doing, STR_ARG(session->order.target.peer));
}
