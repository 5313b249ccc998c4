/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ACT_ORDER_H
#define ACT_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "act/launch.h"
#include "base/arena.h"
#include "base/buf.h"

/*
 * Stages that run elsewhere: what reprise-reach is told of one (reach/order.h), and what it leaves. A launch hands the
 * orders of all its stages to each of them as LAUNCH_ORDER.
 */

/* The programs that it takes; empty texts where they are not to be had. All absolute. */
struct order_programs {
	const char *reach;
	const char *launcher; /* that is copied to where it is missing; "": it is not */
	const char *stamp; /* tells it from other builds of it: part of its name there */
};

/* A step of the way: a program that runs another one somewhere. */
struct order_hop {
	const char *const
	    *argv; /* ended by NULL: what stands before the words of the one it runs */
	bool quotes; /* a shell reads those there (ssh): they are made one word */
};

enum { ORDER_HOPS_MAX = 3 }; /* ssh, as another user, into a container */

/* One stage of a launch, which is one or more stages elsewhere. */
struct order {
	struct order_hop hops[ORDER_HOPS_MAX]; /* from here on */
	size_t hop_count;
	const char *const
	    *aside; /* the first of them by another way, for when it is cut; NULL: there is none */
	const char *folder; /* that the carrier runs in; "": as it is */
	const char *where; /* for those who read a list of processes */
	unsigned number; /* of the far stages of its launch */
	bool reads; /* it has a standard input */
	bool confined; /* it shall not be able to write there */
	/* its stages, env (only what is set over the login's), cwd ("": the login's), run_dir, op and grace_us */
	const struct launch_request *request;
};

/* Appends it to the orders of a launch, and gives the argv of its stage. False when no random number is to be had. */
bool order_add(struct buf *orders, struct arena *arena, const struct order_programs *programs,
    const struct order *order, const char *const **ret_argv);

/* The orders as a descriptor for the launch, which takes it over; or -1 with errno. */
int order_descriptor(const struct buf *orders);

/* Where the stage with this number leaves its ending; false: nowhere. */
bool order_ending(const char *run_dir, uint32_t op, unsigned number, char *ret_path, size_t size);

enum order_how {
	ORDER_UNTRIED, /* nothing is known: it was not begun, or its ending is gone */
	ORDER_UNREACHED, /* no far end answered, for `why`: nothing was begun there */
	ORDER_REFUSED, /* it could not be begun there: stage, trouble, error */
	ORDER_RAN, /* it came to its end there, or was ended as we wanted */
	ORDER_ENDED, /* the way broke, and what ran there was ended: `why` */
	ORDER_LOST /* nobody knows what became of it, and it may run on: `why` */
};

struct order_end {
	enum order_how how;
	struct str why;
	bool began;
	bool by_launcher; /* by our own program there; else by a shell's means */
	int64_t pid; /* of the far end, there */
	int64_t uid; /* -1: no far end answered */
	struct str host; /* as the machine calls itself */
	bool confined;
	struct str unconfined; /* why it is not */
	size_t stage;
	enum launch_trouble trouble;
	int error;
	size_t status_count; /* of stages that were waited for */
	int32_t status[LAUNCH_STAGES_MAX];
	size_t left_count; /* processes that live on there */
	struct launch_left left[LAUNCH_LEFT_MAX];
};

/* What a stage left; texts live in the arena. */
void order_read_ending(struct arena *arena, const char *run_dir, uint32_t op, unsigned number,
    struct order_end *ret_end);

#endif
