/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_OP_RESULT_H
#define RUN_OP_RESULT_H

#include "act/attempt.h"
#include "record/redact.h"
#include "run/outlet.h"
#include "run/secrets.h"
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
	bool looked; /* whether it could begin: there is no result, and nothing is to be judged */
};

/*
 * What may be recorded of a sensitive step: of its result numbers alone, streams as their sizes, and of its outputs
 * names under which `secrets` holds them from now on. Its sentence tells nothing of the output.
 */
void op_seal(struct arena *arena, struct secrets *secrets, const struct message *start,
    struct message *finished);

/* The `finished` that tells of it. Its texts and values live in the arena. */
struct message op_result(struct arena *arena, const struct op_ended *ended);

#endif
