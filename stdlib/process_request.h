/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_PROCESS_REQUEST_H
#define STDLIB_PROCESS_REQUEST_H

#include <stdbool.h>

#include "act/attempt.h"
#include "act/launch.h"
#include "base/str.h"

/*
 * Arguments of `run` and `pipe` as a request to the launchers. Everything lives in the attempt's arena, except the two
 * descriptors, which launch_new() takes over.
 */

/*
 * Of an attempt that an earlier life of the run began: the same request, but no file is opened for it again, let alone
 * emptied.
 */
bool process_request_again(
    struct attempt *attempt, struct launch_request *ret_request, struct str *ret_wrong);

/*
 * Of one that only finds out whether it could begin: whether the files of its streams could be opened is looked at, and
 * none is. False with the sentence that process_request() would have had.
 */
bool process_request_look(
    struct attempt *attempt, struct launch_request *ret_request, struct str *ret_wrong);

/* False with a sentence when they make no sense or a file cannot be opened; no descriptor is open then. */
bool process_request(
    struct attempt *attempt, struct launch_request *ret_request, struct str *ret_wrong);

/* Closes the descriptors of one that is not launched. */
void process_request_drop(struct launch_request *request);

#endif
