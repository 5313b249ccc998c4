/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_RUN_SCRIPT_H
#define TEST_RUN_SCRIPT_H

#include "rig.h"

#define BOOK(steps) "reprise: 1\nid: book\ntitle: A book\nsteps:\n" steps
#define CHANGE(id, more) "  - {id: " id ", timeout: 1s, fake.change: ok" more "}\n"
#define READ(id, more) "  - {id: " id ", timeout: 1s, fake.read: ok" more "}\n"

/* An executor of the test's own: writes down what it is given and, when `answers`, says soon that all went well. */
struct script {
	struct executor executor;
	struct rig *rig;
	bool answers;
	uint32_t open[16];
	size_t open_count;
};

/* A rig for it, with a sync of the test's own; NULL: the real one. */
struct rig *script_rig(const char *runbook, struct script *script, int (*sync)(int));

/* Says of all that is open that it went well. self: the script. */
void script_answer(void *self);

/* A sync that waits for script_let_sync(), once for each; one that always fails (EIO). */
int script_slow_sync(int fd);
int script_failing_sync(int fd);
void script_let_sync(void);
int script_syncs_left(void); /* how many may still come without waiting */

/* Lets the loop turn once, without waiting. */
void script_tick(struct rig *rig);

#endif
