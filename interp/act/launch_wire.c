/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "act/launch_parts.h"
#include "act/memory_file.h"

static void put_strings(struct buf *out, const char *const *strings, uint32_t *count)
{
	for (; *strings; strings++) {
		buf_append(out, *strings, strlen(*strings) + 1);
		++*count;
	}
}

void launch_wire_strings(struct buf *out, const struct launch_request *request, uint32_t *ret_count,
    uint32_t *ret_writable)
{
	uint32_t total = 2;

	*ret_writable = 0;
	for (size_t i = 0; i < request->stage_count; i++) {
		uint32_t args = 0;

		while (request->stages[i][args])
			args++;
		assert(args > 0);
		buf_append(out, &args, sizeof(args));
	}
	buf_append(out, request->cwd, strlen(request->cwd) + 1);
	buf_append(out, request->run_dir, strlen(request->run_dir) + 1);
	if (request->writable)
		put_strings(out, request->writable, ret_writable);
	total += *ret_writable;
	for (size_t i = 0; i < request->stage_count; i++)
		put_strings(out, request->stages[i], &total);
	put_strings(out, request->env, &total);
	*ret_count = total;
}

static int send_packet(
    int socket, const struct launch_begin *begin, struct str strings, const int fds[LAUNCH_FDS])
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * LAUNCH_FDS)];
	} control = {0};
	bool inside = fds[LAUNCH_FD_STRINGS] < 0;
	struct iovec parts[2] = {
	    {(void *)begin, sizeof(*begin)}, {(void *)strings.ptr, inside ? strings.len : 0}};
	struct msghdr header = {
	    .msg_iov = parts, .msg_iovlen = inside ? 2 : 1, .msg_control = control.bytes};
	struct cmsghdr *cmsg = (struct cmsghdr *)control.bytes;
	size_t count = 0;

	for (size_t i = 0; i < LAUNCH_FDS; i++)
		if (fds[i] >= 0)
			memcpy(CMSG_DATA(cmsg) + sizeof(int) * count++, &fds[i], sizeof(int));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int) * count);
	header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
	while (sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

int launch_wire_begin(struct launch *launch, int fds[LAUNCH_FDS])
{
	const struct launch_request *request = &launch->request;
	struct launch_begin begin = {.head = {LAUNCH_BEGIN, launch->serial},
	    .op = request->op,
	    .stages = (uint32_t)request->stage_count,
	    .apart = request->apart};
	struct buf *wire = &launch->pool->wire;
	int error = 0;

	buf_clear(wire);
	launch_wire_strings(wire, request, &begin.strings, &begin.writable);
	if (wire->full)
		return E2BIG;
	begin.bytes = wire->len;
	fds[LAUNCH_FD_STRINGS] = -1;
	if (wire->len > LAUNCH_INLINE_MAX) {
		fds[LAUNCH_FD_STRINGS] = memory_file("reprise-strings", buf_view(wire));
		error = fds[LAUNCH_FD_STRINGS] < 0 ? errno : 0;
	}
	for (size_t i = 0; i < LAUNCH_FDS; i++)
		begin.fds |= fds[i] >= 0 ? 1u << i : 0;
	if (!error)
		error = send_packet(launch->slot->socket, &begin, buf_view(wire), fds);
	if (fds[LAUNCH_FD_STRINGS] >= 0)
		close(fds[LAUNCH_FD_STRINGS]);
	/* An environment holds passwords. */
	explicit_bzero(wire->ptr, wire->len);
	return error;
}
