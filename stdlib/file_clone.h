/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_FILE_CLONE_H
#define STDLIB_FILE_CLONE_H

#include "base/digest.h"
#include "stdlib/file_draft.h"
#include "stdlib/file_source.h"

/*
 * Copies all of a file into a draft and syncs it: by sharing its blocks where the file system can, else in the kernel,
 * else through memory; holes stay holes. Then both are read back and compared: the SHA-256 is what the copy has on the
 * disk. False after trouble, or when the job was given up.
 */
bool file_clone(struct file_job *job, const struct file_source *source, struct file_draft *draft,
    char ret_sha256[DIGEST_HEX_MAX + 1], int64_t *ret_size);

#endif
