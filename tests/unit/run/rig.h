/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_RUN_RIG_H
#define TEST_RUN_RIG_H

#include "lang/load.h"
#include "run/engine.h"
#include "run/exec_live.h"

/*
 * A run in a folder of its own: a runbook given as text, the real scheduler, engine and record, and actions that do
 * what the runbook tells them. What happens is kept as text, one line each, in `log`.
 *
 * The actions are fake.read, and fake.change, which can look; `does` says what each attempt does, one word after
 * another, attempts separated by "|", the last of them repeated:
 *
 *     ok | fail WORD | error WORD      ends
 *     later                            lets the loop turn first
 *     after MS                         lets time pass first
 *     hang                             waits until it is cancelled, then fails; `deaf`: only CANCEL_KILL counts
 *     begin                            a process began
 *     say WORD, err WORD               prints a line ("_" is a space); `secret` in place of a word: what `secret` holds
 *     hold                             keeps its memory after it has ended, until fake_release()
 *     flood N                          prints "line 1" to "line N"
 *     result, n N, big N               its value: stdout and stderr; a number; a text of N bytes
 *     tell                             its value holds its arguments, opened
 *     comes N M, below                 comes on by N with each question, up to M; as far as this process's children
 *     poke N                           calls rig->poke with N
 */
struct rig {
	char folder[64];
	char path[96]; /* of the transcript */
	struct load load;
	struct arena *arena;
	struct loop *loop;
	struct store *store;
	struct sched *sched;
	struct engine *engine;
	struct secrets *secrets;
	struct exec_live *live;
	struct host host;
	struct buf log;
	struct observer observer;
	struct engine_options options; /* may be changed before rig_begin() */
	unsigned jobs;
	enum on_divergence on_divergence;
	enum record_failure on_record_failure;
	int attempts[64]; /* by op */
	struct attempt *held[16]; /* they have ended and keep their memory */
	size_t held_count;
	void (*see)(struct rig *rig, const struct message *message);
	void (*poke)(struct rig *rig, int number);
	void (*asked)(struct rig *rig, const struct message *ask);
};

/* Loads the runbook; fails the test when it is wrong. */
struct rig *rig_new(const char *runbook);

/* Makes the engine and, without an executor of the test's own, the live one; posts run.started. */
void rig_begin(struct rig *rig, struct executor *executor);

/* The live executor, made when it is first asked for. */
struct executor *rig_live(struct rig *rig);

/* Runs it to its end. */
void rig_run(struct rig *rig);

/* Both, with the live executor. */
struct rig *rig_ran(const char *runbook);

/* Takes all down and removes the folder; asserts that nothing is left open. */
void rig_free(struct rig *rig);

/* A signal arrives; a note is added. */
void rig_signal(struct rig *rig, const char *name);
void rig_note(struct rig *rig, struct str text);

/* Asserts that the log holds these lines, in this order, perhaps with others between them; or that one is not there. */
void rig_says(struct rig *rig, const char *const lines[]);
void rig_says_not(struct rig *rig, const char *line);
#define SAYS(rig, ...) rig_says(rig, (const char *const[]){__VA_ARGS__, NULL})

/* How often a line that begins so is there. */
size_t rig_count(struct rig *rig, const char *begin);

/* All bytes of the transcript, NUL-terminated, in the rig's arena. */
const char *rig_record(struct rig *rig);

/* What verifying the transcript says: "sealed", "incomplete", "torn", "damaged", "unreadable". */
const char *rig_verify(struct rig *rig);

#endif
