/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/target_parts.h"

#include "value/target.h"

/* What a target means for the step, check or stage that says it, and for what stands around and in it. */

static const struct node *key_of(const struct node *map, const char *name)
{
	for (size_t i = 0; i < map->map.count; i++)
		if (str_is(map->map.entries[i].key->scalar.bytes, name))
			return map->map.entries[i].key;
	return NULL;
}

/* What says how a loop goes through its items, where a target is one. */
static void refuse_loop_keys(
    struct reader *reader, const struct key_table *table, const struct node *map)
{
	for (const struct key_pair *pair = table->companions; pair && pair->key; pair++) {
		const struct node *key = key_of(map, pair->key);
		struct diag *diag;

		if (!keys_proxy(table, pair->other) || !key || key_of(map, pair->other))
			continue;
		diag = diag_error(reader->diags, "misplaced-key", key->span,
		    "`%s` needs `%s`, or a target that is many", pair->key, pair->other);
		diag_help(reader->diags, diag, "%s", pair->why);
	}
}

void target_loop(struct reader *reader, const struct key_table *table, const struct node *map,
    const struct at *at, struct each *each)
{
	const struct node *own = node_get(map, STR("target"));
	bool many = at->target && at->target->many;
	struct diag *diag;

	if (many && each->span.source) {
		diag = diag_error(reader->diags, "excluded", each->span,
		    "`for_each` cannot stand beside a target that is many: that is a loop already");
		diag_other(reader->diags, diag, at->target->span, "the target is many here");
		diag_help(reader->diags, diag, "put the loop on a block around it, or inside it");
		return;
	}
	if (many) {
		each->list = at->target->machines;
		each->target = at->target;
		each->span = own->span;
		return;
	}
	if (own && at->target)
		refuse_loop_keys(reader, table, map);
}

struct at target_here(const struct reader *reader)
{
	struct at at = reader->at;

	if (at.target && at.target->source)
		at.way = files_way(reader->files, at.target->source, reader->runbook->source);
	return at;
}

/* A stage with a place of its own, as it is read. */
struct stage_draft {
	struct place run;
	struct at at;
};

static const struct key stage_rows[] = {
    {"run", &shape_argv, offsetof(struct stage_draft, run), KEY_REQUIRED | KEY_KEPT, 0,
	"The stage: an argv."},
    {"target", &shape_target, offsetof(struct stage_draft, at), 0, 0,
	"Where the stage runs; otherwise where its step does."},
    {0},
};

const struct key_table stage_keys = {
    .name = "stage",
    .noun = "a stage of a pipe",
    .keys = stage_rows,
};

const struct node *target_stage(
    struct reader *reader, const struct node *stage, struct at *ret_at, bool *ret_own)
{
	struct stage_draft draft = {0};
	struct at outer = reader->at;
	const struct step *step = reader->step;
	const struct node *argv = NULL;
	struct diag *diag;

	*ret_at = target_here(reader);
	if (stage->kind == NODE_LIST)
		return stage;
	reader->step = NULL;
	if (keys_read(reader, &stage_keys, stage, &draft))
		argv = draft.run.value;
	*ret_at = target_here(reader);
	*ret_own |= draft.at.target != NULL;
	reader->at = outer;
	reader->step = step;
	if (argv && argv->kind != NODE_LIST) {
		place_wrong(reader, &draft.run, "an argv, as in [gzip, -c]");
		return NULL;
	}
	if (!draft.at.target || !draft.at.target->many)
		return argv;
	diag = diag_error(reader->diags, "excluded", node_get(stage, STR("target"))->span,
	    "a stage of a pipe runs at one place, this is many");
	diag_help(reader->diags, diag,
	    "give the whole step this target, and the other stages `target: local`");
	return NULL;
}

/* What a target is called in a message. */
static struct str called(struct reader *reader, const struct target *target)
{
	const struct value *value = target->value ? template_value(target->value) : NULL;

	if (target->name.len)
		return target->name;
	return value && !target->many ? target_short(reader->arena, value) : STR("another machine");
}

/* What a library action is done from, or looks at, is this machine. */
static void fits_library(struct reader *reader, const struct node *own, const struct action *action)
{
	const struct target *target = reader->at.target;
	struct diag *diag;

	if (!target || target->local)
		return;
	if (action->spec->here) {
		diag = diag_error(reader->diags, "wrong-machine", action->span,
		    "`%s` looks at this machine, not at %.*s", action->spec->name,
		    STR_ARG(called(reader, target)));
		if (!own)
			diag_other(
			    reader->diags, diag, target->span, "what stands here runs there");
		diag_help(reader->diags, diag, "run a command there, or say `target: local`");
	} else if (own) {
		diag = diag_error(reader->diags, "wrong-machine", own->span,
		    "`%s` is done from this machine, whatever `target` says", action->spec->name);
		diag_help(reader->diags, diag,
		    "leave `target` out: what the action is told says where it goes");
	}
}

void target_fits(struct reader *reader, const struct node *map, const struct action *action,
    unsigned goes, const struct runbook *used)
{
	const struct node *own = node_get(map, STR("target"));
	struct diag *diag = NULL;

	if (goes & GOES_LIBRARY)
		fits_library(reader, own, action);
	if (own && goes & GOES_MANUAL) {
		diag = diag_error(reader->diags, "misplaced-key", own->span,
		    "what a person does has no target: nothing runs");
		diag_help(reader->diags, diag, "say in the text where it is to be done");
	}
	if (own && used && !used->is_template) {
		diag = diag_error(reader->diags, "misplaced-key", own->span,
		    "a runbook that is used says itself where its steps run");
		diag_help(reader->diags, diag,
		    "give it a parameter for that, or make a template of it: a template's steps "
		    "run "
		    "where the step does that uses it");
	}
}
