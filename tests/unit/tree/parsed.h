/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_LANG_PARSED_H
#define TESTS_UNIT_LANG_PARSED_H

#include "tree/tree.h"

/* One parsed text with all that it stands on. */
struct parsed {
	struct source *source;
	struct arena *arena;
	struct diags diags;
	const struct node *root;
};

static inline struct parsed parse(struct str text)
{
	struct parsed parsed = {.source = source_new("t.yaml", text), .arena = arena_new()};

	diags_init(&parsed.diags);
	parsed.root = tree_parse(parsed.arena, parsed.source, &parsed.diags);
	return parsed;
}

static inline void drop(struct parsed *parsed)
{
	diags_done(&parsed->diags);
	arena_free(parsed->arena);
	source_free(parsed->source);
}

#endif
