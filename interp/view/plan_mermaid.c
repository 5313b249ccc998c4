/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "view/plan_graph_parts.h"

/* The language of Mermaid, a flowchart from top to bottom. */

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    (unsigned char)c >= 0x80;
}

/*
 * Labels are quoted, but what is inside of quotes is looked at again: as Markdown, for directives (%%{), for words
 * before a colon. So whatever is no letter, no digit and not known to be harmless becomes an entity by its number
 * ("#quot;" is the same as "#34;"); a point, a dash and an underscore are harmless within a word.
 */
static void escape(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool within = i > 0 && i + 1 < text.len && is_alnum(text.ptr[i - 1]) &&
		    is_alnum(text.ptr[i + 1]);

		if (is_alnum(c) || strchr(" ,/()'=!?", c) || (within && strchr(".-_", c)))
			buf_byte(out, c);
		else
			buf_printf(out, "#%d;", c);
	}
}

static void link_nodes(
    struct buf *out, enum link link, const struct graph_end *from, const struct graph_end *to)
{
	static const char *const arrows[] = {
	    [LINK_NEEDS] = "-->",
	    [LINK_FINALLY] = "-.->",
	    [LINK_UNDO] = "-. undone by .->",
	};

	buf_printf(out, "%s %s %s", from->frame ? from->frame : from->node, arrows[link],
	    to->frame ? to->frame : to->node);
}

const struct graph_language graph_mermaid = {
    .head = "flowchart TD\n"
	    "  classDef asks stroke-width:4px\n",
    .foot = "",
    .line = "<br/>",
    .escape = escape,
    .shapes =
	{
	    [SHAPE_START] = {"([\"", "\"])"},
	    [SHAPE_END] = {"[[\"", "\"]]"},
	    [SHAPE_READ] = {"(\"", "\")"},
	    [SHAPE_CHANGE] = {"[\"", "\"]"},
	    [SHAPE_DESTROY] = {"{{\"", "\"}}"},
	    [SHAPE_MANUAL] = {"[/\"", "\"/]"},
	    [SHAPE_CHECK] = {">\"", "\"]"},
	},
    .asks = ":::asks",
    .end_node = "",
    .frame = "subgraph ",
    .frames =
	{
	    [FRAME_BLOCK] = {"[\"", "\"]"},
	    [FRAME_FINALLY] = {"[\"", "\"]"},
	    [FRAME_ROLLBACK] = {"[\"", "\"]"},
	},
    .weights = {"", ""}, /* a frame takes no class where it stands */
    .end_frame = "end",
    .link = link_nodes,
};
