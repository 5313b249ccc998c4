/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_CONTACT_H
#define LANG_CONTACT_H

#include "lang/model.h"

/* How bad an incident is, who is told of it, and when: plain data of a runbook. */

/* How bad an incident may be, the worst first. */
struct severity_decl {
	struct str name;
	struct str title; /* empty: none */
	struct str description;
	int64_t response_us; /* UNSET_US when not given */
	struct strings examples;
	struct span span;
};

/* Who is told: through a channel of the library, or by the operator. */
struct contact {
	struct str name;
	struct str title; /* the name where none was given */
	struct str description;
	struct str person; /* whom the operator is asked to tell; empty: a channel does it */
	const struct connection_spec *channel; /* NULL: none */
	struct template
	    *told; /* a map of all that must be known to tell it: {name, title, pagerduty: {…}} */
	struct template *args; /* of the channel, a map */
	struct arg *list; /* the same, one by one */
	size_t count;
	struct span span;
};

/* Who is told when the run has lasted so long. */
struct escalation {
	int64_t after_us;
	struct node_list_entry *names; /* as written */
	const struct contact **contacts; /* the same */
	size_t count;
	struct span span;
};

/*
 * A contact as an action is given it: of its channel what is known now, with presets. NULL with a sentence in *ret_why;
 * both live in the arena.
 */
const struct value *contact_bind(struct arena *arena, const struct vocabulary *vocabulary,
    const struct value *contact, struct str *ret_why);

/* The contact that a runbook declares under a name, or NULL. */
const struct contact *runbook_contact(const struct runbook *book, struct str name);

/* What a runbook's severity was declared to mean, or NULL. */
const struct severity_decl *runbook_severity(const struct runbook *book);

#endif
