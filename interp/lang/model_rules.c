/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

/* A lock is a file. */
enum { LOCK_NAME_MAX = 100 };

/* Of people who must agree, and of how long what they said holds. */
enum { PEOPLE_MAX = 9 };
#define EXPIRES_LEAST_US INT64_C(60000000)

/* A number within bounds. */
static void read_share(
    struct reader *reader, const struct place *place, double low, double high, double *ret_share)
{
	int64_t whole;
	double share;

	if (place->value->kind == NODE_SCALAR && node_int(place->value, &whole)) {
		share = (double)whole;
	} else if (place->value->kind != NODE_SCALAR || !node_float(place->value, &share)) {
		place_wrong(reader, place, "a number");
		return;
	}
	if (share >= low && share <= high)
		*ret_share = share;
	else
		diag_error(reader->diags, "out-of-range", place->value->span,
		    "`%.*s` is at least %g and at most %g", STR_ARG(place_name(place)), low, high);
}

static void read_backoff(struct reader *reader, const struct place *place, void *target)
{
	read_share(reader, place, 1, 1000, target);
}

static void read_jitter(struct reader *reader, const struct place *place, void *target)
{
	read_share(reader, place, 0, 1, target);
}

static const struct shape shape_backoff = {
    .name = "backoff",
    .read = read_backoff,
    .schema = JSON({"type" : "number", "minimum" : 1, "maximum" : 1000}),
};
static const struct shape shape_jitter = {
    .name = "jitter",
    .read = read_jitter,
    .schema = JSON({"type" : "number", "minimum" : 0, "maximum" : 1}),
};

static const struct key retry_rows[] = {
    {"attempts", &shape_whole, offsetof(struct retry, attempts), KEY_REQUIRED, 0,
	"How often it is tried at most, the first time included."},
    {"delay", &shape_duration, offsetof(struct retry, delay_us), 0, 0,
	"The pause before the second try; otherwise 1s."},
    {"backoff", &shape_backoff, offsetof(struct retry, backoff), 0, 0,
	"The factor from one pause to the next, 1 or more; otherwise 1."},
    {"max_delay", &shape_positive, offsetof(struct retry, max_delay_us), 0, 0,
	"No pause is longer than this; otherwise 5m."},
    {"jitter", &shape_jitter, offsetof(struct retry, jitter), 0, 0,
	"The share of a pause, 0 to 1, by which it may be longer or shorter; otherwise 0."},
    {"when", &shape_expression, offsetof(struct retry, when), 0, 0,
	"An expression over the result: try again only when it is true."},
    {0},
};

const struct key_table retry_keys = {
    .name = "retry-map",
    .noun = "`retry`",
    .keys = retry_rows,
};

static void read_retry(struct reader *reader, const struct place *place, void *target)
{
	struct retry *retry = target;
	int64_t attempts;

	if (place->value->kind == NODE_SCALAR && node_int(place->value, &attempts))
		shape_whole.read(reader, place, &retry->attempts);
	else if (place->value->kind == NODE_MAP)
		keys_read(reader, &retry_keys, place->value, retry);
	else
		place_wrong(reader, place, "a number of attempts, or a map");
}

const struct shape shape_retry = {
    .name = "retry",
    .read = read_retry,
    .schema = JSON({"$ref" : "#/$defs/count"}),
    .form = FORM_MAP,
    .of = &retry_keys,
};

static void read_by(struct reader *reader, const struct place *place, void *target)
{
	int64_t by;

	if (place->value->kind != NODE_SCALAR || !node_int(place->value, &by))
		place_wrong(reader, place, "a number of people");
	else if (by < 1 || by > PEOPLE_MAX)
		diag_error(reader->diags, "out-of-range", place->value->span,
		    "`by` is at least 1 and at most %d", PEOPLE_MAX);
	else
		*(int64_t *)target = by;
}

static const struct shape shape_by = {
    .name = "by",
    .read = read_by,
    .schema = JSON({"type" : "integer", "minimum" : 1, "maximum" : 9}),
};

/* What is checked once more behind an answer takes time too: it must not be what makes the answer void. */
static void read_expires(struct reader *reader, const struct place *place, void *target)
{
	int64_t us = EXPIRES_LEAST_US;

	shape_positive.read(reader, place, &us);
	if (us < EXPIRES_LEAST_US)
		diag_error(reader->diags, "too-short", place->value->span,
		    "an approval holds for a minute at least");
	*(int64_t *)target = us;
}

static const struct shape shape_expires = {
    .name = "expires",
    .read = read_expires,
    .schema = JSON({"$ref" : "#/$defs/positive-duration"}),
};

static const struct key approve_rows[] = {
    {"prompt", &shape_template, offsetof(struct approval, prompt), 0, 0,
	"What the person is told who decides."},
    {"by", &shape_by, offsetof(struct approval, by), 0, 0,
	"How many different people must agree; otherwise 1."},
    {"expires", &shape_expires, offsetof(struct approval, expires_us), 0, 0,
	"How old an approval may be when what was approved begins; otherwise 1h."},
    {"when", &shape_expression, offsetof(struct approval, when), 0, 0,
	"An expression: nobody is asked when it is false."},
    {0},
};

const struct key_table approve_keys = {
    .name = "approve-map",
    .noun = "`approve`",
    .keys = approve_rows,
};

