/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_EXEC_LIVE_H
#define RUN_EXEC_LIVE_H

#include "act/attempt.h"
#include "run/engine.h"
#include "run/executor.h"
#include "run/secrets.h"
#include "run/unfinished.h"

/*
 * Performs effects for real, by the actions of a registry: opens secrets, watches timeouts, asks polled checks until
 * they hold, bounds and masks what comes back, and has it judged before it is recorded.
 */
struct exec_live;

struct exec_live_options {
	struct engine *engine;
	const struct registry *registry;
	struct secrets *secrets; /* those of sensitive steps come to them */
	struct host *host;
	struct asker asker;
	const struct unfinished
	    *earlier; /* what an earlier life of the run left; NULL: it begins */
	bool withhold; /* what adopted processes print is not kept: nobody could mask it any more */
	/* Sees each end before it is posted, and may say otherwise; NULL: nobody does. */
	void (*amend)(void *self, struct message *finished);
	void *amender; /* its self */
	const char *run; /* its id, for whoever waits for a lock of it */
	const char *lock_folder; /* where locks lie when there is no folder for all: run/locks.h */
};

/* The options are copied; what they point to must outlive it. */
struct exec_live *exec_live_new(const struct exec_live_options *options);

/* All operations must be over. Accepts NULL. */
void exec_live_free(struct exec_live *live);

/*
 * Takes the locks that an earlier life of the run held, before the run goes on: of those it has not got yet. False
 * with a sentence appended while one is not to be had; to be called again then.
 */
bool exec_live_retake(struct exec_live *live, const struct unfinished *earlier, struct buf *why);

struct executor *exec_live_executor(struct exec_live *live);

#endif
