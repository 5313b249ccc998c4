/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/kin.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

enum { PROC_PATH = 64 };

static bool all_digits(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (*text < '0' || *text > '9')
			return false;
	return true;
}

static void add(struct kin *kin, pid_t pid, pid_t parent)
{
	if (kin->count < KIN_MAX)
		kin->met[kin->count++] = (struct relative){pid, parent};
}

/* Adds the children that one thread forked: decimal numbers with blanks between. */
static void add_children_of_task(struct kin *kin, const char *path, pid_t parent)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	pid_t pid = 0;
	char bytes[4096];
	ssize_t len;

	if (fd < 0)
		return;
	while ((len = read(fd, bytes, sizeof(bytes))) > 0) {
		for (ssize_t i = 0; i < len; i++) {
			if (bytes[i] >= '0' && bytes[i] <= '9') {
				pid = pid * 10 + (bytes[i] - '0');
			} else if (pid) {
				add(kin, pid, parent);
				pid = 0;
			}
		}
	}
	if (pid)
		add(kin, pid, parent);
	close(fd);
}

void kin_add_children(struct kin *kin, pid_t parent)
{
	_Alignas(struct dirent64) char entries[4096];
	char path[PROC_PATH];
	ssize_t len;
	int dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)parent);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	while ((len = getdents64(dir, entries, sizeof(entries))) > 0) {
		for (ssize_t at = 0; at < len;) {
			const struct dirent64 *entry = (const struct dirent64 *)(entries + at);

			at += entry->d_reclen;
			if (!all_digits(entry->d_name))
				continue;
			snprintf(path, sizeof(path), "/proc/%d/task/%.10s/children", (int)parent,
			    entry->d_name);
			add_children_of_task(kin, path, parent);
		}
	}
	close(dir);
}
