/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_SCRATCH_H
#define LAUNCH_SCRATCH_H

#include <limits.h>

/*
 * The folder in which a process may write that may write nowhere else. It belongs to one attempt: what a step leaves
 * there is no way to tell another one something.
 */
struct scratch {
	char path[PATH_MAX]; /* "": there is none */
};

/*
 * Makes it, for its owner only; 0 or an error number. One of that name is taken as it is: an attempt before this one
 * may live in it still.
 */
int scratch_make(struct scratch *scratch, const char *path);

/* Removes a folder with all that is in it, as far as that can be; none is fine. */
void scratch_clear(const char *path);

/* Removes it with all that is in it, as far as that can be. To be called when nobody of the attempt lives any more. */
void scratch_remove(struct scratch *scratch);

#endif
