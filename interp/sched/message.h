/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_MESSAGE_H
#define SCHED_MESSAGE_H

#include <stdint.h>

#include "base/str.h"
#include "lang/judge.h"
#include "sched/outlook.h"
#include "value/action.h"
#include "value/value.h"

/*
 * Messages: what the scheduler is fed (in), what it gives (out), and what is only kept beside them (aside). One
 * message is one line of a transcript. They are plain data; their strings and values belong to whoever made them and
 * live until the next call that makes some.
 */
enum message_class { CLASS_OUT, CLASS_IN, CLASS_ASIDE };

enum message_type {
	/* out: effects, in the order they were decided */
	MESSAGE_START,
	MESSAGE_STOP,
	MESSAGE_ASK,
	MESSAGE_UNASK,
	MESSAGE_ACQUIRE,
	MESSAGE_RELEASE,
	MESSAGE_CHOOSE,
	MESSAGE_DECIDED,
	MESSAGE_STEP_FINISHED,
	MESSAGE_RUN_FINISHED,
	/* in: events */
	MESSAGE_RUN_STARTED,
	MESSAGE_RUN_RESUMED,
	MESSAGE_STARTED,
	MESSAGE_FINISHED,
	MESSAGE_ACQUIRED,
	MESSAGE_ANSWERED,
	MESSAGE_CHOSEN,
	MESSAGE_TIMER,
	MESSAGE_SIGNAL,
	MESSAGE_RECORD,
	MESSAGE_DIVERGED,
	/* aside */
	MESSAGE_SOURCE,
	MESSAGE_OUTPUT,
	MESSAGE_NOTE,
	MESSAGE_RECORD_GAP,
	MESSAGE_SEAL,
	MESSAGE_OUTLOOK,
	MESSAGE_TYPES
};

/* What a start begins. */
enum start_what {
	START_ACTION,
	START_UNLESS,
	START_PRECONDITION,
	START_VERIFY,
	START_BACKGROUND,
	START_READY,
	START_NOTIFY
};

/* Whether that is the action of a step, or the process beside a block; whether it asks whether something holds. */
bool start_is_action(enum start_what what);
bool start_is_check(enum start_what what);

/* What a person is asked for. */
enum ask_kind {
	ASK_APPROVAL, /* may these actions be done? */
	ASK_MANUAL, /* please do this, and say when it is done */
	ASK_LOST, /* nobody knows whether this was done: was it, or shall it be done again? */
	ASK_DIVERGED /* reality departs from the record that the run follows: shall it go on? */
};

/* Whether it holds up a run: how gently something is ended. */
enum stop_how { STOP_TERM, STOP_KILL };

/* How an operation ended. */
enum op_end {
	END_DONE, /* by itself: there is a result */
	END_TIMED_OUT, /* its timeout passed and it was ended; what it left is in the result */
	END_STOPPED, /* the scheduler asked for it */
	END_ERROR, /* it could not be done: no such program, no memory; the result says why */
	END_NOT_BEGUN, /* stopped before it began */
	END_LOST /* the interpreter died meanwhile */
};

/* Where a result came from. */
enum origin { ORIGIN_LIVE, ORIGIN_RECORDED, ORIGIN_ASSUMED, ORIGIN_UNKNOWN };

enum outcome {
	OUTCOME_NONE, /* not finished yet */
	OUTCOME_SUCCEEDED,
	OUTCOME_FAILED,
	OUTCOME_TIMED_OUT,
	OUTCOME_SKIPPED,
	OUTCOME_DENIED,
	OUTCOME_CANCELLED,
	OUTCOME_BLOCKED,
	OUTCOME_LOST,
	OUTCOME_REHEARSED
};

enum run_outcome {
	RUN_RECOVERED,
	RUN_FAILED,
	RUN_DENIED,
	RUN_INTERRUPTED,
	RUN_REHEARSED,
	RUN_ALONE
};

enum answer {
	/* of something manual: it is done; of something lost: it was done; of a divergence: go on */
	ANSWER_APPROVED,
	/* of something manual: it could not be done; of something lost: leave it so; of a divergence: stop */
	ANSWER_DENIED,
	ANSWER_EXPIRED,
	ANSWER_UNAVAILABLE, /* nobody could be asked */
	ANSWER_AGAIN /* of something lost: it shall be done again */
};

enum record_state { RECORD_WRITABLE, RECORD_FAILED };

/* What a run that follows a record does where reality departs from it. */
enum on_divergence {
	DIVERGENCE_STOP, /* as after an interrupt: what runs is ended, then come the finally steps */
	DIVERGENCE_ASK, /* nothing new begins until a person has said whether it goes on */
	DIVERGENCE_CONTINUE
};

/* What becomes of a run whose record fails. */
enum record_failure {
	RECORD_FAILURE_STOP, /* nothing new that changes is begun */
	RECORD_FAILURE_CONTINUE /* it goes on, and what it does may be missing from the record */
};

enum output_stream { STREAM_STDOUT, STREAM_STDERR };

