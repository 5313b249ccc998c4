/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_REDIS_WORDS_H
#define STDLIB_REDIS_WORDS_H

#include "base/arena.h"
#include "value/action.h"

/* What is known of Redis's commands by their words. Upper and lower case are the same. */

/*
 * What a command does to the world: a read by a table of those that read, a destruction by one of those after which
 * data is gone, all else a change. argv is a list of texts; NULL, or an item that is no text, is not known yet: then
 * the worst that it may be.
 */
enum effect_class redis_words_effect(const struct value *argv);

/*
 * Whether it cannot be sent: it never ends, is no question with one answer, or belongs to the connection. False with a
 * sentence and a way out. `session`: the connection is kept for those that come later.
 */
bool redis_words_may(
    struct arena *arena, const char *const *words, size_t count, bool session, struct str *ret_why);

#endif
