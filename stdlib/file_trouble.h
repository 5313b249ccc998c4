/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_FILE_TROUBLE_H
#define STDLIB_FILE_TROUBLE_H

#include "stdlib/trouble.h"

/*
 * What a file system says no with, as a class and a sentence: "cannot VERB PATH: why". It may be called in any thread,
 * each with an arena of its own.
 */
struct trouble file_trouble(struct arena *arena, int error, const char *verb, const char *path);

/* A path for a sentence, on one line: control characters and what is not UTF-8 as \n, \x1b. */
const char *file_shown(struct arena *arena, const char *path);

/* "a folder", "a pipe (FIFO)", …: what stands there in the place of a file. */
const char *file_kind(unsigned mode);

#endif
