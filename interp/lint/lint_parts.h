/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINT_LINT_PARTS_H
#define LINT_LINT_PARTS_H

#include "base/buf.h"
#include "lang/shell.h"
#include "lint/lint.h"

/* What the files of this room share; nobody else includes this. */

/* What a process is for. */
enum purpose { FOR_ACTION, FOR_BACKGROUND, FOR_PRECONDITION, FOR_UNLESS, FOR_READY, FOR_VERIFY };

/* One process of the plan, seen as the commands that it is made of. */
struct process {
	const struct plan_node *node;
	const struct step *step;
	const struct action *action;
	const struct check *check; /* NULL: of the step itself */
	enum purpose purpose;
	bool is_script;
	bool pipefail; /* of a script: a failure anywhere in a pipeline counts */
	struct span span; /* of its key */
	struct shell shell; /* its commands, those within other commands behind them */
};

/* A finding belongs to a line, and to the head of its step: an allowance at either silences it. */
struct home {
	struct span step;
	struct span scalar; /* of the script that it was found in, or nowhere */
};

struct lint {
	struct arena *arena;
	const struct load *load;
	const struct plan *plan;
	struct process *processes; /* in the order of the plan */
	size_t process_count;
	size_t process_capacity;
	const struct node *tree; /* of the runbook's own file */
	struct diags found;
	struct home *homes; /* by diagnostic in `found` */
	size_t home_count;
	size_t home_capacity;
};

struct rule {
	const char *code;
	const char *summary;
	void (*run)(struct lint *lint, const struct rule *rule);
};

/* What a visitor of a rule needs. */
struct looking {
	struct lint *lint;
	const struct rule *rule;
};

/* Adds a finding at span; its home is the step. Returns it, to be given help. */
struct diag *lint_at(struct lint *lint, const struct rule *rule, const struct plan_node *node,
    struct span span, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The same in a process: the home is the script too. */
struct diag *lint_in(struct lint *lint, const struct rule *rule, const struct process *process,
    struct span span, const char *format, ...) __attribute__((format(printf, 5, 6)));

void lint_help(struct lint *lint, struct diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Fills in lint->processes. (collect.c) */
void lint_collect(struct lint *lint);

/* The argument of an action with a name, or NULL. */
const struct template *lint_arg(const struct action *action, const char *name);

/* Whether a program only looks, and answers at once whatever the world is like. (programs.c) */
bool program_is_quick(const struct command *command);

/* Whether a program changes nothing, or nothing that its own status does not tell of. */
bool program_is_plain(const struct command *command);

/* What a command does to the world: "removes files"; NULL when it is not known to change anything. */
const char *program_changes(const struct command *command);

/* Whether a command waits for a person, or never ends: the sentence's end, or NULL. */
const char *program_asks(const struct command *command);
const char *program_never_ends(const struct command *command);

/* What a variable of a process, or a text, comes from; find_origin() gathers it of one name. (rules_flow.c) */
struct origin {
	const struct runbook *book;
	bool secret;
	bool value; /* of a parameter, an output or an item, that may hold anything */
};
expr_visit find_origin;

/* Visits the expressions of a step and of its checks, each with what it is: "when", "expect", … (visit.c) */
enum place_kind { PLACE_WHEN, PLACE_EXPECT, PLACE_CHECK, PLACE_OTHER };
typedef void visit_expr(
    void *self, const struct plan_node *node, enum place_kind kind, const struct expr *expr);
void lint_visit_exprs(struct lint *lint, visit_expr *visit, void *self);

/* Visits all arguments of all actions and connections that are written in place, one by one. */
typedef void visit_arg(void *self, const struct plan_node *node, const struct arg *arg);
void lint_visit_args(struct lint *lint, visit_arg *visit, void *self);

/* Takes what is allowed out of lint->found and diags, and reports on allowances. (allow.c) */
void lint_allow(struct lint *lint, struct diags *diags);

/* What is declared and never used. (unused.c) */
void lint_unused(struct lint *lint, const struct rule *rule);

/* The rules of one family, ended by a NULL code. */
extern const struct rule effect_rules[];
extern const struct rule time_rules[];
extern const struct rule shell_rules[];
extern const struct rule argv_rules[];
extern const struct rule target_rules[];
extern const struct rule remove_rules[];
extern const struct rule flow_rules[];
extern const struct rule sql_rules[];
extern const struct rule graph_rules[];
extern const struct rule expr_rules[];
extern const struct rule allow_rules[];

#endif
