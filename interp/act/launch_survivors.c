/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/launch_parts.h"

/* The beginning of a file, NUL-terminated; its length, or -1. */
static ssize_t read_start(const char *path, char *bytes, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -1;
	len = read(fd, bytes, size - 1);
	close(fd);
	if (len >= 0)
		bytes[len] = '\0';
	return len;
}

/* Field number `count` behind a place, of fields that begin with a blank; an empty one when there are fewer. */
static const char *field_behind(const char *place, int count)
{
	while (count-- > 0 && *place)
		place += strcspn(place + 1, " ") + 1;
	return place;
}

bool launch_lives(const struct launch_process *process)
{
	char path[64];
	char line[1024];
	const char *rest;

	snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)process->pid);
	if (read_start(path, line, sizeof(line)) <= 0)
		return false;
	/* The name may hold anything, parentheses too: the fields begin behind the last one. */
	rest = strrchr(line, ')');
	return rest && rest[1] == ' ' && rest[2] != 'Z' && rest[2] != 'X' &&
	    strtoll(field_behind(rest, 20), NULL, 10) == process->start_ticks;
}

size_t launch_survivors(
    const struct launch_process *processes, size_t count, struct launch_left *ret_left)
{
	size_t named = 0;

	for (size_t i = 0; i < count && named < LAUNCH_LEFT_MAX; i++) {
		struct launch_left *left = &ret_left[named];
		char path[64];
		ssize_t len;

		if (!launch_lives(&processes[i]))
			continue;
		named++;
		left->pid = processes[i].pid;
		snprintf(path, sizeof(path), "/proc/%lld/cmdline", (long long)left->pid);
		len = read_start(path, left->command, sizeof(left->command));
		for (ssize_t at = 0; at + 1 < len; at++)
			if (!left->command[at])
				left->command[at] = ' ';
		if (len <= 0)
			snprintf(left->command, sizeof(left->command), "[?]");
	}
	return named;
}
