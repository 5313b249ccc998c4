/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

/* The inputs as the fields of a result, so that a person's answer is read as an action's is. */
static const struct action_spec *spec_of(struct reader *reader, const struct manual *manual)
{
	struct action_spec *spec = arena_alloc(reader->arena, sizeof(*spec));
	struct field *fields = arena_array(reader->arena, manual->input_count + 1, sizeof(*fields));

	for (size_t i = 0; i < manual->input_count; i++) {
		const struct param_decl *decl = &manual->inputs[i];

		fields[i] = (struct field){
		    .name = arena_cstr(reader->arena, decl->name),
		    .type = decl->type,
		    .doc = arena_cstr(reader->arena, decl->description),
		};
	}
	fields[manual->input_count] = (struct field){0};
	*spec = (struct action_spec){
	    .name = "manual",
	    .summary = "A person does it and confirms.",
	    .params = (const struct param[]){{0}},
	    .results = fields,
	    .success_doc = "the person says that it is done",
	    .effect = EFFECT_CHANGE,
	};
	return spec;
}

const struct shape shape_inputs = {
    .name = "inputs",
    .form = FORM_NAMES,
    .of = &input_keys,
};

void manual_read(struct reader *reader, const struct manual_places *places, struct manual *manual)
{
	manual->span = places->text.name->span;
	place_read(reader, &places->text, &manual->text);
	if (places->inputs.value)
		decls_read(reader, &places->inputs, "an input", &input_keys, &manual->inputs,
		    &manual->input_count);
	manual->spec = spec_of(reader, manual);
}

const struct action_spec *step_spec(const struct step *step)
{
	return step->manual.spec ? step->manual.spec : step->action.spec;
}

const struct param_decl *step_input(const struct step *step, struct str name)
{
	for (size_t i = 0; i < step->manual.input_count; i++)
		if (str_eq(step->manual.inputs[i].name, name))
			return &step->manual.inputs[i];
	return NULL;
}
