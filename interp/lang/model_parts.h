/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_MODEL_PARTS_H
#define LANG_MODEL_PARTS_H

#include "lang/keys.h"

/* What the files that read a model share; nobody else includes this. */

/* Arguments as they are gathered. */
struct gathered {
	struct arg *items;
	size_t count;
	size_t capacity;
};

/* Room for as many as are surely to come: most steps have one argument, and there may be very many steps. */
void gathered_expect(struct reader *reader, struct gathered *args, size_t count);
void gathered_add(struct reader *reader, struct gathered *args, const struct arg *arg);
struct template *gathered_map(struct reader *reader, const struct gathered *args, struct span span);

/*
 * Reads what an author wrote for the parameters of an action or connection: a map, or the principal one bare.
 * `noun` names the thing in messages: "`file.stat`".
 */
void params_read(struct reader *reader, const struct param *params, const char *noun,
    const struct place *place, struct gathered *args);

/* The process keys that a step or a check may have; a place without a value was not written. */
struct process_places {
	struct place run;
	struct place pipe;
	struct place env;
	struct place cwd;
	struct place stdin_from;
	struct place stdout_to;
	struct place shell;
};

/* The rows of those keys; `draft` is the type of what is read, with its process_places as the member `process`. */
#define PROCESS_KEYS(draft)                                                                        \
	{"run", &shape_run, offsetof(draft, process.run), KEY_KEPT | KEY_ACTION,                   \
	    GOES_PROCESS | GOES_SCRIPT, "A process: an argv, or a text for a shell."},             \
	    {"pipe", &shape_pipe, offsetof(draft, process.pipe), KEY_KEPT | KEY_ACTION,            \
		GOES_PROCESS, "Processes joined by pipes: a list of argvs."},                      \
	    {"env", &shape_env, offsetof(draft, process.env), KEY_KEPT, GOES_PROCESS,              \
		"Environment variables, over the runbook's and the inherited ones."},              \
	    {"cwd", &shape_template, offsetof(draft, process.cwd), KEY_KEPT, GOES_PROCESS,         \
		"The folder it runs in; without it, the runbook's."},                              \
	    {"stdin", &shape_stdin, offsetof(draft, process.stdin_from), KEY_KEPT, GOES_PROCESS,   \
		"What it reads: {text: …} or {file: …}; otherwise nothing."},                      \
	    {"stdout", &shape_stdout, offsetof(draft, process.stdout_to), KEY_KEPT, GOES_PROCESS,  \
		"Where its standard output goes: {file: …}; otherwise it is kept."},               \
	{                                                                                          \
		"shell", &shape_argv, offsetof(draft, process.shell), KEY_KEPT, GOES_SCRIPT,       \
		    "An argv that the script is appended to; otherwise [bash, -euo, pipefail, "    \
		    "-c]."                                                                         \
	}

/*
 * Finds and reads the action of a step or a check. Returns which it is, as enum key_goes: GOES_NOTHING without one,
 * 0 after an error that leaves it open.
 */
unsigned action_read(struct reader *reader, const struct node *map,
    const struct process_places *places, struct action *action);

/* The same of a place that is known to hold a process's argv. */
void process_action(struct reader *reader, const struct place *place,
    const struct process_places *places, struct action *action);

/* Adds argv, script, stages and what else a process is told; where it runs goes into the action. */
unsigned process_read(struct reader *reader, const struct process_places *places,
    struct gathered *args, struct action *action);

/*
 * A target that is many becomes a loop of the step or check that says it; reports a loop that is there already, and
 * keys that ask for one. `map` is what was read by `table`.
 */
void target_loop(struct reader *reader, const struct key_table *table, const struct node *map,
    const struct at *at, struct each *each);

/* Where what is read now runs, seen from its own folder. */
struct at target_here(const struct reader *reader);

/*
 * A stage of a pipe: an argv, or {run: ARGV, target: …}. Gives the argv and where it runs; NULL after a report. True in
 * *ret_own: it says so itself.
 */
const struct node *target_stage(
    struct reader *reader, const struct node *stage, struct at *ret_at, bool *ret_own);

/* Reports a target where what is done does not go there, or would look at another machine than it says. */
void target_fits(struct reader *reader, const struct node *map, const struct action *action,
    unsigned goes, const struct runbook *used);

/*
 * Reports keys of the map that do not go with what it does, or stand without the key that gives them a meaning. `goes`
 * is what action_read() or the block gave.
 */
void keys_fit(
    struct reader *reader, const struct key_table *table, const struct node *map, unsigned goes);

/* Whether an expression names, bare, what the action's success rests on; whether it reads a stream whole. */
bool expr_replaces_success(const struct expr *expr, const struct action_spec *spec);
bool expr_reads_stream(const struct expr *expr, const struct action_spec *spec);

/*
 * What an action may do at worst, given those of its arguments that are constant. Of a process: EFFECT_CHANGE, since
 * nobody can know.
 */
enum effect_class action_effect(struct arena *arena, const struct action *action);

/* Whether all its arguments are known before anything runs. */
bool action_is_constant(const struct action *action);

/* Whether a text can name an environment variable. */
bool is_variable(struct str name);

