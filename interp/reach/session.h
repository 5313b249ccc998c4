/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REACH_SESSION_H
#define REACH_SESSION_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "reach/marks.h"

/*
 * One run of a carrier: a process whose three streams lead to a far `sh`. Embedded in its owner; it owns its
 * descriptors and what is pending. Nothing of it waits: the owner polls.
 */
struct session {
	pid_t pid; /* 0: none */
	int in, out, err; /* pipes; -1: closed */
	bool closes; /* its input, when nothing is pending any more */
	bool exited;
	int status; /* as wait() gives it, once it has exited */
	struct buf pending; /* on its way there */
	struct marks out_marks, err_marks;
};

/* Begins one; false, with errno, when no process is to be had. Its marks are the owner's to init. */
bool session_begin(struct session *session, char *const *argv);

/* For what its owner says there; sent by session_write(), which is to be called when `in` takes something. */
void session_send(struct session *session, const void *bytes, size_t len);
void session_write(struct session *session);

/* Closes its input behind what is pending. */
void session_close_input(struct session *session);

/*
 * Reads once from `out`, or from `err`, into its marks. False at its end, which closes it.
 */
bool session_read_out(struct session *session);
bool session_read_err(struct session *session);

/* Takes note of its exit; the owner calls this on SIGCHLD. */
void session_reap(struct session *session);

/* Ends the carrier and closes all. */
void session_end(struct session *session);

/* Nothing more comes from there. */
bool session_is_over(const struct session *session);

#endif
