/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_WORLDS_PARTS_H
#define LANG_WORLDS_PARTS_H

#include "lang/worlds.h"

/* What the files world*.c share; nobody else includes this. */

enum choice_kind {
	CHOICE_END, /* of a node: enum world_end */
	CHOICE_ITEM, /* the same of an item of a loop */
	CHOICE_CAUSE, /* of a node that was skipped: enum world_cause */
	CHOICE_OUTCOME, /* of a node: which of the outcomes of its end */
	CHOICE_BEGAN, /* of a node */
	CHOICE_NEEDLESS, /* of a block: `unless` held, so its steps never began */
	CHOICE_ITEMS, /* of a loop: how many, or ITEMS_UNKNOWN */
	CHOICE_OUTPUT, /* of a step, one that is a condition: `a` is its name */
	CHOICE_PARAM, /* of a declaration: which of its values */
	CHOICE_GUESS /* of a condition: whether it holds */
};

enum { ITEMS_UNKNOWN, ITEMS_ONE, ITEMS_TWO, ITEMS_NONE };

/* What is chosen, and what was. */
struct choice {
	enum choice_kind kind;
	const void *about; /* the node or declaration; of a condition: what its names belong to */
	uint32_t item;
	char sign; /* of a condition */
	struct str a;
	struct str b;
	uint32_t options; /* a bit for each */
	uint32_t taken;
};

/* Beyond these there are too many worlds to be looked at. */
enum { CHOICES_MAX = 128, WORLDS_MAX = 4000, MISSING_MAX = 32 };

/* So many choices are held against what they rest on, and so many claims about one step. */
enum { FITS_MAX = 64, CLAIMS_MAX = 8 };

/* A step with a check over what is known: where it succeeded, that holds of another one. */
struct claim {
	uint32_t about;
	uint32_t by;
};

/* An output whose value nobody knows, as unknown values call it: by FACT_FIRST and its place in the table. */
struct fact {
	const struct plan_node *node;
	uint32_t item;
	struct str name;
};

enum { FACTS_MAX = 64 };
#define FACT_FIRST 0x80000000U

struct worlds {
	struct arena *scratch; /* of one world */
	const struct plan *plan;
	bool lenient;
	struct choice choices[CHOICES_MAX];
	size_t count;
	size_t seen; /* worlds */
	bool too_many;
	bool impossible; /* this one contradicts itself */
	struct missing missing[MISSING_MAX];
	size_t missing_count;
	struct fact facts[FACTS_MAX];
	size_t fact_count; /* of one world */
	const struct claim *claims; /* ascending */
	size_t claim_count;
};

/* The scope of one evaluation. */
struct world_scope {
	struct scope scope;
	struct guesser guesser;
	struct worlds *worlds;
	struct asking asking;
};

/* What is taken of the options, now or before. */
uint32_t world_choose(struct worlds *worlds, struct choice key, uint32_t options);
const struct choice *world_find(const struct worlds *worlds, const struct choice *key);

/* An item's number, from 1, behind that of the item that its loop stands in: loops within loops. */
enum { ITEM_RADIX = 4 };

/* How a step ended, for who asks. `item`: 0, or the item of a loop that the step belongs to. (world_end.c) */
enum world_end world_end(
    struct worlds *worlds, const struct asking *asking, uint32_t node, uint32_t item);
enum world_end world_item_end(
    struct worlds *worlds, const struct asking *asking, uint32_t loop, uint32_t item);
enum world_cause world_cause(struct worlds *worlds, uint32_t node, uint32_t item);

/* Whether its action was begun. */
bool world_began(struct worlds *worlds, uint32_t node, uint32_t item, enum world_end end);

/* Fills in the claims. (world_claims.c) */
void worlds_find_claims(struct worlds *worlds, struct arena *arena);

/* Has the steps end of which who asks is sure, and that claim something about another one. */
void world_heed_claims(struct worlds *worlds, const struct asking *asking, uint32_t about);

/* (world_scope.c) */
void world_scope_init(
    struct world_scope *scope, struct worlds *worlds, const struct asking *asking);

#endif
