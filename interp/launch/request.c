/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/request.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Slots of the pointer table beside the strings: per stage one in front and the NULL; one NULL ends the environment. */
enum { SLOTS_PER_STAGE = 2 };

/* Puts the received descriptors into the places that `wanted` names; too few of them leave places empty. */
static bool take_fds(struct request *request, struct msghdr *header, uint32_t wanted)
{
	const struct cmsghdr *control = CMSG_FIRSTHDR(header);
	size_t count = 0;
	size_t next = 0;
	int fds[LAUNCH_FDS];

	if (control && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS) {
		count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(control), count * sizeof(int));
	}
	for (size_t i = 0; i < LAUNCH_FDS; i++) {
		if ((wanted & (1u << i)) && next < count)
			request->fds[i] = fds[next++];
		else
			wanted &= ~(1u << i);
	}
	while (next < count)
		close(fds[next++]);
	return wanted == request->begin.fds && !(header->msg_flags & (MSG_CTRUNC | MSG_TRUNC));
}

enum received request_receive(
    struct request *request, int socket, union message *ret_message, int *ret_error)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * LAUNCH_FDS)];
	} control;
	struct iovec packet = {request->packet, sizeof(request->packet)};
	struct msghdr header = {.msg_iov = &packet,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes)};
	union message message = {0};
	ssize_t len;

	/* The other end closed with something of ours unread: that is told once, in front of what still lies here. */
	do
		len = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (len < 0 && (errno == EINTR || errno == ECONNRESET));
	if (len < 0 && (errno == EAGAIN || errno == ENOMEM || errno == ENOBUFS))
		return RECEIVED_NOTHING;
	if (len <= 0)
		return RECEIVED_CLOSED;
	memcpy(&message, request->packet,
	    (size_t)len < sizeof(message) ? (size_t)len : sizeof(message));
	*ret_message = message;
	if (message.head.kind != LAUNCH_BEGIN)
		return RECEIVED_MESSAGE;
	request->begin = message.begin;
	for (size_t i = 0; i < LAUNCH_FDS; i++)
		request->fds[i] = -1;
	if (!take_fds(request, &header, message.begin.fds)) {
		*ret_error = EMFILE;
		return RECEIVED_BROKEN;
	}
	if (request->fds[LAUNCH_FD_STRINGS] < 0 &&
	    (size_t)len != sizeof(message.begin) + message.begin.bytes) {
		*ret_error = EPROTO;
		return RECEIVED_BROKEN;
	}
	return RECEIVED_MESSAGE;
}

static int find_bytes(struct request *request, char **ret_bytes)
{
	int fd = request->fds[LAUNCH_FD_STRINGS];

	if (fd < 0) {
		*ret_bytes = request->packet + sizeof(request->begin);
		return 0;
	}
	request->mapped = mmap(
	    NULL, request->begin.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (request->mapped == MAP_FAILED) {
		request->mapped = NULL;
		return errno;
	}
	request->mapped_size = request->begin.bytes;
	*ret_bytes = request->mapped;
	return 0;
}

static int find_pointers(struct request *request)
{
	size_t slots = (size_t)request->begin.strings +
	    (size_t)request->begin.stages * SLOTS_PER_STAGE + 1;

	if (slots <= REQUEST_POINTERS) {
		memset(request->few, 0, slots * sizeof(char *));
		request->pointers = request->few;
		return 0;
	}
	request->pointers = mmap(NULL, slots * sizeof(char *), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (request->pointers == MAP_FAILED) {
		request->pointers = NULL;
		return errno;
	}
	request->pointers_size = slots * sizeof(char *);
	return 0;
}

/* The NUL-terminated string at *at, which moves behind it; NULL when none ends before `end`. */
static char *next_string(char **at, const char *end)
{
	char *text = *at;
	char *nul = memchr(text, '\0', (size_t)(end - text));

	if (!nul)
		return NULL;
	*at = nul + 1;
	return text;
}

int request_lay_out(struct request *request)
{
	const struct launch_begin *begin = &request->begin;
	size_t rest = begin->strings;
	uint32_t counts[LAUNCH_STAGES_MAX];
	char **slot;
	char *bytes = NULL;
	char *end;
	int error;

	if (begin->stages == 0 || begin->stages > LAUNCH_STAGES_MAX ||
	    rest < 2 + (size_t)begin->writable)
		return EPROTO;
	if (begin->bytes < begin->stages * sizeof(uint32_t) || rest > begin->bytes)
		return EPROTO;
	error = find_bytes(request, &bytes);
	if (!error)
		error = find_pointers(request);
	if (error)
		return error;
	if (!bytes || !request->pointers)
		return EPROTO;
	end = bytes + begin->bytes;
	memcpy(counts, bytes, begin->stages * sizeof(uint32_t));
	bytes += begin->stages * sizeof(uint32_t);
	request->cwd = next_string(&bytes, end);
	request->run_dir = request->cwd ? next_string(&bytes, end) : NULL;
	if (!request->run_dir)
		return EPROTO;
	rest -= 2 + (size_t)begin->writable;
	request->writable = bytes;
	for (uint32_t i = 0; i < begin->writable; i++)
		if (!next_string(&bytes, end))
			return EPROTO;
	slot = request->pointers;
	for (uint32_t i = 0; i < begin->stages; i++) {
		if (counts[i] == 0 || counts[i] > rest)
			return EPROTO;
		rest -= counts[i];
		slot++;
		request->argv[i] = slot;
		for (uint32_t j = 0; j < counts[i]; j++)
			if (!(*slot++ = next_string(&bytes, end)))
				return EPROTO;
		slot++;
	}
	request->env = slot;
	while (rest--)
		if (!(*slot++ = next_string(&bytes, end)))
			return EPROTO;
	return 0;
}

void request_done(struct request *request)
{
	for (size_t i = 0; i < LAUNCH_FDS; i++) {
		if (request->fds[i] >= 0)
			close(request->fds[i]);
		request->fds[i] = -1;
	}
	if (request->mapped)
		munmap(request->mapped, request->mapped_size);
	if (request->pointers_size)
		munmap(request->pointers, request->pointers_size);
	/* An environment holds passwords. */
	explicit_bzero(request->packet, sizeof(request->packet));
	request->mapped = NULL;
	request->pointers = NULL;
	request->pointers_size = 0;
	request->cwd = NULL;
	request->run_dir = NULL;
	request->writable = NULL;
}
