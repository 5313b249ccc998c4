/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_OUTPUT_STORE_H
#define RECORD_OUTPUT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "sched/message.h"
#include "value/value.h"

/*
 * The outputs of operations that have not finished, put together from their `output` messages. The engine feeds it what
 * it appends and a reader what it reads, so both make the very same stream values of them. It owns copies of the bytes.
 */
struct output_store;

struct output_store *output_store_new(void);
void output_store_free(struct output_store *store);

/* Takes an `output` message. Bytes that stand before the end of what is there already are ignored. */
void output_store_add(struct output_store *store, const struct message *output);

/* Takes all that another store has of an operation. */
void output_store_copy(struct output_store *store, const struct output_store *from, uint32_t op);

/* The operation is over: forgets its streams. */
void output_store_forget(struct output_store *store, uint32_t op);

/*
 * The stream as expressions see it, in the arena: ill-formed bytes are U+FFFD. clip gives size, whole and
 * middle_sha256. Where the store does not hold what the clip promises, the value is a clip that is not whole.
 */
const struct value *output_store_stream(const struct output_store *store, struct arena *arena,
    uint32_t op, enum output_stream stream, const struct clip *clip);

/*
 * Its bytes as they were recorded, head and tail in a row; empty when there are none. Valid until the next add or
 * forget.
 */
struct str output_store_bytes(
    const struct output_store *store, uint32_t op, enum output_stream stream);

#endif
