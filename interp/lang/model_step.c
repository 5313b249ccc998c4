/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

/* What holds where a step says nothing. */
enum { DEFAULT_DELAY_US = 1000000, DEFAULT_MAX_DELAY_US = 300 * 1000000 };

/* A step as it is read. */
struct step_draft {
	struct step step;
	struct place id;
	struct place blocked; /* steps */
	struct process_places process;
	struct place rehearse;
	struct manual_places manual;
	struct use_places use;
};

const struct shape shape_id = {
    .name = "name",
    .schema = JSON({"type" : "string", "pattern" : "^(?!(true|false|null|in)$)[a-z][a-z0-9_]*$"}),
};

#define STEP(field) offsetof(struct step_draft, step.field)

/* `target` stands first: what is read after it runs there. */
static const struct key step_rows[] = {
    {"target", &shape_target, STEP(at), 0, 0,
	"Where it runs, and all that stands in it: the name of a target, {ssh: …}, or `local`."},
    {"id", &shape_id, offsetof(struct step_draft, id), KEY_REQUIRED | KEY_KEPT, 0,
	"Its name, unique in the runbook: a small letter, then small letters, "
	"digits and _."},
    {"title", &shape_text, STEP(title), 0, 0, "A line for people; otherwise the id."},
    {"description", &shape_text, STEP(description), 0, 0,
	"More for people: why it is done, and what to look out for."},
    {"needs", &shape_needs, offsetof(struct step_draft, step), 0, 0,
	"Steps of the same list that it waits for; without it, all above."},
    {"when", &shape_expression, STEP(when), 0, 0,
	"An expression: the step is skipped when it is false."},
    {"preconditions", &shape_checks, STEP(preconditions), KEY_ENOUGH, 0,
	"Checks that must hold before anything is touched."},
    {"approve", &shape_approve, STEP(approve), 0, 0,
	"Asks a person first: true, or {prompt, by, when}; implied by `effect: "
	"destroy`."},
    PROCESS_KEYS(struct step_draft),
    {"steps", &shape_some_steps, offsetof(struct step_draft, blocked), KEY_KEPT | KEY_ACTION,
	GOES_BLOCK, "Makes the step a block: steps with one outcome."},
    {"finally", &shape_steps, STEP(finally), 0, GOES_BLOCK,
	"Steps that run when the block has ended, whatever became of it."},
    {"expect", &shape_expression, STEP(expect), 0, GOES_ACTION | GOES_MANUAL,
	"An expression over the result that must be true."},
    {"verify", &shape_checks, STEP(verify), KEY_ENOUGH, 0, "Checks that must hold after it."},
    {"timeout", &shape_positive, STEP(timeout_us), 0, GOES_ACTION | GOES_BLOCK | GOES_MANUAL,
	"How long one attempt may take, verification excluded."},
    {"grace", &shape_duration, STEP(grace_us), 0, GOES_PROCESS,
	"The time between TERM and KILL; otherwise 10s."},
    {"retry", &shape_retry, STEP(retry), 0, GOES_ACTION | GOES_BLOCK | GOES_MANUAL,
	"Tries it again: a number of attempts, or {attempts, delay, backoff, "
	"…}."},
    {"effect", &shape_effect, offsetof(struct step_draft, step), 0,
	GOES_ACTION | GOES_NOTHING | GOES_MANUAL,
	"What it does to the world: read, change or destroy."},
    {"allow_failure", &shape_bool, STEP(allow_failure), 0, 0,
	"A failure is an answer: what needs the step goes on, and `when` can "
	"ask."},
    {"idempotent", &shape_bool, STEP(idempotent), 0, GOES_ACTION | GOES_BLOCK | GOES_MANUAL,
	"Doing it again does no harm."},
    {"outputs", &shape_outputs, offsetof(struct step_draft, step), KEY_ENOUGH, 0,
	"Names for what it found out: name: expression over the result."},
    {"estimate", &shape_range, STEP(estimate_low_us), 0, 0,
	"How long it usually takes, as 5m or 2m..10m."},
    {"within", &shape_positive, STEP(poll.within_us), 0, GOES_ACTION,
	"Of a reading step: asked again and again until it holds, for this "
	"long at "
	"most."},
    {"every", &shape_positive, STEP(poll.every_us), 0, GOES_ACTION,
	"Of a reading step: the time between two polls; otherwise 1s."},
    {"for", &shape_positive, STEP(poll.for_us), 0, GOES_ACTION,
	"Of a reading step: how long it must go on holding; a lapse starts it "
	"again."},
    {"message", &shape_template, STEP(message), 0, GOES_ACTION,
	"Of a reading step: what a person is told when it does not hold."},
    {"unless", &shape_checks, STEP(unless), KEY_ENOUGH, 0,
	"Checks; when all hold, the action is not needed."},
    {"manual", &shape_template, offsetof(struct step_draft, manual.text), KEY_KEPT | KEY_ACTION,
	GOES_MANUAL, "What a person does and confirms, in words."},
    {"inputs", &shape_inputs, offsetof(struct step_draft, manual.inputs), KEY_KEPT, GOES_MANUAL,
	"Typed values that the person is asked for: name: {type, …}."},
    {"rollback", &shape_some_steps, STEP(rollback), 0, 0,
	"Steps that undo it, where the run fails and says `on_failure: "
	"rollback`."},
    {"rehearse", &shape_argv, offsetof(struct step_draft, rehearse), KEY_KEPT, GOES_ACTION,
	"The argv of the action's own dry run, which a rehearsal runs in its place; it changes "
	"nothing."},
    {"for_each", &shape_each, STEP(each), 0, 0,
	"A list: the step, or the whole block, once for each item."},
    {"as", &shape_as, STEP(each), 0, 0, "The name of the item; otherwise `item`."},
    {"max_parallel", &shape_whole, STEP(each.max_parallel), 0, 0,
	"How many items at once; otherwise 1."},
    {"keep_going", &shape_keep_going, STEP(each.max_failures), 0, 0,
	"Other items begin although one failed."},
    {"max_failures", &shape_max_failures, STEP(each.max_failures), 0, 0,
	"How many items may fail before no other begins; otherwise none."},
    {"canary", &shape_canary, STEP(each.canary), 0, 0,
	"So many items run first; no other begins unless all of them end well."},
    {"background", &shape_background, offsetof(struct step_draft, step), 0, GOES_BLOCK,
	"A process that lives exactly as long as the block: {run: …} or {pipe: "
	"…}."},
    {"ready", &shape_checks, STEP(ready), 0, GOES_BLOCK,
	"Checks that the background process is ready, before the first step."},
    {"lock", &shape_lock, offsetof(struct step_draft, step), 0, 0,
	"Steps with the same lock never run at once, in any run on this "
	"machine."},
    {"artifacts", NULL, 0, KEY_LATER, 0, "Paths whose digests go into the record."},
    {"sensitive", &shape_bool, STEP(sensitive), 0, GOES_ACTION,
	"Its output is neither shown nor recorded, and its outputs are "
	"secrets."},
    {"use", &shape_use, offsetof(struct step_draft, use.use), KEY_KEPT | KEY_ACTION, GOES_BLOCK,
	"A template by its name, or another runbook by its path, as one step."},
    {"with", &shape_with, offsetof(struct step_draft, use.with), KEY_KEPT, 0,
	"The parameters of what is used: name: value."},
    {0},
};

