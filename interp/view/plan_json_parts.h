/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_PLAN_JSON_PARTS_H
#define VIEW_PLAN_JSON_PARTS_H

#include "base/json.h"
#include "view/plan_parts.h"

/* What the files plan_json*.c share and nobody else sees: the document as it is written. */
struct plan_doc {
	struct json json;
	const struct plan *plan;
	struct plan_scope scope;
	const struct plan_node *node; /* whose actions are written */
	struct arena *arena;
	struct str
	    *paths; /* by node, without rounds and items: "restore/load"; empty for the root */
};

/* One step, without what is inside it. */
void plan_doc_step(struct plan_doc *doc, const struct plan_node *node);

/* The keys of one that say when it begins, what it does and what must hold; it needs no paths. */
void plan_doc_rules(struct plan_doc *doc, const struct plan_node *node);

/* A list of checks under a key; nothing when there are none. */
void plan_doc_checks(struct plan_doc *doc, const char *key, const struct checks *checks);

/* "key": number of microseconds, unless it is UNSET_US. */
void plan_doc_us(struct json *json, const char *key, int64_t us);

/* "key": text, unless it is empty. */
void plan_doc_text(struct json *json, const char *key, struct str text);

/* "key": {"low_us": …, "high_us": …}, unless nothing was said. */
void plan_doc_estimate(struct json *json, const char *key, int64_t low_us, int64_t high_us);

#endif
