/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_AGAINST_H
#define CLI_AGAINST_H

#include "cli/command.h"

/*
 * `reprise replay RUN --against FILE`: says how a recorded run would have gone under the runbook of a file. Nothing is
 * performed, and nothing read but the record, the file and what it includes and uses. The exit status.
 */
enum status against(const struct invocation *invocation, const char *transcript, const char *file);

#endif
