/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/ares_loop.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "stdlib/watch.h"

enum { ANSWERER_TEXT = 72 };

struct open_socket {
	struct open_socket *next;
	struct ares_link *link;
	struct watch *watch;
	int fd;
	bool is_tcp;
};

struct ares_link {
	struct loop *loop;
	ares_channel channel;
	void (*turned)(void *self);
	void *self;
	struct loop_timer *timer;
	struct open_socket *sockets;
	char answerer[ANSWERER_TEXT];
	bool by_tcp;
};

static struct open_socket **find(struct ares_link *link, int fd)
{
	struct open_socket **at = &link->sockets;

	while (*at && (*at)->fd != fd)
		at = &(*at)->next;
	return at;
}

static void timer_fired(void *self)
{
	struct ares_link *link = self;

	ares_process_fd(link->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	link->turned(link->self);
}

static void socket_seen(void *self, int events, bool failed)
{
	struct open_socket *socket = self;
	struct ares_link *link = socket->link; /* the socket may be gone after the call */
	int fd = socket->fd;

	(void)failed; /* c-ares meets it */
	ares_process_fd(link->channel, events & UV_READABLE ? fd : ARES_SOCKET_BAD,
	    events & UV_WRITABLE ? fd : ARES_SOCKET_BAD);
	link->turned(link->self);
}

/*
 * The sockets are ours: c-ares does not say who has answered, and other processes that begin meanwhile must not inherit
 * them.
 */
static ares_socket_t make_socket(int family, int type, int protocol, void *self)
{
	struct ares_link *link = self;
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	struct open_socket *socket;

	if (fd < 0)
		return ARES_SOCKET_BAD;
	socket = mem_alloc(sizeof(*socket));
	*socket = (struct open_socket){
	    .next = link->sockets, .link = link, .fd = fd, .is_tcp = type == SOCK_STREAM};
	socket->watch = watch_new(link->loop, fd, socket_seen, socket);
	link->sockets = socket;
	return fd;
}

static int close_socket(ares_socket_t fd, void *self)
{
	struct open_socket **at = find(self, fd);
	struct open_socket *socket = *at;

	*at = socket->next;
	watch_free(socket->watch);
	free(socket);
	return close(fd);
}

static int connect_socket(
    ares_socket_t fd, const struct sockaddr *address, ares_socklen_t len, void *self)
{
	(void)self;
	return connect(fd, address, len);
}

static void note_answerer(struct ares_link *link, int fd)
{
	struct sockaddr_storage peer = {0};
	socklen_t len = sizeof(peer);
	char host[ANSWERER_TEXT - 10], port[8];

	if (getpeername(fd, (struct sockaddr *)&peer, &len) < 0 ||
	    getnameinfo((struct sockaddr *)&peer, len, host, sizeof(host), port, sizeof(port),
		NI_NUMERICHOST | NI_NUMERICSERV | NI_DGRAM) != 0)
		return;
	snprintf(link->answerer, sizeof(link->answerer),
	    peer.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	link->by_tcp = (*find(link, fd))->is_tcp;
}

static ares_ssize_t receive(ares_socket_t fd, void *bytes, size_t size, int flags,
    struct sockaddr *from, ares_socklen_t *from_len, void *self)
{
	ssize_t got = recvfrom(fd, bytes, size, flags, from, from_len);

	if (got > 0)
		note_answerer(self, fd);
	return got;
}

static ares_ssize_t send_all(ares_socket_t fd, const struct iovec *pieces, int count, void *self)
{
	/* sendmsg() only reads them, but its struct has no word for that. */
	const struct msghdr message = {
	    .msg_iov = (struct iovec *)(uintptr_t)pieces, .msg_iovlen = (size_t)count};

	(void)self;
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static const struct ares_socket_functions functions = {
    make_socket, close_socket, connect_socket, receive, send_all};

/* c-ares': what to watch a socket for; (0, 0) when it is about to close it. */
static void socket_wanted(void *self, ares_socket_t fd, int readable, int writable)
{
	const struct open_socket *socket = *find(self, fd);

	if (socket && socket->watch)
		watch_for(
		    socket->watch, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0));
}

struct ares_link *ares_link_new(struct loop *loop, void (*turned)(void *self), void *self)
{
	struct ares_link *link = mem_alloc(sizeof(*link));

	*link = (struct ares_link){.loop = loop, .turned = turned, .self = self};
	link->timer = loop_timer_new(loop, timer_fired, link);
	return link;
}

int ares_link_options(struct ares_link *link, struct ares_options *options)
{
	options->sock_state_cb = socket_wanted;
	options->sock_state_cb_data = link;
	return ARES_OPT_SOCK_STATE_CB;
}

void ares_link_take(struct ares_link *link, ares_channel channel)
{
	link->channel = channel;
	ares_set_socket_functions(channel, &functions, link);
}

ares_channel ares_link_channel(const struct ares_link *link)
{
	return link->channel;
}

void ares_link_go_on(struct ares_link *link)
{
	struct timeval left;

	if (ares_timeout(link->channel, NULL, &left))
		loop_timer_start(link->timer, (int64_t)left.tv_sec * 1000000 + left.tv_usec);
}

const char *ares_link_answerer(const struct ares_link *link, bool *ret_tcp)
{
	*ret_tcp = link->by_tcp;
	return link->answerer;
}

void ares_link_free(struct ares_link *link)
{
	if (!link)
		return;
	if (link->channel)
		ares_destroy(link->channel); /* closes its sockets through us */
	loop_timer_free(link->timer);
	free(link);
}
