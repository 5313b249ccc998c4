/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TREE_TREE_PARTS_H
#define TREE_TREE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/source.h"
#include "tree/tree.h"

/*
 * What the files tree*.c share and nobody else sees. All of it lives as long as one tree_parse().
 */

/*
 * From libyaml's marks to bytes. A mark counts characters from behind the byte order mark; in a source of ASCII that
 * is the byte. Else the byte of every MARKS_STRIDE-th character is kept.
 */
struct marks {
	const struct source *source;
	uint32_t base; /* length of the byte order mark, 0 or 3 */
	const uint32_t *bytes; /* NULL: all ASCII */
	size_t count;
	size_t last_index; /* the last one asked for: the next one is mostly close behind it */
	uint32_t last_byte;
};

enum { MARKS_STRIDE = 32 };

/* Refuses what is no text (NUL, controls, ill-formed UTF-8, UTF-16) with one error; else makes the table. */
bool marks_init(
    struct marks *marks, struct arena *arena, const struct source *source, struct diags *diags);

/* The byte of a mark's index, at most the length of the source. */
uint32_t marks_byte(struct marks *marks, size_t index);

/* The node of a scalar event, in the arena. Reports tags and the ` #` trap. */
struct node *tree_scalar(
    struct arena *arena, struct marks *marks, const yaml_event_t *event, struct diags *diags);

/* Behind the properties (&anchor, !tag) at the start of a node, and the space and comments behind those. */
uint32_t tree_skip_properties(const struct source *source, uint32_t at, uint32_t end);

/*
 * Reports the tag in whole, the node with its properties. A tag on a plain text was meant as text: it becomes part
 * of the text.
 */
void tree_refuse_tag(struct diags *diags, struct node *node, struct span whole);

/* Makes a map of its children (key, value, key, value); pairs with a refused or repeated key are left out. */
void tree_fill_map(struct arena *arena, struct node *map, const struct node *const *children,
    size_t pairs, struct diags *diags);

/*
 * Fills text->offsets for decoded text that does not stand in the source byte by byte. raw is the scalar in the
 * source: what lies between the quotes, a plain scalar's extent, or a block scalar from its indicator on.
 */
void tree_text_map(
    struct arena *arena, struct text *text, struct span raw, yaml_scalar_style_t style);

/* Length of the line break at the start of text (LF, CR, CRLF, NEL, LS, PS, as libyaml sees them), or 0. */
size_t tree_break(struct str text);

/* Turns the parser's error into a diagnostic. */
void tree_syntax_error(const yaml_parser_t *parser, struct marks *marks, struct diags *diags);

/* Reports the tag at span; value is what stands there, tag included. */
void tree_tag_error(struct diags *diags, struct span tag, struct span value);

/* Reports a plain scalar that a ` #` cut off in the middle of a quote, a bracket or a template. */
void tree_comment_trap(struct diags *diags, struct span scalar);

#endif
