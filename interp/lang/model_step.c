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
	struct manual_places manual;
	struct use_places use;
};

#define STEP(field) offsetof(struct step_draft, step.field)
#define PLACE(field) offsetof(struct step_draft, process.field)

const struct
    key_table
	step_keys =
	    {
		.noun = "a step",
		.actions = true,
		.keys =
		    (const struct key[]){
			{"id", read_node, offsetof(struct step_draft, id), KEY_REQUIRED, 0,
			    "Its name, unique in the runbook: a small letter, then small letters, "
			    "digits and _.",
			    NULL},
			{"title", read_string, STEP(title), 0, 0,
			    "A line for people; otherwise the id.", NULL},
			{"description", read_string, STEP(description), 0, 0,
			    "More for people: why it is done, and what to look out for.", NULL},
			{"needs", read_needs, offsetof(struct step_draft, step), 0, 0,
			    "Steps of the same list that it waits for; without it, all above.",
			    NULL},
			{"when", read_expr, STEP(when), 0, 0,
			    "An expression: the step is skipped when it is false.", NULL},
			{"preconditions", read_checks, STEP(preconditions), 0, 0,
			    "Checks that must hold before anything is touched.", &check_keys},
			{"approve", read_approve, STEP(approve), 0, 0,
			    "Asks a person first: true, or {prompt, by, when}; implied by `effect: "
			    "destroy`.",
			    &approve_keys},
			{"run", read_node, PLACE(run), 0, 0,
			    "A process: an argv, or a text for a shell.", NULL},
			{"pipe", read_node, PLACE(pipe), 0, 0,
			    "Processes joined by pipes: a list of argvs.", NULL},
			{"env", read_node, PLACE(env), 0, GOES_PROCESS,
			    "Environment variables, over the runbook's and the inherited ones.",
			    NULL},
			{"cwd", read_node, PLACE(cwd), 0, GOES_PROCESS,
			    "The folder it runs in; without it, the runbook's.", NULL},
			{"stdin", read_node, PLACE(stdin_from), 0, GOES_PROCESS,
			    "What it reads: {text: …} or {file: …}; otherwise nothing.",
			    &stdin_keys},
			{"stdout", read_node, PLACE(stdout_to), 0, GOES_PROCESS,
			    "Where its standard output goes: {file: …}; otherwise it is kept.",
			    &stdout_keys},
			{"shell", read_node, PLACE(shell), 0, GOES_SCRIPT,
			    "An argv that the script is appended to; otherwise [bash, -euo, "
			    "pipefail, "
			    "-c].",
			    NULL},
			{"steps", read_node, offsetof(struct step_draft, blocked), 0, 0,
			    "Makes the step a block: steps with one outcome.", &step_keys},
			{"finally", read_finally, STEP(finally), 0, GOES_BLOCK,
			    "Steps that run when the block has ended, whatever became of it.",
			    &step_keys},
			{"expect", read_expr, STEP(expect), 0, GOES_ACTION | GOES_MANUAL,
			    "An expression over the result that must be true.", NULL},
			{"verify", read_checks, STEP(verify), 0, 0,
			    "Checks that must hold after it.", &check_keys},
			{"timeout", read_positive, STEP(timeout_us), 0,
			    GOES_ACTION | GOES_BLOCK | GOES_MANUAL,
			    "How long one attempt may take, verification excluded.", NULL},
			{"grace", read_duration, STEP(grace_us), 0, GOES_PROCESS,
			    "The time between TERM and KILL; otherwise 10s.", NULL},
			{"retry", read_retry, STEP(retry), 0,
			    GOES_ACTION | GOES_BLOCK | GOES_MANUAL,
			    "Tries it again: a number of attempts, or {attempts, delay, backoff, "
			    "…}.",
			    &retry_keys},
			{"effect", read_effect, offsetof(struct step_draft, step), 0,
			    GOES_ACTION | GOES_NOTHING | GOES_MANUAL,
			    "What it does to the world: read, change or destroy.", NULL},
			{"allow_failure", read_bool, STEP(allow_failure), 0, 0,
			    "A failure is an answer: what needs the step goes on, and `when` can "
			    "ask.",
			    NULL},
			{"idempotent", read_bool, STEP(idempotent), 0,
			    GOES_ACTION | GOES_BLOCK | GOES_MANUAL, "Doing it again does no harm.",
			    NULL},
			{"outputs", read_outputs, offsetof(struct step_draft, step), 0, 0,
			    "Names for what it found out: name: expression over the result.", NULL},
			{"estimate", read_range, STEP(estimate_low_us), 0, 0,
			    "How long it usually takes, as 5m or 2m..10m.", NULL},
			{"within", read_positive, STEP(poll.within_us), 0, GOES_ACTION,
			    "Of a reading step: asked again and again until it holds, for this "
			    "long at "
			    "most.",
			    NULL},
			{"every", read_positive, STEP(poll.every_us), 0, GOES_ACTION,
			    "Of a reading step: the time between two polls; otherwise 1s.", NULL},
			{"for", read_positive, STEP(poll.for_us), 0, GOES_ACTION,
			    "Of a reading step: how long it must go on holding; a lapse starts it "
			    "again.",
			    NULL},
			{"message", read_text, STEP(message), 0, GOES_ACTION,
			    "Of a reading step: what a person is told when it does not hold.",
			    NULL},
			{"unless", read_checks, STEP(unless), 0, 0,
			    "Checks; when all hold, the action is not needed.", &check_keys},
			{"manual", read_node, offsetof(struct step_draft, manual.text), 0, 0,
			    "What a person does and confirms, in words.", NULL},
			{"inputs", read_node, offsetof(struct step_draft, manual.inputs), 0,
			    GOES_MANUAL,
			    "Typed values that the person is asked for: name: {type, …}.",
			    &input_keys},
			{"rollback", read_rollback, STEP(rollback), 0, 0,
			    "Steps that undo it, where the run fails and says `on_failure: "
			    "rollback`.",
			    &step_keys},
			{"rehearse", NULL, 0, KEY_LATER, 0, "The argv of the action's own dry run.",
			    NULL},
			{"for_each", read_each, STEP(each), 0, 0,
			    "A list: the step, or the whole block, once for each item.", NULL},
			{"as", read_as, STEP(each), 0, 0, "The name of the item; otherwise `item`.",
			    NULL},
			{"max_parallel", read_max_parallel, STEP(each), 0, 0,
			    "How many items at once; otherwise 1.", NULL},
			{"keep_going", read_bool, STEP(each.keep_going), 0, 0,
			    "Other items begin although one failed.", NULL},
			{"background", read_background, offsetof(struct step_draft, step), 0,
			    GOES_BLOCK,
			    "A process that lives exactly as long as the block: {run: …} or {pipe: "
			    "…}.",
			    &background_keys},
			{"ready", read_checks, STEP(ready),
			    0, GOES_BLOCK, "Checks that the background process is ready, before the first step.",
			    &check_keys},
			{"lock", read_lock, offsetof(struct step_draft, step), 0, 0,
			    "Steps with the same lock never run at once, in any run on this "
			    "machine.",
			    NULL},
			{"artifacts", NULL, 0, KEY_LATER, 0,
			    "Paths whose digests go into the record.", NULL},
			{"sensitive", read_bool, STEP(sensitive), 0, GOES_ACTION,
			    "Its output is neither shown nor recorded, and its outputs are "
			    "secrets.",
			    NULL},
			{"target", NULL, 0, KEY_LATER, 0, "Where it runs.", NULL},
		    {"use", read_node, offsetof(struct step_draft, use.use), 0, 0,
			"A template by its name, or another runbook by its path, as one step.",
			NULL},
		    {"with", read_node, offsetof(struct step_draft, use.with), 0, 0,
			"The parameters of what is used: name: value.", NULL},
			{0},
		    },
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

/* Fills in what `effect` leaves open and refuses what contradicts the action. */
static void settle_effect(struct reader *reader, struct step *step, unsigned goes)
{
	enum effect_class known;
	struct diag *diag;

	if (goes & (GOES_PROCESS | GOES_MANUAL)) {
		if (!step->effect_given)
			step->effect = EFFECT_CHANGE;
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
	diag_error(reader->diags, "excluded", place->name->span,
	    "`%.*s` cannot stand beside an action: a step does one thing",
	    STR_ARG(place_name(place)));
	return 0;
}

/* Keys that mean something only beside another one. */
static void check_companions(
    struct reader *reader, const struct node *map, const struct step *step, unsigned goes)
{
	struct diag *diag;

	keys_need(reader, map, (const char *const[]){"as", "max_parallel", "keep_going", NULL},
	    "for_each", "they say how a loop goes through its items");
	keys_need(reader, map, (const char *const[]){"with", NULL}, "use",
	    "it gives the parameters of what is used");
	keys_need(reader, map, (const char *const[]){"ready", NULL}, "background",
	    "it says when the background process is ready");
	poll_fits(reader, map);
	if (step->poll.within_us == UNSET_US || !goes)
		return;
	if (step->effect != EFFECT_READ) {
		diag = diag_error(reader->diags, "polled-change", keys_head(map),
		    "only a step that reads can be asked again until it holds");
		diag_help(reader->diags, diag,
		    goes & GOES_PROCESS ? "write `effect: read` if it changes nothing"
					: "poll under `verify`, where checks only read");
	} else if (step->retry.attempts > 1) {
		diag_error(reader->diags, "excluded", keys_head(map),
		    "`retry` cannot stand beside `within`, which asks again already");
	}
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
		read_steps(reader, &draft->blocked, &step->steps);
		goes = read_beside(reader, &draft->blocked, goes, GOES_BLOCK);
	}
	if (draft->use.use.value) {
		goes = read_beside(reader, &draft->use.use, goes, GOES_BLOCK);
		use_read(reader, &draft->use, step);
	}
	return goes;
}

static void check_empty(
    struct reader *reader, const struct node *map, const struct step *step, unsigned goes)
{
	struct diag *diag;

	if (goes != GOES_NOTHING || step->preconditions.count || step->verify.count ||
	    step->unless.count || step->output_count)
		return;
	diag = diag_error(reader->diags, "empty", step->id.len ? step->span : keys_head(map),
	    "the step does nothing");
	diag_help(reader->diags, diag,
	    "give it `run`, `pipe`, an action such as `file.stat`, `manual`, `steps`, or checks");
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
	    .each = {.as = STR("item"), .max_parallel = 1},
	    .retry = {1, DEFAULT_DELAY_US, 1, DEFAULT_MAX_DELAY_US, 0, NULL},
	    .estimate_low_us = UNSET_US,
	    .estimate_high_us = UNSET_US,
	};
}

