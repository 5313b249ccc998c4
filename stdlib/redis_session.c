/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/redis_session.h"

#include <fcntl.h>

#include "stdlib/redis_loop.h"
#include "stdlib/redis_reply.h"
#include "stdlib/redis_trouble.h"
#include "stdlib/resolve.h"

/*
 * A session is looking up (resolve is set), connecting to one address after the other, logging in, asking, or over.
 * Commands are sent once the login was accepted: behind one that was refused, a server goes on with what comes next,
 * as another user or in another database. hiredis tells of trouble in callbacks in which nothing may be freed, so they
 * only note it; after_work() acts on it.
 */
struct redis_session {
	struct redis_order order;
	struct resolve *resolve;
	struct resolved found;
	size_t next; /* address to try */
	struct redis_link link;
	struct redis_bound bound;
	bool connected;
	bool asking; /* logged in */
	size_t left; /* replies that are still to come */
	size_t heard; /* replies to the order's commands */
	bool failed; /* trouble tells how */
	struct trouble trouble;
	struct str code;
};

static void ask(struct redis_session *session);
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

static void note_refused(struct redis_session *session, const redisReply *reply)
{
	if (!session->failed)
		session->code = redis_code(arena_of(session), reply);
	note(session, redis_trouble(arena_of(session), reply, session->order.target.peer));
}

static void note_large(struct redis_session *session)
{
	note(session,
	    trouble_of(arena_of(session), TROUBLE_LIMIT,
		"%.*s sends more than %d MiB: ask for less", STR_ARG(session->order.target.peer),
		REDIS_REPLY_MAX >> 20));
}

