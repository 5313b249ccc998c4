/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REACH_ORDER_H
#define REACH_ORDER_H

#include <stdint.h>

#include "launch/protocol.h"

/*
 * What the interpreter wants of one reprise-reach: how to get to a far machine, and what to run there. It lies in a
 * memfd, REACH_ORDER, which all stages of a launch share: each is given the place of its own on its command line,
 * `reprise-reach REACH_VERSION OFFSET LENGTH WHERE`, where the last word is for those who read a list of processes.
 */
enum { REACH_VERSION = 1, REACH_ORDER = LAUNCH_ORDER };

/*
 * Followed by NUL-terminated strings: the nonce, the file for the ending, the folder that carriers run in, the path of
 * reprise-launch here ("": it is not to be copied) and its stamp, the carrier's arguments, those of the way around it;
 * then by the request's bytes.
 */
struct reach_order {
	uint32_t version;
	uint32_t carrier; /* arguments of what carries three streams to `sh -c WIRE_BOOT` there */
	uint32_t aside; /* of the same without what may have broken; 0: there is no other way */
	uint32_t unused;
	uint64_t strings; /* bytes of the strings */
	int64_t grace_us;
	struct launch_begin begin; /* as struct wire_request has it */
};

/*
 * What becomes of it is left in the ending file, which only grows, in lines; what no newline ends is none:
 *
 *      tried                           at first: the carrier is about to be begun
 *      at UID HOST                     who answered: as which user, and what the machine calls itself
 *      began launcher|shell PID        the step was begun there, by our launcher or by a shell's means
 *      confined 0|1 WHY                as struct launch_started has it
 *      failed STAGE TROUBLE ERRNO      it could not be begun there, and nothing of it runs
 *      status N…                       of each stage, as wait() gives it
 *      left PID COMMAND                lives on there
 *      over                            that is all: it has ended, and so has all that it began but what is left
 *      unreached WHY                   no far end answered: nothing was begun
 *      lost WHY                        nobody knows what became of it; it may run on
 *      ended WHY                       the way was lost, and what ran there was ended: it did not come to its end
 */
#define REACH_ENDING_FILE "%s/op-%u.far-%u"

#endif
