/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_PG_EFFECT_H
#define STDLIB_PG_EFFECT_H

#include "base/str.h"
#include "value/action.h"

/*
 * What a statement does although its transaction is read-only and rolled back. A change when it calls one of
 * PostgreSQL's functions that act outside of the transaction, or is one of the commands that do; else a read. What
 * stands in literals and comments is no code. EFFECT_HOLE stands for what is not known yet: it counts as a part of a
 * name, and a call of such a name as a change. *ret_what (may be NULL) is the name or word that makes it one, a part
 * of the text.
 */
enum effect_class pg_effect(struct str sql, struct str *ret_what);

#endif
