/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_PG_STATEMENT_H
#define STDLIB_PG_STATEMENT_H

#include "stdlib/args.h"
#include "stdlib/pg_session.h"

/* What goes before a statement, and into it. */

/*
 * A statement that says how the server shows values, and that it neither works longer than we wait nor, from version 14
 * on, long after we have gone. A limit of 0 is left as the server has it. `local`: for this transaction alone.
 */
const char *pg_settings(struct arena *arena, int64_t statement_us, int64_t lock_us, bool local);

/* Values for $1 …; false with a sentence. */
bool pg_values_read(struct args *args, const struct value *list, struct pg_statement *statement,
    struct str *ret_why);

#endif
