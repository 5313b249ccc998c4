/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_PLAN_GRAPH_PARTS_H
#define VIEW_PLAN_GRAPH_PARTS_H

#include "base/buf.h"
#include "view/plan_graph.h"

/* What the walk over a plan and the languages it is drawn in share; nobody else sees this. */

enum shape {
	SHAPE_START,
	SHAPE_END,
	SHAPE_READ,
	SHAPE_CHANGE,
	SHAPE_DESTROY,
	SHAPE_MANUAL,
	SHAPE_CHECK, /* nothing is done: it checks, or computes */
	SHAPES
};

enum frame { FRAME_BLOCK, FRAME_FINALLY, FRAME_ROLLBACK, FRAMES };

enum link { LINK_NEEDS, LINK_FINALLY, LINK_UNDO, LINKS };

/* What a link ends at: a node, and the frame around it where that is meant. */
struct graph_end {
	const char *node;
	const char *frame; /* NULL: the node itself */
};

/* What stands around a label, between quotes of the language. */
struct around {
	const char *before;
	const char *after;
};

struct graph_language {
	const char *head;
	const char *foot;
	const char *line; /* between two lines of a label */
	void (*escape)(struct buf *out, struct str text); /* within a label */
	struct around shapes[SHAPES]; /* behind a node's name */
	const char *asks; /* behind the shape of a node that asks */
	const char *end_node;
	const char *frame; /* before a frame's name */
	struct around frames[FRAMES]; /* behind it */
	const char *weights[2]; /* behind that: of a block that does not ask, of one that does */
	const char *end_frame;
	void (*link)(struct buf *out, enum link link, const struct graph_end *from,
	    const struct graph_end *to);
};

extern const struct graph_language graph_dot;
extern const struct graph_language graph_mermaid;

#endif
