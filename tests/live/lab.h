/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIVE_LAB_H
#define LIVE_LAB_H

#include <stdbool.h>
#include <stdint.h>

#include "act/attempt.h"
#include "act/launch.h"
#include "act/loop.h"
#include "base/buf.h"
#include "base/digest.h"

/*
 * What a live test needs: a loop, launchers, a folder of its own, and trials, which are attempts whose owner is the
 * test. lab_open() notes how many descriptors and children there are; lab_close() asserts that there are as many.
 */
struct lab {
	struct loop *loop;
	struct launch_pool *pool;
	struct host host;
	char dir[64]; /* empty at first, removed in the end; "": it is an earlier life's */
	unsigned fds;
	uint32_t ops;
	bool only_reads; /* of trials that are begun from now on */
};

/* LAB_OUTPUT_MAX bytes of each stream are kept as they came. */
enum { LAB_OUTPUT_MAX = 1 << 20, LAB_PATIENCE_MS = 60000 };

struct trial {
	struct lab *lab;
	const struct action_impl *action;
	struct attempt attempt;
	bool started;
	bool finished;
	bool released;
	int64_t pid;
	int64_t start_ticks;
	int64_t bytes[2]; /* of each stream, all that came */
	struct buf output[2];
	struct digest *digest; /* of all of standard output */
};

void lab_open(struct lab *lab, unsigned max);
/* The same with a launcher of another place. */
void lab_open_with(struct lab *lab, unsigned max, const char *launcher);
/* The same as a later life of the run whose folder that is. */
void lab_open_again(struct lab *lab, unsigned max, const char *run_dir);
void lab_close(struct lab *lab);

/* Begins an attempt; its arguments are JSON. */
struct trial *lab_begin(struct lab *lab, const struct action_impl *action, const char *args);
/* The same with what an executor may set. */
struct trial *lab_begin_with(struct lab *lab, const struct action_impl *action,
    const struct value *args, struct arena *arena, int64_t grace_us, int64_t bound);
struct trial *lab_begin_for(
    struct lab *lab, const struct action_impl *action, const char *args, int64_t grace_us);
/*
 * Adopts the first operation of an earlier life; `recorded` is what the record says of its process, with pid 0 for
 * nothing.
 */
struct trial *lab_adopt(struct lab *lab, const struct action_impl *action, const char *args,
    int64_t grace_us, struct launch_process recorded);
/* Begins it and waits for its end. */
struct trial *lab_run(struct lab *lab, const struct action_impl *action, const char *args);

void trial_cancel(struct trial *trial, enum cancel_how how);
void trial_wait(struct trial *trial);
void trial_free(struct trial *trial);
struct str trial_output(const struct trial *trial, enum attempt_stream stream);
/* The sentence of its result as a C string. */
const char *trial_why(const struct trial *trial);
/* Fields of its result. */
int64_t trial_int(const struct trial *trial, const char *field);
const struct value *trial_field(const struct trial *trial, const char *field);

/* Waits until it has begun, or printed something on standard output. */
void trial_await_start(struct trial *trial);
void trial_await_output(struct trial *trial);

/* Runs the loop until the condition holds; fails the test after LAB_PATIENCE_MS. */
void lab_until(struct lab *lab, bool (*holds)(void *self), void *self);

/*
 * text with every "%" replaced by a number that only this run of the test has: by it, processes are found among those
 * of other runs. Arguments of trials and the texts below are expanded so. Lives until the eighth next call.
 */
const char *lab_mark(const char *text);

/* How many processes have this text in their command line, and how many of them are `sleep TEXT` itself. */
unsigned lab_processes(const char *text);
unsigned lab_sleeps(const char *text);
/* Waits until there are so many. */
void lab_await_processes(struct lab *lab, const char *text, unsigned count);
void lab_await_sleeps(struct lab *lab, const char *text, unsigned count);
/* Their numbers, at most max; returns how many. */
unsigned lab_pids(const char *text, int64_t *ret_pids, unsigned max);
/* Sends KILL to one process, whose number must be known. */
void lab_kill(int64_t pid);
/* How many descriptors and children this process has. */
unsigned lab_fds(void);
unsigned lab_children(void);
/* The parent of a process, 0 when there is none. */
int64_t lab_parent(int64_t pid);

/*
 * Runs this program again, with one argument, and asserts that it ends with status 0: for tests that change what
 * cannot be changed back, or die.
 */
void lab_again(const char *argument);
/* The same without waiting; returns its pid. */
int64_t lab_begin_again(const char *argument, const char *more);

#endif
