/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_PROTOCOL_H
#define LAUNCH_PROTOCOL_H

#include <stdint.h>

/*
 * What is said between the interpreter and one launcher, over a SOCK_SEQPACKET Unix socket: one message is one packet,
 * a struct of this page in the machine's own layout, since both programs are built together.
 *
 * The launcher is started as `reprise-launch LAUNCH_VERSION SOFT_NOFILE`, with the socket as descriptor LAUNCH_SOCKET,
 * the null device as 0, 1 and 2, and as LAUNCH_GUARD, where there is one, the run's folder, on which the interpreter
 * holds a shared flock(). It serves one attempt at a time:
 *
 *      interpreter                          launcher
 *      BEGIN  + descriptors     ──▶
 *                               ◀──   STARTED | FAILED        (FAILED and empty: the attempt is over)
 *                               ◀──   EXITED                  every stage was waited for; empty: the attempt is over
 *      STOP                     ──▶                           at any time: TERM, grace, KILL, for the whole tree
 *      LEAVE                    ──▶                           after EXITED: stay with what lives on
 *                               ◀──   ENDED                   exactly one after an EXITED or FAILED that was not empty,
 *                                                             or instead of an EXITED when somebody cannot be killed
 *      QUIT                     ──▶                           the last end was taken note of: no need of an exit file
 *
 * "Empty" is proved: the launcher is a subreaper and waitpid() answered ECHILD. After an ENDED that is not empty the
 * launcher takes no further attempt: it reads the attempt's streams and reaps until its last descendant is gone.
 *
 * A STOP or LEAVE that crosses the end of its attempt is ignored: every message carries the attempt's serial number.
 *
 * The end of an attempt counts as taken note of when the next BEGIN or a QUIT arrives. When the socket closes before,
 * the interpreter has died: the launcher goes on, drains the streams and leaves in the run's folder
 *
 *      op-N.run             at once, when the attempt is not over; JSON: {"version":1,"op":N,
 *                           "launcher":{"pid":…,"start_ticks":…},"boot_id":"…","pid_namespace":"pid:[…]",
 *                           "pid":…,"start_ticks":…,"stages":[{"pid":…,"start_ticks":…,"exit_code":…,"signal":…,
 *                           "core":false}],"stopped":false}
 *      op-N.out, op-N.err   what was still unread of the streams, bounded by LAUNCH_RESCUE_MAX each: the first half of
 *                           that from the beginning, the second from the end; only if there was any
 *      op-N.exit            when the attempt is over; JSON: what op-N.run holds, then "duration_us":…,"failed":null,
 *                           "out":{"size":…,"kept":…},"err":{…},"left_count":…,"left":[{"pid":…,"command":"…"}]
 *
 * Both documents are put in place by rename, and op-N.run is removed when op-N.exit is there. "pid" and "start_ticks"
 * are those of the first stage, 0 when none was begun. exit_code and signal (a number) are null where they do not
 * apply, both when the stage was not waited for; duration_us is null then. "failed" is {"stage":…,
 * "trouble":"cwd|find|exec|spawn|request","errno":…} when not all could be begun. Of a stream, `size` bytes were read
 * and `kept` are in the file: what is missing lay in the middle, or at the end when the file could not be written.
 * `left_count` processes live on, and `left` names them, LAUNCH_LEFT_MAX at most.
 *
 * A launcher closes LAUNCH_GUARD as soon as it has left op-N.run or op-N.exit or has nothing to leave, so an exclusive
 * flock() on the folder is had when all that there is to know of a dead interpreter's attempts can be read there. One
 * that cannot write keeps it until its attempt is over.
 *
 * From then on the launcher obeys SIGTERM as it obeyed STOP, if it was sent by sigqueue() with the grace in
 * milliseconds as its value; one that stays with what lives on obeys too, and leaves op-N.exit once more. It ignores
 * every other SIGTERM, and all while the interpreter lives.
 */
enum {
	LAUNCH_VERSION = 4,
	LAUNCH_SOCKET = 3,
	LAUNCH_GUARD = 4,
	LAUNCH_ORDER = 3, /* of the stages, where LAUNCH_FD_ORDER is there */
	LAUNCH_STAGES_MAX = 64,
	LAUNCH_INLINE_MAX = 32
	    << 10, /* bytes of strings that travel in the packet; more come in a memfd */
	LAUNCH_LEFT_MAX = 32, /* processes named in an ENDED */
	LAUNCH_COMMAND_MAX = 160, /* bytes of a command's text, its NUL counted */
	LAUNCH_WHY_MAX = 160, /* bytes of a reason, its NUL counted */
	LAUNCH_PATIENCE_MS = 5000, /* after KILL, before what still lives counts as unkillable */
	LAUNCH_QUIET_MS =
	    100, /* an inherited pipe without a new byte for so long is not waited for */
	LAUNCH_RESCUE_MAX = 8 << 20,
	LAUNCH_NOTE_VERSION = 1, /* of op-N.run and op-N.exit */
};

