/* SPDX-License-Identifier: Apache-2.0 */
#include "run/peer.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/units.h"

/* What the kernel keeps where nobody has logged in. */
#define NO_LOGIN INT64_C(4294967295)

static bool read_login(pid_t pid, int64_t *ret_login)
{
	char path[64];
	char text[32];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/loginuid", (long)pid);
	fd = pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	got = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (fd >= 0)
		close(fd);
	return got > 0 && units_int(str_trim((struct str){text, (size_t)got}), ret_login) &&
	    *ret_login != NO_LOGIN;
}

static struct str name_of(struct arena *arena, int64_t uid)
{
	const struct passwd *entry = getpwuid((uid_t)uid);

	if (entry)
		return arena_str(arena, str_from(entry->pw_name));
	return arena_printf(arena, "uid %lld", (long long)uid);
}

const struct value *peer_person(struct arena *arena, uid_t uid, pid_t pid)
{
	struct map_builder map;
	int64_t login;
	bool has_login = read_login(pid, &login);

	map_begin(&map, arena);
	map_add(&map, "name", value_string(arena, name_of(arena, has_login ? login : uid)));
	map_add(&map, "uid", value_int(arena, uid));
	if (has_login)
		map_add(&map, "login", value_int(arena, login));
	return map_end(&map);
}

const struct value *peer_self(struct arena *arena)
{
	return peer_person(arena, getuid(), getpid());
}
