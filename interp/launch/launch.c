/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reprise-launch: runs the processes of one job slot for the interpreter, and outlives it when it must. It uses the C
 * library alone, has one thread, and allocates next to nothing. protocol.h says how one talks to it. On a far machine
 * it does the same for one step, as wire.h says.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch/launcher.h"
#include "launch/protocol.h"
#include "launch/relay.h"

/* A decimal number, all of the text. */
static bool read_number(const char *text, unsigned long long *ret_number)
{
	char *end;

	errno = 0;
	*ret_number = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno;
}

/* Steps get the soft limit that the interpreter was started with, whatever it gave itself. */
static void set_soft_nofile(unsigned long long soft)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = soft < limit.rlim_max ? (rlim_t)soft : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* No signal reaches us but KILL and STOP, and steps begin with every disposition at its default. */
static void quiet_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (int number = 1; number <= SIGRTMAX; number++)
		signal(number, SIG_DFL);
}

/* The run's folder, or -1 when we were given none. */
static int find_guard(void)
{
	struct stat stat;

	return fstat(LAUNCH_GUARD, &stat) == 0 && S_ISDIR(stat.st_mode) ? LAUNCH_GUARD : -1;
}

int main(int argc, char **argv)
{
	static const char usage[] = "reprise-launch is started by reprise, not by hand\n";
	unsigned long long version;
	unsigned long long soft;
	struct stat stat;
	int guard;

	if (argc == 3 && strcmp(argv[1], "far") == 0) {
		quiet_signals();
		return relay_serve(argv[2]);
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return 0;
	if (argc != 3 || !read_number(argv[1], &version) || !read_number(argv[2], &soft) ||
	    version != LAUNCH_VERSION || fstat(LAUNCH_SOCKET, &stat) < 0 ||
	    !S_ISSOCK(stat.st_mode)) {
		if (write(2, usage, sizeof(usage) - 1) < 0)
			return 70;
		return 2;
	}
	quiet_signals();
	setsid(); /* fails when we lead a session already, which is as good */
	guard = find_guard();
	fcntl(LAUNCH_SOCKET, F_SETFD, FD_CLOEXEC);
	/* A step that held it too would hold up the interpreter's successor. */
	if (guard >= 0)
		fcntl(guard, F_SETFD, FD_CLOEXEC);
	close_range(guard < 0 ? LAUNCH_GUARD : LAUNCH_GUARD + 1, ~0u, 0);
	set_soft_nofile(soft);
	if (chdir("/") < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return 71;
	return launcher_serve(LAUNCH_SOCKET, guard, -1);
}
