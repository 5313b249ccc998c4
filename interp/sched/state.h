/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_STATE_H
#define SCHED_STATE_H

#include "lang/target.h"
#include "sched/numbers.h"
#include "sched/queue.h"
#include "sched/sched.h"

/*
 * The scheduler's state, for the files of this room alone. Everything that decides is in the flat arrays; the scratch
 * and the list of effects only carry one post's results out.
 */
enum { NONE = UINT32_MAX };

/*
 * Bounds of what goes into one message, so that each fits a line of a record: of arguments and outputs in bytes of
 * JSON, of sentences in bytes.
 */
enum { MESSAGE_VALUE = 800 << 10, MESSAGE_SENTENCE = 8 << 10 };

/* Where an instance stands. A stage's function (stages.c) says what happens next and in which stage. */
enum stage {
	STAGE_WAITING, /* for what it needs */
	STAGE_WHEN,
	STAGE_CHOICE, /* its condition, or its loop's list, is not known: somebody else decides */
	STAGE_LOOP, /* its items are under way */
	STAGE_UNLESS,
	STAGE_PRECONDITIONS,
	STAGE_APPROVAL, /* to be asked, or asked */
	STAGE_LOCK, /* to be taken, or waited for */
	STAGE_BACKGROUND, /* its process begins */
	STAGE_READY,
	STAGE_ACTION, /* its operation, its person or its children are under way */
	STAGE_LOST, /* nobody knows how its action ended: a person is asked */
	STAGE_DELAY, /* before another attempt */
	STAGE_VERIFY,
	STAGE_OUTPUTS,
	STAGE_ROLLBACK, /* of the root: what began is undone */
	STAGE_FINALLY,
	STAGE_ENDING, /* its background process ends */
	STAGE_DONE,
	STAGES
};

struct instance {
	uint32_t node;
	uint32_t parent;
	uint32_t round; /* of its retried parent */
	uint8_t stage;
	uint8_t outcome; /* so far; final in STAGE_DONE */
	bool allowed; /* its failure is an answer */
	bool shielded; /* within a `finally`: an interrupt lets it run */
	bool began; /* an action or a block was begun */
	bool polled_once; /* what had to hold is being asked again: time has passed */
	bool approved;
	bool parked; /* wants a slot */
	bool retry_wanted;
	bool cancelled; /* no new operation may begin */
	bool timed_out; /* of a block: its deadline passed */
	bool unperformed; /* its change, or one inside it, was not really made */
	bool hollow; /* its own action was not performed: what is known of it hangs on that alone */
	bool vague; /* and nobody knows what would have come of it */
	bool chosen; /* its condition, or its list, was chosen by somebody else */
	bool is_loop; /* its children are items: instances of the same node */
	bool needless; /* `unless` held: only verified */
	bool locked;
	bool bg_began;
	bool bg_stopping; /* its end is wanted */
	bool bg_lost; /* it ended too early; `why` says how */
	bool lost; /* nobody knows how its action ended, and nothing has decided it yet */
	bool asks_list; /* the choice that it waits for is a list */
	uint32_t item; /* its index in its loop's list, or NONE */
	uint32_t params; /* of the root of what is used: a store id, */
	uint32_t params_taint; /* and what they hang on */
	uint32_t list; /* of a loop: the list, a store id */
	uint32_t next_item; /* of a loop: the first that has not been let in */
	uint32_t failed; /* of a loop: items that did not end well */
	uint32_t check_item; /* of a check's loop: the next or running item */
	uint32_t check_list; /* and its list, a store id */
	uint32_t lock; /* the id of what it acquired or wants, or NONE */
	uint32_t background; /* an operation, or NONE */
	uint32_t
	    expiry; /* timer of a person's time, or of what one of several agreed to; or NONE */
	uint32_t waiting; /* needs that are not done */
	uint32_t culprit; /* the instance that blocks it, or NONE */
	uint32_t running; /* children, or finally steps, that are not done */
	uint32_t worst; /* of a block: the child that decides its outcome, or NONE */
	uint32_t check; /* index of the next or running check */
	uint32_t attempt; /* from 1 once begun */
	uint32_t op; /* under way, or NONE */
	uint32_t ask; /* the open question, or choice, or NONE */
	uint32_t timer; /* retry delay, or NONE */
	uint32_t deadline; /* timer of a block, or NONE */
	uint32_t first
	    [PARTS]; /* the first instance of each list of its newest round, or NONE; a loop's items */
	uint32_t result; /* store ids */
	uint32_t outputs;
	uint32_t why;
	uint32_t approved_digest; /* of what was agreed to, by the first who did */
	uint32_t agreed; /* who agrees: a list, a store id */
	uint32_t taint; /* a store id, see taint.c */
	int64_t approval_until_us; /* when what was agreed to must have begun; 0: any time */
	int64_t began_us;
	int64_t finished_us;
};