static void read_approve(struct reader *reader, const struct place *place, void *target)
{
	struct approval *approval = target;
	struct diag *diag;
	bool wanted;

	*approval = (struct approval){
	    .by = 1, .expires_us = APPROVAL_HOLDS_US, .span = place->name->span};
	if (place->value->kind == NODE_MAP) {
		keys_read(reader, &approve_keys, place->value, approval);
		approval->wanted = true;
	} else if (place->value->kind == NODE_SCALAR && node_bool(place->value, &wanted)) {
		approval->wanted = wanted;
		approval->refused = !wanted;
	} else if (place->value->kind == NODE_SCALAR && !node_is_null(place->value)) {
		diag = place_wrong(reader, place, "true, false or a map");
		suggest_bool(reader->diags, diag, place->value);
		if (!diag->help.len)
			diag_help(reader->diags, diag, "what the person is told is {prompt: …}");
	} else {
		place_wrong(reader, place, "true, false or a map");
	}
}

const struct shape shape_approve = {
    .name = "approve",
    .read = read_approve,
    .schema = JSON({"$ref" : "#/$defs/bool"}),
    .form = FORM_MAP,
    .of = &approve_keys,
};

/* In the order of enum effect_class. */
static const char *const effect_words[] = {"read", "change", "destroy", NULL};

static void read_effect(struct reader *reader, const struct place *place, void *target)
{
	struct step *step = target;
	size_t effect;

	if (!read_word(reader, place, &effect))
		return;
	step->effect = (enum effect_class)effect;
	step->effect_given = true;
	step->effect_span = place->value->span;
}

const struct shape shape_effect = {.name = "effect", .read = read_effect, .words = effect_words};

static void read_needs(struct reader *reader, const struct place *place, void *target)
{
	struct step *step = target;
	const struct node *single[] = {place->value};
	const struct node **items = single;
	size_t count = 1;

	step->needs_given = true;
	step->needs_span = place->name->span;
	if (place->value->kind == NODE_LIST) {
		items = place->value->list.items;
		count = place->value->list.count;
	}
	step->needs = arena_array(reader->arena, count, sizeof(*step->needs));
	for (size_t i = 0; i < count; i++) {
		if (items[i]->kind != NODE_SCALAR || node_is_null(items[i]))
			diag_help(reader->diags,
			    diag_error(reader->diags, "wrong-type", items[i]->span,
				"an entry of `needs` is an id, not %.*s",
				STR_ARG(node_noun(reader->arena, items[i]))),
			    "as in [first, second]");
		else
			step->needs[step->need_count++] = (struct node_list_entry){
			    items[i]->scalar.bytes, items[i]->span};
	}
}

const struct shape shape_needs = {
    .name = "needs",
    .read = read_needs,
    .schema = JSON({
	    "anyOf" : [
		    {"$ref" : "#/$defs/name"},
		    {"type" : "array", "items" : {"$ref" : "#/$defs/name"}}
	    ]
    }),
};

static void read_outputs(struct reader *reader, const struct place *place, void *target)
{
	struct step *step = target;
	size_t count = read_entries(reader, place);

	step->outputs = arena_array(reader->arena, count, sizeof(*step->outputs));
	for (size_t i = 0; i < count; i++) {
		const struct node_entry *entry = &place->value->map.entries[i];
		struct place item = {.name = entry->key, .value = entry->value};
		struct output *output = &step->outputs[step->output_count++];

		*output = (struct output){
		    .name = entry->key->scalar.bytes, .span = entry->key->span};
		read_name(reader, entry->key, "an output");
		if (entry->value->kind == NODE_SCALAR)
			read_expr(reader, &item, &output->value);
		else
			output->constant = template_parse(
			    reader->arena, entry->value, 0, reader->diags);
	}
}

const struct shape shape_outputs = {
    .name = "outputs",
    .read = read_outputs,
    .schema = JSON({
	    "type" : "object",
	    "propertyNames" : {"$ref" : "#/$defs/name"},
	    "additionalProperties" :
		{"anyOf" : [ {"$ref" : "#/$defs/expression"}, {"type" : [ "array", "object" ]} ]}
    }),
};

static void read_lock(struct reader *reader, const struct place *place, void *target)
{
	struct step *step = target;
	struct str name = {0};
	struct diag *diag;
	bool good;

	read_string(reader, place, &name);
	if (!name.ptr)
		return;
	good = name.len > 0 && name.len <= LOCK_NAME_MAX && name.ptr[0] != '.';
	for (size_t i = 0; i < name.len && good; i++)
		good = (name.ptr[i] >= 'a' && name.ptr[i] <= 'z') ||
		    (name.ptr[i] >= '0' && name.ptr[i] <= '9') || name.ptr[i] == '_' ||
		    name.ptr[i] == '-' || name.ptr[i] == '.';
	step->lock = name;
	step->lock_span = place->value->span;
	if (good)
		return;
	diag = diag_error(reader->diags, "bad-name", place->value->span,
	    "`%.*s` cannot name a lock", STR_ARG(str_sub(name, 0, 60)));
	diag_help(reader->diags, diag,
	    "small letters, digits, _, - and dots, %d at most: every run on the machine knows it",
	    LOCK_NAME_MAX);
}

const struct shape shape_lock = {
    .name = "lock",
    .read = read_lock,
    .schema = JSON({"type" : "string", "pattern" : "^[a-z0-9_-][a-z0-9_.-]{0,99}$"}),
};

/* In the order of enum on_failure. */
static const char *const failure_words[] = {"continue", "stop", "rollback", NULL};

static void read_on_failure(struct reader *reader, const struct place *place, void *target)
{
	struct runbook *runbook = target;
	size_t word;

	runbook->on_failure_span = place->value->span;
	if (read_word(reader, place, &word))
		runbook->on_failure = (enum on_failure)word;
}

const struct shape shape_on_failure = {
    .name = "on-failure", .read = read_on_failure, .words = failure_words};
