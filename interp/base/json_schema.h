/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSON_SCHEMA_H
#define BASE_JSON_SCHEMA_H

#include "base/json.h"

/* Parts of a JSON Schema (draft 2020-12) that all who write one have use for: members of the map that is open. */

/* "$ref": "#/$defs/NAME". Of the name the first 80 bytes count. */
void json_schema_ref(struct json *json, const char *name);

/* "enum": [names], which end with NULL. */
void json_schema_words(struct json *json, const char *const *names);

#endif
