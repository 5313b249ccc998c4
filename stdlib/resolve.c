/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct resolve {
	uv_getaddrinfo_t request;
	void (*done)(void *self, const struct resolved *resolved); /* NULL once cancelled */
	void *self;
	struct resolve **slot;
};

static void collect(struct resolved *resolved, const struct addrinfo *found)
{
	for (; found && resolved->count < RESOLVE_MAX; found = found->ai_next) {
		char *address = resolved->address[resolved->count];

		/* getnameinfo keeps the scope of a link-local address, which inet_ntop loses. */
		if (getnameinfo(found->ai_addr, found->ai_addrlen, address, RESOLVE_TEXT, NULL, 0,
			NI_NUMERICHOST) == 0)
			resolved->count++;
	}
}

/* An address needs no look-up. */
static bool is_address(const char *host)
{
	struct in6_addr six;
	struct in_addr four;

	return inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1 ||
	    (strchr(host, ':') && strchr(host, '%'));
}

static void answered(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
	struct resolve *resolve = request->data;
	struct resolved resolved = {0};

	if (resolve->done) {
		*resolve->slot = NULL;
		if (status == 0)
			collect(&resolved, found);
		if (resolved.count == 0)
			resolved.error = status ? uv_strerror(status) : "no address";
		resolve->done(resolve->self, &resolved);
	}
	uv_freeaddrinfo(found);
	free(resolve);
}

static void refuse(
    void (*done)(void *self, const struct resolved *resolved), void *self, const char *error)
{
	done(self, &(struct resolved){.error = error});
}

void resolve_start(struct loop *loop, struct str host, struct resolve **slot,
    void (*done)(void *self, const struct resolved *resolved), void *self)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct resolve *resolve;
	char name[256];
	int status;

	*slot = NULL;
	if (host.len == 0 || host.len >= sizeof(name)) {
		refuse(done, self, "that is no name of a host");
		return;
	}
	memcpy(name, host.ptr, host.len);
	name[host.len] = 0;
	if (host.len < RESOLVE_TEXT && is_address(name)) {
		struct resolved resolved = {.count = 1};

		memcpy(resolved.address[0], name, host.len + 1);
		done(self, &resolved);
		return;
	}
	resolve = mem_alloc(sizeof(*resolve));
	*resolve = (struct resolve){.done = done, .self = self, .slot = slot};
	resolve->request.data = resolve;
	status = uv_getaddrinfo(&loop->uv, &resolve->request, answered, name, NULL, &hints);
	if (status == 0) {
		*slot = resolve;
		return;
	}
	free(resolve);
	refuse(done, self, uv_strerror(status));
}

void resolve_cancel(struct resolve **slot)
{
	struct resolve *resolve = *slot;

	if (!resolve)
		return;
	*slot = NULL;
	resolve->done = NULL;
	uv_cancel((uv_req_t *)&resolve->request);
}
