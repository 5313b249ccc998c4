/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

/* The process of a block, as it stands in a document. */
struct background_draft {
	struct process_places process;
	int64_t grace_us;
};

static const struct key background_rows[] = {
    PROCESS_KEYS(struct background_draft),
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
