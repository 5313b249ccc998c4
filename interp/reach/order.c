/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch/wire.h"

static char *read_all(int fd, long long offset, size_t len)
{
	char *bytes = len > 2 * (size_t)WIRE_REQUEST_MAX ? NULL : malloc(len + 1);
	size_t at = 0;

	while (bytes && at < len) {
		ssize_t got = pread(fd, bytes + at, len - at, (off_t)offset + (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			free(bytes);
			return NULL;
		}
		at += (size_t)got;
	}
	if (bytes)
		bytes[len] = '\0';
	return bytes;
}

/* The NUL-terminated string at *at, which moves behind it; NULL when none ends before `end`. */
static char *next(char **at, const char *end)
{
	char *text = *at;
	char *nul = text < end ? memchr(text, '\0', (size_t)(end - text)) : NULL;

	if (nul)
		*at = nul + 1;
	return nul ? text : NULL;
}

static bool next_list(char **at, const char *end, uint32_t count, char ***ret_list)
{
	char **list = (size_t)(end - *at) < count ? NULL : calloc(count + 1, sizeof(*list));

	*ret_list = list;
	if (!list)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!(list[i] = next(at, end)))
			return false;
	return true;
}

bool order_read(int fd, long long offset, long long len, struct order *ret_order)
{
	struct order *order = ret_order;
	char *bytes = NULL;
	char *at;
	char *end;

	if (len >= (long long)sizeof(order->head) && offset >= 0)
		bytes = read_all(fd, offset, (size_t)len);
	if (!bytes)
		return false;
	memcpy(&order->head, bytes, sizeof(order->head));
	if (order->head.version != REACH_VERSION || order->head.carrier == 0 ||
	    order->head.strings > (uint64_t)len - sizeof(order->head) ||
	    order->head.begin.bytes !=
		(uint64_t)len - sizeof(order->head) - order->head.strings)
		return false;
	at = bytes + sizeof(order->head);
	end = at + order->head.strings;
	order->nonce = next(&at, end);
	order->ending = next(&at, end);
	order->launcher = next(&at, end);
	order->digest = next(&at, end);
	if (!order->digest || strlen(order->nonce) != WIRE_NONCE_LEN ||
	    !next_list(&at, end, order->head.carrier, &order->carrier))
		return false;
	if (order->head.aside && !next_list(&at, end, order->head.aside, &order->aside))
		return false;
	order->bytes = end;
	return true;
}
