/* SPDX-License-Identifier: Apache-2.0 */
#include "run/control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME "control"

int control_folder(const char *dir)
{
	return open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static struct sockaddr_un address_in(int folder)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" NAME, folder);
	return address;
}

int control_bind(int folder, struct buf *error)
{
	const struct sockaddr_un address = address_in(folder);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat found;

	if (fstatat(folder, NAME, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(found.st_mode))
		unlinkat(folder, NAME, 0);
	/* the file gets the mode that the socket has before, less the umask: there is no moment between the two */
	if (fd >= 0 && fchmod(fd, 0600) == 0 &&
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	buf_text(error, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

void control_unbind(int folder)
{
	unlinkat(folder, NAME, 0);
}

int control_connect(const char *dir)
{
	const struct timeval patience = {.tv_sec = CONTROL_PATIENCE_S};
	int folder = control_folder(dir);
	struct sockaddr_un address;
	int error;
	int fd;

	if (folder < 0)
		return -1;
	address = address_in(folder);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
		close(folder);
		return fd;
	}
	error = errno;
	if (fd >= 0)
		close(fd);
	close(folder);
	errno = error;
	return -1;
}
