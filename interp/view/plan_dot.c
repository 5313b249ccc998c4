/* SPDX-License-Identifier: Apache-2.0 */
#include "view/plan_graph_parts.h"

/* The language of Graphviz. An edge to a cluster goes to a node in it and is clipped at the frame (`compound`). */

/*
 * Labels are quoted strings, in which a backslash escapes and "&" begins an entity as in HTML. Control characters are
 * not there any more.
 */
static void escape(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char byte = text.ptr[i];

		if (byte == '"' || byte == '\\')
			buf_byte(out, '\\');
		buf_byte(out, byte);
		if (byte == '&')
			buf_text(out, "amp;");
	}
}

static void link_nodes(
    struct buf *out, enum link link, const struct graph_end *from, const struct graph_end *to)
{
	static const char *const looks[] = {
	    [LINK_NEEDS] = "",
	    [LINK_FINALLY] = "style=dashed",
	    [LINK_UNDO] = "style=dotted, label=\"undone by\"",
	};
	const char *comma = "";

	buf_printf(out, "%s -> %s", from->node, to->node);
	if (!from->frame && !to->frame && !*looks[link]) {
		buf_byte(out, ';');
		return;
	}
	buf_text(out, " [");
	if (from->frame) {
		buf_printf(out, "ltail=cluster_%s", from->frame);
		comma = ", ";
	}
	if (to->frame) {
		buf_printf(out, "%slhead=cluster_%s", comma, to->frame);
		comma = ", ";
	}
	if (*looks[link])
		buf_printf(out, "%s%s", comma, looks[link]);
	buf_text(out, "];");
}

const struct graph_language graph_dot = {
    .head = "digraph runbook {\n"
	    "  compound=true;\n"
	    "  ranksep=0.7;\n"
	    "  node [fontname=\"Helvetica\", fontsize=11, margin=\"0.15,0.08\"];\n"
	    "  edge [fontname=\"Helvetica\", fontsize=10];\n"
	    "  graph [fontname=\"Helvetica\", fontsize=11];\n",
    .foot = "}\n",
    .line = "\\n",
    .escape = escape,
    .shapes =
	{
	    [SHAPE_START] = {" [label=\"", "\", shape=oval, style=bold"},
	    [SHAPE_END] = {" [label=\"", "\", shape=note"},
	    [SHAPE_READ] = {" [label=\"", "\", shape=box, style=rounded"},
	    [SHAPE_CHANGE] = {" [label=\"", "\", shape=box"},
	    [SHAPE_DESTROY] = {" [label=\"",
		"\", shape=octagon, style=filled, fillcolor=\"#ffd9d9\", penwidth=2"},
	    [SHAPE_MANUAL] = {" [label=\"", "\", shape=parallelogram"},
	    [SHAPE_CHECK] = {" [label=\"", "\", shape=box, style=\"rounded,dashed\""},
	},
    .asks = ", peripheries=2",
    .end_node = "];",
    .frame = "subgraph cluster_",
    .frames =
	{
	    [FRAME_BLOCK] = {" {label=\"", "\"; style=solid;"},
	    [FRAME_FINALLY] = {" {label=\"", "\"; style=dashed;"},
	    [FRAME_ROLLBACK] = {" {label=\"", "\"; style=dotted;"},
	},
    .weights = {" penwidth=1;", " penwidth=3;"}, /* a frame has that of the one around it */
    .end_frame = "}",
    .link = link_nodes,
};
