/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_DRIVER_H
#define CLI_DRIVER_H

#include "cli/command.h"
#include "cli/followed.h"
#include "cli/place.h"
#include "history/forecast.h"
#include "lang/load.h"
#include "run/engine.h"
#include "run/secrets.h"
#include "view/terminal.h"

/*
 * Drives a run in this process: the loop, the launchers, the engine, the live executor, and the person at the terminal.
 * What it is given stays the caller's and must outlive it. The terminal, the forecast and the tail's file are its
 * own from then on.
 */
struct driver;

struct driver_options {
	const struct invocation *invocation; /* of a command that has DRIVER_OPTIONS */
	const struct plan *plan;
	struct sched *sched;
	struct secrets *secrets;
	const struct signing_key *signer; /* NULL: the record is not signed */
	const struct place *place;
	struct terminal *terminal;
	struct forecast *forecast; /* NULL: nobody is told how long it will take */
	unsigned jobs;
	const struct writer_tail *tail; /* where the record goes on; NULL: it begins */
	int64_t t_us; /* with a tail: how far the run's own clock has come by now */
	const struct followed *followed; /* NULL, or an empty one: it follows no record */
	bool rehearses; /* what changes is not performed, */
	const struct recording *from; /* and answers for it come from here; NULL: from nowhere */
	const struct unfinished
	    *earlier; /* what an earlier life of the run left; NULL: it begins */
};

/* NULL after saying why there can be no record. */
struct driver *driver_new(const struct driver_options *options);

/* Accepts NULL. */
void driver_free(struct driver *driver);

struct engine *driver_engine(const struct driver *driver);

/* What is to be expected now, as an aside of the record; false: nothing is known. It lives until the next one. */
bool driver_forecast(struct driver *driver, int64_t t_us, struct message *ret_aside);

/* Takes the locks of the earlier life again; waits for them, and says whom it waits for. */
void driver_retake(struct driver *driver);

/* Runs what was begun or resumed to its end, and says the last words. The exit status. */
int driver_run(struct driver *driver);

/*
 * The secrets of a run, of which what the record holds anyway (the runbook's texts, the parameters) is told apart; NULL
 * with the load's diagnostics saying why.
 */
struct secrets *driver_secrets(struct load *load, const struct value *params, const char *folder);

/* What --on-record-failure says; false after a complaint. */
bool driver_record_failure(
    const struct invocation *invocation, enum record_failure *ret_record_failure);

/* A terminal for a run, on standard error. */
struct terminal *driver_terminal(
    const struct invocation *invocation, const struct plan *plan, const char *transcript);

#define OPTION_NO_CONFINE                                                                          \
	{                                                                                          \
		"no-confine", 0, NULL,                                                             \
		    "let processes with effect `read` write where they may; else only to a "       \
		    "folder of "                                                                   \
		    "their own, and devices"                                                       \
	}

/* Options of every command that drives a run. */
#define DRIVER_OPTIONS                                                                             \
	{"approve", 0, "STEP",                                                                     \
	    "approve STEP beforehand: of a loop all its items, w[0] is one; may be given several " \
	    "times"},                                                                              \
	    {"answer", 0, "STEP=done|failed", "what a person would say; or STEP.INPUT=VALUE"},     \
	    {"non-interactive", 0, NULL, "ask nobody: what is not approved beforehand is denied"}, \
	    OPTION_NO_CONFINE,                                                                     \
	    {"on-record-failure", 0, "stop|continue",                                              \
		"when the record cannot be written; with stop, the default, nothing that changes " \
		"is begun"},                                                                       \
	    {"sign-key", 0, "FILE",                                                                \
		"sign the record's seal with this private key (Ed25519, PEM)"},                    \
	    {"quiet", 'q', NULL, "say nothing while all is well"}, OPTION_PLAIN, OPTION_COLOR

#endif
