/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_RELAY_REQUEST_H
#define LAUNCH_RELAY_REQUEST_H

#include <limits.h>
#include <stddef.h>

#include "launch/protocol.h"

/*
 * Makes of a struct wire_request and its strings a request for a launcher of this machine: *ret_begin has all but its
 * head and descriptors. Returns a memfd with its strings, or -1 with errno. Files of ours are named by the nonce.
 */
int relay_request(const void *bytes, size_t len, const char *nonce, struct launch_begin *ret_begin,
    int64_t *ret_grace_us);

/* A file of ours in the folder for temporary files: "/tmp/NAME". */
void relay_path(char ret_path[PATH_MAX], const char *format, const char *nonce);

#endif
