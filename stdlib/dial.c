/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/dial.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/units.h"
#include "stdlib/watch.h"

/* Looking up (resolve is set), or connecting to one of the addresses (fd, watch and timer are). */
struct dial {
	struct attempt *attempt;
	struct str host;
	int64_t port;
	int64_t began_us;
	struct dial **slot;
	void (*done)(void *self, const struct dialled *dialled, const struct trouble *trouble);
	void *self;
	struct resolve *resolve;
	struct resolved found;
	size_t at; /* the address being tried */
	int fd; /* -1 while there is none */
	struct watch *watch;
	struct loop_timer *timer; /* of one address */
	int64_t share_us; /* what it was given; 0: no limit */
	struct trouble trouble; /* of the address that says most */
};

static struct str peer_of(const struct dial *dial)
{
	struct arena *arena = dial->attempt->arena;
	const char *address = dial_address(dial);
	bool is_six = memchr(dial->host.ptr, ':', dial->host.len) != NULL;
	struct str peer = arena_printf(
	    arena, is_six ? "[%.*s]:%" PRId64 : "%.*s:%" PRId64, STR_ARG(dial->host), dial->port);

	if (!*address || str_is(dial->host, address))
		return peer;
	return arena_printf(arena, "%.*s (%s)", STR_ARG(peer), address);
}

const char *dial_address(const struct dial *dial)
{
	return dial->at < dial->found.count ? dial->found.address[dial->at] : "";
}

struct str dial_doing(const struct dial *dial)
{
	return arena_printf(dial->attempt->arena, "%s %.*s",
	    dial->resolve ? "looking up the address of" : "connecting to", STR_ARG(peer_of(dial)));
}

static void hang_up(struct dial *dial)
{
	watch_free(dial->watch);
	dial->watch = NULL;
	if (dial->fd >= 0)
		close(dial->fd);
	dial->fd = -1;
}

static void dial_free(struct dial *dial)
{
	resolve_cancel(&dial->resolve);
	hang_up(dial);
	loop_timer_free(dial->timer);
	free(dial);
}

/* The last thing that touches the dial. */
static void end(struct dial *dial, const struct trouble *trouble)
{
	struct trouble copy = trouble ? *trouble : (struct trouble){0};
	struct dialled dialled = {.fd = dial->fd, .peer = peer_of(dial)};
	void (*done)(
	    void *self, const struct dialled *dialled, const struct trouble *trouble) = dial->done;
	void *self = dial->self;

	memcpy(dialled.address, dial_address(dial), strlen(dial_address(dial)));
	dial->fd = -1;
	*dial->slot = NULL;
	dial_free(dial);
	done(self, &dialled, trouble ? &copy : NULL);
}

static void try_address(struct dial *dial);

/* Goes on to the next address. Of several failures the first is told, unless no way led there: that says least. */
static void failed(struct dial *dial, struct trouble trouble)
{
	size_t others = dial->found.count - 1;

	hang_up(dial);
	loop_timer_stop(dial->timer);
	if (dial->at == 0 || dial->trouble.class == TROUBLE_UNREACHABLE)
		dial->trouble = trouble;
	if (dial->at + 1 < dial->found.count) {
		dial->at++;
		try_address(dial);
		return;
	}
	trouble = dial->trouble;
	if (others)
		trouble = trouble_of(dial->attempt->arena, trouble.class,
		    "%.*s; %zu other address%s did not accept either", STR_ARG(trouble.why), others,
		    others > 1 ? "es" : "");
	end(dial, &trouble);
}

static void failed_by(struct dial *dial, int error)
{
	failed(dial, trouble_of_errno(dial->attempt->arena, error, peer_of(dial)));
}

/*
 * Towards a port of this machine where nobody listens, the system may choose that very port for our own end, and TCP
 * then connects the socket with itself.
 */
