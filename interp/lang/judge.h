/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_JUDGE_H
#define LANG_JUDGE_H

#include "base/arena.h"
#include "expr/expr.h"
#include "lang/model.h"
#include "lang/plan.h"
#include "value/value.h"

/*
 * Judging a result: pure, before it is recorded, and again at a replay. What it sees is what the record holds.
 */
struct verdict {
	bool ok;
	bool unknown; /* not ok: `expect` hangs on what is not known; never in a live run */
	bool abort; /* `abort` held: no further poll, no retry */
	bool retry; /* `retry.when` would have it again; true where it was not written */
	struct str why; /* a sentence when not ok: what was expected and what was seen */
	const struct value *outputs; /* a map when ok and outputs are declared, else NULL */
};

/* What a result is held against; absent rules are NULL. */
struct rules {
	const struct expr *expect;
	bool
	    replaces_success; /* expect decides alone, whatever the action says of its own success */
	const struct expr *abort;
	const struct expr *retry_when;
	const struct output *outputs;
	size_t output_count;
	const struct template *message;
};

struct rules rules_of_step(const struct step *step);
struct rules rules_of_check(const struct check *check);

/* The result of an action of which only the fields are known: each hangs on that node. The plan must outlive it. */
const struct value *result_unknown(
    struct arena *arena, const struct action_spec *spec, const struct plan_node *node);

/* The outputs that a node's step declares: those of `known` (or NULL), else unknown; NULL: there are none. */
const struct value *outputs_unknown(
    struct arena *arena, const struct plan_node *node, const struct value *known);

/*
 * ok and why are the action's own success. result is a map or NULL. Names are first the result's fields (with json and
 * lines derived from its text), then those of `outer`. Everything returned lives in the arena.
 */
struct verdict judge(const struct rules *rules, const struct scope *outer, struct arena *arena,
    bool ok, struct str why, const struct value *result);

/*
 * The outputs of a step over a scope without a result (a block's, a computing step's): a map, or NULL with *ret_why.
 */
const struct value *judge_outputs(const struct output *outputs, size_t count,
    const struct scope *scope, struct arena *arena, struct str *ret_why);

/*
 * A condition for people: "size > 0 && age < 1h does not hold (size is 0)". `value` is what it gave: false, an error
 * or an unknown.
 */
struct str judge_explain(const struct expr *expr, const struct value *value,
    const struct scope *scope, struct arena *arena);

/*
 * What a condition (NULL: none) sees of a result, in the arena: "size is 7, age is 3h12m"; an age where nothing names
 * it too. Empty: nothing that can be shown.
 */
struct str judge_seen(const struct expr *expr, const struct value *result, struct arena *arena);

/* The texts of results from which `json` and `lines` are derived; ended by NULL. */
extern const char *const result_texts[];

/* The field of a result, `json` and `lines` derived where they are not there; NULL when there is none. */
const struct value *result_field(struct arena *arena, const struct value *result, struct str name);

#endif
