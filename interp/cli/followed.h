/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_FOLLOWED_H
#define CLI_FOLLOWED_H

#include "lang/plan.h"
#include "record/recording.h"

/* The record that a run follows: what it is compared with, and where the answers of people come from. */
struct followed {
	const struct recording *recording; /* NULL: it follows none */
	const char *transcript; /* of the recording: its path */
	enum on_divergence on_divergence;
	bool changed; /* the runbook is another one by now, and that was accepted */
};

/* {run, sha256}: which record it is, by its id and the digest of its last line. In the arena. */
const struct value *recording_facts(const struct recording *recording, struct arena *arena);

/*
 * What a person answered to the same question: of the same step, in the same words, with the same inputs; the last time
 * it was asked there. NULL: nobody did, or it has to be asked again: only what somebody said holds once more, not what
 * they did, so the step must be one that reads.
 */
const struct message *followed_answer(
    const struct followed *followed, const struct step *step, const struct message *ask);

#endif
