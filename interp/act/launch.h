/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ACT_LAUNCH_H
#define ACT_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "act/attempt.h"
#include "act/loop.h"
#include "base/str.h"
#include "launch/protocol.h"
#include "launch/status.h"

/*
 * Processes, through launchers (launch/protocol.h): a pool of them on the loop, each serving one launch at a time. A
 * launch belongs to the pool; its caller holds a pointer until `ended` was called and not longer.
 */
struct launch_pool;
struct launch;

/*
 * At most `max` launches run at once, further ones wait in order. `program` is the path of reprise-launch. Some
 * launchers are started here, while the process is small; the limit of open files as it is now is what steps get.
 * `run_dir` is the run's folder, by which launch_await_earlier() of a later life waits for the launchers of this one;
 * "": none.
 */
struct launch_pool *launch_pool_new(
    struct loop *loop, const char *program, const char *run_dir, unsigned max);

/*
 * To be called when no launch is under way, and from outside of the loop, which it runs until the idle launchers have
 * ended (five seconds at most). Launchers that stay with a daemon live on by themselves. Accepts NULL.
 */
void launch_pool_free(struct launch_pool *pool);

/* What to run. Everything it points to must live until `ended`. */
struct launch_request {
	const char *const *const
	    *stages; /* argument lists, each with one element at least, ended by NULL */
	size_t stage_count; /* 1 to LAUNCH_STAGES_MAX */
	const char *const *env; /* "NAME=value", ended by NULL */
	const char *cwd; /* absolute */
	int stdin_fd; /* taken over and closed; -1: the null device */
	int stdout_fd; /* taken over and closed; -1: captured */
	int order_fd; /* taken over and closed; what every stage has as LAUNCH_ORDER; 0: none */
	uint64_t apart; /* as struct launch_begin has it */
	bool aside; /* it is not one of the pool's `max` */
	const char
	    *run_dir; /* where the launcher leaves what a dead interpreter missed; "": nowhere */
	/*
	 * the paths below which alone it shall be able to write, ended by NULL, the first a scratch folder that
	 * lives as long as it does (LAUNCH_SCRATCH); NULL: wherever it may
	 */
	const char *const *writable;
	uint32_t op;
	int64_t grace_us; /* for what a failure left behind */
};

enum launch_how {
	LAUNCH_RAN, /* every stage was waited for */
	LAUNCH_REFUSED, /* it could not be begun: trouble, stage, error; nothing of it runs */
	LAUNCH_UNBEGUN, /* stopped while it waited for its turn */
	LAUNCH_SURVIVED, /* stopped, but what is named in `left` could not be killed */
	LAUNCH_LOST, /* the launcher went away or does not answer; what is known to live on is in `left` */
	LAUNCH_UNKNOWN /* adopted, but there is no launcher of it and no exit file, and nothing of it lives any more */
};

/* How it ended. Lives during the call. */
struct launch_end {
	enum launch_how how;
	bool stopped; /* launch_stop() was heard */
	bool by_itself; /* adopted: it had ended, and nobody had stopped it */
	unsigned ended; /* 1: what a failure left behind was ended too */
	size_t stage_count; /* with a known status: 0 unless LAUNCH_RAN */
	const int32_t *status; /* of each stage, as wait() gives it */
	int64_t duration_us; /* from the start to the last stage's exit; 0 when that is not known */
	int64_t missing
	    [2]; /* adopted: bytes of each stream that its launcher read and could not keep */
	enum launch_trouble trouble; /* LAUNCH_REFUSED */
	size_t stage;
	int error;
	bool unanswered; /* LAUNCH_LOST: it lives but does not answer */
	size_t left_count; /* processes that live on: all of them, */
	size_t left_named; /* and those that are named here */
	const struct launch_left *left;
};

/* What began. Lives during the call. */
struct launch_begun {
	struct launch_process process; /* the first */
	bool confined; /* all of it can write only where the request says */
	const char *
	    unconfined; /* why it is not, where that was asked for; "": it is, was not, or nobody knows */
};

/* All are called from the loop, none before launch_new() has returned; NULL: nobody wants to know, nothing is kept. */
struct launch_events {
	void (*started)(void *self, const struct launch_begun *begun);
	void (*output)(void *self, enum attempt_stream stream, struct str bytes);
	/* All stages have exited, but something they began lives on: true to let it live, false to end it. */
	bool (*keeps)(void *self, const int32_t *status, size_t count);
	void (*ended)(void *self, const struct launch_end *end);
};

/* Begins as soon as a launcher is free. Leads to exactly one `ended`. */
struct launch *launch_new(struct launch_pool *pool, const struct launch_request *request,
    const struct launch_events *events, void *self);

/*
 * Whether its programs are found, may be run, and can be run in that folder, as things are; begins nothing. False with
 * how a launch would end: LAUNCH_REFUSED, with trouble, stage and error. The descriptors are not looked at.
 */
bool launch_look(const struct launch_request *request, struct launch_end *ret_end);

/*
 * Waits until every launcher of an earlier life of the run has written down what it goes on with, or how that ended, at
 * most so long: true when all have, or there are none. To be called before launch_pool_new(), from outside of the loop:
 * it blocks. Where a folder cannot be locked nobody can tell, and all of the time is given to them.
 */
bool launch_await_earlier(const char *run_dir, int64_t limit_us);

/*
 * Goes on with what an earlier life of the run began under request->op in request->run_dir: waits for it, and leads to
 * the events that launch_new() would have led to, `keeps` included. Nothing is begun, and no launcher of the pool is
 * taken: of the request, stages and stage_count are what was asked for then, grace_us is for what a failure left
 * behind, and the descriptors are -1. What it prints comes when it is over: what is in the files of its launcher, no
 * more, no less; `missing` tells how much is not. `recorded` is its first process as the record has it, with pid 0 when
 * the record does not; it serves to name it, should nothing else be known.
 */
struct launch *launch_adopt(struct launch_pool *pool, const struct launch_request *request,
    struct launch_process recorded, const struct launch_events *events, void *self);

/* A process that goes on after the interpreter of the run with this folder has died; 0: none that can be found. */
int64_t launch_goes_on(const char *run_dir);

/*
 * Removes what the launchers of earlier lives left of an operation. To be called when its end is in the record, and
 * before anything further is begun under its number.
 */
void launch_forget(const char *run_dir, uint32_t op);

/* The same of all operations: of a run that has finished. */
void launch_forget_all(const char *run_dir);

/* The process whose descendants all it runs is, while it is running; else 0. */
int64_t launch_launcher(const struct launch *launch);

/* Ends it and all its descendants: TERM, and KILL after grace_us; 0: KILL at once. May be called again. */
void launch_stop(struct launch *launch, int64_t grace_us);

#endif
