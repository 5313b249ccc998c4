/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_LOCKS_H
#define RUN_LOCKS_H

#include "act/launch.h"
#include "run/engine.h"

/*
 * The locks that a run wants and holds. A lock is a file that every run on the machine knows, held with flock(2): what
 * a dead interpreter held is free, unless something that it began goes on. Who waits is told once who holds it, by a
 * `note`.
 *
 * The files lie in $REPRISE_LOCKS, by default in /run/lock/reprise, which is made for everybody (mode 1777) where it is
 * missing; where that cannot be, in the folder given. A file says who holds it, in a line, and in a
 * second one the folder of that run; it is empty once it was given back.
 */
struct locks;

struct locks_options {
	struct engine *engine;
	struct loop *loop;
	const char *run; /* its id, for whoever waits */
	const char *dir; /* its folder */
	const char *folder; /* where there is no better one; an absolute path */
};

/* The options are copied, what they point to is not. */
struct locks *locks_new(const struct locks_options *options);

/* Gives back what is held. Accepts NULL. */
void locks_free(struct locks *locks);

/*
 * A lock that an earlier life of the run held: takes it again, at once. False, with who holds it or why it cannot be
 * taken appended, when it is not to be had now.
 */
bool locks_retake(struct locks *locks, const struct message *acquire, struct buf *why);

/* Leads to one `acquired`, from the loop, unless a release of it comes first. */
void locks_acquire(struct locks *locks, const struct message *acquire);

/* Gives a lock back, or no longer wants it. */
void locks_release(struct locks *locks, const struct message *release);

#endif
