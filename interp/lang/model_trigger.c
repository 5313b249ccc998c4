/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

#include "lang/trigger.h"

/* A trigger, and a matcher, as they stand in a document. */
struct trigger_places {
	struct place alert;
	struct place match;
	struct place params;
};

struct matcher_places {
	struct place matches;
	struct place not_values;
	struct place not_matches;
};

/* What a label must be, bare or in a list: schema and reader of a text, or of several. */
#define ONE_OR_SEVERAL                                                                             \
	JSON({                                                                                     \
		"anyOf" : [                                                                        \
			{"$ref" : "#/$defs/text"},                                                 \
			{"type" : "array", "minItems" : 1, "items" : {"$ref" :                     \
							       "#/$defs/text"}}                    \
		]                                                                                  \
	})

static const struct shape shape_values = {
    .name = "label-values",
    .schema = ONE_OR_SEVERAL,
};
static const struct shape shape_label = {
    .name = "label",
    .schema = ONE_OR_SEVERAL,
    .doc = "A text, a list of texts of which it is one, or {matches: REGEX}.",
    .form = FORM_MAP,
    .of = &matcher_keys,
};
static const struct shape shape_match = {
    .name = "match",
    .schema = JSON({
	    "type" : "object",
	    "propertyNames" : {"minLength" : 1, "not" : {"const" : "alertname"}},
	    "additionalProperties" : {"$ref" : "#/$defs/label"}
    }),
};
static const struct shape shape_told = {
    .name = "told",
    .schema = JSON({"type" : "object"}),
    .templates = true,
};

#define PLACE(field) offsetof(struct trigger_places, field)

static const struct key trigger_rows[] = {
    {"alert", &shape_label, PLACE(alert), KEY_REQUIRED | KEY_KEPT, 0,
	"The alert's name, its label alertname."},
    {"match", &shape_match, PLACE(match), KEY_KEPT, 0,
	"What its other labels must be: name: value; {matches: …}, {not: …} for more."},
    {"params", &shape_told, PLACE(params), KEY_KEPT, 0,
	"The parameters that it tells, made of labels, annotations, startsAt, fingerprint and "
	"generatorURL."},
    {0},
};

const struct key_table trigger_keys = {
    .name = "trigger",
    .noun = "a trigger",
    .keys = trigger_rows,
};

static const struct key matcher_rows[] = {
    {"matches", &shape_text, offsetof(struct matcher_places, matches), KEY_KEPT, 0,
	"A regular expression that the whole value must match."},
    {"not", &shape_values, offsetof(struct matcher_places, not_values), KEY_KEPT, 0,
	"A text that it must not be, or a list of them."},
    {"not_matches", &shape_text, offsetof(struct matcher_places, not_matches), KEY_KEPT, 0,
	"A regular expression that the whole value must not match."},
    {0},
};

const struct key_table matcher_keys = {
    .name = "matcher",
    .noun = "a label's matcher",
    .keys = matcher_rows,
    .alternatives = true,
};

/* The pattern as it is and anchored; an error in it points at its place. */
static void read_pattern(struct reader *reader, const struct place *place, struct matcher *matcher)
{
	static const struct str before = {"^(?:", 4};
	const struct text *text = &place->value->scalar;
	struct str error;
	struct str whole;
	size_t offset;

	read_string(reader, place, &matcher->pattern);
	if (!matcher->pattern.ptr)
		return;
	whole = arena_printf(reader->arena, "%s%.*s)\\z", before.ptr, STR_ARG(matcher->pattern));
	matcher->regex = regex_new(reader->arena, matcher->pattern, 0, &error, &offset);
	if (matcher->regex)
		matcher->regex = regex_new(reader->arena, whole, 0, &error, &offset);
	if (matcher->regex)
		return;
	offset = offset < text->bytes.len ? offset : text->bytes.len;
	diag_help(reader->diags,
	    diag_error(reader->diags, "bad-pattern",
		text->bytes.len ? text_span(text, offset, offset + (offset < text->bytes.len))
				: place->value->span,
		"this is no regular expression: %.*s", STR_ARG(error)),
	    "a value to be taken as it is stands bare, without `%.*s`", STR_ARG(place_name(place)));
}

static void read_values(struct reader *reader, const struct place *place, struct matcher *matcher)
{
	struct strings values = {0};

	if (place->value->kind == NODE_LIST) {
		read_strings(reader, place, &values);
		if (!place->value->list.count)
			diag_help(reader->diags,
			    diag_error(reader->diags, "empty", place->value->span,
				"this list of values is empty"),
			    "a label that is not there is the empty text, \"\"");
	} else {
		values.items = arena_array(reader->arena, 1, sizeof(*values.items));
		values.items[0] = (struct str){0};
		read_string(reader, place, &values.items[0]);
		values.count = 1;
	}
	for (size_t i = 0; i < values.count; i++)
		if (str_find(values.items[i], STR("${{")) >= 0)
			diag_help(reader->diags,
			    diag_error(reader->diags, "no-template", place->value->span,
				"a label is compared with a text, not with a template"),
			    "a template may stand in `params`; here write what the label is");
	matcher->values = values.items;
	matcher->count = values.count;
}

