/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_PROCESS_LOOK_H
#define STDLIB_PROCESS_LOOK_H

#include "act/attempt.h"

struct far_look;
struct launch;

/*
 * Whether a `run` or `pipe` could begin: its programs, its folder, its files, and whether bash can read its script.
 * *slot is the launch that asks bash, or what runs elsewhere, while there is one; *far what to cancel before that, or
 * NULL. Ends in attempt_finish().
 */
void process_look(struct attempt *attempt, struct launch **slot, struct far_look **far);

#endif