static struct step *read_step(struct reader *reader, const struct node *map)
{
	struct step_draft draft = {.step = step_defaults()};
	struct step *step = arena_alloc(reader->arena, sizeof(*step));
	size_t errors = reader->diags->errors;
	unsigned goes;

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
	if (!(goes & (GOES_ACTION | GOES_MANUAL)))
		step->expect = NULL; /* was refused, or there is a worse mistake */
	settle_effect(reader, step, goes);
	check_companions(reader, map, step, goes);
	if (reader->diags->errors == errors)
		check_empty(reader, map, step, goes);
	step->replaces_success = expr_replaces_success(step->expect, step->action.spec);
	step->reads_streams = reads_own_stream(step);
	return step;
}

static void read_list(struct reader *reader, const struct place *place, struct steps *steps)
{
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

void read_steps(struct reader *reader, const struct place *place, void *target)
{
	read_list(reader, place, target);
	if (place->value->kind == NODE_LIST && place->value->list.count == 0)
		diag_error(reader->diags, "empty", place->value->span, "`%.*s` is an empty list",
		    STR_ARG(place_name(place)));
}

void read_rollback(struct reader *reader, const struct place *place, void *target)
{
	read_steps(reader, place, target);
}

void read_finally(struct reader *reader, const struct place *place, void *target)
{
	read_list(reader, place, target);
}
