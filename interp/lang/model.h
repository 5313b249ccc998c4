/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_MODEL_H
#define LANG_MODEL_H

#include "base/arena.h"
#include "base/diag.h"
#include "expr/expr.h"
#include "expr/template.h"
#include "lang/files.h"
#include "tree/tree.h"
#include "value/action.h"

/*
 * A runbook as the language means it: what a tree says, with every default filled in and every key known. Plain data
 * in the arena of the load; it points into the tree and the source, which must live as long.
 */

/* The reason for waiting lies in time: -1 means that nothing was said. */
enum { UNSET_US = -1 };

struct contact;

/* One argument of an action or of a connection, for whoever wants them singly. */
struct arg {
	struct str name;
	const struct param
	    *param; /* NULL for the keys of a process: argv, script, stages, env, cwd, stdin, … */
	struct template *value;
	bool secrets; /* may name secrets */
	struct str session; /* a connection's name, when that is one session */
	bool
	    shared; /* stands elsewhere (a declared connection, the runbook's env), where it is checked once */
	const struct arg *parts; /* of an inline connection: what its map is made of */
	size_t part_count;
	const struct contact *const *contacts; /* that are named: contact.h */
	size_t contact_count;
};

/*
 * A place where processes run that is not this one: what `targets` declares, or `target` says in place. Many are a loop
 * over their machines: the value lacks what an item gives then.
 */
struct target {
	struct str name; /* of a declared one; empty: in place */
	struct span span;
	bool local; /* here, whatever is said around it */
	bool many;
	struct template *value; /* {ssh: {…}, become: …, docker: {…}}; NULL of a list of targets */
	struct arg *list; /* its parts, one by one */
	size_t count;
	struct expr *machines; /* of many: the texts that its loop goes through */
	const char
	    *kind; /* which part of the value a machine is, "ssh" and "host"; NULL: of no part */
	const char *part;
	const struct at *members; /* of a list of targets: one for each machine */
	size_t member_count;
	const struct runbook *
	    book; /* whose names its templates mean; NULL: they mean what they mean where it stands */
	const struct source *source; /* from whose folder a path in it is meant */
};

struct strings {
	struct str *items;
	size_t count;
};

struct step;

/* Where something runs, and who said so. */
struct at {
	const struct target *target; /* NULL: here */
	const struct step
	    *step; /* that says so, of itself and what it holds; NULL: the check or stage itself */
	struct str
	    way; /* what a relative path in the target has before it, seen from what runs there */
};

/* What is done: a process, a library action. */
struct action {
	const struct action_spec *spec; /* NULL: none */
	struct template
	    *args; /* a map; env, cwd, stdin, shell, script, argv are in it for processes */
	struct arg *list; /* the same, one by one */
	size_t count;
	struct str session; /* the connection whose session it shares; empty: none */
	struct at at; /* of a process */
	const struct at *
	    stages; /* of a pipe whose stages run at places of their own, one for each; else NULL */
	size_t stage_count;
	struct span span; /* of its key */
};

/* within, every, for: how a reading action is asked until it holds. */
struct poll {
	int64_t within_us; /* UNSET_US: asked once */
	int64_t every_us;
	int64_t for_us; /* 0: holding once is enough */
};

/* So many items of a list, or such a share of them. */
struct quota {
	int64_t number; /* 0 and more */
	bool is_share; /* in per cent, at most 100 */
};

/* for_each: once for every item of a list, which may be known only when it is asked for. */
struct each {
	struct expr *list; /* NULL: no loop */
	struct str as; /* the item's name: "item" unless said otherwise */
	struct span as_span; /* where that was said, or without a source */
	int64_t max_parallel; /* items at once; 1 and more; of a check always 1 */
	struct quota
	    max_failures; /* with more than so many failed no other begins; keep_going is all of them */
	struct quota canary; /* the first, which must end well before any other begins; 0: none */
	const struct target
	    *target; /* whose machines it goes through; NULL: the author's own loop */
	struct span span; /* of the key `for_each`, or `target` */
};

