/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_SAMPLER_H
#define RUN_SAMPLER_H

#include "act/attempt.h"
#include "run/engine.h"

/*
 * Asks the attempts that are under way for long how far they have come, and tells those who see the run what is new: a
 * few times a second, all of them at once, in a thread of libuv's pool where the kernel is asked. Whatever is over
 * within a second costs nothing.
 */
struct sampler;

/* One attempt that is asked. */
struct sampled;

struct sampler *sampler_new(struct engine *engine, struct loop *loop);

/* Nothing may be asked any more. A look under way ends by itself, in the loop. */
void sampler_free(struct sampler *sampler);

/* Begins to ask, until it is forgotten; NULL when nobody wants to know, or it has nothing to tell. */
struct sampled *sampler_ask(struct sampler *sampler, const struct attempt *attempt,
    void (*progress)(const struct attempt *attempt, struct progress *ret_progress));

/* It has ended: nothing is told of it any more. Accepts NULL. */
void sampler_forget(struct sampled *sampled);

#endif
