/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_WATCH_H
#define STDLIB_WATCH_H

#include "act/loop.h"

/*
 * Watches one file descriptor that a library owns. It owns its own memory and handle, never the descriptor, and must
 * be freed before the descriptor is closed or may have changed; it may be freed within its own callback.
 */
struct watch;

/*
 * `seen` gets UV_READABLE and UV_WRITABLE. An error of the poll itself is told as everything that was asked for, so
 * that the library meets it at its next call; `failed` says so. NULL when the descriptor cannot be
 * watched. Nothing is watched for before watch_for().
 */
struct watch *watch_new(
    struct loop *loop, int fd, void (*seen)(void *self, int events, bool failed), void *self);

/* What to watch for from now on: UV_READABLE, UV_WRITABLE, both or 0. */
void watch_for(struct watch *watch, int events);

/* Stops at once and frees itself later; `seen` is not called any more. Accepts NULL. */
void watch_free(struct watch *watch);

#endif
