/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_RESPONSE_H
#define LANG_RESPONSE_H

#include "lang/trigger.h"

struct lacking {
	struct str param; /* that the alert does not tell, or not as it is declared */
	struct str why; /* "host: the map has no key \"instance\"" */
};

/*
 * A runbook that answers an alert, and the command line that begins it. What the alert tells was made by somebody else:
 * each parameter is held against its declaration, as `-p` does, before it is offered to anybody. All of it lives in the
 * arena it is made in; the runbook must live as long.
 */
struct response {
	const struct runbook *runbook;
	const char *path; /* as a command line names it */
	const struct trigger *trigger;
	struct param_given *given; /* what the alert tells, as texts for -p */
	size_t given_count;
	struct lacking *lacking; /* empty where it can be begun as it is */
	size_t lacking_count;
};

/* False where no trigger means the alert; *ret_failed as trigger_find() has it. */
bool response_find(struct arena *arena, const struct runbook *runbook, const char *path,
    const struct alert *alert, struct response *ret_response, const struct matcher **ret_failed);

/* "reprise run -p host=db1 runbooks/database-failure.yaml", to be pasted into a shell; `verb` is run or rehearse. */
void response_command(const struct response *response, const char *verb, struct buf *out);

/* Most specific first; of equals by path. */
int response_order(const void *a, const void *b);

#endif
