/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ACT_MEMORY_FILE_H
#define ACT_MEMORY_FILE_H

#include "base/str.h"

/*
 * A file in memory that holds the bytes, to be read from its beginning, and that nobody can change; whoever is given it
 * may read it at its own pace, or not at all. `name` is for those who look at descriptors. Returns a descriptor of the
 * caller's, or -1 with errno.
 */
int memory_file(const char *name, struct str bytes);

#endif
