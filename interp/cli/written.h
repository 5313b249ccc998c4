/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_WRITTEN_H
#define CLI_WRITTEN_H

#include <stdbool.h>

#include "base/str.h"

/*
 * Writes a document where the command line wants it: to standard output (path NULL or "-"), to a device or a pipe as it
 * is, else to a file, which has either all of it or is as it was before. `source` is the file that it was made of,
 * which is never overwritten. False after a complaint.
 */
bool written(const char *path, const char *source, struct str text);

#endif