enum launch_kind {
	LAUNCH_BEGIN = 1,
	LAUNCH_STOP,
	LAUNCH_LEAVE,
	LAUNCH_QUIT,
	LAUNCH_STARTED,
	LAUNCH_FAILED,
	LAUNCH_EXITED,
	LAUNCH_ENDED,
};

/* The scratch folder of an operation: in the run's folder, and by the operation's number. */
#define LAUNCH_SCRATCH "%s/op-%u.scratch"

/* The descriptors that go with a BEGIN, in this order; `fds` has the bit of each that is there. */
enum launch_fd {
	LAUNCH_FD_IN, /* standard input of the first stage; else the null device */
	LAUNCH_FD_OUT, /* standard output of the last stage */
	LAUNCH_FD_ERR, /* standard error of all stages */
	LAUNCH_FD_OUT_END, /* the reading end of standard output, when it is a pipe */
	LAUNCH_FD_ERR_END,
	LAUNCH_FD_ORDER, /* what every stage has as descriptor LAUNCH_ORDER */
	LAUNCH_FD_STRINGS, /* a memfd that holds the strings */
	LAUNCH_FDS
};

/* Every message begins so. */
struct launch_head {
	uint32_t kind;
	uint32_t serial;
};

/*
 * Followed, in the packet or in the memfd, by `bytes` bytes: a uint32_t per stage, its number of arguments (at least
 * one), then NUL-terminated strings: the folder to run in, the run's folder, `writable` paths, the arguments of all
 * stages, the environment. `strings` counts them all.
 *
 * Where `writable` is not 0 the stages shall be able to write below these paths alone, as far as the kernel can see to
 * that. The first is the scratch folder, which the launcher makes, and removes when the tree is empty.
 */
struct launch_begin {
	struct launch_head head;
	uint32_t op;
	uint32_t fds;
	uint32_t stages;
	uint32_t strings;
	uint32_t writable;
	uint32_t unused;
	uint64_t bytes;
	uint64_t
	    apart; /* a bit for each stage that sees to its descendants when it is told to end (TERM) */
};

struct launch_stop {
	struct launch_head head;
	int64_t grace_us; /* between TERM and KILL; 0: KILL at once */
};

/* LEAVE and QUIT are a bare head. */

struct launch_process {
	int64_t pid;
	int64_t
	    start_ticks; /* field 22 of /proc/PID/stat; with the pid it names a process since boot */
};

struct launch_started {
	struct launch_head head;
	int64_t at_us; /* CLOCK_MONOTONIC */
	uint32_t stages;
	uint32_t confined; /* every stage can write nothing but what was named */
	char unconfined
	    [LAUNCH_WHY_MAX]; /* why one of them is not, where that was asked for; else empty */
	struct launch_process stage[LAUNCH_STAGES_MAX]; /* only `stages` of them are sent */
};

/* What went wrong before a program of ours ran. */
enum launch_trouble {
	LAUNCH_TROUBLE_CWD, /* the folder to run in */
	LAUNCH_TROUBLE_FIND, /* no such program; errno tells whether one was there that may not be run */
	LAUNCH_TROUBLE_EXEC, /* it was found, the kernel did not take it */
	LAUNCH_TROUBLE_SPAWN, /* no further process or pipe is to be had */
	LAUNCH_TROUBLE_REQUEST, /* the request itself could not be received */
};

/* What op-N.exit calls them. */
#define LAUNCH_TROUBLE_NAMES                                                                       \
	{                                                                                          \
		"cwd", "find", "exec", "spawn", "request"                                          \
	}

struct launch_failed {
	struct launch_head head;
	uint32_t empty; /* nothing runs: 0 when stages before had begun, which are killed then */
	uint32_t stage;
	uint32_t trouble;
	int32_t error; /* errno */
};

struct launch_exited {
	struct launch_head head;
	int64_t at_us; /* CLOCK_MONOTONIC, when the last stage was waited for */
	uint32_t empty;
	uint32_t stages;
	int32_t status[LAUNCH_STAGES_MAX]; /* as wait() gives it; only `stages` of them are sent */
};

struct launch_left {
	int64_t pid;
	char command[LAUNCH_COMMAND_MAX];
};

struct launch_ended {
	struct launch_head head;
	uint32_t empty;
	uint32_t count; /* processes that live on */
	uint32_t named; /* how many of them follow */
	uint32_t unused;
	struct launch_left left[LAUNCH_LEFT_MAX];
};

/* Whatever a launcher says. */
union launch_told {
	struct launch_head head;
	struct launch_started started;
	struct launch_failed failed;
	struct launch_exited exited;
	struct launch_ended ended;
};

#endif
