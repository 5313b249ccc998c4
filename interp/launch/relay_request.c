/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/relay_request.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "launch/request.h"
#include "launch/system.h"
#include "launch/wire.h"

extern char **environ;

/* Strings on their way into a memfd. */
struct writer {
	FILE *file;
	uint32_t strings;
	uint64_t bytes;
};

static void put(struct writer *writer, const char *text)
{
	size_t len = strlen(text) + 1;

	fwrite(text, 1, len, writer->file);
	writer->bytes += len;
	writer->strings++;
}

static const char *tmp_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder && folder[0] == '/' ? folder : "/tmp";
}

void relay_path(char ret_path[PATH_MAX], const char *format, const char *nonce)
{
	int len = snprintf(ret_path, PATH_MAX, "%s/", tmp_folder());

	if (len > 0 && len < PATH_MAX)
		snprintf(ret_path + len, PATH_MAX - (size_t)len, format, nonce);
}

/* Whether one of the variables of `env` has the name of "NAME=value". */
static bool is_set(char *const *env, const char *variable)
{
	size_t len = strcspn(variable, "=") + 1;

	for (; *env; env++)
		if (strncmp(*env, variable, len) == 0)
			return true;
	return false;
}

static void put_cwd(struct writer *writer, const char *cwd)
{
	char here[PATH_MAX];
	char path[2 * PATH_MAX];

	if (cwd[0] == '/' || !getcwd(here, sizeof(here))) {
		put(writer, cwd[0] ? cwd : "/");
		return;
	}
	snprintf(path, sizeof(path), "%s%s%s", here, cwd[0] ? "/" : "", cwd);
	put(writer, path);
}

/* A bash that takes itself for one that sshd began reads the login's .bashrc, options of the step or not. */
static void count_shell(void)
{
	const char *level = getenv("SHLVL");

	if (!level || strcmp(level, "0") == 0)
		setenv("SHLVL", "1", 1);
}

/* The scratch folder, and the environment with the step's variables over the login's. */
static void put_env(struct writer *writer, const struct request *request, const char *scratch)
{
	char variable[PATH_MAX + 8];

	count_shell();
	snprintf(variable, sizeof(variable), "TMPDIR=%s", scratch);
	for (char **at = environ; *at; at++)
		if (!is_set(request->env, *at) && !(scratch[0] && strncmp(*at, "TMPDIR=", 7) == 0))
			put(writer, *at);
	for (char **at = request->env; *at; at++)
		put(writer, *at);
	if (scratch[0] && !is_set(request->env, variable))
		put(writer, variable);
}

static void put_all(struct writer *writer, const struct request *request, const char *nonce)
{
	char scratch[PATH_MAX] = "";

	if (request->begin.writable)
		relay_path(scratch, "reprise-%s.scratch", nonce);
	for (uint32_t i = 0; i < request->begin.stages; i++) {
		uint32_t count = 0;

		while (request->argv[i][count])
			count++;
		fwrite(&count, 1, sizeof(count), writer->file);
		writer->bytes += sizeof(count);
	}
	put_cwd(writer, request->cwd);
	put(writer, "");
	if (scratch[0])
		put(writer, scratch);
	for (uint32_t i = 0; i < request->begin.stages; i++)
		for (char **arg = request->argv[i]; *arg; arg++)
			put(writer, *arg);
	put_env(writer, request, scratch);
}

/* A memfd with the request's own strings, as request_lay_out() takes them. */
static int keep(const char *bytes, size_t len)
{
	int fd = memfd_create("reprise-request", MFD_CLOEXEC);

	if (fd < 0 || system_write(fd, bytes, len))
		return fd;
	close(fd);
	return -1;
}

int relay_request(const void *bytes, size_t len, const char *nonce, struct launch_begin *ret_begin,
    int64_t *ret_grace_us)
{
	static struct request request; /* large, and the only one of the process */
	struct wire_request wire;
	struct writer writer = {0};
	int fd = -1;
	int error = EPROTO;

	for (size_t i = 0; i < LAUNCH_FDS; i++)
		request.fds[i] = -1;
	if (len < sizeof(wire))
		goto out;
	memcpy(&wire, bytes, sizeof(wire));
	request.begin = wire.begin;
	if (wire.begin.bytes != len - sizeof(wire) || wire.begin.writable > 1)
		goto out;
	request.fds[LAUNCH_FD_STRINGS] = keep(
	    (const char *)bytes + sizeof(wire), len - sizeof(wire));
	error = request.fds[LAUNCH_FD_STRINGS] < 0 ? errno : request_lay_out(&request);
	if (error)
		goto out;
	fd = memfd_create("reprise-strings", MFD_CLOEXEC);
	writer.file = fd < 0 ? NULL : fdopen(dup(fd), "w");
	error = errno;
	if (!writer.file)
		goto out;
	put_all(&writer, &request, nonce);
	error = fclose(writer.file) == 0 ? 0 : errno;
	*ret_begin = wire.begin;
	ret_begin->strings = writer.strings;
	ret_begin->bytes = writer.bytes;
	*ret_grace_us = wire.grace_us;
out:
	request_done(&request);
	if (error && fd >= 0)
		close(fd);
	errno = error;
	return error ? -1 : fd;
}
