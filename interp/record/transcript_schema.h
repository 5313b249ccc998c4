/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_TRANSCRIPT_SCHEMA_H
#define RECORD_TRANSCRIPT_SCHEMA_H

#include "base/buf.h"
#include "base/json.h"

/*
 * A line of a transcript as a JSON Schema (draft 2020-12), made of the codec's tables: what this version writes, and
 * what schema/transcript.md lets later versions of the format add without harm (keys, and types with a `role`). What a
 * schema cannot know is the verifier's: the chain, the order of lines, a key that stands twice, 1.0 that is no integer.
 */

/* Appends the schema, indented, ended by a newline; always the same bytes. */
void transcript_schema_write(struct buf *out);

/*
 * Writes the definitions of what stands under a key of a line, for other documents that have such: "value" with its
 * tags, "time", "count", "base64", …
 */
void transcript_schema_kinds(struct json *json);

/* Writes the keys of the definition of a result, into the open map. */
void transcript_schema_result(struct json *json);

#endif
