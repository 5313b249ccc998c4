/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPR_FOREIGN_H
#define EXPR_FOREIGN_H

#include "base/str.h"

/*
 * Words that authors bring along from other tools, and what is written here instead. They only improve the help of a
 * diagnostic: nothing is accepted for them.
 */
enum foreign {
	FOREIGN_KEY, /* of a step or a check */
	FOREIGN_FUNCTION, /* of expressions */
	FOREIGN_RESULT, /* the field of a process's result */
	FOREIGN_STEP, /* a field behind steps.x */
	FOREIGN_PARAM /* of an action or a connection */
};

/* What to write instead, a sentence for a help, or NULL. */
const char *foreign_help(enum foreign where, struct str word);

#endif
