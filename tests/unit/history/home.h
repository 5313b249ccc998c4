/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_HISTORY_HOME_H
#define TEST_HISTORY_HOME_H

#include "base/arena.h"
#include "base/buf.h"
#include "history/index.h"

/* A place where runs are kept, with copies of what tests/record/kept has. */
struct home {
	char path[64];
	struct arena *arena;
	struct run_index *index;
};

/* The folder, without an index. */
void home_make(struct home *home);
void home_remove(struct home *home);

/* A path in the place, valid until the arena goes. */
const char *home_file(struct home *home, const char *name);

/* Copies tests/record/kept/FROM.jsonl to runs/NAME.jsonl. */
void home_keep(struct home *home, const char *from, const char *name);
void home_forget(struct home *home, const char *name);

/* Opens the index and takes in what there is. */
struct index_refreshed home_refresh(struct home *home, const struct index_help *help);
void home_close(struct home *home);

/* All that the index says, but for the place. */
void home_say(struct home *home, struct run_index *index, struct buf *out);

/* The open index says what one says that is made anew from the files. */
void home_is_right(struct home *home);

#endif
