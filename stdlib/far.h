/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_FAR_H
#define STDLIB_FAR_H

#include <stdbool.h>

#include "act/attempt.h"
#include "act/launch.h"
#include "act/order.h"
#include "base/str.h"
#include "stdlib/ssh_links.h"

/*
 * Processes of which some or all run elsewhere: neighbours in a pipe with one target are one part, a stage of the
 * launch that leads there. It lives in the attempt's arena.
 */
struct far_part {
	struct far *far;
	size_t first; /* of the stages that were asked for */
	size_t count;
	const struct value *target; /* NULL: it runs here */
	unsigned number; /* of the parts that run elsewhere */
	struct ssh_claim *claim; /* where the way leads over ssh, from far_open() to far_close() */
	const char *socket; /* NULL: not ready yet, or it is not needed */
};

struct far {
	struct attempt *attempt;
	const struct launch_request *asked;
	struct far_part *parts;
	size_t part_count;
	size_t waiting; /* for connections */
	bool again; /* an earlier life of the run began it */
	void (*ready)(void *self, struct str wrong, struct str advice);
	void *self;
};

/* Whether a process of the attempt runs elsewhere. */
bool far_is(const struct attempt *attempt);

/* `asked` has the stages as they were asked for, and only what is set over a login's environment. */
void far_init(struct far *far, struct attempt *attempt, const struct launch_request *asked);

/*
 * Sees to connections; `ready` is called when there is nothing to wait for, perhaps before this returns, with a
 * sentence in `wrong` when one cannot be had. Not after far_close().
 */
void far_open(
    struct far *far, void (*ready)(void *self, struct str wrong, struct str advice), void *self);

/* The launch that leads there, which takes over the descriptors of what was asked for; false with a sentence. */
bool far_request(struct far *far, struct launch_request *ret_request, struct str *ret_wrong);

/* The same of a launch that an earlier life of the run began: what launch_adopt() wants to know. */
void far_request_again(struct far *far, struct launch_request *ret_request);

/* How long a launch that leads there may take to end what it began there, with so much grace. */
int64_t far_grace_us(int64_t grace_us);

/* Gives the connections back. */
void far_close(struct far *far);

/* "cannot reach deploy@db1: WHY", "cannot get into app-1: WHY", "cannot become root at db1: WHY". */
struct str far_unreached(struct arena *arena, const struct value *target, struct str why);

/* What became of it, in terms of what was asked for. */
struct far_end {
	struct launch_end end; /* as if all had run here */
	int32_t status[LAUNCH_STAGES_MAX];
	struct launch_left left[LAUNCH_LEFT_MAX];
	struct str why; /* a sentence that says it better; empty: none does */
	bool lost; /* nobody knows, and it may run on */
	bool began; /* something ran, or may have */
	bool confined; /* all that ran elsewhere could not write, and nothing ran here */
	const struct value *parts; /* a list: how each part that ran elsewhere was run there */
};
void far_end(const struct far *far, const struct launch_end *end, struct far_end *ret_end);

#endif
