/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_SIGNALS_H
#define RUN_SIGNALS_H

#include "run/engine.h"

/*
 * SIGINT, SIGTERM and SIGHUP become `signal` events of the engine from signals_new() on; SIGPIPE is ignored, so that a
 * lost terminal or reader cannot end a recovery.
 */
struct signals;

struct signals *signals_new(struct loop *loop, struct engine *engine);

/* To be called before the engine goes. Frees itself from the loop. Accepts NULL. */
void signals_free(struct signals *signals);

#endif
