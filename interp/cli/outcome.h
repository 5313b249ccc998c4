/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include "cli/command.h"
#include "sched/message.h"

/* The exit status that tells how a run ended. whole: its record is. */
enum status outcome_status(enum run_outcome outcome, bool whole);

#endif