/* Of a list of so many: how many may fail, a share rounded down; how many are canaries, a share rounded up. */
int64_t each_may_fail(const struct each *each, size_t count);
int64_t each_canaries(const struct each *each, size_t count);
/* All may fail, whatever the list's length. */
bool each_keeps_going(const struct each *each);
/* As it is written: "2", "25%". */
void quota_show(struct buf *out, const struct quota *quota);

struct check {
	uint32_t index; /* its place in its list */
	struct span span;
	struct action action; /* spec NULL: `expect` alone, over what is known */
	struct expr *expect; /* NULL: the action's own success */
	bool replaces_success; /* expect names what that success rests on */
	bool reads_streams; /* expect or abort read a stream whole: keep up to 8 MiB of it */
	struct expr *abort;
	struct template *message;
	struct poll poll;
	int64_t timeout_us;
	struct at at; /* target NULL: where its step runs; what `target` says of the check itself */
	struct each each; /* holds when it holds for every item, and for one at least */
};

struct checks {
	struct check *items;
	size_t count;
};

struct retry {
	int64_t attempts; /* 1: no second try */
	int64_t delay_us;
	double backoff; /* factor from one delay to the next, 1 or more */
	int64_t max_delay_us;
	double jitter; /* share of the delay, 0 to 1, by which it may be longer or shorter */
	struct expr *when;
};

/* What an approval holds for where nothing is said of it: an hour. */
#define APPROVAL_HOLDS_US INT64_C(3600000000)

struct approval {
	bool wanted; /* by `approve` itself */
	bool refused; /* `approve: false` */
	struct template *prompt; /* NULL: none */
	int64_t by; /* how many different people */
	int64_t expires_us; /* how old it may be when what was approved begins */
	struct expr *when;
	struct span span;
};

struct output {
	struct str name;
	struct expr *value; /* or a constant template, when `value` is NULL */
	struct template *constant;
	struct span span;
};

struct step;

struct steps {
	struct step **items;
	size_t count;
};

struct param_decl;
struct trigger;
struct runbook;

/* manual: a person does it and confirms; what `inputs` asks for are the fields of its result. */
struct manual {
	struct template *text; /* NULL: none */
	struct param_decl *inputs;
	size_t input_count;
	const struct action_spec *spec; /* made of the inputs: what `expect` and `outputs` read */
	struct span span; /* of the key */
};

/*
 * use: a template or another runbook as one step. Such a step is a block whose only child is the root of what is used:
 * a block with the id of the template or runbook, whose steps see the declarations of `book` and no others.
 */
struct use {
	const struct runbook *book; /* NULL: none */
	struct template *with; /* a map: every parameter of book->params that is given */
	struct arg *list; /* the same, one by one; `param` is NULL */
	size_t count;
	struct str way; /* what a relative path given here has before it there */
	struct span span; /* of what `use` names */
};

struct step {
	struct str id;
	struct str title; /* the id where none was given */
	struct str description;
	struct span span; /* of the id */

	bool needs_given;
	struct node_list_entry *needs; /* names with spans, as written */
	size_t need_count;
	struct span needs_span; /* of the key `needs` */

	struct expr *when;
	struct each each;
	struct checks unless; /* all hold: the action is not needed */
	struct at at; /* what `target` says; target NULL: what the block says */
	struct checks preconditions;
	struct approval approve;
	struct str lock; /* steps with the same one never run at once; empty: none */
	struct span lock_span;
	struct action action;
	struct action rehearse; /* a process: the action's own dry run; spec NULL: none */
	struct manual manual;
	struct use use;
	bool is_block;
	struct action background; /* of a block: a process that lives as long; spec NULL: none */
	int64_t background_grace_us;
	struct checks ready; /* of a block with a background process: asked before its first step */
	struct steps steps; /* of a block */
	struct steps finally; /* of a block */
	struct steps rollback; /* undo it when the run fails */
	struct expr *expect;
	bool replaces_success;
	bool reads_streams; /* expect, outputs or retry.when read a stream whole */
	struct poll poll; /* of a reading step */
	struct template *message;
	struct checks verify;
	struct output *outputs;
	size_t output_count;