struct operation {
	uint32_t instance; /* NONE when it is over */
	uint32_t index;
	uint32_t item; /* of a check's loop, or NONE */
	uint8_t what;
	uint8_t class;
	bool holds_slot;
	bool recall; /* of a step that is done: what it gave is wanted once more */
	uint32_t told; /* of one that tells somebody: its arguments, a store id, */
	uint32_t attempt; /* and which one it is */
};

enum timer_kind { TIMER_RETRY, TIMER_DEADLINE, TIMER_EXPIRY, TIMER_ESCALATION, TIMER_PATIENCE };

struct telling;

struct timer {
	uint32_t id;
	uint32_t instance;
	int64_t due_us;
	uint8_t kind;
};

/* The items of a loop that is done, as expressions see them; made in this post. */
struct items_memo {
	uint32_t loop;
	const struct value *items; /* NULL: free */
};

enum { ITEMS_MEMO = 8 };

/* Facts of the run, set once by run.started. */
struct run_facts {
	uint32_t id; /* store ids */
	uint32_t mode;
	uint32_t dir;
	uint32_t params;
	uint64_t seed;
	int64_t started_at_us;
	uint8_t on_divergence;
	uint32_t only; /* the step that is run alone (PLAN_ROOT: the runbook's `verify`), or NONE */
	uint32_t alone; /* what run.started says of that: a store id */
};

struct sched {
	const struct plan *plan;
	struct store *store;
	struct sched_options options;

	struct run_facts run;
	struct instance *instances;
	size_t instance_count;
	size_t instance_capacity;
	struct operation *ops; /* by op - 1 */
	size_t op_count;
	size_t op_capacity;
	struct timer *timers;
	size_t timer_count;
	size_t timer_capacity;
	uint32_t next_timer;
	struct numbers asks; /* questions and choices */
	struct numbers locks;
	struct numbers begun; /* actions and blocks, in the order in which they first began */
	uint32_t slots_used;
	uint32_t recalling; /* operations that everything else waits for (recall.c) */
	uint32_t interrupts; /* 0; 1: go on to finally; more: end everything */
	uint32_t interrupt_why; /* the first one's sentence, a store id */
	uint32_t stopper; /* the failure after which nothing new begins, or NONE */
	uint32_t rolling; /* the instance whose rollback runs, or NONE */
	uint32_t
	    to_undo; /* how many of those that began, in their order, have not been looked at */
	enum record_failure on_record_failure;
	bool record_failed; /* nothing new that changes may begin */
	bool held; /* a person is asked whether it goes on: nothing new is decided meanwhile */
	bool departed; /* it was ended because reality departed from the record that it follows */
	uint32_t held_ask; /* the id of that question, */
	uint32_t held_node; /* and where and why it is asked: store ids */
	uint32_t held_step;
	uint32_t held_why;
	uint32_t departing; /* while it is ended: the operation whose end comes next, or 0 */
	bool finished;
	struct telling *telling; /* who is told (telling.h) */
	struct queue ready;
	struct queue parked;
	int64_t t_us;
	int64_t at_us;

