/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/ending.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void ending_init(struct ending *ending, const char *path)
{
	*ending = (struct ending){.path = path, .fd = -1};
	buf_init(&ending->lines, BUF_UNBOUNDED);
}

void ending_done(struct ending *ending)
{
	if (ending->fd >= 0)
		close(ending->fd);
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
	struct str lines = buf_view(&ending->lines);

	if (ending->fd < 0 && ending->path[0])
		ending->fd = open(ending->path,
		    O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (ending->fd < 0)
		return;
	if (write_lines(ending->fd, str_sub(lines, ending->kept, lines.len))) {
		ending->kept = lines.len;
	} else if (ftruncate(ending->fd, (off_t)ending->kept) < 0) {
		/* what is written behind a part of a line would be read as the rest of it */
		close(ending->fd);
		ending->fd = -1;
		ending->path = "";
	}
}
