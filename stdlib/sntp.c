/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/sntp.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/mem.h"
#include "stdlib/resolve.h"
#include "stdlib/watch.h"

/*
 * A message: leap, version and mode in one byte, then stratum, two bytes of no interest here, root delay and dispersion
 * (16.16 bits of seconds), a reference, and the times of reference, origin, receipt and transmission (32.32 bits).
 */
enum {
	MESSAGE_BYTES = 48,
	AT_STRATUM = 1,
	AT_ROOT_DELAY = 4,
	AT_ROOT_DISPERSION = 8,
	AT_REFERENCE = 12,
	AT_ORIGIN = 24,
	AT_RECEIPT = 32,
	AT_TRANSMISSION = 40,
	STAMP_BYTES = 8
};

enum { CLIENT_MODE = 3, SERVER_MODE = 4, VERSION = 4, LEAP_UNKNOWN = 3, STRATUM_MAX = 15 };
enum { ASK_AGAIN_US = 1000000 };

/* From 1900 to 1970; and the length of an era, after which the seconds of a message begin anew. */
static const int64_t epoch_s = 2208988800;
static const int64_t era_s = INT64_C(1) << 32;

/* Looking up (resolve is set), then asking (fd and watch are). */
struct sntp {
	struct attempt *attempt;
	struct str host;
	int64_t port;
	struct sntp **slot;
	void (*done)(void *self, const struct sntp_answer *answer, struct str peer,
	    const struct trouble *trouble);
	void *self;
	struct resolve *resolve;
	struct str peer;
	int fd; /* -1 while there is none */
	struct watch *watch;
	struct loop_timer *timer;
	int64_t sent_us; /* on the wall */
	unsigned char cookie
	    [STAMP_BYTES]; /* what an answer must repeat: no time, so that nobody can guess it */
};

static void sntp_free(struct sntp *sntp)
{
	resolve_cancel(&sntp->resolve);
	watch_free(sntp->watch);
	if (sntp->fd >= 0)
		close(sntp->fd);
	loop_timer_free(sntp->timer);
	free(sntp);
}

/* The last thing that touches it. */
static void end(struct sntp *sntp, const struct sntp_answer *answer, const struct trouble *trouble)
{
	void (*done)(void *self, const struct sntp_answer *answer, struct str peer,
	    const struct trouble *trouble) = sntp->done;
	void *self = sntp->self;
	struct str peer = sntp->peer;

	*sntp->slot = NULL;
	sntp_free(sntp);
	done(self, answer, peer, trouble);
}

static void end_by(struct sntp *sntp, int error)
{
	struct trouble trouble = trouble_of_errno(sntp->attempt->arena, error, sntp->peer);

	end(sntp, NULL, &trouble);
}

