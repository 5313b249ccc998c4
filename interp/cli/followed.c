/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/followed.h"

const struct value *recording_facts(const struct recording *recording, struct arena *arena)
{
	struct map_builder map;

	map_begin(&map, arena);
	map_add(&map, "run", value_string(arena, recording->run_started->run_started.run));
	map_add(&map, "sha256", value_string(arena, str_from(recording->report.last_sha256)));
	return map_end(&map);
}

static bool is_same_question(const struct message *recorded, const struct message *ask)
{
	const struct value *inputs = recorded->ask.inputs;

	return recorded->ask.kind == ask->ask.kind &&
	    str_eq(recorded->ask.prompt, ask->ask.prompt) &&
	    (inputs && ask->ask.inputs ? value_equal(inputs, ask->ask.inputs)
				       : inputs == ask->ask.inputs);
}

const struct message *followed_answer(
    const struct followed *followed, const struct step *step, const struct message *ask)
{
	const struct recorded_question *question;
	const struct message *found = NULL;

	if (!followed || !followed->recording || step->effect != EFFECT_READ)
		return NULL;
	for (size_t i = 0; (question = recording_question(followed->recording, ask->ask.node, i));
	     i++)
		if (question->answered && is_same_question(question->ask, ask))
			found = question->answered;
	if (found && found->answered.answer != ANSWER_APPROVED &&
	    found->answered.answer != ANSWER_DENIED)
		return NULL;
	return found;
}