/* A polled check is one operation: asked every `every` until it holds for `for`, which must begin within `within`. */
struct poll_spec {
	int64_t within_us; /* 0: asked once */
	int64_t every_us;
	int64_t for_us;
};

struct message {
	enum message_type type;
	int64_t seq; /* its line's number, from 0; given at the append */
	int64_t at_us; /* wall clock, microseconds since 1970, UTC; given at the append */
	int64_t t_us; /* the run's own clock, from 0, never decreasing; given at the append */
	union {
		struct {
			uint32_t op;
			struct str node; /* the instance's path */
			struct str step; /* the id as written; empty for the runbook's own checks */
			enum start_what what;
			uint32_t index; /* which check of its list; 0 for an action */
			int64_t
			    item; /* of a check with for_each: which item, from 1; otherwise 0 */
			uint32_t attempt; /* from 1 */
			struct str action; /* its name in the registry */
			enum effect_class class;
			const struct value *args; /* unknown where something in them is: then */
			const struct value *
			    shown; /* what is known of them, the rest as it is written; else NULL */
			int64_t timeout_us; /* 0: none */
			int64_t grace_us;
			struct poll_spec poll;
			struct str
			    session; /* the connection whose session it shares; empty: none */
			bool
			    sensitive; /* its output is neither shown nor recorded, its outputs are secrets */
			const struct value
			    *deps; /* taint: a list of node paths; NULL when there is none */
			struct str digest; /* SHA-256 (hex) of action and args as JSON */
			/*
			 * the arguments of a process that the author calls the action's own dry run: for
			 * whoever does not perform it; NULL: none
			 */
			const struct value *rehearse;
		} start;
		struct {
			uint32_t op;
			enum stop_how how;
			struct str why;
		} stop;
		struct {
			uint32_t id;
			struct str node;
			struct str step;
			struct str item; /* of the loops around it: "host db1"; empty: none */
			enum ask_kind kind;
			struct str prompt;
			int64_t by; /* how many different people */
			int64_t expires_us; /* on the run's own clock; 0: never */
			struct str digest;
			/*
			 * a list of {step, title, effect, action, around}: what will be done, resolved as
			 * far as it is known; with `unknown` where that is not all of it, and of steps
			 * below the one that asks `when`, `each` (which items), `asked` (by itself)
			 */
			const struct value *actions;
			/*
			 * ASK_MANUAL: a list of {name, type, default, enum, pattern, description}, as the
			 * runbook declares them; NULL: none
			 */
			const struct value *inputs;
			/*
			 * of an approval that more than one must give: a list of {who, person}, as in
			 * `answered`, of those who have agreed so far; NULL: nobody
			 */
			const struct value *agreed;
		} ask;
		struct {
			uint32_t id;
			struct str why;
		} unask;
		struct {
			uint32_t id;
			struct str node;
			struct str step;
			struct str lock;
		} lock; /* ACQUIRE, RELEASE */
		struct {
			uint32_t id;
			bool waited; /* somebody else had it: what had to hold is asked again */
			struct str why; /* why it could not be taken at all; empty: it was */
		} acquired;
		struct {
			uint32_t id;
			struct str node;
			struct str what;
			struct str expr;
			const struct value *deps; /* as in start: what it hangs on */
			const struct value
			    *value; /* what it gives as things are; NULL: that is not known */
		} choose;
		struct {
			struct str node;
			struct str step;
			struct str
			    what; /* "when", "for_each", "unless", "begin", "retry", "verify", "approve", … */
			const struct value
			    *value; /* null: taken to hold, for what `deps` names was not done */
			struct str why;
			const struct value *deps; /* as in start: what it hangs on */
		} decided;
		struct {
			struct str node;
			struct str step;
			enum outcome outcome;
			bool allowed; /* a failure that is an answer, not an error */
			struct str why;
			int64_t duration_us;
			const struct value *outputs; /* or NULL */
		} step_finished;
		struct {
			enum run_outcome outcome;
			struct str why;
			int64_t duration_us;
		} run_finished;
		struct {
			int64_t format; /* of the transcript: 1 */
			struct str run; /* id */
			struct str mode; /* "run", "replay" */
			struct str runbook; /* its id */
			struct str title;
			const struct value *params;
			struct str seed; /* of the jitter: hexadecimal */
			const struct value *program; /* versions: {reprise, pcre2, libuv} */
			const struct value *host; /* {name, user, uid, pid, boot_id, terminal} */
			const struct value
			    *sources; /* a list of {name, sha256, size, path}, the runbook first */
			struct str dir; /* of the run: artifacts, scratch */
			int64_t jobs; /* operations at once; 0: not recorded, 16 */
			struct str
			    signer; /* SHA-256 of the public key that will sign the seal; empty: none */
			/* the record that it is compared with: a map {run, sha256}; NULL: none */
			const struct value *follows;
			enum on_divergence on_divergence;
			enum record_failure on_record_failure;
			/*
			 * of a rehearsal: a map {from: {run, sha256}, assume: [words], inject: [words]}, each
			 * where there is one; NULL: it is none
			 */
			const struct value *rehearsal;
			/*
			 * of a run of one step alone: a map {step: path, given: {path: {outcome, outputs,
			 * result}}, item: text, once: true}, the last two where there is one; NULL: all
			 */
			const struct value *alone;
			/* that it answers: a map {fingerprint, labels, starts_at} (lang/alert.h); NULL: none */
			const struct value *alert;
			enum origin
			    origin; /* not live: nothing in it counts as having really recovered */
		} run_started;
		struct {
			const struct value *program; /* as in run.started */
			const struct value *host;
			const struct value
			    *sources; /* NULL: those of before; else of the runbook as it is now */
			int64_t torn_bytes; /* cut off behind the last line; 0: none */
			struct str torn_sha256;
			struct str signer; /* as in run.started: who will sign now */
			enum record_failure on_record_failure; /* likewise: from now on */
		} run_resumed;
		struct {
			uint32_t op;
			int64_t pid; /* 0: no process */
			int64_t start_ticks; /* field 22 of /proc/PID/stat */
			enum origin origin; /* not live: it did not really begin */
			bool
			    confined; /* of what reads: it cannot write but to a folder of its own */
			struct str unconfined; /* of what reads: why it can; neither: not known */
		} started;
		struct {
			uint32_t op;
			enum op_end end;
			const struct value *result; /* a map; NULL when there is none */
			bool ok; /* the action's own success, without `expect` */
			bool unchanged; /* it was none, and has certainly changed nothing */
			struct str why; /* a sentence when it was none */
			struct str
			    advice; /* what may be behind that, and a way out; for people, and often empty */
			struct verdict verdict;
			enum origin origin;
			int64_t polls; /* how often it was asked; 1 for what is not polled */
			int64_t now_us; /* `now` as the verdict saw it */
			const struct value *
			    left; /* processes it left behind: a list of {pid, command}; NULL: none */
		} finished;
		struct {
			uint32_t id;
			enum answer answer;
			struct str who; /* "alice on /dev/pts/3", "--approve" */
			struct str digest; /* of what was approved */
			const struct value *inputs; /* of something manual: a map; NULL: none */
			enum origin
			    origin; /* not live: no person was asked, nor did one do anything */
			const struct value
			    *person; /* whose answer it is (sched/person.h); NULL: unknown */
		} answered;
		struct {
			uint32_t id;
			const struct value *value; /* null: nobody knows */
			struct str why;
			enum origin origin; /* unknown: it might as well be otherwise */
		} chosen;
		struct {
			uint32_t id;
			int64_t due_us;
		} timer;
		struct {
			struct str name; /* "SIGINT" */
		} signal;
		struct {
			enum record_state state;
			struct str why;
		} record;
		struct {
			struct str node;
			struct str step;
			uint32_t op; /* whose end, told next, departs; 0: a decision does */
			/* "action", "verify 2", "when", "begin", "outcome", …: what departs */
			struct str what;
			struct str recorded; /* how it was then, in words: "its action succeeded" */
			struct str found; /* how it is now: "its action failed: no backup" */
		} diverged;
		struct {
			struct str name;
			struct str sha256;
			int64_t part; /* from 0: a long file is several lines */
			int64_t parts;
			struct str text;
		} source;
		struct {
			uint32_t op;
			struct str step;
			enum output_stream stream;
			int64_t
			    offset; /* of the first byte in the whole stream, as it is after redaction */
			struct str
			    bytes; /* "text" in the record, or "base64" when they are no UTF-8 */
		} output;
		struct {
			struct str who;
			struct str text;
		} note;
		struct {
			int64_t lines; /* how many could not be recorded */
			struct str why; /* a sentence */
		} record_gap;
		struct {
			struct str signature; /* empty: none */
		} seal;
		struct {
			enum message_class role; /* aside: for who does not know the type */
			struct outlook told;
		} outlook;
	};
};

