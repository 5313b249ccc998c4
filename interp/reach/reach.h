/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REACH_REACH_H
#define REACH_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "reach/ending.h"
#include "reach/session.h"
#include "reach/told.h"

/*
 * The near end of one far step. It is always in one of these phases.
 *
 * CALLING    the carrier was begun and the first line sent: a far end is awaited. Nothing is begun there yet.
 * STORING    there is no reprise-launch there: another session stores one. The first waits meanwhile.
 * ASKED      the request was sent; whether it was begun is not known.
 * RUNNING    it was begun.
 * ENDING     its end was told; what it printed on standard error may still be on its way.
 * INQUIRING  the way broke, or a stop brought no answer: another session ends what runs there, and tells.
 * OVER       all is known that can be.
 *
 * From CALLING and STORING a stop, or the carrier's end, leads to OVER; from ASKED and RUNNING the carrier's end leads
 * to INQUIRING, and so does a stop that is not answered in time.
 */
enum reach_phase {
	REACH_CALLING,
	REACH_STORING,
	REACH_ASKED,
	REACH_RUNNING,
	REACH_ENDING,
	REACH_INQUIRING,
	REACH_OVER
};

/* Who is at the far end. */
enum far_end { FAR_UNKNOWN, FAR_RELAY, FAR_SHELL };

/* What is on its way to one of our own streams. */
struct outflow {
	int fd;
	struct buf pending;
	bool begun; /* the far end says that what comes now is the step's */
	bool broken; /* nobody reads it any more */
	bool ended; /* the far end says that no more comes */
};

struct reach {
	struct told order;
	struct ending ending;
	enum reach_phase phase;
	enum far_end far;
	struct session main;
	struct session aside; /* the one that stores, or inquires */
	struct outflow out, err;
	struct buf noise; /* what came before the far end answered: the last line may be a reason */
	struct buf aside_noise;
	int signals;
	bool reads; /* the step has a standard input: our own */
	bool input_ended;
	unsigned stops; /* that were asked for */
	bool piped; /* the far end was told that nobody reads its output */
	bool broke; /* the way was lost before the end was told */
	char lacks[256]; /* why a shell's means must do: reprise-launch cannot be there */
	long far_pid;
	int64_t ping_us; /* when the next is due */
	int64_t
	    gone_us; /* when a carrier that has ended counts as gone, whoever holds its streams; 0: it has not */
	int64_t due_us; /* of the phase; 0: none */
	const char *where; /* for people */
	bool pausing; /* between two inquiries */
	int64_t
	    hope_us; /* until when they are worth it: by then the far end has ended what runs there; 0: none was made */
	bool answered; /* an inquiry says that it was ended: its last words may still come */
};

/* Between the end on one stream and that on the other, while nothing comes. */
enum { REACH_ENDING_MS = 2000 };

/* What became of it is known, or nobody will: the last line of the ending, in words of reach/order.h. */
void reach_decide(struct reach *reach, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Begins a session of its own; false with errno. */
bool reach_open_main(struct reach *reach);
bool reach_open_aside(struct reach *reach, char *const *way);

/* A phase that lasts so long at most; 0: for ever. */
void reach_enter(struct reach *reach, enum reach_phase phase, int64_t limit_us);

/* --- call.c: until the step is asked for */
void call_begin(struct reach *reach);
/* A mark of the main session before it said `ready`, and of the one that stores. */
void call_heard(struct reach *reach, char *text);
void call_stored(struct reach *reach, char *text);
/* The carrier has ended, or its time is up, and nothing was begun. */
void call_failed(struct reach *reach, const char *why);
/* A shell's means must do, for a reason. */
void call_shell(struct reach *reach, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The last lines of what somebody printed, as one. */
void call_last_lines(struct buf *out, const struct buf *noise);

/* --- steer.c: while it runs */
void steer_heard(struct reach *reach, char *text);
/* Our own standard input brings something, or ends. */
void steer_input(struct reach *reach);
void steer_ping(struct reach *reach);
void steer_stop(struct reach *reach);
/* Nobody reads our standard output. */
void steer_piped(struct reach *reach);
/* The carrier ended before the far end told its end. */
void steer_broke(struct reach *reach);

/* --- inquire.c: what became of it; asked again and again as long as there is hope */
void inquire_begin(struct reach *reach);
void inquire_heard(struct reach *reach, char *text);
void inquire_failed(struct reach *reach);
/* Nobody said what became of it, and nobody is asked any more. */
void inquire_give_up(struct reach *reach);

#endif
