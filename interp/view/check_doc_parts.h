/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_CHECK_DOC_PARTS_H
#define VIEW_CHECK_DOC_PARTS_H

#include "view/check_doc.h"

/* What the files check_*.c share and nobody else sees. */

/* A file that was named, and what became of it. */
struct checked {
	const char *path;
	const char *kind; /* "runbook", "part"; NULL: it could not be read */
	size_t steps;
	bool has_steps; /* it is a runbook, and its steps are known */
	bool ok;
	bool listed;
	size_t lost; /* found, but past what is kept */
};

struct check_doc {
	struct check_doc_options options;
	struct json json;
	struct checked *files;
	size_t count;
	size_t capacity;
	const char **codes; /* those that were reported, in the order of their first mention */
	size_t code_count;
	size_t code_capacity;
};

/* How a form is written: what stands before the diagnostics, each of them, and what stands behind. */
struct check_form_code {
	void (*begin)(struct check_doc *doc);
	void (*diag)(struct check_doc *doc, const char *path, const struct diag *diag);
	void (*end)(struct check_doc *doc);
};

extern const struct check_form_code check_form_json;
extern const struct check_form_code check_form_sarif;

/* The number of a code among doc->codes, to which it is added. */
size_t check_doc_code(struct check_doc *doc, const char *code);

/* Where a span begins and ends, under four names: line and column, one-based, the end exclusive. */
void check_doc_region(struct json *json, const char *const names[4], struct span span);

#endif
