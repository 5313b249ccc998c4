/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_MANUAL_PARTS_H
#define CLI_MANUAL_PARTS_H

#include "cli/manual.h"

/* What the files that write pages share; nobody else includes this. */

void manual_head(const struct manual_page *page, const char *summary, struct buf *out);
void manual_section(struct buf *out, const char *title);
void manual_text(struct buf *out, const char *words);

/* A name in bold, and below it what it means. */
void manual_entry(struct buf *out, const char *name, const char *doc);

/* The last section: all other pages that are not of one command; at the end of the first page those, too. */
void manual_see_also(const struct manual_page *page, struct buf *out);

/* reprise-runbook(5): the keys of a runbook. */
void manual_runbook(const struct manual_page *page, struct buf *out);

/* reprise-actions(7): the standard library. */
void manual_actions(const struct manual_page *page, struct buf *out);

#endif
