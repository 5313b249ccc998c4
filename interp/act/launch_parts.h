/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ACT_LAUNCH_PARTS_H
#define ACT_LAUNCH_PARTS_H

#include <sys/types.h>

#include "act/launch.h"
#include "base/buf.h"

/*
 * What the parts of the launch client share, and nobody else sees: launch.c (one launch from its request to its end),
 * launch_stream.c (what it prints), launch_slot.c (one launcher process), launch_pool.c (who gets which),
 * launch_wire.c (bytes on the socket); launch_adopt.c (one launch of an earlier life), launch_note.c (what its launcher
 * left), launch_guard.c (when that is complete).
 */

/*
 * WAITING   in the pool's queue, or about to fail.
 * SENT      BEGIN is on its way; only now there is a slot.
 * RUNNING   STARTED came.
 * LINGERING the stages have exited, something they began lives on: the streams and the clock decide how long we wait.
 * LEAVING   LEAVE or STOP was sent after that: ENDED is awaited.
 * OVER      the fate of the tree is known; the streams may still hold something.
 * DONE      `ended` was called; closing handles keep the memory.
 */
enum launch_phase {
	PHASE_WAITING,
	PHASE_SENT,
	PHASE_RUNNING,
	PHASE_LINGERING,
	PHASE_LEAVING,
	PHASE_OVER,
	PHASE_DONE
};

struct launch_stream {
	uv_pipe_t pipe;
	struct launch *launch;
	enum attempt_stream which;
	int fd;
	bool open;
	bool widened; /* its pipe was made larger */
};

struct launch {
	struct launch_pool *pool;
	struct launch *next; /* in the queue */
	struct launch_request request;
	const struct launch_events *events;
	void *self;
	enum launch_phase phase;
	bool stopped;
	uint32_t serial;
	struct launch_slot *slot;
	struct adoption *adoption; /* of an earlier life; NULL: begun by us */
	struct launch_stream streams[2];
	unsigned open; /* handles that are not closed yet */
	struct loop_timer *quiet; /* an inherited pipe is not waited for longer than this */
	struct loop_timer *watch; /* a stop that is not answered */
	bool kept; /* what lives on was left alone: nothing more is expected of the streams */
	int64_t
	    patience_us; /* on the loop's clock: the end of all waiting for streams; 0: not waiting */
	size_t process_count;
	struct launch_process processes[LAUNCH_STAGES_MAX];
	int64_t started_us;
	int32_t status[LAUNCH_STAGES_MAX];
	struct launch_left left[LAUNCH_LEFT_MAX];
	struct launch_end end;
};

/* One launcher process. Freed when its last handle is closed. */
struct launch_slot {
	struct launch_pool *pool;
	struct launch_slot *next; /* all of the pool */
	struct launch_slot *next_idle;
	struct launch *launch; /* that it serves, or NULL */
	uv_process_t process;
	uv_poll_t poll;
	int socket; /* -1: it serves no more */
	bool exited;
	bool leaving; /* it was told to end, and nothing holds it */
	unsigned open;
};

struct launch_pool {
	struct loop *loop;
	char *program;
	int guard; /* the run's folder, with a shared lock; -1: none */
	unsigned max;
	unsigned serving; /* slots with a socket */
	unsigned busy; /* of these, the ones with a launch */
	uint32_t serial;
	uint64_t soft_nofile;
	struct launch_slot *slots;
	struct launch_slot *idle; /* the last used first: its memory is warm */
	struct launch *first; /* the queue */
	struct launch **last;
	unsigned leaving; /* launchers that were told to end and have not */
	bool parted; /* none is left of them, or they had time enough */
	struct buf wire; /* a request being written */
	char *chunk; /* what streams are read into */
};

enum { LAUNCH_CHUNK = 256 << 10 };

/* --- launch.c: what a launcher says, and what becomes of it */
void launch_heard(struct launch *launch, const void *message, size_t len);
void launch_lost(struct launch *launch);
/* It cannot be begun, for want of processes, descriptors or memory; `ended` is called from the loop. */
void launch_refuse(struct launch *launch, int error);
/* Sends BEGIN over the slot; 0 or an error number, with nothing begun. */
int launch_begin_on(struct launch *launch, struct launch_slot *slot);
/* A stream brought bytes, or came to its end. */
void launch_stirred(struct launch *launch);
void launch_closed(struct launch *launch);
/* Whether what its stages left running is let live. */
bool launch_keeps(const struct launch *launch, const int32_t *status, size_t count);
/* Its fate is known and told: calls `ended`, and is gone. */
void launch_finish(struct launch *launch);

