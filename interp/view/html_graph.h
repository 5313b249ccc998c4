/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_HTML_GRAPH_H
#define VIEW_HTML_GRAPH_H

#include "base/arena.h"
#include "lang/plan.h"

/*
 * Where the steps of a plan stand when they are drawn: in layers from above, each below what it needs; blocks are
 * frames around their steps. A link that passes layers has a place in each of them, so that it crosses no step.
 * Everything is in the arena.
 */
struct layout_link {
	uint32_t from; /* plan indexes */
	uint32_t to;
	int start; /* where the layer ends that it comes from */
	int *xs; /* where it passes the layers between */
	int *tops;
	int *bottoms;
	size_t count;
	struct layout_link *next;
};

/* Steps that stand together: those of a block, its finally steps, a rollback. */
struct layout_group {
	const uint32_t *nodes;
	size_t count;
	int x;
	int y;
	int width;
	int height;
	struct layout_link *links;
};

struct layout_place {
	int x; /* of the box, or the frame */
	int y;
	int width;
	int height;
	int unit_width; /* with its rollback */
	int unit_height;
	struct layout_group parts[PARTS];
};

struct layout {
	struct arena *arena;
	const struct plan *plan;
	struct layout_place *places; /* by plan index; the root's is the whole drawing */
};

enum { LAYOUT_BOX_WIDTH = 252, LAYOUT_BOX_HEIGHT = 62, LAYOUT_HEAD = 32 };

struct layout *layout_new(struct arena *arena, const struct plan *plan);

#endif
