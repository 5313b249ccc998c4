/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

#include "lang/contact.h"

/* Who is told when a run has lasted so long and has not recovered. */
struct escalation_places {
	int64_t after_us;
	struct place after;
	struct place notify;
};

static const struct shape shape_notify = {
    .name = "contact-names",
    .schema = JSON({
	    "anyOf" : [
		    {"$ref" : "#/$defs/name"},
		    {"type" : "array", "minItems" : 1, "items" : {"$ref" : "#/$defs/name"}}
	    ]
    }),
};

#define PLACE(field) offsetof(struct escalation_places, field)

static const struct key escalation_rows[] = {
    {"after", &shape_duration, PLACE(after), KEY_REQUIRED | KEY_KEPT, 0,
	"How long the run has lasted; 0s is at its beginning."},
    {"notify", &shape_notify, PLACE(notify), KEY_REQUIRED | KEY_KEPT, 0,
	"The contacts that are told then."},
    {0},
};

const struct key_table escalation_keys = {
    .name = "escalation-step",
    .noun = "a step of `escalation`",
    .keys = escalation_rows,
};

static bool is_named_already(const struct escalation *step, struct str name)
{
	for (size_t i = 0; i < step->count; i++)
		if (str_eq(step->names[i].name, name))
			return true;
	return false;
}

static void read_names(struct reader *reader, const struct place *place, struct escalation *step)
{
	const struct node *single[] = {place->value};
	const struct node **items = single;
	size_t count = 1;

	if (!place->value)
		return;
	if (place->value->kind == NODE_LIST) {
		items = place->value->list.items;
		count = place->value->list.count;
	}
	if (!count)
		diag_error(reader->diags, "empty", place->value->span,
		    "`notify` names one contact at least");
	step->names = arena_array(reader->arena, count, sizeof(*step->names));
	for (size_t i = 0; i < count; i++) {
		if (items[i]->kind != NODE_SCALAR || node_is_null(items[i]))
			diag_help(reader->diags,
			    diag_error(reader->diags, "wrong-type", items[i]->span,
				"`notify` names contacts; this is %.*s",
				STR_ARG(node_noun(reader->arena, items[i]))),
			    "as in [on_call, team_lead]; declare them under `contacts`");
		else if (is_named_already(step, items[i]->scalar.bytes))
			diag_error(reader->diags, "declared-twice", items[i]->span,
			    "`%.*s` is told by this step already", STR_ARG(items[i]->scalar.bytes));
		else
			step->names[step->count++] = (struct node_list_entry){
			    items[i]->scalar.bytes, items[i]->span};
	}
}

/* Each step comes later than the one before. */
static void check_order(
    struct reader *reader, const struct escalation_places *places, const struct escalation *before)
{
	struct diag *diag;

	if (!before || !places->after.value || places->after_us > before->after_us)
		return;
	diag = diag_error(reader->diags, "never-later", places->after.value->span,
	    "this step is not later than the one before it");
	diag_other(reader->diags, diag, before->span, "the one before");
	diag_help(reader->diags, diag,
	    "write the steps in the order of their times; contacts that are told at the same time "
	    "stand in "
	    "one `notify`");
}

static void read_escalation(struct reader *reader, const struct place *place, void *target)
{
	struct runbook *runbook = target;
	const struct node *list = place->value;
	struct escalation *steps;

	if (list->kind != NODE_LIST) {
		diag_help(reader->diags, place_wrong(reader, place, "a list"),
		    "as in [{after: 15m, notify: [on_call]}]");
		return;
	}
	steps = arena_array(reader->arena, list->list.count, sizeof(*steps));
	for (size_t i = 0; i < list->list.count; i++) {
		struct escalation_places places = {0};
		size_t errors;

		steps[i] = (struct escalation){.span = keys_head(list->list.items[i])};
		if (!keys_read(reader, &escalation_keys, list->list.items[i], &places))
			continue;
		errors = reader->diags->errors;
		place_read(reader, &places.after, &places.after_us);
		steps[i].after_us = places.after_us;
		if (reader->diags->errors == errors)
			check_order(reader, &places, i ? &steps[i - 1] : NULL);
		read_names(reader, &places.notify, &steps[i]);
	}
	runbook->escalation = steps;
	runbook->escalation_count = list->list.count;
}

/* The runbook's own stands in place of an included one: nobody would mean what is half of each. */
const struct shape shape_escalation = {
    .name = "escalation",
    .read = read_escalation,
    .form = FORM_LIST,
    .of = &escalation_keys,
};

void escalation_link(struct reader *reader)
{
	struct runbook *runbook = reader->runbook;

	for (size_t i = 0; i < runbook->escalation_count; i++) {
		struct escalation *step = &runbook->escalation[i];
		size_t known = 0;

		step->contacts = arena_array(reader->arena, step->count, sizeof(*step->contacts));
		for (size_t k = 0; k < step->count; k++) {
			const struct contact *contact = runbook_contact(
			    runbook, step->names[k].name);

			if (contact)
				step->contacts[known++] = contact;
			else
				contact_unknown(reader, &step->names[k]);
		}
		step->count = known;
	}
}
