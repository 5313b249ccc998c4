/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_KEY_FILE_H
#define CLI_KEY_FILE_H

#include "base/arena.h"
#include "base/signing.h"
#include "cli/command.h"

/*
 * The key in the file that an option names, to be freed by signing_key_free(); NULL where the option was not given.
 * False after saying what is wrong with it.
 */
bool key_file_private(
    const struct invocation *invocation, const char *option, struct signing_key **ret_key);
bool key_file_public(
    const struct invocation *invocation, const char *option, struct signing_key **ret_key);

/* The name of a key in a record: SHA-256 of its public half, in the arena; empty for NULL. */
struct str key_file_digest(const struct signing_key *key, struct arena *arena);

#endif
