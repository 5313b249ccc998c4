/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_SCHEMA_H
#define LANG_SCHEMA_H

#include "base/buf.h"
#include "value/action.h"

struct key_table;

/*
 * The runbook language as a JSON Schema (draft 2020-12), for editors and for whoever checks without this program: made
 * of the tables of keys that read a runbook and of the vocabulary's tables. It refuses what such a schema can know of:
 * keys, types, units, which keys go together. References, graphs and expressions are the checker's.
 */

/* Appends the schema, indented, ended by a newline; the same bytes for the same vocabulary. */
void schema_write(const struct vocabulary *vocabulary, struct buf *out);

/* Every table of keys that a runbook may have, its own first, as they are met; gives their number. */
enum { SCHEMA_TABLES_MOST = 96 };
size_t schema_tables(const struct key_table *tables[SCHEMA_TABLES_MOST]);

#endif
