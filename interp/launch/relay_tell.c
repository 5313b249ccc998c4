/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/relay_tell.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "launch/relay_request.h"
#include "launch/system.h"
#include "launch/wire.h"

bool relay_tell(const char *nonce, int fd, const char *format, ...)
{
	char line[WIRE_NONCE_LEN + WIRE_MARK_MAX + 8];
	int len = snprintf(line, sizeof(line), WIRE_MARK "%s:", nonce);
	va_list args;

	va_start(args, format);
	len += vsnprintf(line + len, sizeof(line) - (size_t)len - 1, format, args);
	va_end(args);
	if (len > (int)sizeof(line) - 2)
		len = (int)sizeof(line) - 2;
	line[len++] = '\n';
	return system_write(fd, line, (size_t)len);
}

static size_t put_end(const struct relay_end *end, char *text, size_t size)
{
	size_t len = (size_t)snprintf(text, size, "end %d %d", end->empty, end->stopped);

	for (uint32_t i = 0; i < end->count && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, " %d", end->status[i]);
	return len < size ? len : size - 1;
}

bool relay_tell_end(const char *nonce, const struct relay_end *end)
{
	char text[WIRE_MARK_MAX];
	bool told = true;

	for (uint32_t i = 0; i < end->named; i++) {
		char command[LAUNCH_COMMAND_MAX];

		memcpy(command, end->left[i].command, sizeof(command));
		for (char *at = command; *at; at++)
			if ((unsigned char)*at < ' ')
				*at = '?';
		told &= relay_tell(nonce, 1, "left %lld %s", (long long)end->left[i].pid, command);
	}
	put_end(end, text, sizeof(text));
	relay_tell(nonce, 2, "end");
	return relay_tell(nonce, 1, "%s", text) && told;
}

void relay_leave_end(const char *nonce, const struct relay_end *end)
{
	char path[PATH_MAX];
	char part[PATH_MAX + 8];
	char text[WIRE_MARK_MAX];
	bool whole;
	size_t len;
	int fd;

	relay_path(path, WIRE_END_FILE, nonce);
	len = put_end(end, text, sizeof(text) - 1);
	text[len++] = '\n';
	/* It is there as a whole or not at all. */
	snprintf(part, sizeof(part), "%s.part", path);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	whole = system_write(fd, text, len);
	close(fd);
	if (!whole || rename(part, path) < 0)
		unlink(part);
}
