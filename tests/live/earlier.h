/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIVE_EARLIER_H
#define LIVE_EARLIER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lab.h"

/*
 * An earlier life of a run: this program again, as an interpreter that has one operation under way and waits to be
 * killed. Its folder is its own, or that of the life before it.
 */
struct interpreter {
	int64_t pid;
	int64_t launcher; /* its only one */
	FILE *says;
	char dir[128];
};

/* What main() does first: -1 when this process is the test itself, else what it returns. */
int interpreter_main(int argc, char **argv);

/* Begins `run`, or `pipe` where the arguments have stages. */
void interpreter_begin(struct interpreter *interpreter, const char *args);
/* The same with its launcher stopped (SIGSTOP), so that BEGIN lies in the socket. */
void interpreter_send(struct interpreter *interpreter, const char *args);
/* Adopts what the life before it began. Returns when it has seen it start. */
void interpreter_adopt(
    struct interpreter *interpreter, const struct interpreter *earlier, const char *args);
/* Waits until it has heard of the end, which it will not record. */
void interpreter_await_end(struct interpreter *interpreter);
void interpreter_kill(struct interpreter *interpreter);

const struct action_impl *action_for(const char *args);

/* A path in its folder; lives until the next call. */
char *in_dir(const struct interpreter *interpreter, const char *name);
void touch(const struct interpreter *interpreter, const char *name);
/* `self` is a path: for lab_until(). */
bool exists(void *self);
/* The folder holds nothing but the marks of the steps' own ("up", "go", "stop", "to"), and goes with them. */
void remove_dir(const struct interpreter *interpreter);

/* A step's script goes on behind this when "go" is there, and says by "up" that it waits for that. */
#define AWAIT_GO "echo >up; while ! test -e go; do sleep 0.01; done; "

/* The run's folder says all that it will say of the dead one. */
void await_earlier(const struct interpreter *interpreter);
/* A later life in the folder of one that was killed once its step was up; and the end of that, all removed. */
void begin_and_die(struct interpreter *interpreter, struct lab *lab, const char *args);
void close_and_remove(struct lab *lab, const struct interpreter *interpreter);

/* Goes on with it; the record says nothing. */
struct trial *adopt(struct lab *lab, const char *args);
struct trial *adopt_for(struct lab *lab, const char *args, int64_t grace_us);

#endif