	struct arena *scratch;
	struct items_memo *memo; /* ITEMS_MEMO of them, in the scratch */
	uint32_t *hangs; /* on what the values hang that were looked at (taint.c); in the scratch */
	struct message *out;
	size_t out_count;
	size_t out_capacity;
	size_t out_given;
};

/* sched.c */
struct instance *instance_at(const struct sched *sched, uint32_t index);
const struct plan_node *node_of(const struct sched *sched, uint32_t index);
const struct step *step_of(const struct sched *sched, uint32_t index);
/* Makes one and returns its index. */
uint32_t instance_add(struct sched *sched, uint32_t node, uint32_t parent, uint32_t round);
/* Has its stage's function called once more in this post. */
void instance_wake(struct sched *sched, uint32_t index);
/* Its action, or its first child, begins. */
void instance_began(struct sched *sched, uint32_t index);

/* timers.c: for the instance to keep in its field of that kind; it drops the timer by forgetting it. */
uint32_t timer_add(struct sched *sched, uint32_t instance, enum timer_kind kind, int64_t due_us);
void timer_fired(struct sched *sched, const struct message *in);
/* Makes one the earliest, due now. */
void timer_hurry(struct sched *sched, uint32_t id);
/* The earliest is one that is still set. */
void timers_settle(struct sched *sched);

/* stages.c: calls stage functions until the instance waits or is done. */
void stages_run(struct sched *sched, uint32_t index);
/* The only way into a stage: whatever list of checks that asks begins with its first check and item. */
void stage_set(struct sched *sched, uint32_t index, enum stage stage);
/* How somebody's culprit ended: "failed", "timed out", "was denied". */
struct str ended(struct sched *sched, uint32_t index);
/* Its condition holds: a loop goes through its items, everything else does what it does. */
void when_holds(struct sched *sched, uint32_t index);
/* A condition's value; *ret_why explains one that is not true, *ret_hangs is the taint that it hangs on. */
const struct value *evaluate(struct sched *sched, uint32_t index, const struct expr *expr,
    struct str *ret_why, uint32_t *ret_hangs);
/* The parameters of what is used, before its root begins; false when it has failed for them. */
bool use_begin(struct sched *sched, uint32_t index);

/* block.c: makes the instances of one of its lists and has them begin. */
void children_begin(struct sched *sched, uint32_t index, enum plan_part part);
/* The same without letting any begin. */
void children_add(struct sched *sched, uint32_t index, enum plan_part part);
/* How many there are of the newest round; of a loop its items. */
size_t children_count(const struct sched *sched, uint32_t index, enum plan_part part);
/* A round of its steps; all of them are done; its finally steps. */
void block_begin(struct sched *sched, uint32_t index);
void block_done(struct sched *sched, uint32_t index);
void block_finally(struct sched *sched, uint32_t index);
void stage_finally(struct sched *sched, uint32_t index);
/* A block or a loop ends as the child that decides it. */
void finish_by_worst(struct sched *sched, uint32_t index);

/* loop.c */
void stage_loop(struct sched *sched, uint32_t index);
/*
 * What `for_each` gives: a list that a record can hold. NULL with a sentence; or without, where it hangs on what was
 * not done, and somebody else was asked for it under the name `what`.
 */
const struct value *loop_list(struct sched *sched, uint32_t index, const struct each *each,
    const char *what, struct str *ret_why);
void loop_begin(struct sched *sched, uint32_t index, const struct value *list);
/* An item is done: the next may begin, or none. */
void loop_item_done(struct sched *sched, uint32_t loop, uint32_t item);
/* An item as a sentence names it: "web1". In the scratch. */
struct str loop_item(struct sched *sched, uint32_t item);
/* Whether items are left that failures of others may keep from beginning. */
bool loop_may_refuse(const struct sched *sched, uint32_t index);
/* Why an item never began, the end of which before it is its culprit. In the scratch. */
struct str loop_refusal(struct sched *sched, uint32_t item);
/* What a loop's sentence ends with, where canaries or the number that may fail left items; else empty. */
struct str loop_stopped(struct sched *sched, uint32_t index);

