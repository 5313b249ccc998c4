/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/ending.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void ending_init(struct ending *ending, const char *path)
{
	*ending = (struct ending){.path = path};
	buf_init(&ending->lines, BUF_UNBOUNDED);
}

void ending_done(struct ending *ending)
{
	buf_done(&ending->lines);
}

void ending_add(struct ending *ending, const char *format, ...)
{
	size_t start = ending->lines.len;
	va_list args;

	va_start(args, format);
	buf_vprintf(&ending->lines, format, args);
	va_end(args);
	for (size_t i = start; i < ending->lines.len; i++)
		if (ending->lines.ptr[i] == '\n')
			ending->lines.ptr[i] = ' ';
	buf_byte(&ending->lines, '\n');
}

void ending_status(struct ending *ending, int stage, int32_t status)
{
	unsigned i = stage < 0 ? ending->count : (unsigned)stage;

	if (i >= LAUNCH_STAGES_MAX)
		return;
	ending->status[i] = status;
	ending->known |= UINT64_C(1) << i;
	if (i >= ending->count)
		ending->count = i + 1;
}

void ending_fill(struct ending *ending, unsigned stages, int32_t status)
{
	for (unsigned i = 0; i < stages && i < LAUNCH_STAGES_MAX; i++)
		if (!(ending->known & UINT64_C(1) << i))
			ending_status(ending, (int)i, status);
}

bool ending_is_whole(const struct ending *ending)
{
	for (unsigned i = 0; i < ending->count; i++)
		if (!(ending->known & UINT64_C(1) << i))
			return false;
	return ending->count > 0;
}

static bool write_lines(int fd, struct str rest)
{
	while (rest.len) {
		ssize_t written = write(fd, rest.ptr, rest.len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		rest = str_sub(rest, (size_t)written, rest.len);
	}
	return true;
}

void ending_keep(struct ending *ending)
{
	char path[PATH_MAX];
	int fd;
	bool ok;

	if (!ending->path[0] ||
	    snprintf(path, sizeof(path), "%s.new", ending->path) >= (int)sizeof(path))
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return;
	ok = write_lines(fd, buf_view(&ending->lines));
	if (close(fd) == 0 && ok)
		rename(path, ending->path);
	else
		unlink(path);
}
