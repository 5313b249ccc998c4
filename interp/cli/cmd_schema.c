/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/command.h"
#include "lang/schema.h"
#include "stdlib/registry.h"

static int run(const struct invocation *invocation)
{
	struct buf out;

	(void)invocation;
	buf_init(&out, BUF_UNBOUNDED);
	schema_write(&stdlib_vocabulary, &out);
	fwrite(out.ptr, 1, out.len, stdout);
	buf_done(&out);
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