/* checks.c */
void stage_checks(struct sched *sched, uint32_t index);
/* The check under way held, or need not: the next. */
void checks_next(struct sched *sched, uint32_t index);
/* Of which list its stage asks, and the check that it is at; START_ACTION and NULL where its stage asks none. */
enum start_what check_asked(const struct sched *sched, uint32_t index);
const struct check *check_at(const struct sched *sched, uint32_t index);
/*
 * It did not hold, or could not be asked: what that means is its list's business. Where it hangs on what was not done,
 * it is taken to hold, once it is.
 */
void check_failed(struct sched *sched, uint32_t index, enum start_what what, struct str why,
    bool retry, uint32_t hangs);

/* Whether a check holds, or the list that it goes through, was chosen: NULL where nobody knows. */
void check_chosen(struct sched *sched, uint32_t index, const struct value *value, struct str why);

/* choice.c */
/* The condition, the check or the list that is chosen for an instance. */
const struct expr *choice_expr(const struct sched *sched, uint32_t index);
void stage_choice(struct sched *sched, uint32_t index);
/*
 * Asks; the instance stays where it is, and waits. guess: what it gives as things are, or NULL; hangs: the taint that
 * it hangs on.
 */
void choice_ask(struct sched *sched, uint32_t index, const char *what, const struct expr *expr,
    const struct value *guess, uint32_t hangs);
void choice_made(struct sched *sched, const struct message *in);

/* lock.c */
void stage_lock(struct sched *sched, uint32_t index);
void lock_acquired(struct sched *sched, const struct message *in);
void lock_release(struct sched *sched, uint32_t index);

/* background.c */
void stage_background(struct sched *sched, uint32_t index);
/* Its block ends because of that; but what is lost inside it decides before everything. */
void background_failed(struct sched *sched, uint32_t index);
void stage_ending(struct sched *sched, uint32_t index);
void background_started(struct sched *sched, const struct message *in);
void background_finished(struct sched *sched, uint32_t index, const struct message *in);
void background_stop(struct sched *sched, uint32_t index, enum stop_how how);

/* lost.c: nobody knows how the action of an instance ended. */
void action_lost(struct sched *sched, uint32_t index, enum effect_class class, struct str why);
/* Its verification was asked for that. */
void lost_verified(struct sched *sched, uint32_t index, bool holds, struct str why);
void stage_lost(struct sched *sched, uint32_t index);
void lost_answered(struct sched *sched, uint32_t index, const struct message *in);

/* manual.c */
void manual_ask(struct sched *sched, uint32_t index);
void manual_answered(struct sched *sched, uint32_t index, const struct message *in);
void manual_expired(struct sched *sched, uint32_t index);

/* rollback.c */
void stage_rollback(struct sched *sched, uint32_t index);
/* What began is undone before the root is done; false when it need not be, or an interrupt forbids it. */
bool rollback_begin(struct sched *sched, uint32_t index);
/* A failure that nobody allowed: where the runbook says so, nothing new begins any more. */
void failure_seen(struct sched *sched, uint32_t index);

/* operations.c */
/*
 * Whether the record keeps an instance from beginning something of that class, or from asking a person for it: then it
 * has failed.
 */
bool operation_unrecorded(struct sched *sched, uint32_t index, enum effect_class class);
struct operation *operation_at(const struct sched *sched, uint32_t op);
/* A new one; its number. */
uint32_t operation_add(struct sched *sched, struct operation operation);
/* The outputs that its step declares, all unknown; NULL: none. In the scratch. */
/* Its result, where an expression may ask for it. */
void operation_keep(struct sched *sched, uint32_t index, const struct value *result);
/* Begins the action (or check number `index`) of an instance; false when it was parked or failed instead. */
void operation_begin(struct sched *sched, uint32_t index, enum start_what what, uint32_t check);
void operation_finished(struct sched *sched, const struct message *in);
/* Wakes the first that waits for a slot, if one is free; false when there is none or nobody waits. */
bool operation_unpark(struct sched *sched);
void operation_stop(struct sched *sched, uint32_t op, enum stop_how how, struct str why);

