/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_CHECK_DOC_H
#define VIEW_CHECK_DOC_H

#include "base/json.h"
#include "lang/load.h"

/*
 * What `reprise check` found in any number of files, as one document for other programs. Loads are handed in one after
 * another and may go at once; paths must stay. schema/language.md tells the form.
 */
struct check_doc;

enum check_form { CHECK_JSON, CHECK_SARIF };

struct check_doc_options {
	enum check_form form;
	const char *version; /* of the program */
	const char *(*summary)(const char *code); /* what a code means, or NULL */
};

struct check_doc *check_doc_new(const struct check_doc_options *options, struct buf *out);

/* ok: nothing in it is wrong. listed: the file itself is named; what was found in it is told in any case. */
void check_doc_add(
    struct check_doc *doc, struct load *load, const char *path, bool ok, bool listed);

/* Ends the document, and frees it. */
void check_doc_end(struct check_doc *doc);

#endif
