/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_XML_H
#define VIEW_XML_H

#include "base/buf.h"
#include "base/str.h"

/*
 * Texts from outside in an XML 1.0 document: well-formed whatever their bytes. What XML forbids, what a terminal would
 * obey and what turns the direction of text is shown as by text_harmless(). Lines stay lines.
 */

/* Between tags. */
void xml_text(struct buf *out, struct str text);

/* ` name="text"` */
void xml_attribute(struct buf *out, const char *name, struct str text);

#endif