/* Begins a done step's action once more, for what it gives; false where that cannot be. */
bool operation_recall(struct sched *sched, uint32_t index);

/* recall.c: what sensitive steps gave is fetched again; everything else waits. */
void recall_begin(struct sched *sched);
void recall_finished(struct sched *sched, uint32_t index, const struct message *in);
void recall_stop(struct sched *sched, enum stop_how how, struct str why);

/* approval.c */
/* Withdraws the question that an instance has open, if there is one. */
void question_withdraw(struct sched *sched, uint32_t index, struct str why);
/* When a question of an instance is withdrawn, on the run's own clock: its own time is up, or a block's. 0: never. */
int64_t question_expires(const struct sched *sched, uint32_t index);
void approval_ask(struct sched *sched, uint32_t index);
void approval_answered(struct sched *sched, const struct message *in);
/* agreement.c: one more agrees; when all have it goes on, else the next is asked. */
void approval_agreed(struct sched *sched, uint32_t index, const struct message *in);
/* Nobody agrees to it any more, as `why` says. */
void approval_void(struct sched *sched, uint32_t index, struct str why);
/* What was to begin has waited for longer than its approval holds: true when it goes back to be asked for again. */
bool approval_lapsed(struct sched *sched, uint32_t index);
/* The first of several agreed too long ago, and the question to the next is still open. */
void approval_expired(struct sched *sched, uint32_t index);
/* The digest of what an instance is about to do, resolved; in the scratch. */
struct str approval_digest(struct sched *sched, uint32_t index, const struct value **ret_actions);

/* finish.c */
void instance_finish(struct sched *sched, uint32_t index, enum outcome outcome, struct str why);
/* All have been told how the run ended, or nobody had to be: its last line. */
void run_end(struct sched *sched);
/* Nothing of it is left to do. */
void instance_conclude(struct sched *sched, uint32_t index);
/* Why it ended so, or nothing. */
struct str sentence_of(const struct sched *sched, uint32_t index);
/* A failed attempt: another one after a delay, or the end. */
void instance_failed(
    struct sched *sched, uint32_t index, enum outcome outcome, struct str why, bool retry);
/* It did all it had to, or would have: in a rehearsal. */
bool outcome_is_good(const struct instance *instance);
/* An outcome that lets what needs the step go on. */
bool outcome_serves(const struct instance *instance);

/* divergence.c */
void divergence_seen(struct sched *sched, const struct message *in);
/* A person has answered; false when it is another question's answer. */
bool divergence_answered(struct sched *sched, const struct message *in);
/* The run is ended otherwise: the question about it, if there is one, is withdrawn. */
void divergence_withdraw(struct sched *sched, struct str why);

/* interrupt.c: ends what runs below an instance, its finally steps excepted unless `all`. */
void subtree_cancel(
    struct sched *sched, uint32_t index, enum stop_how how, bool all, struct str why);
void signal_received(struct sched *sched, const struct message *in);
/* Ends the run before its time, as the first signal does; the second time at once. */
void run_interrupt(struct sched *sched, struct str why);
/* The end of the run's sentence: which finally steps a hurried end refused. */
struct str interrupt_account(struct sched *sched, struct str why);

/* scope.c */
struct sched_scope {
	struct scope scope;
	const struct sched *sched;
	uint32_t instance;
	int64_t now_us;
	const struct each *each; /* the loop of a check, */
	uint32_t item; /* and which of its items it is */
};
/* Names as an instance's expressions see them. */
void scope_init(
    struct sched_scope *scope, const struct sched *sched, uint32_t instance, int64_t now_us);

