/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "act/launch_parts.h"
#include "base/mem.h"

static void handle_closed(uv_handle_t *handle)
{
	struct launch_slot *slot = handle->data;

	if (--slot->open)
		return;
	free(slot);
}

/* It serves no more: its socket goes, its process is waited for as long as it likes. */
static void close_socket(struct launch_slot *slot)
{
	uv_close((uv_handle_t *)&slot->poll, handle_closed);
	close(slot->socket);
	slot->socket = -1;
	slot->pool->serving--;
	slot->pool->busy -= slot->launch != NULL;
	slot->launch = NULL;
	launch_pool_take_idle(slot->pool, slot);
	if (slot->exited)
		launch_pool_remove(slot->pool, slot);
}

static void process_exited(uv_process_t *process, int64_t status, int signal)
{
	struct launch_slot *slot = process->data;

	(void)status;
	(void)signal;
	slot->exited = true;
	/* The socket's end may be seen later than the exit; it tells the launch. */
	if (slot->socket < 0)
		launch_pool_remove(slot->pool, slot);
}

static void lose(struct launch_slot *slot)
{
	struct launch *launch = slot->launch;
	struct launch_pool *pool = slot->pool;

	close_socket(slot);
	if (launch)
		launch_lost(launch);
	launch_pool_pump(pool);
}

static void socket_ready(uv_poll_t *poll, int status, int events)
{
	struct launch_slot *slot = poll->data;

	(void)status; /* an error on the socket shows in recv() */
	(void)events;
	while (slot->socket >= 0) {
		union launch_told message;
		ssize_t len = recv(slot->socket, &message, sizeof(message), MSG_DONTWAIT);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno == EAGAIN)
			return;
		if (len <= 0) {
			lose(slot);
			return;
		}
		if (slot->launch && (size_t)len >= sizeof(message.head) &&
		    slot->launch->serial == message.head.serial)
			launch_heard(slot->launch, &message, (size_t)len);
	}
}

/* Starts the program with its end of the socket; 0 or an error number. The process handle is open in any case. */
static int spawn(struct launch_slot *slot, int theirs)
{
	const struct launch_pool *pool = slot->pool;
	char version[16];
	char soft[32];
	char *args[] = {pool->program, version, soft, NULL};
	uv_stdio_container_t stdio[] = {
	    [LAUNCH_SOCKET] = {.flags = UV_INHERIT_FD, .data.fd = theirs},
	    [LAUNCH_GUARD] = {
		.flags = pool->guard < 0 ? UV_IGNORE : UV_INHERIT_FD, .data.fd = pool->guard}};
	uv_process_options_t options = {.exit_cb = process_exited,
	    .file = pool->program,
	    .args = args,
	    .flags = UV_PROCESS_DETACHED,
	    .stdio_count = sizeof(stdio) / sizeof(stdio[0]),
	    .stdio = stdio};

	snprintf(version, sizeof(version), "%d", LAUNCH_VERSION);
	snprintf(soft, sizeof(soft), "%llu", (unsigned long long)pool->soft_nofile);
	return -uv_spawn(&pool->loop->uv, &slot->process, &options);
}

struct launch_slot *launch_slot_new(struct launch_pool *pool, int *ret_error)
{
	struct launch_slot *slot = mem_alloc(sizeof(*slot));
	int ends[2];
	int error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		*ret_error = errno;
		free(slot);
		return NULL;
	}
	slot->pool = pool;
	slot->socket = ends[0];
	slot->process.data = slot;
	slot->poll.data = slot;
	slot->open = 1;
	error = spawn(slot, ends[1]);
	close(ends[1]);
	if (!error) {
		error = -uv_poll_init(&pool->loop->uv, &slot->poll, slot->socket);
		/* Without the socket the process that was just started ends by itself. */
		slot->open += !error;
	}
	if (error) {
		uv_close((uv_handle_t *)&slot->process, handle_closed);
		close(slot->socket);
		*ret_error = error;
		return NULL;
	}
	uv_poll_start(&slot->poll, UV_READABLE, socket_ready);
	/* A launcher without a launch holds up no loop. */
	uv_unref((uv_handle_t *)&slot->process);
	uv_unref((uv_handle_t *)&slot->poll);
	pool->serving++;
	slot->next = pool->slots;
	pool->slots = slot;
	return slot;
}

bool launch_slot_tell(struct launch_slot *slot, const void *message, size_t len)
{
	ssize_t sent;

	do
		sent = send(slot->socket, message, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	return sent >= 0;
}

void launch_slot_quit(struct launch_slot *slot)
{
	struct launch_head quit = {LAUNCH_QUIT, 0};

	launch_slot_tell(slot, &quit, sizeof(quit));
	close_socket(slot);
}

void launch_slot_abandon(struct launch_slot *slot)
{
	lose(slot);
}

void launch_slot_free(struct launch_slot *slot)
{
	uv_close((uv_handle_t *)&slot->process, handle_closed);
}
