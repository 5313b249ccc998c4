/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_SYNCER_H
#define RECORD_SYNCER_H

#include <stdint.h>

/*
 * A thread that makes one file's writes durable. Tickets count them: flushed ones are in the file, durable ones on the
 * disk. One sync serves every ticket flushed before it began. A sync that failed is the last: what the kernel then
 * says of the file means nothing. The thread begins with the first ticket wanted; the file is the caller's and must
 * stay open until syncer_free(). One thread alone calls what is not said to be for any.
 */
struct syncer;

/* sync returns 0 or -1 with errno. wake (may be NULL) is called from the thread after each sync. */
struct syncer *syncer_new(int fd, int (*sync)(int fd), void (*wake)(void *context), void *context);

/* Ends the thread after the sync it is in; what is wanted beyond that stays undone. Accepts NULL. */
void syncer_free(struct syncer *syncer);

/* All up to this ticket is in the file. */
void syncer_flushed(struct syncer *syncer, uint64_t ticket);

/* Asks for it to be made durable, as soon as it is in the file. */
void syncer_want(struct syncer *syncer, uint64_t ticket);

/* Waits until all that is flushed is durable; 0, or the errno of the sync that failed. */
int syncer_wait(struct syncer *syncer);

/* From any thread. */
uint64_t syncer_durable(struct syncer *syncer);

/* The errno of the sync that failed, or 0. From any thread. */
int syncer_error(struct syncer *syncer);

#endif