static const struct key_pair step_companions[] = {
    {"every", "within", "`within` says how long it may take to begin to hold"},
    {"for", "within", "`within` says how long it may take to begin to hold"},
    {"as", "for_each", "it says how a loop goes through its items"},
    {"max_parallel", "for_each", "it says how a loop goes through its items"},
    {"keep_going", "for_each", "it says how a loop goes through its items"},
    {"max_failures", "for_each", "it says how a loop goes through its items"},
    {"canary", "for_each", "it says how a loop goes through its items"},
    {"with", "use", "it gives the parameters of what is used"},
    {"ready", "background", "it says when the background process is ready"},
    {0},
};

static const struct key_pair step_rivals[] = {
    {"retry", "within", "that asks again already"},
    {"keep_going", "max_failures", "`true` is `max_failures: 100%`, `false` is 0"},
    {"outputs", "use", "the step has the outputs of what it uses"},
    {0},
};

static const struct key_pair step_proxies[] = {
    {"for_each", "target", "one that is many is a loop"},
    {0},
};

const struct key_table step_keys = {
    .name = "step",
    .noun = "a step",
    .keys = step_rows,
    .companions = step_companions,
    .proxies = step_proxies,
    .rivals = step_rivals,
    .actions = true,
};

static void read_id(struct reader *reader, const struct place *place, struct step *step)
{
	if (place->value->kind != NODE_SCALAR || node_is_null(place->value)) {
		place_wrong(reader, place, "a name");
		return;
	}
	step->id = place->value->scalar.bytes;
	step->span = place->value->span;
	read_name(reader, place->value, "a step");
}

