/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_QUESTION_H
#define CLI_QUESTION_H

#include "base/buf.h"
#include "cli/command.h"
#include "cli/followed.h"
#include "lang/plan.h"
#include "sched/message.h"

/*
 * One question, from when it is asked to its answer: what was said of it beforehand, what a person has said of it so
 * far, and what is asked next. An approval is the address of its instance typed out, so that nobody approves by
 * accident, and nobody one item for another. What is done by hand is said to be done; then its inputs are asked for,
 * one by one, until each is what the runbook declares. What is lost was done, or shall be done again, or stays so. It
 * owns a copy of its message.
 */
struct question {
	struct question *next; /* for a list of its holder's */
	struct arena *arena;
	struct message ask;
	struct str address; /* of its instance */
	struct str word; /* what is typed to approve, or to have it done again: names the address */
	const struct step *manual; /* what a person does; NULL: something else is asked */
	bool gives; /* of something lost: it has outputs, which are lost with it */
	bool given; /* beforehand */
	bool recorded; /* by whoever answered it then, in the record that is followed */
	struct str doubt; /* why approving it would not count for another person; empty: it does */
	bool did; /* a person said that it is done */
	size_t input; /* the one that is asked for */
	struct map_builder inputs;
	enum answer answer; /* once it is given */
	const struct value *values; /* what was asked for; NULL: nothing */
	struct str who; /* who gave it beforehand */
};

/* Who answers, and gave what was given beforehand. */
struct answerer {
	const char *name; /* "alice on /dev/pts/3" */
	const struct value *person; /* sched/person.h */
};

/* followed: what was answered before, or NULL. */
struct question *question_new(const struct message *ask, const struct plan *plan,
    const struct invocation *invocation, const struct followed *followed,
    const struct answerer *answerer);
void question_free(struct question *question);

/* Lists of them. Taken out of one by its number; NULL when it is not there. */
void questions_add(struct question **list, struct question *question);
struct question *questions_take(struct question **list, uint32_t id);
void questions_free(struct question *list);

/* What is asked can be answered from another terminal too: one word is all that is wanted. */
bool question_is_open_to_all(const struct message *ask);

/* What is asked next, without a line break. */
void question_prompt(const struct question *question, struct buf *out);

enum question_state {
	QUESTION_AGAIN, /* that was no answer: the same is asked again */
	QUESTION_ONWARD, /* the next thing is asked */
	QUESTION_ANSWERED /* answer and values are set */
};

/* Takes a line that a person typed, without blanks around it; appends what is to be said of it. */
enum question_state question_take(struct question *question, struct str line, struct buf *said);

/* How to answer it without a person: "--approve 'w[1]' gives it beforehand". */
void question_way_out(const struct question *question, struct buf *out);

#endif
