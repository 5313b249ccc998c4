/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_FILE_JOB_H
#define STDLIB_FILE_JOB_H

#include <stdatomic.h>

#include "act/attempt.h"
#include "stdlib/args.h"
#include "stdlib/file_trouble.h"
#include "stdlib/headway.h"

/*
 * What an action does with files, in a thread of libuv's pool: a file system may hang (NFS), and files may be large.
 * The job owns all that the work touches, so a cancelled one is left to end unseen. `start` makes the job, reads the
 * arguments into what hangs on `self`, and starts it; `perform` does it all, in the thread; the end is told in the
 * loop.
 *
 * Whoever changes something calls file_job_commit() before the one call that does it. From then on the attempt is not
 * ended without knowing what came of it, unless its file system hangs.
 */
struct file_job {
	uv_work_t work;
	struct attempt *attempt; /* NULL once it has ended without us */
	void (*perform)(struct file_job *job);
	struct arena *arena; /* the job's own; the attempt's when it is told of the end */
	void *self; /* the action's order, in the arena */
	struct args args; /* copies; `wrong` may still be said in the thread */
	const char *folder; /* where relative paths start */
	int64_t began_us; /* on the loop's clock */
	struct str doing; /* "reading /etc/hosts", for whoever cancels */
	atomic_int stage;
	struct headway
	    headway; /* what file_source_read() gave; what is to come is up to the action */
	struct loop_timer *patience; /* while a cancelled one is at what cannot be undone */
	struct map_builder result; /* to be filled in the thread */
	struct trouble trouble; /* none: success */
	bool failed;
	struct str output; /* what the entry "content" of the result stands for */
};

/* A job with `size` zeroed bytes for its order. */
struct file_job *file_job_new(
    struct attempt *attempt, void (*perform)(struct file_job *job), size_t size);

/*
 * Queues it, or ends the attempt at once and frees the job where an argument was wrong. The format says what it is
 * doing.
 */
void file_job_start(struct file_job *job, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For struct action_impl. */
void file_job_cancel(struct attempt *attempt, enum cancel_how how);
void file_job_progress(const struct attempt *attempt, struct progress *ret_progress);

/* A path among the arguments; a missing one is wrong. One that is part of a list or map is placed in the folder. */
const char *file_job_path(struct file_job *job, const char *key);
const char *file_job_place(struct file_job *job, struct str path);

/* --- in the thread */

/* Whether nobody waits for it any more; to be asked between chunks. Also for regex_heed(). */
bool file_job_given_up(void *job);

/* The point of no return; false when it was given up before. */
bool file_job_commit(struct file_job *job);

/* The call did nothing, and it was no return: it may be given up again. */
void file_job_go_back(struct file_job *job);

/* Remember why it did not succeed, the first time. Both return false, for whoever calls to pass on. */
bool file_job_fail(struct file_job *job, enum trouble_class class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool file_job_errno(struct file_job *job, int error, const char *verb, const char *path);

/* Takes the trouble back, for what is no failure of the whole; false when there was none. */
bool file_job_forgive(struct file_job *job, struct trouble *ret_trouble);

/* An author's mistake that only the thread could find: the attempt ends as one that could not be done at all. */
bool file_job_wrong(struct file_job *job, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Entries of the result. */
void file_job_add_text(struct file_job *job, const char *key, struct str text);
void file_job_add_int(struct file_job *job, const char *key, int64_t number);
void file_job_add_bool(struct file_job *job, const char *key, bool flag);

#endif
