/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TREE_TREE_H
#define TREE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/source.h"

/*
 * A YAML document as nodes with positions, made from libyaml's events. The tree lives in the arena; its spans point
 * into the source. An alias is the same node again, so a tree is as small as its file, whatever the aliases say.
 */
enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node;

struct node_entry {
	const struct node *key; /* always a scalar */
	const struct node *value;
};

struct node {
	enum node_kind kind;
	bool
	    plain; /* a scalar without quotes: core-schema types apply; a quoted or block one is always text */
	/*
	 * Where the value stands, without its anchor: a quoted scalar with its quotes, a block scalar from its | or
	 * >, a list or map to the end of its last item or to its bracket. Empty for a value that was left out
	 * (`key:`).
	 */
	struct span span;
	union {
		struct text scalar; /* .whole is the text alone, within the quotes */
		struct {
			const struct node **items;
			size_t count;
		} list;
		struct {
			struct node_entry *entries; /* in document order, keys distinct */
			size_t count;
		} map;
	};
};

/* Limits: deeper or larger documents are refused with a diagnostic. */
enum { TREE_MAX_DEPTH = 64, TREE_MAX_NODES = 4000000 };

/*
 * Parses the one document of a source. NULL when it cannot be used at all; errors (syntax, duplicate keys, keys that
 * are no scalars, tags, several documents, nesting, aliases that contain themselves or expand to more than
 * TREE_MAX_NODES, bytes that are no text) are in diags, with the ways out for the common traps: `when: !x`, a tab as
 * indentation, ": " inside a plain scalar, a ` #` that cuts an expression off.
 */
const struct node *tree_parse(
    struct arena *arena, const struct source *source, struct diags *diags);

/* The value under a key of a map, or NULL. */
const struct node *node_get(const struct node *map, struct str key);

/*
 * What a plain scalar is under YAML 1.2's core schema; false when it is something else. An int past 64 bits is no
 * node_int(); node_float() takes ints too, .inf and .nan.
 */
bool node_is_null(const struct node *node);
bool node_bool(const struct node *node, bool *ret_value);
bool node_int(const struct node *node, int64_t *ret_value);
bool node_float(const struct node *node, double *ret_value);

/* For messages: "a map", "a list", "the text \"yes\"", "null". At most 40 bytes of the text are shown. */
struct str node_noun(struct arena *arena, const struct node *node);

#endif
