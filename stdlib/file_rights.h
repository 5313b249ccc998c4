/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_FILE_RIGHTS_H
#define STDLIB_FILE_RIGHTS_H

#include <sys/stat.h>

#include "stdlib/file_job.h"

/* Who may do what with a file that is made: as the parameters `mode` and `owner` say, or as another file has it. */
struct file_rights {
	bool has_mode;
	mode_t mode;
	struct str owner; /* "user", "user:group", ":group"; names or numbers; empty: not given */
};

#define FILE_RIGHTS_PARAMS                                                                         \
	{.name = "mode",                                                                           \
	    .kind = PARAM_STRING,                                                                  \
	    .doc = "Its permissions in octal: 0640; what it has, or the usual, when not given."},  \
	{                                                                                          \
		.name = "owner", .kind = PARAM_STRING,                                             \
		.doc = "Who it belongs to: user, user:group or :group, as names or numbers."       \
	}

/* Reads both arguments, before the job begins. */
void file_rights_read(struct file_job *job, struct file_rights *ret_rights);

/*
 * Gives them to an open file of this path, in the thread: names are looked up. What is not given stays. False after
 * trouble.
 */
bool file_rights_give(
    struct file_job *job, const struct file_rights *rights, int fd, const char *path);

/* Whether a file has them already. False after trouble too. */
bool file_rights_hold(
    struct file_job *job, const struct file_rights *rights, const struct stat *stat);

/* The same owner, mode and extended attributes (access lists, labels) as an open file has. False after trouble. */
bool file_rights_copy(
    struct file_job *job, int from, const struct stat *stat, int to, const char *path);

#endif
