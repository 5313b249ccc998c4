/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_CALLS_H
#define TEST_CALLS_H

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Stands between the actions and the kernel in the calls that put a file in its place: keeps their order, and holds one
 * up, until calls_go_on(), or has it fail. For one test program, which includes this once.
 */
enum call { CALL_NONE, CALL_SYNC, CALL_RENAME };

static struct {
	char log[512]; /* "sync rename sync " */
	enum call held;
	enum call failing;
	int error;
	int spared; /* so many of these do not fail */
	sem_t reached;
	sem_t go;
} calls;

static inline void calls_begin(enum call held)
{
	memset(&calls, 0, sizeof(calls));
	calls.held = held;
	sem_init(&calls.reached, 0, 0);
	sem_init(&calls.go, 0, 0);
}

static inline void calls_fail(enum call failing, int error)
{
	calls_begin(CALL_NONE);
	calls.failing = failing;
	calls.error = error;
}

/* Until a thread has come to the call that is held up. */
static inline void calls_await(void)
{
	while (sem_wait(&calls.reached) != 0 && errno == EINTR)
		continue;
}

static inline void calls_go_on(void)
{
	sem_post(&calls.go);
}

/* Whether the call may be made. */
static inline int calls_made(enum call call, const char *name)
{
	size_t len = strlen(calls.log);

	snprintf(calls.log + len, sizeof(calls.log) - len, "%s ", name);
	if (calls.held == call) {
		calls.held = CALL_NONE;
		sem_post(&calls.reached);
		while (sem_wait(&calls.go) != 0 && errno == EINTR)
			continue;
	}
	if (calls.failing != call || calls.spared-- > 0)
		return 1;
	calls.failing = CALL_NONE;
	errno = calls.error;
	return 0;
}

int fsync(int fd)
{
	return calls_made(CALL_SYNC, "sync") ? (int)syscall(SYS_fsync, fd) : -1;
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	if (!calls_made(CALL_RENAME, "rename"))
		return -1;
	return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags)
{
	if (!calls_made(CALL_RENAME, "rename-new"))
		return -1;
	return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

#endif
