/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_PROCESS_RESULT_H
#define STDLIB_PROCESS_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "act/launch.h"
#include "base/arena.h"
#include "base/str.h"
#include "value/value.h"

/* How processes ended, as values and as sentences for people. Pure; all lives in the arena that is given. */

/* The "exit_code", "signal", "stages" and "duration" of a launch, added to the map. */
void process_add_fields(
    struct map_builder *map, const struct launch_request *request, const struct launch_end *end);

/* "exit status 3", "killed by SIGKILL", "stage 1 (gunzip): exit status 1"; empty when there is nothing to tell. */
struct str process_why(
    struct arena *arena, const struct launch_request *request, const struct launch_end *end);

/*
 * What a process says on standard error of being refused by the kernel, line by line; begins as zeros. Being refused is
 * not yet being refused to write: `ls` cannot read everything either.
 */
struct process_denial {
	enum { PROCESS_HEARD_NOTHING, PROCESS_HEARD_REFUSAL, PROCESS_HEARD_WRITING } heard;
	size_t len; /* of the line that has not ended */
	char line[512];
};
void process_hear(struct process_denial *denial, struct str bytes);

/* What may be behind the failure of a confined process that said so, and a way out; empty when nothing points there. */
struct str process_advice(struct process_denial *denial, bool is_check);

/* The processes that live on, as a list of {pid, command}; NULL when there are none. */
const struct value *process_left(struct arena *arena, const struct launch_end *end);

#endif
