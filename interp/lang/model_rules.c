/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

#include "base/spell.h"

/* The most tries that make sense; more is a mistake of the hand. */
enum { ATTEMPTS_MAX = 10000 };

/* A lock is a file. */
enum { LOCK_NAME_MAX = 100 };

struct retry_draft {
	struct retry retry;
	struct place attempts;
	struct place backoff;
	struct place jitter;
};

const struct key_table retry_keys = {
    .noun = "`retry`",
    .keys =
	(const struct key[]){
	    {"attempts", read_node, offsetof(struct retry_draft, attempts), KEY_REQUIRED, 0,
		"How often it is tried at most, the first time included.", NULL},
	    {"delay", read_duration, offsetof(struct retry_draft, retry.delay_us), 0, 0,
		"The pause before the second try; otherwise 1s.", NULL},
	    {"backoff", read_node, offsetof(struct retry_draft, backoff), 0, 0,
		"The factor from one pause to the next, 1 or more; otherwise 1.", NULL},
	    {"max_delay", read_positive, offsetof(struct retry_draft, retry.max_delay_us), 0, 0,
		"No pause is longer than this; otherwise 5m.", NULL},
	    {"jitter", read_node, offsetof(struct retry_draft, jitter), 0, 0,
		"The share of a pause, 0 to 1, by which it may be longer or shorter; otherwise 0.",
		NULL},
	    {"when", read_expr, offsetof(struct retry_draft, retry.when), 0, 0,
		"An expression over the result: try again only when it is true.", NULL},
	    {0},
	},
};

static void read_attempts(struct reader *reader, const struct place *place, int64_t *ret_attempts)
{
	int64_t attempts;

	if (place->value->kind != NODE_SCALAR || !node_int(place->value, &attempts))
		place_wrong(reader, place, "a whole number");
	else if (attempts < 1 || attempts > ATTEMPTS_MAX)
		diag_error(reader->diags, "out-of-range", place->value->span,
		    "`%.*s` is at least 1 and at most %d", STR_ARG(place_name(place)),
		    ATTEMPTS_MAX);
	else
		*ret_attempts = attempts;
}

static void read_share(
    struct reader *reader, const struct place *place, double low, double high, double *ret_share)
{
	int64_t whole;
	double share;

	if (!place->value)
		return;
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

void read_retry(struct reader *reader, const struct place *place, void *target)
{
	struct retry_draft draft = {.retry = *(struct retry *)target};
	int64_t attempts;

	if (place->value->kind == NODE_SCALAR && node_int(place->value, &attempts)) {
		read_attempts(reader, place, &draft.retry.attempts);
	} else {
		if (place->value->kind != NODE_MAP) {
			place_wrong(reader, place, "a number of attempts, or a map");
			return;
		}
		keys_read(reader, &retry_keys, place->value, &draft);
		if (draft.attempts.value)
			read_attempts(reader, &draft.attempts, &draft.retry.attempts);
		read_share(reader, &draft.backoff, 1, 1000, &draft.retry.backoff);
		read_share(reader, &draft.jitter, 0, 1, &draft.retry.jitter);
	}
	*(struct retry *)target = draft.retry;
}

struct approve_draft {
	struct approval approval;
	struct place by;
};

const struct key_table approve_keys = {
    .noun = "`approve`",
    .keys =
	(const struct key[]){
	    {"prompt", read_text, offsetof(struct approve_draft, approval.prompt), 0, 0,
		"What the person is told who decides.", NULL},
	    {"by", read_node, offsetof(struct approve_draft, by), 0, 0,
		"How many different people must agree; otherwise 1.", NULL},
	    {"when", read_expr, offsetof(struct approve_draft, approval.when), 0, 0,
		"An expression: nobody is asked when it is false.", NULL},
	    {0},
	},
};

static void read_by(struct reader *reader, const struct place *place, int64_t *ret_by)
{
	int64_t by = 1;

	if (!place->value)
		return;
	read_attempts(reader, place, &by);
	if (by > 1)
		diag_error(reader->diags, "not-built-yet", place->value->span,
		    "an approval by more than one person is not built yet");
	*ret_by = by;
}

void read_approve(struct reader *reader, const struct place *place, void *target)
{
	struct approve_draft draft = {.approval = {.by = 1, .span = place->name->span}};
	struct diag *diag;
	bool wanted;

	if (place->value->kind == NODE_MAP) {
		keys_read(reader, &approve_keys, place->value, &draft);
		read_by(reader, &draft.by, &draft.approval.by);
		draft.approval.wanted = true;
	} else if (place->value->kind == NODE_SCALAR && node_bool(place->value, &wanted)) {
		draft.approval.wanted = wanted;
		draft.approval.refused = !wanted;
	} else if (place->value->kind == NODE_SCALAR && !node_is_null(place->value)) {
		diag = place_wrong(reader, place, "true, false or a map");
		suggest_bool(reader->diags, diag, place->value);
		if (!diag->help.len)
			diag_help(reader->diags, diag, "what the person is told is {prompt: …}");
	} else {
		place_wrong(reader, place, "true, false or a map");
	}
	*(struct approval *)target = draft.approval;
}

void read_effect(struct reader *reader, const struct place *place, void *target)
{
	struct step *step = target;
	struct str name = {0};
	struct spell spell;
	struct diag *diag;

	read_string(reader, place, &name);
	if (!name.len)
		return;
	spell_init(&spell, name);
	for (int class = EFFECT_READ; class <= EFFECT_DESTROY; class ++) {
		struct str candidate = str_from(effect_class_name((enum effect_class) class));

		if (str_eq(name, candidate)) {
			step->effect = (enum effect_class) class;
			step->effect_given = true;
			step->effect_span = place->value->span;
			return;
		}
		spell_try(&spell, candidate);
	}
	diag = diag_error(reader->diags, "wrong-type", place->value->span,
	    "`effect` is read, change or destroy, not %.*s",
	    STR_ARG(node_noun(reader->arena, place->value)));
	if (spell_best(&spell).len)
		diag_help(reader->diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
}

void read_needs(struct reader *reader, const struct place *place, void *target)
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
			diag_error(reader->diags, "wrong-type", items[i]->span,
			    "an entry of `needs` is an id, not %.*s",
			    STR_ARG(node_noun(reader->arena, items[i])));
		else
			step->needs[step->need_count++] = (struct node_list_entry){
			    items[i]->scalar.bytes, items[i]->span};
	}
}

void read_outputs(struct reader *reader, const struct place *place, void *target)
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

void read_lock(struct reader *reader, const struct place *place, void *target)
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

void read_on_failure(struct reader *reader, const struct place *place, void *target)
{
	static const char *const names[] = {
	    [FAILURE_CONTINUE] = "continue",
	    [FAILURE_STOP] = "stop",
	    [FAILURE_ROLLBACK] = "rollback",
	};
	struct runbook *runbook = target;
	struct str name = {0};
	struct spell spell;
	struct diag *diag;

	read_string(reader, place, &name);
	if (!name.ptr)
		return;
	runbook->on_failure_span = place->value->span;
	spell_init(&spell, name);
	for (int i = FAILURE_CONTINUE; i <= FAILURE_ROLLBACK; i++) {
		if (str_is(name, names[i])) {
			runbook->on_failure = (enum on_failure)i;
			return;
		}
		spell_try(&spell, str_from(names[i]));
	}
	diag = diag_error(reader->diags, "wrong-type", place->value->span,
	    "`on_failure` is continue, stop or rollback, not %.*s",
	    STR_ARG(node_noun(reader->arena, place->value)));
	if (spell_best(&spell).len)
		diag_help(reader->diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
}
