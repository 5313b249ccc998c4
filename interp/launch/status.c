/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/status.h"

#include <signal.h>
#include <sys/wait.h>

/* What a shell makes of a signal's number. */
enum { SIGNAL_BASE = 128 };

bool status_is_sigpipe(int32_t status)
{
	return (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE) ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == SIGNAL_BASE + SIGPIPE);
}

bool status_is_good(const int32_t *status, size_t count, size_t i)
{
	while (i + 1 < count && status_is_sigpipe(status[i]))
		i++;
	return status[i] == 0;
}

bool status_succeeded(const int32_t *status, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!status_is_good(status, count, i))
			return false;
	return count > 0;
}
