/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bare cost of processes: spawns a program N times, at most J at once, and waits for each. With -s, appends 4 KiB
 * to a file and syncs it before each, as a change does that must be on the record before it begins. With -m, writes the
 * largest peak of memory that one of them had to a file, in bytes: only a small parent can tell, since a process keeps
 * the peak of the one it was forked from.
 *
 *     spawn_loop [-n N] [-j J] [-s FILE] [-m FILE] PROGRAM [ARG…]
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void fail(const char *what, int error)
{
	fprintf(stderr, "spawn_loop: %s: %s\n", what, strerror(error));
	exit(1);
}

static void reap(void)
{
	int status;

	if (waitpid(-1, &status, 0) < 0)
		fail("waitpid", errno);
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "spawn_loop: the program failed (status %d)\n", status);
		exit(1);
	}
}

static void sync_block(int fd)
{
	static const char block[4096];

	if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block) || fdatasync(fd))
		fail("sync", errno);
}

static void tell_memory(const char *path)
{
	struct rusage usage;
	FILE *file = fopen(path, "w");

	if (!file || getrusage(RUSAGE_CHILDREN, &usage))
		fail(path, errno);
	fprintf(file, "%ld\n", usage.ru_maxrss * 1024);
	if (fclose(file))
		fail(path, errno);
}

static long number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || end == text || value < 1)
		fail(text, EINVAL);
	return value;
}

int main(int argc, char **argv)
{
	const char *memory = NULL;
	long count = 1, at_once = 1, running = 0;
	int option, fd = -1;

	while ((option = getopt(argc, argv, "+n:j:s:m:")) != -1) {
		if (option == 'n')
			count = number(optarg);
		else if (option == 'j')
			at_once = number(optarg);
		else if (option == 's')
			fd = open(optarg, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		else if (option == 'm')
			memory = optarg;
		else
			return 2;
		if (option == 's' && fd < 0)
			fail(optarg, errno);
	}
	if (optind >= argc) {
		fprintf(stderr, "spawn_loop: which program?\n");
		return 2;
	}
	for (long i = 0; i < count; i++) {
		pid_t pid;
		int error;

		if (running == at_once) {
			reap();
			running--;
		}
		if (fd >= 0)
			sync_block(fd);
		error = posix_spawn(&pid, argv[optind], NULL, NULL, argv + optind, environ);
		if (error)
			fail(argv[optind], error);
		running++;
	}
	while (running--)
		reap();
	if (memory)
		tell_memory(memory);
	return 0;
}
