/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_MARKDOWN_H
#define VIEW_MARKDOWN_H

#include "base/buf.h"
#include "base/str.h"

/* Text from the record in a page of Markdown: what would be markup, or steer a terminal, does neither. */

/* As text: lines become spaces, control is made harmless, markup is escaped. */
void markdown_plain(struct buf *out, struct str text);

/* As code: no markup inside. */
void markdown_code(struct buf *out, struct str text);

/* What people wrote for people, behind a list's entry: lines stay lines. */
void markdown_told(struct buf *out, struct str text);

#endif