static void note_broken(struct redis_session *session, const redisAsyncContext *context)
{
	struct str text = str_from(context->c.errstr);
	struct str peer = session->order.target.peer;
	int error;

	if (session->bound.over)
		note_large(session);
	else if (context->c.err == REDIS_ERR_PROTOCOL)
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

static void close_shared(void *context)
{
	redisAsyncFree(context);
}

/*
 * A connection that others share stays, if nothing is on its way on it and the login was accepted; one that was shared,
 * or has begun to be, and is gone is lost.
 */
static void give_back(struct session *shared, struct redis_session *session)
{
	if (session->asking && session->link.context && !session->left) {
		shared->resource = session->link.context;
		shared->close = close_shared;
		session->link.context->data = NULL;
		redis_bound_done(&session->bound);
		redis_link_untie(&session->link);
	} else if (session->asking || shared->resource) {
		shared->resource = NULL;
		shared->lost = true;
	}
}

static void leave(struct redis_session *session)
{
	struct session *shared = session->order.attempt->session;

	resolve_cancel(&session->resolve);
	if (shared)
		give_back(shared, session);
	redis_link_done(&session->link);
}

/* The last thing that touches the session. */
static void end(struct redis_session *session)
{
	leave(session);
	session->order.ended(
	    session->order.self, session->failed ? &session->trouble : NULL, session->code);
}

/* Whether more is to be heard: of a connection that others share, even when it is for nobody. */
static bool waits(const struct redis_session *session)
{
	bool shared = session->asking && session->order.attempt->session;

	return session->left && session->link.context && (!session->failed || shared);
}

static void after_work(void *self)
{
	struct redis_session *session = self;
	redisAsyncContext *context = session->link.context;

	if (context && context->c.reader->len > REDIS_REPLY_MAX) {
		note_large(session);
		redis_link_done(&session->link);
	}
	if (waits(session) || (!session->failed && !session->connected))
		return;
	if (!session->failed && !session->asking)
		ask(session);
	else if (!session->connected && session->next < session->found.count)
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
	if (!reply || !session)
		return;
	session->left--;
	if (((const redisReply *)reply)->type == REDIS_REPLY_ERROR)
		note_refused(session, reply);
}

static void replied(redisAsyncContext *context, void *data, void *unused)
{
	struct redis_session *session = context->data;
	const redisReply *reply = data;
	struct trouble trouble = {0};
	size_t index;

	(void)unused;
	if (!reply || !session)
		return;
	session->left--;
	index = session->heard++;
	if (session->failed)
		return;
	if (reply->type == REDIS_REPLY_ERROR && !session->order.commands[index].optional)
		note_refused(session, reply);
	else if (!session->order.reply(session->order.self, index, reply, &trouble))
		note(session, trouble);
}

static void send_command(
    struct redis_session *session, redisCallbackFn *told, int count, const char *const *words)
{
	if (redisAsyncCommandArgv(session->link.context, told, NULL, count,
		(const char **)(uintptr_t)words, NULL) == REDIS_OK)
		session->left++;
	else
		note(session,
		    trouble_of(
			arena_of(session), TROUBLE_SERVER, "hiredis does not take the commands"));
}

static void ask(struct redis_session *session)
{
	session->asking = true;
	for (size_t i = 0; i < session->order.count && !session->failed; i++)
		send_command(session, replied, session->order.commands[i].count,
		    session->order.commands[i].words);
	if (session->failed)
		end(session);
}

/* hiredis keeps commands until it is connected. */
static void log_in(struct redis_session *session)
{
	const struct redis_target *target = &session->order.target;
	const char *auth[3] = {"AUTH", target->user, target->password};
	const char *select[2] = {"SELECT"};

	if (!target->user)
		auth[1] = target->password;
	if (target->password)
		send_command(session, logged_in, target->user ? 3 : 2, auth);
	if (target->db) {
		select[1] = arena_printf(arena_of(session), "%d", target->db).ptr;
		send_command(session, logged_in, 2, select);
	}
}

/* False with a noted trouble; the context is still the caller's. */
static bool tie(struct redis_session *session, redisAsyncContext *context)
{
	struct loop *loop = session->order.attempt->host->loop;

	context->data = session;
	redis_bound_init(&session->bound, context->c.reader);
	if (redis_link_init(&session->link, loop, context, after_work, session))
		return true;
	note(session,
	    trouble_of(arena_of(session), TROUBLE_SERVER,
		"the loop cannot watch the connection to %.*s",
		STR_ARG(session->order.target.peer)));
	return false;
}

/* False when it failed at once; the trouble is noted and nothing is left open. */
static bool begin(struct redis_session *session, redisAsyncContext *context)
{
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
	if (!tie(session, context)) {
		redisAsyncFree(context);
		return false;
	}
	redisAsyncSetDisconnectCallback(context, disconnected);
	redisAsyncSetConnectCallback(context, connected);
	log_in(session);
	if (session->failed)
		redis_link_done(&session->link);
	return !session->failed;
}

static void connect_next(struct redis_session *session)
{
	bool begun = false;

	while (!begun && session->next < session->found.count) {
		const char *address = session->found.address[session->next++];

		session->failed = false;
		session->left = 0;
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

/* On the connection that is shared. */
static void go_on(struct redis_session *session, struct session *shared)
{
	redisAsyncContext *context = shared->resource;

	if (tie(session, context)) {
		session->connected = true;
		ask(session);
	} else {
		redisAsyncFree(context);
		end(session);
	}
}

void redis_session_start(const struct redis_order *order, struct redis_session **slot)
{
	struct redis_session *session = arena_alloc(order->attempt->arena, sizeof(*session));
	struct str host = order->target.host;

	session->order = *order;
	*slot = session;
	if (order->attempt->session && order->attempt->session->resource)
		go_on(session, order->attempt->session);
	else if (host.ptr[0] != '/')
		resolve_start(
		    order->attempt->host->loop, host, &session->resolve, resolved, session);
	else if (!begin(session, redisAsyncConnectUnix(arena_cstr(order->attempt->arena, host))))
		end(session);
}

/* For people: "connecting to 127.0.0.1:6379". */
static struct str doing_what(const struct redis_session *session)
{
	const char *doing = "waiting for the answer of";

	if (session->resolve)
		doing = "looking up the address of";
	else if (!session->connected)
		doing = "connecting to";
	else if (!session->asking)
		doing = "logging in at";
	return arena_printf(
	    arena_of(session), "%s %.*s", doing, STR_ARG(session->order.target.peer));
}

void redis_session_cancel(struct redis_session *session, int64_t began_us)
{
	struct trouble trouble = trouble_of_cancel(
	    session->order.attempt, began_us, doing_what(session));

	session->failed = true; /* replies that hiredis cancels now are nobody's */
	leave(session);
	session->order.ended(session->order.self, &trouble, STR(""));
}
