/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_BEGINNING_H
#define CLI_BEGINNING_H

#include "cli/driver.h"

/*
 * A run from what it is made of to its end: for the commands that begin one. Whoever begins it fills in the invocation
 * (of a command with DRIVER_OPTIONS and --transcript), an arena of its own, the load and the parameters, and perhaps
 * what it follows; all else is made here. It owns all of it but the invocation and what it follows, until
 * beginning_done().
 */
struct beginning {
	const struct invocation *invocation;
	struct arena *arena;
	struct load load;
	const struct value *params;
	unsigned jobs;
	struct followed followed; /* empty: no record */
	bool
	    rehearses; /* what changes is not performed; what is taken for given stands in the invocation */
	const struct recording *from; /* of a rehearsal: answers for that; NULL: none */

	const struct value *alert; /* that it answers: alert_facts(); NULL: none */
	const struct value *alone; /* of one step: what is said of it; NULL: all is run */
	struct secrets *secrets;
	struct signing_key *sign_key; /* NULL: the record is not signed */
	enum record_failure on_record_failure;
	struct place place;
	struct store *store;
	struct sched *sched;
};

/*
 * All that `run` and `rehearse` do with an invocation of theirs, and the alert that is answered by it, or NULL. The
 * exit status.
 */
int runbook_run(const struct invocation *invocation, const struct value *alert);
int runbook_rehearse(const struct invocation *invocation, const struct value *alert);

/* What --jobs says. */
bool beginning_read_jobs(struct beginning *beginning);

/* Whether what was loaded is a runbook, and no file to include. */
bool beginning_is_runbook(const struct beginning *beginning);

/* The parameters that are given, checked. Each says what is wrong. */
bool beginning_read_params(struct beginning *beginning);

/* Shows what was found wrong with the runbook, warnings too. */
void beginning_show(const struct beginning *beginning);

/* Whether the parameters can be recorded; says what is wrong. */
bool beginning_check_params(const struct beginning *beginning);

/* All else that can be wrong before anything runs; says what is. runbook: its path, for the folder that it lies in. */
bool beginning_prepare(struct beginning *beginning, const char *runbook);

/* Runs it. The exit status. */
int beginning_run(struct beginning *beginning);

void beginning_done(struct beginning *beginning);

/* Options of the commands that begin a run of a file. */
#define OPTION_JOBS                                                                                \
	{                                                                                          \
		"jobs", 'j', "N", "at most N operations at once (16)"                              \
	}
#define OPTION_TRANSCRIPT                                                                          \
	{                                                                                          \
		"transcript", 0, "PATH", "where to keep the record (a new file)"                   \
	}

#endif
