/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"
#include "lang/schema.h"
#include "stdlib/registry.h"

static int run(const struct invocation *invocation)
{
	json_error_t error;
	struct buf out;
	json_t *schema;

	(void)invocation;
	buf_init(&out, BUF_UNBOUNDED);
	schema_write(&stdlib_vocabulary, &out);
	schema = json_loadb(out.ptr, out.len, JSON_REJECT_DUPLICATES, &error);
	buf_done(&out);
	if (!schema) {
		complain("the schema is no JSON: %s", error.text);
		return STATUS_BUG;
	}
	json_dumpf(schema, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(schema);
	return STATUS_OK;
}

const struct command command_schema = {
    .name = "schema",
    .arguments = "",
    .least = 0,
    .most = 0,
    .summary = "print the JSON Schema of runbooks, for editors",
    .details =
	"The schema (draft 2020-12) tells an editor every key, action and parameter, and refuses\n"
	"what a schema can refuse; `reprise check` finds the rest. With an editor that runs the "
	"YAML\n"
	"language server, the first line of a runbook names it:\n\n"
	"  # yaml-language-server: $schema=PATH/runbook.schema.json\n",
    .options = NULL,
    .run = run,
};
