/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

/* A check as it is read. */
struct check_draft {
	struct check check;
	struct process_places process;
};

#define CHECK(field) offsetof(struct check_draft, check.field)

/* `target` stands first: what is read after it runs there. */
static const struct key check_rows[] = {
    {"target", &shape_target, CHECK(at), 0, GOES_ACTION,
	"Where it runs; otherwise where its step does: the name of a target, {ssh: …}, or "
	"`local`."},
    PROCESS_KEYS(struct check_draft),
    {"expect", &shape_expression, CHECK(expect), KEY_ENOUGH, 0,
	"An expression over the result, or alone over what is known, that must be true."},
    {"abort", &shape_expression, CHECK(abort), 0, GOES_ACTION,
	"An expression over the result: once it is true the check fails without further "
	"polls."},
    {"message", &shape_template, CHECK(message), 0, 0,
	"What a person is told when it does not hold."},
    {"within", &shape_positive, CHECK(poll.within_us), 0, GOES_ACTION,
	"Asked again and again until it holds, for this long at most."},
    {"every", &shape_positive, CHECK(poll.every_us), 0, GOES_ACTION,
	"The time between two polls; otherwise 1s."},
    {"for", &shape_positive, CHECK(poll.for_us), 0, GOES_ACTION,
	"How long it must go on holding; a lapse starts it again."},
    {"timeout", &shape_positive, CHECK(timeout_us), 0, GOES_ACTION, "How long one poll may take."},
    {"for_each", &shape_each, CHECK(each), 0, 0,
	"A list: the check holds when it holds for every item, and for one at least."},
    {"as", &shape_as, CHECK(each), 0, 0, "The name of the item; otherwise `item`."},
    {0},
};

static const struct key_pair check_companions[] = {
    {"every", "within", "`within` says how long it may take to begin to hold"},
    {"for", "within", "`within` says how long it may take to begin to hold"},
    {"as", "for_each", "it says how a loop goes through its items"},
    {0},
};

static const struct key_pair check_proxies[] = {
    {"for_each", "target", "one that is many is a loop"},
    {0},
};

const struct key_table check_keys = {
    .name = "check",
    .noun = "a check",
    .keys = check_rows,
    .companions = check_companions,
    .proxies = check_proxies,
    .actions = true,
};

/* A check never changes anything. What the parameters leave open is what the action may do at worst. */
static void check_reads(
    struct reader *reader, const struct action *action, const struct process_places *process)
{
	enum effect_class effect;
	struct diag *diag;

	if (action_is_process(action) && process->stdout_to.value) {
		diag = diag_error(reader->diags, "check-changes", process->stdout_to.name->span,
		    "a check only reads, and `stdout` writes a file");
		diag_help(reader->diags, diag,
		    "leave it out, `expect` sees the output; or make it a step of its own");
	}
	if (!action->spec || action_is_process(action))
		return;
	effect = action_effect(reader->arena, action);
	if (effect == EFFECT_READ)
		return;
	diag = diag_error(reader->diags, "check-changes", action->span,
	    "a check only reads, and `%s` %s", action->spec->name,
	    effect == EFFECT_DESTROY ? "destroys" : "changes something");
	diag_help(reader->diags, diag, "make it a step of its own");
}

static bool read_one(
    struct reader *reader, const struct node *map, size_t index, struct check *check)
{
	struct check_draft draft = {.check = {
					.index = (uint32_t)index,
					.poll = {UNSET_US, DEFAULT_EVERY_US, 0},
					.each = {.as = STR("item"), .max_parallel = 1},
				    }};
	unsigned goes;

	if (!keys_read(reader, &check_keys, map, &draft))
		return false;
	draft.check.span = keys_head(map);
	goes = action_read(reader, map, &draft.process, &draft.check.action);
	keys_fit(reader, &check_keys, map, goes);
	target_fits(reader, map, &draft.check.action, goes, NULL);
	target_loop(reader, &check_keys, map, &draft.check.at, &draft.check.each);
	if (!(goes & GOES_ACTION))
		draft.check.abort = NULL; /* was refused */
	check_reads(reader, &draft.check.action, &draft.process);
	draft.check.replaces_success = expr_replaces_success(
	    draft.check.expect, draft.check.action.spec);
	draft.check.reads_streams = expr_reads_stream(
					draft.check.expect, draft.check.action.spec) ||
	    expr_reads_stream(draft.check.abort, draft.check.action.spec);
	*check = draft.check;
	return true;
}

static bool read_check(
    struct reader *reader, const struct node *map, size_t index, struct check *check)
{
	struct at outer = reader->at;
	const struct step *step = reader->step;
	bool good;

	reader->step = NULL;
	good = read_one(reader, map, index, check);
	reader->at = outer;
	reader->step = step;
	return good;
}

static void read_checks(struct reader *reader, const struct place *place, void *target)
{
	struct checks *checks = target;
	const struct node *list = place->value;
	struct diag *diag;

	if (list->kind != NODE_LIST) {
		diag = place_wrong(reader, place, "a list of checks");
		if (list->kind == NODE_MAP)
			diag_help(reader->diags, diag, "put `- ` before the check");
		return;
	}
	checks->items = arena_array(reader->arena, list->list.count, sizeof(*checks->items));
	for (size_t i = 0; i < list->list.count; i++)
		checks->count += read_check(
		    reader, list->list.items[i], checks->count, &checks->items[checks->count]);
}

const struct shape shape_checks = {
    .name = "checks",
    .read = read_checks,
    .form = FORM_LIST,
    .of = &check_keys,
};