/* --- launch_stream.c */
/* Takes over the reading end of a pipe, and reads it from launch_stream_read() on. */
void launch_stream_open(
    struct launch_stream *stream, struct launch *launch, enum attempt_stream which, int fd);
void launch_stream_read(struct launch_stream *stream);
void launch_stream_close(struct launch_stream *stream);

/* --- launch_slot.c */
/* A launcher of its own, or NULL with *ret_error. */
struct launch_slot *launch_slot_new(struct launch_pool *pool, int *ret_error);
/* Takes leave of a launcher: it ends, or stays with what it watches over. */
void launch_slot_quit(struct launch_slot *slot);
/* Gives it up: it does not answer. */
void launch_slot_abandon(struct launch_slot *slot);
/* Closes the handle of its process; its memory goes with its last handle. */
void launch_slot_free(struct launch_slot *slot);
/* Sends a message without waiting; false when it cannot be sent. */
bool launch_slot_tell(struct launch_slot *slot, const void *message, size_t len);

/* --- launch_wire.c */
/* Appends the counts and strings of a request, as struct launch_begin has them. */
void launch_wire_strings(struct buf *out, const struct launch_request *request, uint32_t *ret_count,
    uint32_t *ret_writable);
/* Sends BEGIN with the descriptors, which stay the caller's (FD_STRINGS is this one's own). 0 or an error number. */
int launch_wire_begin(struct launch *launch, int fds[LAUNCH_FDS]);

/* --- launch_adopt.c */
/* launch_stop() of a launch that was adopted. */
void launch_adopt_stop(struct launch *launch, int64_t grace_us);
/* launch_launcher() of one. */
int64_t launch_adopt_launcher(const struct launch *launch);

/* --- launch_note.c: op-N.run and op-N.exit, as protocol.h has them */
struct launch_note {
	struct launch_process launcher;
	bool here; /* of this boot and pid namespace: the numbers mean processes that we see */
	bool stopped;
	size_t stage_count; /* that were begun */
	struct launch_process stages[LAUNCH_STAGES_MAX];
	bool waited; /* all of them were, and it is known how they ended: */
	int32_t status[LAUNCH_STAGES_MAX];
	/* op-N.exit alone: */
	int64_t duration_us;
	bool failed;
	enum launch_trouble trouble;
	size_t stage;
	int error;
	int64_t size[2]; /* of each stream */
	int64_t kept[2];
	size_t left_count;
	size_t left_named;
	struct launch_left left[LAUNCH_LEFT_MAX];
};
/* False when there is none, or what is there is no such document, or not of this request. */
bool launch_note_run(const struct launch_request *request, struct launch_note *ret_note);
bool launch_note_exit(const struct launch_request *request, struct launch_note *ret_note);
/* One of the files of an operation ("out") for reading, or -1. */
int launch_note_open(const struct launch_request *request, const char *suffix);

/* --- launch_guard.c */
/* The folder with a shared lock, or -1 when it cannot be had. */
int launch_guard_take(const char *run_dir);

/* --- launch_survivors.c */
/* Whether the process with this number is still the one that began then, and not a zombie. */
bool launch_lives(const struct launch_process *process);
/* Which of the processes live still; at most LAUNCH_LEFT_MAX. Returns how many it named. */
size_t launch_survivors(
    const struct launch_process *processes, size_t count, struct launch_left *ret_left);

/* --- launch_pool.c */
/* Gives free launchers to those who wait. */
void launch_pool_pump(struct launch_pool *pool);
/* Puts a launch into the queue; one that stands aside of the others waits for none of them. */
void launch_pool_add(struct launch_pool *pool, struct launch *launch);
/* Takes a launch out of the queue. */
void launch_pool_forget(struct launch_pool *pool, struct launch *launch);
/* A launcher has nothing to do again, or is not to be given to anybody any more. */
void launch_pool_put_idle(struct launch_pool *pool, struct launch_slot *slot);
void launch_pool_take_idle(struct launch_pool *pool, struct launch_slot *slot);
/* The process has exited and its socket is closed. */
void launch_pool_remove(struct launch_pool *pool, struct launch_slot *slot);

#endif