static void read_matcher(struct reader *reader, const struct place *place, struct matcher *matcher)
{
	struct matcher_places places = {0};

	matcher->span = place->name->span;
	if (place->value->kind != NODE_MAP) {
		read_values(reader, place, matcher);
		return;
	}
	keys_read(reader, &matcher_keys, place->value, &places);
	matcher->negated = !places.matches.value;
	if (places.matches.value)
		read_pattern(reader, &places.matches, matcher);
	else if (places.not_values.value)
		read_values(reader, &places.not_values, matcher);
	else if (places.not_matches.value)
		read_pattern(reader, &places.not_matches, matcher);
}

/* An alert has a name, always: what asks for none, or only says what it is not, was meant otherwise. */
static void read_alert(struct reader *reader, const struct place *place, struct matcher *matcher)
{
	size_t errors = reader->diags->errors;
	bool named = true;

	if (!place->value)
		return;
	read_matcher(reader, place, matcher);
	if (reader->diags->errors != errors)
		return;
	for (size_t i = 0; i < matcher->count; i++)
		named &= matcher->values[i].len > 0;
	if (matcher->negated)
		diag_help(reader->diags,
		    diag_error(reader->diags, "excluded", place->value->span,
			"a trigger says which alerts it means, not which it does not"),
		    "name them, or write {matches: \".*\"} where it is any");
	else if (!named)
		diag_help(reader->diags,
		    diag_error(reader->diags, "never-reached", place->value->span,
			"no alert is without a name"),
		    "write the name that stands behind `alert:` in the alerting rule");
}

static void read_match(struct reader *reader, const struct place *place, struct trigger *trigger)
{
	size_t count = place->value ? read_entries(reader, place) : 0;

	for (size_t i = 0; i < count; i++) {
		const struct node_entry *entry = &place->value->map.entries[i];
		struct place item = {.name = entry->key, .value = entry->value};
		struct matcher *matcher = &trigger->matchers[trigger->count];

		*matcher = (struct matcher){.label = entry->key->scalar.bytes};
		if (str_is(matcher->label, "alertname")) {
			diag_help(reader->diags,
			    diag_error(reader->diags, "misplaced-key", entry->key->span,
				"the alert's name is asked for by `alert`"),
			    "write what it must be there: a text, a list, or {matches: …}");
			continue;
		}
		if (!matcher->label.len) {
			diag_error(
			    reader->diags, "bad-name", entry->key->span, "a label has a name");
			continue;
		}
		read_matcher(reader, &item, matcher);
		trigger->count++;
	}
}

static void read_params(struct reader *reader, const struct place *place, struct trigger *trigger)
{
	size_t count = place->value ? read_entries(reader, place) : 0;

	trigger->params = arena_array(reader->arena, count, sizeof(*trigger->params));
	for (size_t i = 0; i < count; i++) {
		const struct node_entry *entry = &place->value->map.entries[i];
		const struct param_decl *decl = runbook_param(
		    reader->runbook, entry->key->scalar.bytes);
		struct template *value;

		if (!decl) {
			runbook_lacks_param(reader, reader->runbook, entry->key);
			continue;
		}
		value = param_template(reader, decl, entry->value);
		if (value)
			trigger->params[trigger->param_count++] = (struct arg){
			    .name = decl->name, .value = value};
	}
}

/* Whoever types what a trigger says shall have a run, and no question. */
static void check_required(
    struct reader *reader, const struct trigger_places *places, const struct trigger *trigger)
{
	const struct node *given = places->params.value;

	for (size_t i = 0; i < reader->runbook->param_count; i++) {
		const struct param_decl *decl = &reader->runbook->params[i];
		struct diag *diag;

		if (decl->optional ||
		    (given && (given->kind != NODE_MAP || node_get(given, decl->name))))
			continue;
		diag = diag_error(reader->diags, "missing-param", trigger->span,
		    "this trigger does not tell the parameter `%.*s`", STR_ARG(decl->name));
		diag_other(reader->diags, diag, decl->span, "declared here, without a default");
		diag_help(reader->diags, diag,
		    "as in `params: {%.*s: \"${{ labels.instance }}\"}`; or give it a default",
		    STR_ARG(decl->name));
	}
}

static void read_trigger(struct reader *reader, const struct node *node, struct trigger *trigger)
{
	struct trigger_places places = {0};
	size_t labels;

	*trigger = (struct trigger){.span = keys_head(node)};
	if (!keys_read(reader, &trigger_keys, node, &places))
		return;
	labels = places.match.value && places.match.value->kind == NODE_MAP
	    ? places.match.value->map.count
	    : 0;
	trigger->matchers = arena_array(reader->arena, labels + 1, sizeof(*trigger->matchers));
	trigger->matchers[0] = (struct matcher){.label = STR("alertname"), .span = trigger->span};
	trigger->count = 1;
	read_alert(reader, &places.alert, &trigger->matchers[0]);
	read_match(reader, &places.match, trigger);
	read_params(reader, &places.params, trigger);
	check_required(reader, &places, trigger);
}

static void read_triggers(struct reader *reader, const struct place *place, void *target)
{
	struct runbook *runbook = target;
	const struct node *list = place->value;

	if (list->kind != NODE_LIST) {
		diag_help(reader->diags, place_wrong(reader, place, "a list"),
		    "as in [{alert: PostgresDown}]");
		return;
	}
	runbook->triggers = arena_array(
	    reader->arena, list->list.count, sizeof(*runbook->triggers));
	for (size_t i = 0; i < list->list.count; i++)
		read_trigger(
		    reader, list->list.items[i], &runbook->triggers[runbook->trigger_count++]);
}

const struct shape shape_triggers = {
    .name = "triggers",
    .read = read_triggers,
    .form = FORM_LIST,
    .of = &trigger_keys,
};
