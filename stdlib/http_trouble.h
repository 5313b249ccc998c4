/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_HTTP_TROUBLE_H
#define STDLIB_HTTP_TROUBLE_H

#include <curl/curl.h>

#include "stdlib/trouble.h"

/*
 * Why curl ended a transfer: `error` is the system's number it met (0: none), `said` its own words. The sentence lives
 * in the arena.
 */
struct trouble http_trouble(
    struct arena *arena, CURLcode code, int error, const char *said, struct str peer);

#endif