	int64_t timeout_us; /* 0: none */
	int64_t grace_us;
	struct retry retry;
	bool effect_given;
	enum effect_class effect; /* an upper bound: as written, else the action's */
	struct span effect_span; /* of what was written */
	bool allow_failure;
	bool idempotent;
	bool sensitive; /* its output is neither shown nor recorded, its outputs are secrets */
	int64_t estimate_low_us; /* UNSET_US when nothing was said */
	int64_t estimate_high_us;
};

/* Whether it begins a process of the author's, of which nobody knows what it does; false where there is no action. */
bool action_is_process(const struct action *action);

/* Whose results `expect` and `outputs` read: its action's, a manual step's; NULL when it has no result. */
const struct action_spec *step_spec(const struct step *step);

/* What a person types at a manual step, by its name; NULL: it asks for no such thing. */
const struct param_decl *step_input(const struct step *step, struct str name);

/* The parameter that a runbook declares under a name, or NULL. */
const struct param_decl *runbook_param(const struct runbook *book, struct str name);

/* How a declaration names a kind: "duration". */
const char *param_kind_name(enum param_kind kind);

/* A name with its place: an entry of `needs`. */
struct node_list_entry {
	struct str name;
	struct span span;
};

struct param_decl {
	struct str name;
	enum param_kind kind; /* STRING INT FLOAT BOOL DURATION SIZE PATH LIST MAP */
	enum param_kind of; /* of a list's items or a map's values; PARAM_ANY when not declared */
	const struct type *type;
	bool optional; /* a default was written */
	const struct value *preset; /* the default; NULL: required */
	const struct value *choices; /* a list, or NULL */
	struct expr *pattern; /* unused when NULL */
	struct str pattern_text;
	struct str description;
	struct span span;
};

enum secret_source { SECRET_ENV, SECRET_FILE, SECRET_COMMAND };

struct secret_decl {
	struct str name;
	enum secret_source from;
	struct str env; /* SECRET_ENV: the variable; SECRET_FILE: the path */
	struct str *argv; /* SECRET_COMMAND */
	size_t argc;
	struct span span;
};

struct connection_decl {
	struct str name;
	const struct connection_spec *spec;
	struct template *args; /* a map */
	struct arg *list; /* the same, one by one */
	size_t count;
	bool session; /* one session that its actions share, in order */
	struct span span;
};

struct objectives {
	int64_t rto_us; /* UNSET_US when not given */
	int64_t rpo_us;
	int64_t mttr_us;
	struct str availability; /* as written: "99.9%" */
	int64_t estimate_low_us;
	int64_t estimate_high_us;
};

/* What a step that failed means for the others. */
enum on_failure {
	FAILURE_CONTINUE, /* independent branches go on */
	FAILURE_STOP, /* nothing new begins */
	FAILURE_ROLLBACK /* the same, and what began is rolled back at the end */
};

/* A step graph to be used as one step; read where it is used, so that every use has steps of its own. */
struct template_decl {
	struct str name;
	const struct node *node; /* a map: params, steps, outputs, and what else a block may have */
	struct file *file; /* in which it stands */
	bool used;
	struct span span; /* of the name */
};

/* Aliases can make very many steps out of few lines: beyond this it is a mistake. */
enum { STEPS_MAX = 200000 };

/*
 * A runbook; or what is declared in a template that is used, which shares the secrets, connections and environment of
 * the runbook around it and has parameters of its own.
 */
