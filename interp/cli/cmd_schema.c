/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/spell.h"
#include "cli/command.h"
#include "lang/schema.h"
#include "record/transcript_schema.h"
#include "stdlib/registry.h"
#include "view/report_json.h"

static void write_runbook(struct buf *out)
{
	schema_write(&stdlib_vocabulary, out);
}

/* The first is the one where none is named. */
static const struct {
	const char *name;
	void (*write)(struct buf *out);
} schemas[] = {
    {"runbook", write_runbook},
    {"transcript", transcript_schema_write},
    {"report", report_json_schema},
};

enum { SCHEMAS = sizeof(schemas) / sizeof(*schemas) };

static int unknown_schema(const char *name)
{
	struct spell spell;
	struct str best;

	spell_init(&spell, str_from(name));
	for (size_t i = 0; i < SCHEMAS; i++)
		spell_try(&spell, str_from(schemas[i].name));
	best = spell_best(&spell);
	if (best.len)
		complain("there is no schema %s; did you mean %.*s?", name, STR_ARG(best));
	else
		complain("there is no schema %s; there are runbook, transcript and report", name);
	return STATUS_WRONG;
}

static int run(const struct invocation *invocation)
{
	const char *name = invocation->arg_count ? invocation->args[0] : schemas[0].name;
	size_t which = 0;
	struct buf out;

	while (which < SCHEMAS && strcmp(schemas[which].name, name) != 0)
		which++;
	if (which == SCHEMAS)
		return unknown_schema(name);
	buf_init(&out, BUF_UNBOUNDED);
	schemas[which].write(&out);
	fwrite(out.ptr, 1, out.len, stdout);
	buf_done(&out);
	return STATUS_OK;
}

static const struct example_row examples[] = {
    {"reprise schema > runbook.schema.json", "for an editor"},
    {"reprise schema transcript", "that of the record"},
    {0},
};

const struct command command_schema = {
    .name = "schema",
    .arguments = "[runbook|transcript|report]",
    .least = 0,
    .most = 1,
    .summary =
	"print the JSON Schema of runbooks, for editors, of a transcript's lines, or of a report",
    .details =
	"The schema of runbooks (draft 2020-12) tells an editor every key, action and parameter, "
	"and\n"
	"refuses what a schema can refuse; `reprise check` finds the rest. With an editor that "
	"runs\n"
	"the YAML language server, the first line of a runbook names it:\n\n"
	"  # yaml-language-server: $schema=PATH/runbook.schema.json\n\n"
	"The schema of transcripts is held against each line; `reprise verify` holds the chain.\n"
	"The schema of reports is held against what `reprise report -f json` gives.",
    .options = NULL,
    .examples = examples,
    .run = run,
};
