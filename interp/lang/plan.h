/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_PLAN_H
#define LANG_PLAN_H

#include "lang/model.h"

/*
 * The plan: a runbook's steps numbered in document order, with their graph. Plan indexes break every tie, so that the
 * same record always decides the same. Node 0 is the runbook itself: a block. Immutable; lives in the arena of the
 * load and points into the model.
 */
enum { PLAN_ROOT = 0, PLAN_NONE = UINT32_MAX };

/* Who reads what a step leaves behind. */
enum plan_reads {
	READS_STREAMS =
	    1, /* its own expect, outputs, retry.when or abort read stdout, json, lines: keep up to 8 MiB */
	READS_RESULT = 2, /* another expression reads steps.<id>.result: the scheduler keeps it */
	READS_RESULT_STREAMS = 4
};

/* Which of the lists of its parent a node stands in. */
enum plan_part { PART_STEPS, PART_FINALLY, PART_ROLLBACK, PARTS };

struct plan_node {
	const struct step *step;
	const struct runbook
	    *book; /* whose params, secrets, connections and ids its expressions name */
	uint32_t index;
	uint32_t parent; /* PLAN_NONE for the root */
	uint32_t depth;
	enum plan_part part;
	uint32_t ordinal; /* its place in the list of its parent, from 0 */
	const uint32_t
	    *needs; /* siblings it waits for: transitively reduced where `needs` was not written */
	size_t need_count;
	const uint32_t *dependents; /* the other direction */
	size_t dependent_count;
	const uint32_t *children; /* of a block: its steps, in document order */
	size_t child_count;
	const uint32_t *finally; /* of a block */
	size_t finally_count;
	const uint32_t *rollback; /* of any node */
	size_t rollback_count;
	const uint32_t *reads; /* nodes named by this step's expressions, ascending */
	size_t read_count;
	unsigned reads_flags; /* enum plan_reads */
	enum effect_class
	    effect; /* of the step, for a block the worst inside it (finally included) */
	bool approved_by_block; /* an enclosing block asks for all of it */
	bool asks; /* an approval is asked before it, unless `approve.when` says otherwise */
};

struct plan {
	const struct runbook *runbook;
	struct plan_node *nodes;
	size_t count;
	/*
	 * A topological order of all nodes, ties by index; count entries. A block stands before its own steps, and
	 * these (its finally last) before whatever needs the block.
	 */
	uint32_t *order;
	const struct plan_reach *reach; /* answers plan_needs() */
	const uint32_t
	    *slots; /* a table from ids to nodes, 0 where it is free: answers plan_find() */
	size_t slot_count; /* a power of two */
};

/*
 * Builds the graph and reports what a single step cannot know: ids that are taken, unknown and misplaced needs,
 * cycles with their path, expressions that name steps they do not need, types, unknown fields and outputs, `when:
 * steps.x.failed` where x does not allow failure, outputs that may not be there, effects that contradict an action,
 * changes in checks. NULL after errors that leave no graph (cycles); otherwise a plan, which may be run when diags has
 * no errors.
 */
struct plan *plan_build(struct arena *arena, const struct runbook *runbook,
    const struct vocabulary *vocabulary, struct diags *diags);

/* The node of a step's id among those of a runbook or template that is used, or NULL. Ids are unique there. */
const struct plan_node *plan_find(
    const struct plan *plan, const struct runbook *book, struct str id);

/* The node of an instance's path, "restore#2/probe[3]/load", or NULL. The empty path is the root's. */
const struct plan_node *plan_at(const struct plan *plan, struct str path);

/*
 * Whether `node` waits for `other`, directly, through others, or because its block does. A step of a `rollback` waits
 * for the step that it undoes and for what that waits for.
 */
bool plan_needs(const struct plan *plan, uint32_t node, uint32_t other);

/* Every action of a step: its own, its dry run, the process beside it, and those of its checks. */
void step_visit_actions(
    const struct step *step, void (*visit)(void *self, const struct action *action), void *self);

/*
 * What belongs to a runbook, of all that the files it includes declare for many: what stands in its own file, and what
 * anything in the plan names. `book` is the plan's, or one that is used in it.
 */
bool plan_has_param(const struct plan *plan, const struct param_decl *decl);
bool plan_has_secret(
    const struct plan *plan, const struct runbook *book, const struct secret_decl *decl);

/*
 * Whether a secret serves only to tell contacts: where it cannot be had they are not told, and the recovery begins all
 * the same.
 */
bool plan_secret_is_spare(const struct plan *plan, struct str name);

/* Whether `inner` is `outer` or lies below it. */
bool plan_within(const struct plan *plan, uint32_t inner, uint32_t outer);

#endif
