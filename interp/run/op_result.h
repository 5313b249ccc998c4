/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_OP_RESULT_H
#define RUN_OP_RESULT_H

#include "act/attempt.h"
#include "record/redact.h"
#include "run/outlet.h"
#include "sched/sched.h"

/*
 * What the record will hold of an attempt that ended: its result masked and bounded, the sentence, and the verdict that
 * both lead to. Everything here is borrowed.
 */
struct op_ended {
	const struct attempt *attempt; /* finished */
	struct outlet *outlet; /* its streams; ended here */
	const struct redactor *redactor;
	const struct sched *sched;
	bool timed_out; /* it was ended because its time was up, */
	bool stopped; /* because the scheduler said so */
	int64_t polls;
};

/* The `finished` that tells of it. Its texts and values live in the arena. */
struct message op_result(struct arena *arena, const struct op_ended *ended);

#endif
