/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ROFF_H
#define CLI_ROFF_H

#include "base/buf.h"

/* Texts of the tables as roff, for pages of man(7). Whatever a text holds, it is shown and never obeyed. */

/* A text within a line; what stands between ` and ` is set in bold. */
void roff_text(struct buf *out, struct str text);

/* The same, in a font: 'B' or 'I'. */
void roff_font(struct buf *out, char font, struct str text);

/* Paragraphs with an empty line between two; lines that begin with two spaces stay as they are. */
void roff_paragraphs(struct buf *out, const char *text);

/* Lines as they are, a full stop and all. */
void roff_verbatim(struct buf *out, const char *text);

#endif