/* What has a shape of its own, with what it is read into; one without a comment is read by whoever kept it. */
extern const struct shape shape_id;
extern const struct shape shape_objectives; /* struct objectives */
extern const struct shape shape_params; /* struct runbook */
extern const struct shape shape_secrets; /* struct runbook */
extern const struct shape shape_connections; /* struct runbook */
extern const struct shape shape_templates; /* struct runbook */
extern const struct shape shape_targets; /* struct runbook */
extern const struct shape shape_triggers; /* struct runbook */
extern const struct shape shape_severities; /* struct runbook */
extern const struct shape shape_contacts; /* struct runbook */
extern const struct shape shape_escalation; /* struct runbook */
extern const struct shape shape_target; /* struct at; what is read next runs there */
extern const struct shape shape_on_failure; /* struct runbook */
extern const struct shape shape_steps; /* struct steps */
extern const struct shape shape_some_steps; /* struct steps */
extern const struct shape shape_checks; /* struct checks */
extern const struct shape shape_outputs; /* struct step */
extern const struct shape shape_needs; /* struct step */
extern const struct shape shape_effect; /* struct step */
extern const struct shape shape_lock; /* struct step */
extern const struct shape shape_background; /* struct step */
extern const struct shape shape_retry; /* struct retry */
extern const struct shape shape_approve; /* struct approval */
extern const struct shape shape_each; /* struct each: its list */
extern const struct shape shape_as; /* struct each */
extern const struct shape shape_max_failures; /* struct quota */
extern const struct shape shape_canary; /* struct quota */
extern const struct shape shape_keep_going; /* struct quota: all may fail, or none */
extern const struct shape shape_env; /* struct env_list */
extern const struct shape shape_type; /* a word, by enum param_kind */
extern const struct shape shape_inputs;
extern const struct shape shape_argv;
extern const struct shape shape_run;
extern const struct shape shape_pipe;
extern const struct shape shape_stdin;
extern const struct shape shape_stdout;
extern const struct shape shape_use;
extern const struct shape shape_with;

/* How often something polled is asked when `every` says nothing. */
enum { DEFAULT_EVERY_US = 1000000, DEFAULT_GRACE_US = 10 * 1000000 };

/* Reads declarations of parameters, or of what a person is asked for. */
void decls_read(struct reader *reader, const struct place *place, const char *noun,
    const struct key_table *table, struct param_decl **ret_decls, size_t *ret_count);

/* What holds for a step, or the root of a graph, before anything was said. */
struct step step_defaults(void);

/* A runbook off a tree, a step of another or the outermost; NULL when nothing could be made of it. */
struct runbook *runbook_read(struct reader *reader, const struct node *tree);

/* Makes a step of a template: a block around its root, without what the template may be told. False after an error. */
bool template_use(
    struct reader *reader, struct template_decl *decl, struct span span, struct step *step);

/* Reports a severity that is none of those declared. */
void severity_check(struct reader *reader, const struct place *place);

/* Reports a contact that is declared nowhere. */
void contact_unknown(struct reader *reader, const struct node_list_entry *name);

/* Finds the contacts that the escalation names, and reports those that are declared nowhere. */
void escalation_link(struct reader *reader);

/* `include`: what is declared elsewhere comes first. */
void read_includes(struct reader *reader, const struct place *place);

/* `use` and `with`: the step becomes a block around the root of what is used. */
struct use_places {
	struct place use;
	struct place with;
};
void use_read(struct reader *reader, const struct use_places *places, struct step *step);

/* Reports a parameter that a runbook does not declare. */
void runbook_lacks_param(
    struct reader *reader, const struct runbook *book, const struct node *name);

/*
 * What is written for a parameter: a constant is made what the declaration says now, everything else when it is
 * evaluated. NULL after a report.
 */
struct template *param_template(
    struct reader *reader, const struct param_decl *decl, const struct node *node);

/* False after reporting a cycle: `what` is being read already. */
bool enter(struct reader *reader, struct reading *link, const void *what, struct str name,
    struct span span);

/* Reports a name that was declared before; `noun` says of what kind. */
void declared_twice(
    struct reader *reader, struct span span, struct span before, const char *noun, struct str name);

/* Reads what a person does: the text, and what is asked for. */
struct manual_places {
	struct place text;
	struct place inputs;
};
void manual_read(struct reader *reader, const struct manual_places *places, struct manual *manual);

struct env_list {
	struct template_entry *items;
	size_t count;
};

/* The types of values in expressions, by enum param_kind. */
extern const struct type *const kind_types[];

/*
 * The value of a scalar of a document under a kind, or NULL: numbers and bools must stand plain. Lists, maps and
 * connections are no scalars.
 */
const struct value *kind_from_scalar(
    struct arena *arena, enum param_kind kind, const struct node *node);

/* Reports a value that is not of its kind, with the way out. */
void kind_wrong(
    struct reader *reader, struct str name, enum param_kind kind, const struct node *node);

/* Whether a value is one of the choices and matches the pattern; reports at span what it is not. */
bool param_fits(struct arena *arena, const struct param_decl *decl, const struct value *value,
    struct span span, struct diags *diags);

#endif
