/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_SCHEMA_PARTS_H
#define LANG_SCHEMA_PARTS_H

#include "base/json.h"
#include "lang/model_parts.h"

/* What the files that write the schema share; nobody else includes this. */

/* "KEY": {"$ref": "#/$defs/NAME"}; in a list, without key. */
void schema_ref(struct json *json, const char *key, const char *name);

/* {"required": ["KEY"]} as an entry of a list. */
void schema_has(struct json *json, const char *key);

/*
 * Definitions of every action and every kind of connection and channel, and of what may stand for the values they
 * take.
 */
void schema_actions(struct json *json, const struct vocabulary *vocabulary);

/* Of a declaration of a parameter, what its type says of the values that stand beside it. */
void schema_declaration(struct json *json);

/* What one key of a map says of the others, as the members "dependentRequired", "dependentSchemas", … */
void schema_together(
    struct json *json, const struct key_table *table, const struct vocabulary *vocabulary);

#endif
