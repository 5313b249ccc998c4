/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_TRANSCRIPT_FILE_H
#define RECORD_TRANSCRIPT_FILE_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Creates a file that must not exist, for its owner only, with the directories that are missing on its way (mode 0700),
 * locked (flock) and known to the disk. Its descriptor, open for appending and closed on exec, is the caller's; -1 with
 * a sentence appended to error.
 */
int transcript_file_create(const char *path, struct buf *error);

/*
 * Opens one that is there, to go on with it, and locks it. Its descriptor as above; -1 with a sentence appended to
 * error, and *ret_driven where that is because somebody else drives its run.
 */
int transcript_file_open(const char *path, bool *ret_driven, struct buf *error);

#endif
