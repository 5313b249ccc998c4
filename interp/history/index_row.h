/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HISTORY_INDEX_ROW_H
#define HISTORY_INDEX_ROW_H

/* What a row says yes or no to, each a bit of its `flags`. */
enum { RUN_IS_REHEARSAL = 1, RUN_WAS_RESUMED = 2, RUN_HAS_FINISHED = 4 };

enum {
	STEP_IS_ALLOWED = 1,
	STEP_WAS_PERFORMED = 2,
	STEP_IS_ASSUMED = 4,
	STEP_IS_BLOCK = 8,
	STEP_IS_MANUAL = 16,
	STEP_WAS_CHECKED = 32,
	STEP_IS_LOOP = 64
};

#endif
