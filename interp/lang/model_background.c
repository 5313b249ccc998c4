/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

/* The process of a block, as it stands in a document. */
struct background_draft {
	struct process_places process;
	int64_t grace_us;
};

#define PLACE(field) offsetof(struct background_draft, process.field)

static const struct key background_rows[] = {
    {"run", &shape_run, PLACE(run), KEY_KEPT | KEY_ACTION, GOES_PROCESS | GOES_SCRIPT,
	"A process: an argv, or a text for a shell."},
    {"pipe", &shape_pipe, PLACE(pipe), KEY_KEPT | KEY_ACTION, GOES_PROCESS,
	"Processes joined by pipes: a list of argvs."},
    {"env", &shape_env, PLACE(env), KEY_KEPT, GOES_PROCESS,
	"Environment variables, over the runbook's and the inherited ones."},
    {"cwd", &shape_template, PLACE(cwd), KEY_KEPT, GOES_PROCESS,
	"The folder it runs in; without it, the runbook's."},
    {"stdin", &shape_stdin, PLACE(stdin_from), KEY_KEPT, GOES_PROCESS,
	"What it reads: {text: …} or {file: …}; otherwise nothing."},
    {"stdout", &shape_stdout, PLACE(stdout_to), KEY_KEPT, GOES_PROCESS,
	"Where its standard output goes: {file: …}; otherwise it is kept."},
    {"shell", &shape_argv, PLACE(shell), KEY_KEPT, GOES_SCRIPT,
	"An argv that the script is appended to; otherwise [bash, -euo, pipefail, -c]."},
    {"grace", &shape_duration, offsetof(struct background_draft, grace_us), 0, GOES_PROCESS,
	"The time between TERM and KILL; otherwise 10s."},
    {0},
};

const struct key_table background_keys = {
    .name = "background",
    .noun = "a background process",
    .keys = background_rows,
};

static void read_background(struct reader *reader, const struct place *place, void *target)
{
	struct step *step = target;
	struct background_draft draft = {.grace_us = DEFAULT_GRACE_US};
	unsigned goes;

	if (!keys_read(reader, &background_keys, place->value, &draft))
		return;
	goes = action_read(reader, place->value, &draft.process, &step->background);
	keys_fit(reader, &background_keys, place->value, goes);
	step->background_grace_us = draft.grace_us;
}

const struct shape shape_background = {
    .name = "background",
    .read = read_background,
    .form = FORM_MAP,
    .of = &background_keys,
};
