/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ACT_ATTEMPT_H
#define ACT_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "act/loop.h"
#include "base/arena.h"
#include "base/str.h"
#include "value/action.h"
#include "value/value.h"

struct launch_pool;
struct order_programs;
struct ssh_links;

/* What every action's code may use. Owned by the executor; outlives every attempt. */
struct host {
	struct loop *loop;
	struct launch_pool *launchers; /* act/launch.h */
	const char *folder; /* the runbook's: where relative paths start; absolute */
	const char *run_dir; /* of this run, for its owner only; absolute */
	bool
	    unconfined; /* whoever runs it said that processes which read may write (--no-confine) */
	const struct order_programs *programs; /* act/order.h */
	struct ssh_links
	    *links; /* the standard library's; NULL: every step makes a connection of its own */
};

/*
 * What the attempts of one session share: a resource of the action's own kind, kept by the first of them and closed
 * when the run ends. The executor lets one attempt at a time have it, in the order they came.
 */
struct session {
	const char *name; /* of the connection */
	void *resource; /* NULL: not opened yet */
	void (*close)(void *resource);
	bool
	    lost; /* it was open once and is no more; nobody opens it again, for its state is gone */
};

/* How far an attempt under way has come, in bytes. */
struct progress {
	int64_t done; /* that were read, or went through it; 0: there is nothing to tell */
	int64_t total; /* of how many; 0: not known */
	int64_t
	    launcher; /* 0, or the parent of the processes that do it, of which act/flow.h tells more */
};

enum attempt_stream { ATTEMPT_STDOUT, ATTEMPT_STDERR };

/* How an attempt ended; filled by attempt_finish(). */
struct attempt_result {
	bool error; /* it could not be done at all: no such program, a wrong argument */
	bool ok; /* the action's own success */
	bool unchanged; /* when not ok: it is certain that nothing was changed */
	/* nobody knows how it ended; of the rest only `why` and `left` mean something */
	bool lost;
	bool loose; /* lost: and it may run on */
	struct str why; /* a sentence when not ok, for a person; in the attempt's arena */
	struct str
	    advice; /* what may be behind that, and a way out: told behind it, once; may be empty */
	const struct value
	    *value; /* a map as the spec's results describe; may be NULL after an error */
	const struct value *left; /* processes that live on: a list of {pid, command}; or NULL */
	bool by_itself; /* adopted: it had ended before anybody could end it */
	/* adopted: bytes of each stream that were read while nobody listened, and are not kept */
	int64_t missing[2];
};

/*
 * One attempt at an action. The executor makes it, calls start (or adopt, or look) once, perhaps cancel once or twice,
 * and frees it after attempt_finish() has been called and every attempt_hold() was released. An attempt ends exactly
 * once; that is asserted. `arena` lives as long as the attempt.
 */
struct attempt {
	const struct action_spec *spec;
	/* a map with defaults filled in and secrets opened: plain strings; never to be logged */
	const struct value *args;
	/* the same as it was recorded, with its secrets sealed: what may be told; until the attempt has ended */
	const struct value *sealed;
	struct host *host;
	struct arena *arena;
	int64_t
	    timeout_us; /* for libraries that want to know; the executor watches it itself; 0: none */
	int64_t grace_us; /* between TERM and KILL */
	int64_t output_bound; /* bytes of each stream that are kept */
	struct session *session; /* to be used instead of a connection of its own; NULL: none */
	uint32_t op; /* for names of files in run_dir */
	bool
	    only_reads; /* its class is `read`, or it is a look: it is to be kept from changing anything */
	bool is_check;
	/* what came of that; set by the action before attempt_started(), of an adopted one from the record */
	bool confined;
	struct str unconfined; /* why it was not, where it was to be; in the attempt's arena */
	/* for adopt: its process, as an earlier life of the run recorded it on this boot; pid 0: it did not */
	int64_t recorded_pid;
	int64_t recorded_ticks;
	void *self; /* the action's own */
	const struct attempt_ops *ops; /* the executor's */
	void *owner;
	unsigned holds;
	bool finished;
	struct attempt_result result;
};

/* How gently cancel ends it. */
enum cancel_how { CANCEL_TERM, CANCEL_KILL };

struct action_impl {
	const struct action_spec *spec;
	/* Begins. Must lead to one attempt_finish(), which may happen before it returns. */
	void (*start)(struct attempt *attempt);
	/*
	 * Ends it early: leads to attempt_finish() soon, perhaps at once, with whatever result there is. May be
	 * called again with CANCEL_KILL.
	 */
	void (*cancel)(struct attempt *attempt, enum cancel_how how);
	/*
	 * Instead of start: goes on with what an earlier life of the run began under the same op, and begins nothing.
	 * Leads to one attempt_finish() as start does, with the result that it would have had, or a lost one. NULL:
	 * what it began cannot be found again.
	 */
	void (*adopt)(struct attempt *attempt);
	/*
	 * Instead of start: finds out whether it could begin as things are, and changes nothing. Leads to one
	 * attempt_finish() as start does: ok, or a failure with the sentence that start would have had; its value is
	 * nobody's. It says yes where it cannot tell. NULL: nothing can be said beforehand.
	 */
	void (*look)(struct attempt *attempt);
	/*
	 * How far it has come; asked now and then of what is under way for long. It only looks, and does not wait.
	 * NULL: it has nothing to count. *ret_progress is zeroed.
	 */
	void (*progress)(const struct attempt *attempt, struct progress *ret_progress);
};

struct attempt_ops {
	void (*started)(struct attempt *attempt, int64_t pid, int64_t start_ticks);
	void (*output)(struct attempt *attempt, enum attempt_stream stream, struct str bytes);
	void (*finished)(struct attempt *attempt);
	void (*released)(
	    struct attempt *attempt); /* finished, and the last hold is gone: may be freed */
};

/* A process began: called at most once, before any output; attempts without a process never call it. */
void attempt_started(struct attempt *attempt, int64_t pid, int64_t start_ticks);

/*
 * Bytes of a stream as they come; copied before it returns. The executor masks and bounds them, and puts what is kept
 * of them in place of the entries "stdout" (or "content") and "stderr" of the result, which an action with output
 * leaves empty.
 */
void attempt_output(struct attempt *attempt, enum attempt_stream stream, struct str bytes);

void attempt_finish(struct attempt *attempt, const struct attempt_result *result);

/*
 * Shorthands: success with a value; a failure with a value (may be NULL) and a sentence; "cannot be done", and so
 * nothing was.
 */
void attempt_succeed(struct attempt *attempt, const struct value *value);
void attempt_fail(struct attempt *attempt, const struct value *value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void attempt_error(struct attempt *attempt, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Memory of the attempt is still in use by a handle that closes later: one hold each. */
void attempt_hold(struct attempt *attempt);
void attempt_release(struct attempt *attempt);

/* The registry: every action of the standard library, ended by NULL. Defined by stdlib, handed over by main. */
struct registry {
	const struct action_impl *const *actions;
	const struct connection_spec *const *connections;
};
const struct action_impl *registry_find(const struct registry *registry, struct str name);

#endif