static uint32_t word(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Since 1970. Times whose first bit is not set are of the era that begins in 2036 (RFC 4330, section 3). */
static int64_t stamp_us(const unsigned char *at)
{
	int64_t seconds = word(at);

	if (seconds < era_s / 2)
		seconds += era_s;
	return (seconds - epoch_s) * 1000000 + (int64_t)((uint64_t)word(at + 4) * 1000000 >> 32);
}

static int64_t short_us(const unsigned char *at)
{
	return (int64_t)((uint64_t)word(at) * 1000000 >> 16);
}

/* What a server says of itself that makes its time useless; false when there is nothing. */
static bool is_useless(struct sntp *sntp, const unsigned char *message, struct trouble *ret_trouble)
{
	struct arena *arena = sntp->attempt->arena;
	struct str code = {(const char *)message + AT_REFERENCE, 4};

	if (message[AT_STRATUM] == 0)
		*ret_trouble = trouble_of(arena, TROUBLE_SERVER, "%.*s turns us away: %.*s",
		    STR_ARG(sntp->peer), STR_ARG(trouble_line(arena, code)));
	else if (message[0] >> 6 == LEAP_UNKNOWN || message[AT_STRATUM] > STRATUM_MAX)
		*ret_trouble = trouble_of(arena, TROUBLE_SERVER,
		    "%.*s does not know the time itself", STR_ARG(sntp->peer));
	else
		return false;
	return true;
}

/* Whether it is an answer to our question at all: somebody else's is not heard. */
static bool is_ours(const struct sntp *sntp, const unsigned char *message, ssize_t len)
{
	return len >= MESSAGE_BYTES && (message[0] & 7) == SERVER_MODE &&
	    memcmp(message + AT_ORIGIN, sntp->cookie, STAMP_BYTES) == 0 &&
	    (word(message + AT_TRANSMISSION) || message[AT_STRATUM] == 0);
}

static void read_answer(struct sntp *sntp, const unsigned char *message, int64_t now_us)
{
	int64_t received_us = stamp_us(message + AT_RECEIPT);
	int64_t transmitted_us = stamp_us(message + AT_TRANSMISSION);
	int64_t way_us = (now_us - sntp->sent_us) - (transmitted_us - received_us);
	struct sntp_answer answer = {.stratum = message[AT_STRATUM]};
	struct trouble trouble;

	if (is_useless(sntp, message, &trouble)) {
		end(sntp, NULL, &trouble);
		return;
	}
	answer.ahead_us = ((sntp->sent_us - received_us) + (now_us - transmitted_us)) / 2;
	answer.uncertainty_us = (way_us > 0 ? way_us / 2 : 0) +
	    short_us(message + AT_ROOT_DELAY) / 2 + short_us(message + AT_ROOT_DISPERSION);
	end(sntp, &answer, NULL);
}

static void seen(void *self, int events, bool failed)
{
	struct sntp *sntp = self;
	unsigned char message[512];
	ssize_t len = recv(sntp->fd, message, sizeof(message), 0);
	int64_t now_us = loop_wall_us();

	(void)events;
	(void)failed;
	if (len < 0 && errno != EAGAIN && errno != EINTR)
		end_by(sntp, errno);
	else if (is_ours(sntp, message, len))
		read_answer(sntp, message, now_us);
}

static void ask(void *self)
{
	struct sntp *sntp = self;
	unsigned char message[MESSAGE_BYTES] = {VERSION << 3 | CLIENT_MODE};

	if (getrandom(sntp->cookie, STAMP_BYTES, GRND_NONBLOCK) != STAMP_BYTES) {
		end_by(sntp, errno);
		return;
	}
	memcpy(message + AT_TRANSMISSION, sntp->cookie, STAMP_BYTES);
	sntp->sent_us = loop_wall_us();
	if (send(sntp->fd, message, sizeof(message), MSG_NOSIGNAL) < 0 && errno != EAGAIN) {
		end_by(sntp, errno);
		return;
	}
	loop_timer_start(sntp->timer, ASK_AGAIN_US);
}

static int open_socket(const char *address, int64_t port, int *ret_fd)
{
	const struct addrinfo hints = {
	    .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	char service[8];
	int error = 0;

	snprintf(service, sizeof(service), "%d", (int)port);
	if (getaddrinfo(address, service, &hints, &found) != 0)
		return EHOSTUNREACH;
	*ret_fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Connected: an answer of somebody else does not come in, and a port that is closed shows. */
	if (*ret_fd < 0 || connect(*ret_fd, found->ai_addr, found->ai_addrlen) < 0)
		error = errno;
	freeaddrinfo(found);
	return error;
}

static void resolved(void *self, const struct resolved *found)
{
	struct sntp *sntp = self;
	struct arena *arena = sntp->attempt->arena;
	struct trouble trouble;
	int error;

	if (found->error) {
		trouble = trouble_of(arena, TROUBLE_RESOLVE, "the name %.*s has no address: %s",
		    STR_ARG(sntp->host), found->error);
		end(sntp, NULL, &trouble);
		return;
	}
	if (!str_is(sntp->host, found->address[0]))
		sntp->peer = arena_printf(
		    arena, "%.*s (%s)", STR_ARG(sntp->peer), found->address[0]);
	error = open_socket(found->address[0], sntp->port, &sntp->fd);
	if (!error)
		sntp->watch = watch_new(sntp->attempt->host->loop, sntp->fd, seen, sntp);
	if (!sntp->watch) {
		end_by(sntp, error ? error : EMFILE);
		return;
	}
	watch_for(sntp->watch, UV_READABLE);
	ask(sntp);
}

void sntp_start(struct attempt *attempt, struct str host, int64_t port, struct sntp **slot,
    void (*done)(void *self, const struct sntp_answer *answer, struct str peer,
	const struct trouble *trouble),
    void *self)
{
	struct sntp *sntp = mem_alloc(sizeof(*sntp));
	bool is_six = memchr(host.ptr, ':', host.len) != NULL;

	*sntp = (struct sntp){.attempt = attempt,
	    .host = host,
	    .port = port,
	    .slot = slot,
	    .done = done,
	    .self = self,
	    .peer = arena_printf(
		attempt->arena, is_six ? "[%.*s]:%" PRId64 : "%.*s:%" PRId64, STR_ARG(host), port),
	    .fd = -1};
	sntp->timer = loop_timer_new(attempt->host->loop, ask, sntp);
	*slot = sntp;
	resolve_start(attempt->host->loop, host, &sntp->resolve, resolved, sntp);
}

void sntp_cancel(struct sntp **slot)
{
	struct sntp *sntp = *slot;

	if (!sntp)
		return;
	*slot = NULL;
	sntp_free(sntp);
}

struct str sntp_doing(const struct sntp *sntp)
{
	return arena_printf(sntp->attempt->arena,
	    sntp->resolve ? "looking up the address of %.*s" : "asking %.*s for the time",
	    STR_ARG(sntp->peer));
}
