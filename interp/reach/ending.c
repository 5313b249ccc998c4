/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/ending.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "launch/system.h"

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
	va_list args;

	va_start(args, format);
	ending_vadd(ending, format, args);
	va_end(args);
}

void ending_vadd(struct ending *ending, const char *format, va_list args)
{
	size_t start = ending->lines.len;

	buf_vprintf(&ending->lines, format, args);
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

void ending_take(struct ending *ending, const char *text, bool *ret_empty, bool *ret_stopped)
{
	char *rest;

	*ret_empty = strtol(text, &rest, 10);
	*ret_stopped = strtol(rest, &rest, 10);
	while (*rest == ' ')
		ending_status(ending, -1, (int32_t)strtol(rest, &rest, 10));
}

void ending_keep(struct ending *ending)
{
	struct str lines = buf_view(&ending->lines);

	if (ending->fd < 0 && ending->path[0])
		ending->fd = open(ending->path,
		    O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (ending->fd < 0)
		return;
	if (system_write(ending->fd, lines.ptr + ending->kept, lines.len - ending->kept)) {
		ending->kept = lines.len;
	} else if (ftruncate(ending->fd, (off_t)ending->kept) < 0) {
		/* what is written behind a part of a line would be read as the rest of it */
		close(ending->fd);
		ending->fd = -1;
		ending->path = "";
	}
}
