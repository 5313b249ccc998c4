/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

/* The process of a block, as it stands in a document. */
struct background_draft {
	struct process_places process;
	int64_t grace_us;
};

#define PLACE(field) offsetof(struct background_draft, process.field)

const struct key_table background_keys = {
    .noun = "a background process",
    .keys =
	(const struct key[]){
	    {"run", read_node, PLACE(run), 0, 0, "A process: an argv, or a text for a shell.",
		NULL},
	    {"pipe", read_node, PLACE(pipe), 0, 0, "Processes joined by pipes: a list of argvs.",
		NULL},
	    {"env", read_node, PLACE(env), 0, GOES_PROCESS,
		"Environment variables, over the runbook's and the inherited ones.", NULL},
	    {"cwd", read_node, PLACE(cwd), 0, GOES_PROCESS,
		"The folder it runs in; without it, the runbook's.", NULL},
	    {"stdin", read_node, PLACE(stdin_from), 0, GOES_PROCESS,
		"What it reads: {text: …} or {file: …}; otherwise nothing.", &stdin_keys},
	    {"stdout", read_node, PLACE(stdout_to), 0, GOES_PROCESS,
		"Where its standard output goes: {file: …}; otherwise it is kept.", &stdout_keys},
	    {"shell", read_node, PLACE(shell), 0, GOES_SCRIPT,
		"An argv that the script is appended to; otherwise [bash, -euo, pipefail, -c].",
		NULL},
	    {"grace", read_duration, offsetof(struct background_draft, grace_us), 0, GOES_PROCESS,
		"The time between TERM and KILL; otherwise 10s.", NULL},
	    {0},
	},
};

void read_background(struct reader *reader, const struct place *place, void *target)
{
	struct step *step = target;
	struct background_draft draft = {.grace_us = DEFAULT_GRACE_US};
	unsigned goes;

	if (!keys_read(reader, &background_keys, place->value, &draft))
		return;
	goes = action_read(reader, place->value, &draft.process, &step->background);
	if (goes == GOES_NOTHING)
		diag_error(reader->diags, "missing-key", place->name->span,
		    "a background process wants `run` or `pipe`");
	keys_fit(reader, &background_keys, place->value, goes);
	step->background_grace_us = draft.grace_us;
}
