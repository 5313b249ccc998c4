/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include "base/buf.h"
#include "cli/command.h"

/* The manual pages, made of the tables that the help is made of. */
struct manual_page {
	char name[32]; /* "reprise-run" */
	char file[40]; /* "reprise-run.1" */
	const char *word; /* "run", as `reprise manual` takes it, too */
	int section;
	const struct command *command; /* whose page it is, or NULL */
	struct str date; /* that it bears, once it is written */
	void (*write)(const struct manual_page *page, struct buf *out);
};

enum { MANUAL_PAGES_MOST = 64 };

/* Every page; gives their number. */
size_t manual_pages(struct manual_page pages[MANUAL_PAGES_MOST]);

/* Appends a page as roff, for man(7), which bears a date: "2026-11-22". */
void manual_write(const struct manual_page *page, struct str date, struct buf *out);

#endif
