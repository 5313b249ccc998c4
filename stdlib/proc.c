/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/units.h"

enum { CHUNK = 16384, LOOKUP_BYTES = 16384 };

bool proc_read(struct arena *arena, const char *path, size_t max, struct str *ret_text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = -1;
	struct buf buf;
	int error;

	if (fd < 0)
		return false;
	buf_init(&buf, max + CHUNK);
	while (buf.len < max && (got = read(fd, buf_reserve(&buf, CHUNK), CHUNK)) > 0)
		buf_added(&buf, (size_t)got);
	error = errno;
	*ret_text = arena_str(arena, str_sub(buf_view(&buf), 0, max));
	buf_done(&buf);
	close(fd);
	errno = error;
	return got >= 0;
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n';
}

struct str proc_word(struct str *rest)
{
	size_t start = 0, end;
	struct str word;

	while (start < rest->len && is_blank(rest->ptr[start]))
		start++;
	for (end = start; end < rest->len && !is_blank(rest->ptr[end]);)
		end++;
	word = str_sub(*rest, start, end - start);
	*rest = str_sub(*rest, end, rest->len);
	return word;
}

struct str proc_line(struct str text, struct str key)
{
	struct str line;

	while (str_line(&text, &line)) {
		struct str rest = str_sub(line, key.len, line.len);

		if (!str_starts(line, key) || !rest.len ||
		    (rest.ptr[0] != ':' && !is_blank(rest.ptr[0])))
			continue;
		return str_trim(str_sub(rest, 1, rest.len));
	}
	return (struct str){0};
}

int64_t proc_number(struct str *rest)
{
	int64_t number;

	return units_int(proc_word(rest), &number) && number >= 0 ? number : -1;
}

double proc_decimal(struct str *rest)
{
	double number;

	return units_double(proc_word(rest), &number) && number >= 0 ? number : -1;
}

int64_t proc_hex(struct str word)
{
	int64_t number = 0;

	if (word.len == 0 || word.len > 8)
		return -1;
	for (size_t i = 0; i < word.len; i++) {
		char c = word.ptr[i];
		int digit = c >= '0' && c <= '9' ? c - '0'
		    : c >= 'A' && c <= 'F'       ? c - 'A' + 10
		    : c >= 'a' && c <= 'f'       ? c - 'a' + 10
						 : -1;

		if (digit < 0)
			return -1;
		number = number << 4 | digit;
	}
	return number;
}

static int by_number(const void *a, const void *b)
{
	pid_t left = *(const pid_t *)a, right = *(const pid_t *)b;

	return (left > right) - (left < right);
}

void proc_each(struct arena *arena, bool (*each)(void *self, pid_t pid), void *self)
{
	DIR *folder = opendir("/proc");
	size_t count = 0, capacity = 0;
	const struct dirent *entry;
	pid_t *pids = NULL;
	int64_t pid;

	while (folder && (entry = readdir(folder))) {
		if (!units_int(str_from(entry->d_name), &pid) || pid <= 0)
			continue;
		pids = arena_grow(arena, pids, count, &capacity, sizeof(*pids));
		pids[count++] = (pid_t)pid;
	}
	if (folder)
		closedir(folder);
	if (count)
		qsort(pids, count, sizeof(*pids), by_number);
	for (size_t i = 0; i < count && each(self, pids[i]); i++)
		;
}

struct str proc_user(struct arena *arena, uid_t uid)
{
	char *buffer = mem_alloc(LOOKUP_BYTES);
	struct passwd user, *found = NULL;
	struct str name;

	if (getpwuid_r(uid, &user, buffer, LOOKUP_BYTES, &found) == 0 && found)
		name = arena_str(arena, str_from(user.pw_name));
	else
		name = arena_printf(arena, "%u", (unsigned)uid);
	free(buffer);
	return name;
}