static const char *effect_noun(enum effect_class effect)
{
	return effect == EFFECT_DESTROY ? "destruction" : effect_class_name(effect);
}

/* What a process or a person does, nobody knows; but one whose output goes to a file changes that. */
static void settle_unknown(
    struct reader *reader, const struct process_places *process, struct step *step, unsigned goes)
{
	struct diag *diag;

	if (!step->effect_given)
		step->effect = EFFECT_CHANGE;
	if (!(goes & GOES_PROCESS) || step->effect != EFFECT_READ || !process->stdout_to.value)
		return;
	diag = diag_error(reader->diags, "effect", step->effect_span,
	    "a step that writes its output to a file is a change, not a read");
	diag_help(reader->diags, diag,
	    "leave `effect` out; or take `stdout` away, and hand on what is needed by `outputs`");
}

/* Fills in what `effect` leaves open and refuses what contradicts the action. */
static void settle_effect(
    struct reader *reader, const struct process_places *process, struct step *step, unsigned goes)
{
	enum effect_class known;
	struct diag *diag;

	if (goes & (GOES_PROCESS | GOES_MANUAL)) {
		settle_unknown(reader, process, step, goes);
		return;
	}
	known = step->action.spec ? action_effect(reader->arena, &step->action) : EFFECT_READ;
	if (!step->effect_given) {
		step->effect = known;
	} else if (goes == GOES_NOTHING && step->effect != EFFECT_READ) {
		diag_error(reader->diags, "effect", step->effect_span,
		    "a step without an action only reads");
	} else if (step->effect < known) {
		diag = diag_error(reader->diags, "effect", step->effect_span,
		    "`%s` is a %s here, not a %s", step->action.spec->name, effect_noun(known),
		    effect_noun(step->effect));
		diag_help(reader->diags, diag, "leave `effect` out, or write `%s`%s",
		    effect_class_name(known),
		    action_is_constant(&step->action)
			? ""
			: "; what is known only at run time counts as a change");
	}
}

/* A block, or what a person does, stands alone: gives what the step goes with now, 0 after a report. */
static unsigned read_beside(
    struct reader *reader, const struct place *place, unsigned goes, unsigned own)
{
	if (goes == GOES_NOTHING)
		return own;
	diag_help(reader->diags,
	    diag_error(reader->diags, "excluded", place->name->span,
		"`%.*s` cannot stand beside an action: a step does one thing",
		STR_ARG(place_name(place))),
	    "make two steps of it");
	return 0;
}

/* What is asked again and again only reads. */
static void check_poll(
    struct reader *reader, const struct node *map, const struct step *step, unsigned goes)
{
	struct diag *diag;

	if (step->poll.within_us == UNSET_US || step->effect == EFFECT_READ || !goes)
		return;
	diag = diag_error(reader->diags, "polled-change", node_get(map, STR("within"))->span,
	    "only a step that reads can be asked again until it holds");
	diag_help(reader->diags, diag,
	    goes & GOES_PROCESS ? "write `effect: read` if it changes nothing"
				: "poll under `verify`, where checks only read");
}

/* The dry run of an action: it sees what the action's process sees, and its output goes nowhere else. */
static void read_rehearse(struct reader *reader, const struct step_draft *draft, struct step *step)
{
	struct process_places places = draft->process;

	if (!draft->rehearse.value)
		return;
	places.run = draft->rehearse;
	places.pipe = places.stdout_to = places.shell = (struct place){0};
	if (draft->rehearse.value->kind != NODE_LIST) {
		place_wrong(
		    reader, &draft->rehearse, "an argv, as in [kubectl, apply, --dry-run=server]");
		return;
	}
	if (step->effect == EFFECT_READ) {
		diag_help(reader->diags,
		    diag_error(reader->diags, "excluded", draft->rehearse.name->span,
			"a step that reads needs no dry run: a rehearsal runs it"),
		    "leave `rehearse` out");
		return;
	}
	process_action(reader, &draft->rehearse, &places, &step->rehearse);
}

static unsigned read_what(
    struct reader *reader, const struct node *map, struct step_draft *draft, struct step *step)
{
	unsigned goes = action_read(reader, map, &draft->process, &step->action);

