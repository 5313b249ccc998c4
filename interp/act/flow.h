/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ACT_FLOW_H
#define ACT_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "act/attempt.h"
#include "base/str.h"

/*
 * How far processes have come, as the kernel shows it in /proc: where they stand in the large file that they read, or
 * else how many bytes went through them. It asks them for nothing and holds nothing up. What cannot be seen, such as
 * the processes of another user, is passed over. A flow remembers what it saw before; it may be used from any thread,
 * by one at a time.
 */
struct flow;

/* Files that are smaller, and fewer bytes than these, tell nothing. */
enum { FLOW_LEAST = 1 << 20 };

struct flow *flow_new(void);
/* Accepts NULL. */
void flow_free(struct flow *flow);

/*
 * Looks at the descendants of a process, and not at itself. False while there is nothing to tell. A file counts once it
 * was seen to be read, from the second look on; of one that was closed near its end it is taken that it came there.
 */
bool flow_look(struct flow *flow, int64_t launcher, struct progress *ret_progress);

/* Where a descriptor stands, by the text of its fdinfo; -1 when it is not one for reading alone. */
int64_t flow_position(struct str fdinfo);

/* What a process has read or written, whichever is more, by the text of its io; -1 when that does not say. */
int64_t flow_bytes(struct str io);

#endif
