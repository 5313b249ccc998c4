/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_WATCHED_H
#define CLI_WATCHED_H

#include "cli/command.h"
#include "lang/plan.h"
#include "run/control.h"
#include "sched/message.h"

/*
 * What somebody sees of a run on another terminal than its own: the same lines, made of its record, on standard output.
 * A question that is open is put to whoever watches, where there is somebody who can answer, or shown with who can, and
 * where; one whose answer is in the record already is shown with that. It waits for whoever reads: nothing is dropped,
 * but for what does not fit into what is held back while a question stands.
 */
struct watched;

/* That whoever watches is asked, too. */
struct watched_asks {
	struct loop *loop;
	const struct invocation *invocation;
	struct answers_taker taker; /* of the answers */
};

struct watched_options {
	const struct plan *plan;
	const char *transcript;
	bool color;
	bool live; /* with a panel, */
	struct loop *loop; /* which is drawn by this one */
	double speed; /* of a run that is past: so many times as fast as it was */
	const struct watched_asks *asks; /* NULL: others answer */
	bool tail; /* what is seen before the first watched_pause() is left out */
	bool
	    is_past; /* it is over: a question that is open at a pause is shown at once, and needs nobody */
};

struct watched *watched_new(const struct watched_options *options);
void watched_free(struct watched *watched);

/* The next line of the record that is understood. */
void watched_see(struct watched *watched, const struct message *message);

/* There is no further line by now. Questions that were open at the last pause are shown (is_past: at this one). */
void watched_pause(struct watched *watched);

/* Nobody drives the run any more: what whoever watches was asked is withdrawn, what was held back is shown. */
void watched_cut_off(struct watched *watched);

/* The last words of a run that has finished; its exit status. */
enum status watched_end(struct watched *watched);

/* Whether what it has seen is no run but a rehearsal. */
bool watched_is_rehearsal(const struct watched *watched);

#endif