struct runbook {
	const struct source *source;
	const struct runbook *
	    *books; /* of the outermost: other runbooks that are used, once a use */
	size_t book_count;
	size_t book_capacity;
	const struct runbook *outer; /* the one that uses it; NULL: none */
	uint32_t number; /* among all that were read */
	uint32_t last_number; /* of the outermost: the highest */
	bool is_template;
	bool is_part; /* whoever includes it may declare more */
	bool
	    is_open; /* its steps are templates that nobody uses: what will stand around them is not known */
	const struct vocabulary *vocabulary; /* that it was read with */
	struct str id;
	struct str title;
	struct str severity;
	struct str description;
	struct str *symptoms;
	size_t symptom_count;
	struct trigger *triggers; /* which alerts it answers: trigger.h */
	size_t trigger_count;
	struct objectives objectives;
	struct param_decl *params;
	size_t param_count;
	struct secret_decl *secrets;
	size_t secret_count;
	struct connection_decl *connections;
	size_t connection_count;
	struct target **targets;
	size_t target_count;
	struct severity_decl *severities; /* the worst first: contact.h */
	size_t severity_count;
	struct contact *contacts;
	size_t contact_count;
	struct escalation *escalation; /* by rising times */
	size_t escalation_count;
	struct template_decl *templates;
	size_t template_count;
	enum on_failure on_failure;
	struct span on_failure_span; /* without a source where nothing was said */
	struct template *env; /* a map, or NULL */
	struct template_entry *env_items; /* the same, one by one */
	size_t env_count;
	size_t
	    step_count; /* without the root; those of what is used are counted in the outermost */
	bool overfull; /* more than STEPS_MAX: the rest was not read */
	bool incomplete; /* a key not built yet was refused: what it may have named is not missed */
	struct step *root; /* a block without id: the runbook's steps, verify and finally */
};

/*
 * Reads the model off the tree of the first file, and off others that it includes or uses. Reports every mistake of
 * shape in one pass: unknown keys ("did you mean"), wrong types with what was expected, missing keys, keys that exclude
 * each other, ids that are malformed, parameters an action does not have, expressions that do not parse. NULL only when
 * nothing could be made of it; after errors the model is good for further checks, not for running.
 */
struct runbook *model_read(struct arena *arena, struct files *files,
    const struct vocabulary *vocabulary, struct diags *diags);

/*
 * What the first file declares and nobody has used: a runbook made of its templates, a step each, to be checked and
 * never run; what they may be told is open. Reports as model_read() does. NULL: the file is a runbook, and all are
 * used.
 */
struct runbook *model_unused(
    struct arena *arena, struct files *files, struct runbook *runbook, struct diags *diags);

/*
 * Of a file to be included, a name that it does not declare is no mistake, but somebody else's to declare: true after a
 * warning that says so. False of a runbook.
 */
bool left_open(const struct runbook *book, struct span span, const char *noun, struct str name,
    struct diags *diags);

/* Whether a file is no runbook but a part that runbooks include: it has neither steps nor an id. */
bool model_is_part(const struct node *tree);

/*
 * The parameters of one run: those given over the defaults. Given ones are text and are read by the declared type.
 * Reports unknown, missing and ill-typed ones (at the declaration) and returns NULL then; else a map in the order of
 * the declarations, in the arena.
 */
struct param_given {
	struct str name;
	struct str text;
	const struct node *node; /* in place of a text: of a file of parameters */
	struct str
	    way; /* to what a relative path is meant from, with a slash; empty: the runbook's folder */
};
const struct value *model_params(struct arena *arena, const struct runbook *runbook,
    const struct param_given *given, size_t count, struct diags *diags);

/* The defaults alone: what must be given is not known yet, and whoever only plans can do without. */
const struct value *model_presets(struct arena *arena, const struct runbook *runbook);

/*
 * A value that is known only now, made what the declaration asks for; NULL with a sentence in *ret_why. Both live in
 * the arena.
 */
const struct value *decl_bind(struct arena *arena, const struct param_decl *decl,
    const struct value *value, struct str *ret_why);

/* A value of a declaration; where that is of paths, relative ones are meant from a folder that `way` leads to. */
const struct value *decl_rebase(
    struct arena *arena, const struct param_decl *decl, const struct value *value, struct str way);

/* One value written in a document; NULL after saying there what is wrong with it. */
const struct value *decl_from_node(struct arena *arena, const struct param_decl *decl,
    const struct node *node, struct diags *diags);

/* Whether its values hold nothing that is code to anybody: numbers, and what a pattern or a list of choices bounds. */
bool decl_is_tame(const struct param_decl *decl);

/* One value given as text for a declaration, in the arena; NULL after saying what is wrong with it. */
const struct value *decl_read(
    struct arena *arena, const struct param_decl *decl, struct str text, struct diags *diags);

#endif
