/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_SAMPLE_H
#define SCHED_SAMPLE_H

#include <stdint.h>

#include "base/str.h"
#include "sched/message.h"

/*
 * How far an operation under way has come. It is shown and not recorded, nothing is decided from it, and it may stay
 * out: whoever performs gives one when it knows something new, at most a few times a second, and none within the first.
 * `done` may fall and `total` change: it has begun with another file, or another pipe.
 */
struct sample {
	uint32_t op;
	int64_t t_us; /* on the run's own clock */
	int64_t
	    done; /* bytes: where it stands in what it reads, or how many have gone through it */
	int64_t total; /* of how many; 0: not known */
};

/*
 * What an operation has printed that no message brings before its end: of a long output the record has the beginning as
 * it comes, and the rest only when it is known what its end is. Shown and not recorded, as a sample is.
 */
struct saying {
	uint32_t op;
	enum output_stream stream;
	int64_t bytes; /* so many, with secrets masked */
	struct str
	    line; /* the last full line of them; empty: there is none. Lives during the call */
};

#endif
