/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_REPLAY_LIVE_H
#define CLI_REPLAY_LIVE_H

#include "cli/driver.h"

/* `reprise replay --live RUN`: does for real what a record says was done, and compares as it goes. The exit status. */
int replay_live(const struct invocation *invocation);

/* Whether an option was given that means something with --live alone; its name, or NULL. */
const char *replay_live_only(const struct invocation *invocation);

#define REPLAY_LIVE_OPTIONS                                                                        \
	{"live", 0, NULL, "do it for real once more, and compare as it goes"},                     \
	    {"on-divergence", 0, "stop|ask|continue",                                              \
		"with --live: what to do where reality departs (the default: ask on a terminal)"}, \
	    {"accept-change", 0, NULL,                                                             \
		"with --live: the runbook as it is now, although it was changed since"},           \
	    {"transcript", 0, "PATH", "with --live: where to keep the new record (a new file)"},   \
	    {"param", 'p', "NAME=VALUE",                                                           \
		"refused: with other parameters it would be another run"},                         \
	    DRIVER_OPTIONS

#endif