enum message_class message_class(enum message_type type);

/* "start", "step.finished", "run.started", … as a transcript spells it. */
const char *message_name(enum message_type type);

/* The list of its step's checks that a start of that kind asks one of. */
const struct checks *checks_of(const struct step *step, enum start_what what);

/* Of a list of steps, as `deps` is one: "restart, load"; of many the nearest, "load and 3 before it". Empty: NULL. */
struct str message_deps(struct arena *arena, const struct value *deps);

/* A start, a question or a wanted lock, with all that it points to, in the arena. */
struct message message_copy(struct arena *arena, const struct message *message);

/* Names of the enumerations, as a transcript spells them, indexed by value and ended by NULL. */
extern const char *const message_class_names[];
extern const char *const start_what_names[];
extern const char *const ask_kind_names[];
extern const char *const stop_how_names[];
extern const char *const op_end_names[];
extern const char *const origin_names[];
extern const char *const outcome_names[];
extern const char *const run_outcome_names[];
extern const char *const answer_names[];
extern const char *const record_state_names[];
extern const char *const on_divergence_names[];
extern const char *const record_failure_names[];
extern const char *const output_stream_names[];

/* Whether an entry of a result stands for a stream, whose text is in `output` lines, and for which. */
bool output_stream_of_entry(struct str entry, enum output_stream *ret_stream);

#endif
