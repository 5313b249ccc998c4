/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/curl_loop.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "stdlib/watch.h"

/* One socket that curl wants watched: while it is open, and never longer. */
struct open_socket {
	struct open_socket *next;
	struct curl_link *link;
	struct watch *watch;
	curl_socket_t fd;
};

struct curl_link {
	struct loop *loop;
	CURLM *multi;
	CURL *easy;
	struct loop_timer *timer;
	struct open_socket *sockets;
	void (*done)(void *self, CURLcode code);
	void *self;
};

/* The last thing that touches the link after curl has worked. */
static void look_for_end(struct curl_link *link)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(link->multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		link->done(link->self, message->data.result);
		return;
	}
}

static void socket_seen(void *self, int events, bool failed)
{
	struct open_socket *socket = self;
	struct curl_link *link = socket->link; /* the socket may be gone after the call */
	int flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
	    (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0) | (failed ? CURL_CSELECT_ERR : 0);
	int running;

	curl_multi_socket_action(link->multi, socket->fd, flags, &running);
	look_for_end(link);
}

static void timer_fired(void *self)
{
	struct curl_link *link = self;
	int running;

	curl_multi_socket_action(link->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	look_for_end(link);
}

static struct open_socket **find(struct curl_link *link, curl_socket_t fd)
{
	struct open_socket **at = &link->sockets;

	while (*at && (*at)->fd != fd)
		at = &(*at)->next;
	return at;
}

static void forget(struct curl_link *link, curl_socket_t fd)
{
	struct open_socket **at = find(link, fd);
	struct open_socket *socket = *at;

	if (!socket)
		return;
	*at = socket->next;
	watch_free(socket->watch);
	free(socket);
}

/* curl's: what to watch a socket for. It may tell CURL_POLL_REMOVE late or never. */
static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *self, void *unused)
{
	struct curl_link *link = self;
	struct open_socket *socket = *find(link, fd);

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		forget(link, fd);
		return 0;
	}
	if (!socket) {
		socket = mem_alloc(sizeof(*socket));
		*socket = (struct open_socket){.next = link->sockets, .link = link, .fd = fd};
		link->sockets = socket;
		socket->watch = watch_new(link->loop, fd, socket_seen, socket);
	}
	if (!socket->watch)
		return -1;
	watch_for(socket->watch,
	    (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0));
	return 0;
}

/* curl's: -1 stops, 0 means as soon as this callback has returned. */
static int timer_wanted(CURLM *multi, long timeout_ms, void *self)
{
	struct curl_link *link = self;

	(void)multi;
	if (timeout_ms < 0)
		loop_timer_stop(link->timer);
	else
		loop_timer_start(link->timer, (int64_t)timeout_ms * 1000);
	return 0;
}

/* Processes that begin meanwhile must not inherit it. */
static curl_socket_t make_socket(void *self, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)self;
	(void)purpose;
	return socket(
	    address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->protocol);
}

static int close_socket(void *self, curl_socket_t fd)
{
	forget(self, fd);
	return close(fd);
}

struct curl_link *curl_link_new(
    struct loop *loop, CURL *easy, void (*done)(void *self, CURLcode code), void *self)
{
	struct curl_link *link = mem_alloc(sizeof(*link));

	*link = (struct curl_link){.loop = loop, .easy = easy, .done = done, .self = self};
	link->timer = loop_timer_new(loop, timer_fired, link);
	link->multi = curl_multi_init();
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, make_socket);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, link);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_multi_setopt(link->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
	curl_multi_setopt(link->multi, CURLMOPT_SOCKETDATA, link);
	curl_multi_setopt(link->multi, CURLMOPT_TIMERFUNCTION, timer_wanted);
	curl_multi_setopt(link->multi, CURLMOPT_TIMERDATA, link);
	if (link->multi && curl_multi_add_handle(link->multi, easy) == CURLM_OK)
		return link;
	curl_link_free(link);
	return NULL;
}

bool curl_link_connected(const struct curl_link *link)
{
	for (const struct open_socket *at = link->sockets; at; at = at->next) {
		struct sockaddr_storage peer;
		socklen_t len = sizeof(peer);

		if (getpeername(at->fd, (struct sockaddr *)&peer, &len) == 0)
			return true;
	}
	return false;
}

void curl_link_free(struct curl_link *link)
{
	if (!link)
		return;
	curl_multi_setopt(link->multi, CURLMOPT_TIMERFUNCTION, NULL);
	curl_multi_remove_handle(link->multi, link->easy);
	curl_multi_cleanup(link->multi);
	while (link->sockets)
		forget(link, link->sockets->fd);
	loop_timer_free(link->timer);
	free(link);
}
