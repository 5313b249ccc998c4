/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launch/kin.h"

enum { PROC_PATH = 64 };

/* What one line of /proc/PID/stat tells. */
struct state {
	char letter;
	pid_t parent;
	int64_t start_ticks;
};

/* Field number `count` behind a place, of fields that begin with a blank; an empty one when there are fewer. */
static const char *field_behind(const char *place, int count)
{
	while (count-- > 0 && *place)
		place += strcspn(place + 1, " ") + 1;
	return place;
}

static bool read_state(pid_t pid, struct state *ret_state)
{
	char path[PROC_PATH];
	char line[1024];
	const char *rest;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (len <= 0)
		return false;
	line[len] = '\0';
	/* The name may hold anything, parentheses too: the fields begin behind the last one. */
	rest = strrchr(line, ')');
	if (!rest || rest[1] != ' ' || !rest[2])
		return false;
	*ret_state = (struct state){rest[2], (pid_t)strtol(field_behind(rest, 2), NULL, 10),
	    (int64_t)strtoll(field_behind(rest, 20), NULL, 10)};
	return true;
}

int64_t tree_start_ticks(pid_t pid)
{
	struct state state;

	return read_state(pid, &state) ? state.start_ticks : 0;
}

/* The command line with blanks between its words, or the name in brackets. */
static void read_command(pid_t pid, char ret_command[LAUNCH_COMMAND_MAX])
{
	char path[PROC_PATH];
	ssize_t len = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, ret_command, LAUNCH_COMMAND_MAX - 1);
		close(fd);
	}
	while (len > 0 && ret_command[len - 1] == '\0')
		len--;
	if (len > 0) {
		for (ssize_t i = 0; i < len; i++)
			if (ret_command[i] == '\0')
				ret_command[i] = ' ';
		ret_command[len] = '\0';
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	snprintf(ret_command, LAUNCH_COMMAND_MAX, "[?]");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	len = read(fd, ret_command + 1, LAUNCH_COMMAND_MAX - 3);
	close(fd);
	if (len > 0 && ret_command[len] == '\n')
		len--;
	if (len > 0)
		memcpy(ret_command + len + 1, "]", 2);
}

/* 0 or an error number. */
static int send_signal(const struct relative *relative, int pidfd, int number)
{
	long sent;

	if (pidfd >= 0)
		sent = syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0);
	else
		sent = kill(relative->pid, number);
	return sent < 0 ? errno : 0;
}

static void count(pid_t pid, bool refused, bool refused_only, struct tree_census *census)
{
	struct launch_left *left = &census->left[census->named];

	census->alive++;
	census->refused += refused;
	if ((refused_only && !refused) || census->named == LAUNCH_LEFT_MAX)
		return;
	census->named++;
	left->pid = pid;
	read_command(pid, left->command);
}

static void visit(
    const struct relative *relative, int number, bool refused_only, struct tree_census *census)
{
	/* Our own child keeps its number until we wait for it. */
	bool own = relative->parent == getpid();
	int pidfd = -1;
	struct state state;
	int error = 0;

	if (!own)
		pidfd = (int)syscall(SYS_pidfd_open, relative->pid, 0);
	if (!own && pidfd < 0 && errno == ESRCH)
		return;
	if (read_state(relative->pid, &state) &&
	    (state.parent == relative->parent || state.parent == getpid())) {
		/* A "zombie" too: its first thread may be dead while others live. */
		if (number)
			error = send_signal(relative, pidfd, number);
		if (number == SIGTERM && !error)
			send_signal(relative, pidfd, SIGCONT);
		if (state.letter != 'Z' && state.letter != 'X' && error != ESRCH)
			count(relative->pid, error == EPERM, refused_only, census);
	}
	if (pidfd >= 0)
		close(pidfd);
}

static void walk_all(int number, bool refused_only, const pid_t *apart, unsigned apart_count,
    struct tree_census *ret_census)
{
	static struct kin
	    kin; /* too large for a stack that must stay small; this program has one thread */

	ret_census->alive = 0;
	ret_census->refused = 0;
	ret_census->named = 0;
	kin.count = 0;
	kin_add_children(&kin, getpid());
	for (unsigned i = 0; i < kin.count; i++) {
		unsigned k = 0;

		while (k < apart_count && apart[k] != kin.met[i].pid)
			k++;
		/* Its children first: once it is dead they are no longer its own. */
		if (k == apart_count)
			kin_add_children(&kin, kin.met[i].pid);
		visit(&kin.met[i], number, refused_only, ret_census);
	}
}

void tree_signal(int number, bool refused_only, struct tree_census *ret_census)
{
	walk_all(number, refused_only, NULL, 0, ret_census);
}

void tree_terminate(const pid_t *apart, unsigned count, struct tree_census *ret_census)
{
	walk_all(SIGTERM, false, apart, count, ret_census);
}
