/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

/* A check as it is read. */
struct check_draft {
	struct check check;
	struct process_places process;
};

#define CHECK(field) offsetof(struct check_draft, check.field)
#define PLACE(field) offsetof(struct check_draft, process.field)

const struct key_table check_keys = {
    .noun = "a check",
    .actions = true,
    .keys =
	(const struct key[]){
	    {"run", read_node, PLACE(run), 0, 0,
		"A process that only reads: an argv, or a text for a shell.", NULL},
	    {"pipe", read_node, PLACE(pipe), 0, 0, "Processes joined by pipes.", NULL},
	    {"env", read_node, PLACE(env), 0, GOES_PROCESS,
		"Environment variables, over the runbook's and the inherited ones.", NULL},
	    {"cwd", read_node, PLACE(cwd), 0, GOES_PROCESS,
		"The folder it runs in; without it, the runbook's.", NULL},
	    {"stdin", read_node, PLACE(stdin_from), 0, GOES_PROCESS,
		"What it reads: {text: …} or {file: …}; otherwise nothing.", &stdin_keys},
	    {"stdout", read_node, PLACE(stdout_to), 0, GOES_PROCESS,
		"Where its standard output goes: {file: …}; otherwise it is kept.", &stdout_keys},
	    {"shell", read_node, PLACE(shell), 0, GOES_SCRIPT,
		"An argv that the script is appended to; otherwise [bash, -euo, pipefail, -c].",
		NULL},
	    {"expect", read_expr, CHECK(expect), 0, 0,
		"An expression over the result, or alone over what is known, that must be true.",
		NULL},
	    {"abort", read_expr, CHECK(abort), 0, GOES_ACTION,
		"An expression over the result: once it is true the check fails without further "
		"polls.",
		NULL},
	    {"message", read_text, CHECK(message), 0, 0,
		"What a person is told when it does not hold.", NULL},
	    {"within", read_positive, CHECK(poll.within_us), 0, GOES_ACTION,
		"Asked again and again until it holds, for this long at most.", NULL},
	    {"every", read_positive, CHECK(poll.every_us), 0, GOES_ACTION,
		"The time between two polls; otherwise 1s.", NULL},
	    {"for", read_positive, CHECK(poll.for_us), 0, GOES_ACTION,
		"How long it must go on holding; a lapse starts it again.", NULL},
	    {"timeout", read_positive, CHECK(timeout_us), 0, GOES_ACTION,
		"How long one poll may take.", NULL},
	    {"for_each", read_each, CHECK(each), 0, 0,
		"A list: the check holds when it holds for every item, and for one at least.",
		NULL},
	    {"as", read_as, CHECK(each), 0, 0, "The name of the item; otherwise `item`.", NULL},
	    {"target", NULL, 0, KEY_LATER, 0, "Where it runs.", NULL},
	    {0},
	},
};

/* A check never changes anything. What the parameters leave open is what the action may do at worst. */
static void check_reads(struct reader *reader, const struct action *action)
{
	enum effect_class effect;
	struct diag *diag;

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

static bool read_check(
    struct reader *reader, const struct node *map, size_t index, struct check *check)
{
	struct check_draft draft = {.check = {
					.index = (uint32_t)index,
					.poll = {UNSET_US, DEFAULT_EVERY_US, 0},
					.each = {.as = STR("item"), .max_parallel = 1},
				    }};
	size_t errors = reader->diags->errors;
	unsigned goes;

	if (!keys_read(reader, &check_keys, map, &draft))
		return false;
	draft.check.span = keys_head(map);
	goes = action_read(reader, map, &draft.process, &draft.check.action);
	keys_fit(reader, &check_keys, map, goes);
	if (!(goes & GOES_ACTION))
		draft.check.abort = NULL; /* was refused */
	poll_fits(reader, map);
	keys_need(reader, map, (const char *const[]){"as", NULL}, "for_each", "it names the item");
	check_reads(reader, &draft.check.action);
	if (goes == GOES_NOTHING && !draft.check.expect && reader->diags->errors == errors)
		diag_error(
		    reader->diags, "empty", keys_head(map), "a check needs an action or `expect`");
	draft.check.replaces_success = expr_replaces_success(
	    draft.check.expect, draft.check.action.spec);
	draft.check.reads_streams = expr_reads_stream(
					draft.check.expect, draft.check.action.spec) ||
	    expr_reads_stream(draft.check.abort, draft.check.action.spec);
	*check = draft.check;
	return true;
}

void read_checks(struct reader *reader, const struct place *place, void *target)
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