/* The same for a check of a loop: its item stands for itself. */
void scope_init_check(struct sched_scope *scope, const struct sched *sched, uint32_t instance,
    const struct check *check, uint32_t item, int64_t now_us);
/* The instance that `steps.<id>` of a node means to an instance, or NONE. */
uint32_t scope_find(const struct sched *sched, uint32_t from, uint32_t node);

/* taint.c: adds a stored list of changes that were not performed to those an instance comes after. */
void taint_add(struct sched *sched, uint32_t to, uint32_t more);
/* Its own change was not performed. */
void taint_own(struct sched *sched, uint32_t index);
/* It is done: its parent comes after what it came after, and holds what it holds. */
void taint_carry(struct sched *sched, uint32_t index);
/* The ids of the steps whose changes were not performed; NULL when there are none. */
const struct value *taint_names(struct sched *sched, uint32_t taint);
/* "not yet true, depends on restart, load: " and why; in the scratch. */
struct str taint_sentence(struct sched *sched, uint32_t taint, struct str why);
/* All that is in either. */
uint32_t taint_union(const struct sched *sched, uint32_t one, uint32_t other);

/*
 * What values hang on. Whoever evaluates an expression forgets what was looked at before it, and asks afterwards for
 * the taint of all the steps whose values were looked at, the unknown ones of the value that came out among them.
 */
void hangs_begin(const struct sched *sched);
void hangs_touch(const struct sched *sched, uint32_t index);
uint32_t hangs_end(const struct sched *sched, const struct value *value);

/* coming.c */
struct coming_scope {
	struct scope scope;
	struct sched_scope base; /* as the instance itself sees names */
	const struct plan_node *node; /* the step */
};
/* Names as the instance's step, or one below it, will see them: what is still to come is unknown. */
void coming_init(struct coming_scope *scope, const struct sched *sched, uint32_t instance,
    const struct plan_node *node);

/* target.c */
/* The nearest instance around one whose names are a book's, or a step's and its own: an item where that is a loop. */
uint32_t target_home(
    const struct sched *sched, uint32_t from, const struct runbook *book, const struct step *step);
/* Arguments with where the action runs; an error or unknown when that is, unless `known`. In the scratch. */
const struct value *target_args(const struct sched *sched, uint32_t instance,
    const struct action *action, const struct check *check, const struct value *args, bool known);
/* The same of a step that is still to come, below an instance or its own. */
const struct value *target_coming(const struct sched *sched, uint32_t instance,
    const struct plan_node *node, const struct value *args, bool known);

/* emit.c */
struct message *emit(struct sched *sched, enum message_type type);
/* "restore#2/load"; empty for the root. In the scratch. */
struct str path_of(struct sched *sched, uint32_t index);
/* An item on one line, cut short: "db1", "{"host":"db1"}". In the scratch. */
struct str shown_item(struct sched *sched, const struct value *item);
/* Which items of the loops around it an instance is for: "host db1, disk sda"; empty without a loop. In the scratch. */
struct str item_of(struct sched *sched, uint32_t index);
void emit_decided(struct sched *sched, uint32_t index, const char *what, const struct value *value,
    struct str why);
/* The same of what hangs on changes that were not performed: a null is taken to hold, once they are. */
void emit_assumed(struct sched *sched, uint32_t index, const char *what, const struct value *value,
    struct str why, uint32_t hangs);
/* A sentence, cut short where it is longer than a message should hold. In the scratch, or as it is. */
struct str brief(struct sched *sched, struct str sentence);
/* "node[2], node[1] and 7 more": a sentence names few, the record all. In the scratch. */
struct names {
	struct str few;
	size_t count;
};
void names_add(struct sched *sched, struct names *names, uint32_t index);
struct str names_text(struct sched *sched, const struct names *names);
struct str say(struct sched *sched, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