	if (draft->manual.text.value) {
		manual_read(reader, &draft->manual, &step->manual);
		goes = read_beside(reader, &draft->manual.text, goes, GOES_MANUAL);
	}
	if (draft->blocked.value) {
		step->is_block = true;
		place_read(reader, &draft->blocked, &step->steps);
		goes = read_beside(reader, &draft->blocked, goes, GOES_BLOCK);
	}
	if (draft->use.use.value) {
		goes = read_beside(reader, &draft->use.use, goes, GOES_BLOCK);
		use_read(reader, &draft->use, step);
	}
	return goes;
}

static bool reads_own_stream(const struct step *step)
{
	bool reads = expr_reads_stream(step->expect, step->action.spec) ||
	    expr_reads_stream(step->retry.when, step->action.spec);

	for (size_t i = 0; i < step->output_count && !reads; i++)
		reads = expr_reads_stream(step->outputs[i].value, step->action.spec);
	return reads;
}

struct step step_defaults(void)
{
	return (struct step){
	    .grace_us = DEFAULT_GRACE_US,
	    .poll = {UNSET_US, DEFAULT_EVERY_US, 0},
	    .approve = {.by = 1, .expires_us = APPROVAL_HOLDS_US},
	    .each = {.as = STR("item"), .max_parallel = 1},
	    .retry = {1, DEFAULT_DELAY_US, 1, DEFAULT_MAX_DELAY_US, 0, NULL},
	    .estimate_low_us = UNSET_US,
	    .estimate_high_us = UNSET_US,
	};
}

static struct step *read_one(struct reader *reader, const struct node *map)
{
	struct step_draft draft = {.step = step_defaults()};
	struct step *step = arena_alloc(reader->arena, sizeof(*step));
	unsigned goes;

	reader->step = step;
	if (!keys_read(reader, &step_keys, map, &draft))
		return NULL;
	reader->outermost->step_count++;
	*step = draft.step;
	step->span = keys_head(map);
	if (draft.id.value)
		read_id(reader, &draft.id, step);
	if (!step->title.len)
		step->title = step->id;
	goes = read_what(reader, map, &draft, step);
	keys_fit(reader, &step_keys, map, goes);
	target_fits(reader, map, &step->action, goes, step->use.book);
	target_loop(reader, &step_keys, map, &step->at, &step->each);
	if (!(goes & (GOES_ACTION | GOES_MANUAL)))
		step->expect = NULL; /* was refused, or there is a worse mistake */
	settle_effect(reader, &draft.process, step, goes);
	if (goes & GOES_ACTION)
		read_rehearse(reader, &draft, step);
	check_poll(reader, map, step, goes);
	step->replaces_success = expr_replaces_success(step->expect, step->action.spec);
	step->reads_streams = reads_own_stream(step);
	return step;
}

/* What it says of where things run holds for it alone. */
static struct step *read_step(struct reader *reader, const struct node *map)
{
	struct at outer = reader->at;
	const struct step *around = reader->step;
	struct step *step = read_one(reader, map);

	reader->at = outer;
	reader->step = around;
	return step;
}

static void read_steps(struct reader *reader, const struct place *place, void *target)
{
	struct steps *steps = target;
	const struct node *list = place->value;
	struct runbook *runbook = reader->outermost;
	struct diag *diag;

	if (list->kind != NODE_LIST) {
		diag = place_wrong(reader, place, "a list of steps");
		if (list->kind == NODE_MAP)
			diag_help(reader->diags, diag, "write each step as `- id: …`");
		return;
	}
	steps->items = arena_array(reader->arena, list->list.count, sizeof(struct step *));
	for (size_t i = 0; i < list->list.count && !runbook->overfull; i++) {
		if (runbook->step_count == STEPS_MAX) {
			runbook->overfull = true;
			diag_error(reader->diags, "too-many-steps", list->list.items[i]->span,
			    "a runbook has at most %d steps", STEPS_MAX);
			return;
		}
		steps->items[steps->count] = read_step(reader, list->list.items[i]);
		steps->count += steps->items[steps->count] != NULL;
	}
}

static void read_some_steps(struct reader *reader, const struct place *place, void *target)
{
	read_steps(reader, place, target);
	if (place->value->kind == NODE_LIST && place->value->list.count == 0)
		diag_help(reader->diags,
		    diag_error(reader->diags, "empty", place->value->span,
			"`%.*s` is an empty list", STR_ARG(place_name(place))),
		    "write what belongs there, or take the key away");
}

const struct shape shape_steps = {
    .name = "steps",
    .read = read_steps,
    .form = FORM_LIST,
    .of = &step_keys,
};
const struct shape shape_some_steps = {
    .name = "some-steps",
    .read = read_some_steps,
    .form = FORM_SOME,
    .of = &step_keys,
};