static bool met_itself(int fd)
{
	struct sockaddr_storage ours = {0}, theirs = {0};
	socklen_t our_len = sizeof(ours), their_len = sizeof(theirs);

	return getsockname(fd, (struct sockaddr *)&ours, &our_len) == 0 &&
	    getpeername(fd, (struct sockaddr *)&theirs, &their_len) == 0 && our_len == their_len &&
	    memcmp(&ours, &theirs, our_len) == 0;
}

static void seen(void *self, int events, bool broken)
{
	struct dial *dial = self;
	socklen_t len = sizeof(int);
	int error = 0;

	(void)events;
	(void)broken; /* the socket knows better why */
	if (getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (!error && met_itself(dial->fd))
		error = ECONNREFUSED;
	if (error) {
		failed_by(dial, error);
		return;
	}
	watch_free(dial->watch);
	dial->watch = NULL;
	end(dial, NULL);
}

static void share_is_over(void *self)
{
	struct dial *dial = self;
	struct trouble trouble;
	struct buf share;

	buf_init(&share, BUF_UNBOUNDED);
	units_show_duration(&share, dial->share_us);
	trouble = trouble_of(dial->attempt->arena, TROUBLE_TIMEOUT,
	    "%.*s did not answer within %.*s", STR_ARG(peer_of(dial)), STR_ARG(buf_view(&share)));
	buf_done(&share);
	failed(dial, trouble);
}

/* The last address has until the attempt's own end. */
static void limit_address(struct dial *dial)
{
	int64_t left_us = dial->began_us + dial->attempt->timeout_us - loop_clock_us();
	size_t addresses = dial->found.count - dial->at;

	if (dial->attempt->timeout_us <= 0 || addresses < 2)
		return;
	dial->share_us = left_us > 0 ? left_us / (int64_t)addresses : 1;
	loop_timer_start(dial->timer, dial->share_us);
}

static int connect_to(const char *address, int64_t port, int *ret_fd)
{
	const struct addrinfo hints = {
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	char service[8];
	int error = 0;

	snprintf(service, sizeof(service), "%d", (int)port);
	if (getaddrinfo(address, service, &hints, &found) != 0)
		return EHOSTUNREACH; /* a scope that does not exist here */
	*ret_fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*ret_fd < 0 || connect(*ret_fd, found->ai_addr, found->ai_addrlen) < 0)
		error = errno;
	freeaddrinfo(found);
	return error;
}

static void try_address(struct dial *dial)
{
	int error = connect_to(dial_address(dial), dial->port, &dial->fd);

	if (error && error != EINPROGRESS) {
		failed_by(dial, error);
		return;
	}
	dial->watch = watch_new(dial->attempt->host->loop, dial->fd, seen, dial);
	if (!dial->watch) {
		failed_by(dial, EMFILE);
		return;
	}
	watch_for(dial->watch, UV_WRITABLE);
	limit_address(dial);
}

static void resolved(void *self, const struct resolved *found)
{
	struct dial *dial = self;
	struct trouble trouble;

	if (found->error) {
		trouble = trouble_of(dial->attempt->arena, TROUBLE_RESOLVE,
		    "the name %.*s has no address: %s", STR_ARG(dial->host), found->error);
		end(dial, &trouble);
		return;
	}
	dial->found = *found;
	try_address(dial);
}

void dial_start(struct attempt *attempt, struct str host, int64_t port, struct dial **slot,
    void (*done)(void *self, const struct dialled *dialled, const struct trouble *trouble),
    void *self)
{
	struct dial *dial = mem_alloc(sizeof(*dial));

	*dial = (struct dial){.attempt = attempt,
	    .host = host,
	    .port = port,
	    .began_us = loop_clock_us(),
	    .slot = slot,
	    .done = done,
	    .self = self,
	    .fd = -1};
	dial->timer = loop_timer_new(attempt->host->loop, share_is_over, dial);
	*slot = dial;
	resolve_start(attempt->host->loop, host, &dial->resolve, resolved, dial);
}

void dial_cancel(struct dial **slot)
{
	struct dial *dial = *slot;

	if (!dial)
		return;
	*slot = NULL;
	dial_free(dial);
}
