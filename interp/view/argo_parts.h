/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_ARGO_PARTS_H
#define VIEW_ARGO_PARTS_H

#include "lang/plan_scope.h"
#include "view/argo.h"
#include "view/yaml_out.h"

/* What the files argo_*.c share and nobody else sees. */

/* What becomes of a step. All that lies below one that is no ARGO_BLOCK runs in its pods. */
enum argo_shape {
	ARGO_INSIDE, /* nothing of its own: it runs in the pod of a block around it */
	ARGO_POD, /* a container that runs it */
	ARGO_ASKED, /* a DAG: it is rehearsed, a person is asked, it is run */
	ARGO_LOOP, /* a DAG whose one task has an item in each of its pods */
	ARGO_BLOCK /* a DAG of its steps */
};

struct argo_node {
	enum argo_shape shape;
	struct str name; /* of its task; unique */
	struct str path;
	const char *why_whole; /* of a block whose steps share a pod: what Argo has no word for */
	bool
	    is_read; /* a later step's expressions name it, or what is in it: its account is kept */
	bool outcome_read; /* the condition of a DAG asks how it ended */
	int64_t limit_us; /* the longest it may take; 0: nobody knows */
};

struct argo {
	const struct argo_options *options;
	const struct plan *plan;
	struct arena *arena;
	struct plan_scope scope;
	struct argo_node *nodes; /* by plan index */
	struct diags *notes;
	struct list_builder templates;
	struct str config_map; /* its name */
	struct str workdir; /* the runbook's folder in a pod */
	struct str file; /* the runbook, from there */
};

/* argo_shape.c: what becomes of every step. */
void argo_shapes(struct argo *argo);
/* The one that runs in a pod of its own and holds a step; NULL: it is a DAG. */
const struct plan_node *argo_unit(const struct argo *argo, const struct plan_node *node);
/* A condition over outcomes as Argo says it; empty: it cannot. */
struct str argo_condition(const struct argo *argo, const struct plan_node *node);
/* What a loop goes through, as a task says it: withItems or withParam; NULL: only its pod can tell. */
const struct value *argo_items(
    const struct argo *argo, const struct plan_node *node, const char **ret_key);
/* Whether Argo tries it again, and not reprise in its pod. */
bool argo_retries(const struct plan_node *node);

/* argo_template.c: the templates of a step's own; argo_dag.c: of what is made of several. */
void argo_add_step(struct argo *argo, const struct plan_node *node);
void argo_add_verify(struct argo *argo);
void argo_add_dag(struct argo *argo, const char *name, const struct plan_node *block,
    const uint32_t *nodes, size_t count);
/* "a.Succeeded && (b.Succeeded || b.Skipped)": what a task waits for. */
struct str argo_depends(const struct argo *argo, const uint32_t *needs, size_t count);
/* A task of a DAG, to which more may be added. */
void argo_task(struct argo *argo, struct map_builder *task, struct str name, const char *template,
    struct str of, struct str depends);

/* A lock, as Argo keeps it for a whole namespace; empty: none. */
void argo_mutex(struct argo *argo, struct map_builder *map, struct str lock);

/* argo_note.c: what is not carried over. */
void argo_notes(struct argo *argo);

/* A text in which Argo would look for what it fills in. */
struct str argo_text(const struct argo *argo, struct str text);

#endif
