/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/key_file.h"

#include <fcntl.h>
#include <unistd.h>

/* Whether somebody can be asked for a pass phrase. */
static bool may_ask(const struct invocation *invocation)
{
	int fd = -1;

	if (!option_given(invocation, "non-interactive"))
		fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* True unless there is a sentence. */
static bool was_read(const char *option, struct buf *error)
{
	bool ok = error->len == 0;

	if (!ok)
		complain("--%s: %.*s", option, STR_ARG(buf_view(error)));
	buf_done(error);
	return ok;
}

bool key_file_private(
    const struct invocation *invocation, const char *option, struct signing_key **ret_key)
{
	const char *path = option_value(invocation, option);
	struct buf error;

	buf_init(&error, BUF_UNBOUNDED);
	*ret_key = path ? signing_key_private(path, may_ask(invocation), &error) : NULL;
	return was_read(option, &error);
}

bool key_file_public(
    const struct invocation *invocation, const char *option, struct signing_key **ret_key)
{
	const char *path = option_value(invocation, option);
	struct buf error;

	buf_init(&error, BUF_UNBOUNDED);
	*ret_key = path ? signing_key_public(path, &error) : NULL;
	return was_read(option, &error);
}

struct str key_file_digest(const struct signing_key *key, struct arena *arena)
{
	char *hex = arena_alloc(arena, DIGEST_HEX + 1);

	if (key)
		signing_key_digest(key, hex);
	return (struct str){hex, key ? DIGEST_HEX : 0};
}
