/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_REPORT_JSON_H
#define VIEW_REPORT_JSON_H

#include "base/buf.h"

/* Appends the JSON Schema (draft 2020-12) of the report as JSON; always the same bytes. */
void report_json_schema(struct buf *out);

#endif
