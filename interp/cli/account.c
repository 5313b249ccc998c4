/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/alone.h"

static bool make_folder(struct arena *arena, const char *folder, const char *inner)
{
	const char *path = arena_printf(arena, "%s%s", folder, inner).ptr;

	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return true;
	complain("cannot make the folder %s: %s", path, strerror(errno));
	return false;
}

bool account_prepare(const struct invocation *invocation)
{
	const char *folder = option_value(invocation, "outputs");
	struct arena *arena;
	bool ok;

	if (!folder)
		return true;
	arena = arena_new();
	ok = make_folder(arena, folder, "") && make_folder(arena, folder, "/outputs");
	arena_free(arena);
	return ok;
}

static bool put_file(struct arena *arena, const char *folder, const char *name, struct str text)
{
	const char *path = arena_printf(arena, "%s/%s", folder, name).ptr;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool ok = fd >= 0 && print_text(fd, text.ptr, text.len);
	int error = errno;

	if (fd >= 0)
		ok = close(fd) == 0 && ok;
	if (!ok)
		complain("cannot write %s: %s", path, strerror(error));
	return ok;
}

/* A text as it is, a number or a list as JSON. */
static struct str shown(struct arena *arena, const struct value *value)
{
	struct buf text;
	struct json json;
	struct str copy;

	buf_init(&text, BUF_UNBOUNDED);
	if (!value_show(value, &text)) {
		buf_clear(&text);
		json_init(&json, &text);
		value_to_json(&json, value);
	}
	copy = arena_str(arena, buf_view(&text));
	buf_done(&text);
	return copy;
}

static bool put_step(struct arena *arena, const char *folder, const struct value *account)
{
	const struct value *outputs = value_get(account, "outputs");
	bool ok = put_file(arena, folder, "outcome", value_text(value_get(account, "outcome")));

	for (size_t i = 0; ok && outputs && i < outputs->map.count; i++)
		ok = put_file(arena, folder,
		    arena_printf(
			arena, "outputs/%.*s", STR_ARG(value_text(outputs->map.entries[i].key)))
			.ptr,
		    shown(arena, outputs->map.entries[i].value));
	return ok;
}

bool account_write(
    const struct invocation *invocation, const struct sched *sched, const struct value *alone)
{
	const char *folder = option_value(invocation, "outputs");
	const struct value *accounts;
	const struct value *own;
	struct arena *arena;
	bool ok;

	if (!folder || !alone)
		return true;
	arena = arena_new();
	accounts = sched_account(sched, arena);
	own = value_get_str(accounts, value_text(value_get(alone, "step")));
	ok = put_file(arena, folder, "account.json", shown(arena, accounts)) &&
	    (!own || put_step(arena, folder, own));
	arena_free(arena);
	return ok;
}
