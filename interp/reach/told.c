/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/told.h"

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

bool told_read(int fd, long long offset, long long len, struct told *ret_told)
{
	struct told *told = ret_told;
	char *bytes = NULL;
	char *at;
	char *end;

	if (len >= (long long)sizeof(told->head) && offset >= 0)
		bytes = read_all(fd, offset, (size_t)len);
	if (!bytes)
		return false;
	memcpy(&told->head, bytes, sizeof(told->head));
	if (told->head.version != REACH_VERSION || told->head.carrier == 0 ||
	    told->head.strings > (uint64_t)len - sizeof(told->head) ||
	    told->head.begin.bytes != (uint64_t)len - sizeof(told->head) - told->head.strings)
		return false;
	at = bytes + sizeof(told->head);
	end = at + told->head.strings;
	told->nonce = next(&at, end);
	told->ending = next(&at, end);
	told->folder = next(&at, end);
	told->launcher = next(&at, end);
	told->stamp = next(&at, end);
	if (!told->stamp || strlen(told->nonce) != WIRE_NONCE_LEN ||
	    !next_list(&at, end, told->head.carrier, &told->carrier))
		return false;
	if (told->head.aside && !next_list(&at, end, told->head.aside, &told->aside))
		return false;
	told->bytes = end;
	return true;
}
