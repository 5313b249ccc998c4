/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/far.h"

#include <string.h>

#include "value/target.h"

/* What became of a launch whose stages lead elsewhere, from how those ended and from what they left. */

/* Folds what became of one part into what became of all. */
struct folding {
	const struct far *far;
	const struct launch_end *end; /* of the launch */
	struct far_end *ret;
	size_t left; /* processes named */
	const struct value **parts; /* how each was run there */
	size_t part_count;
};

/* "at db1: " where several are in one pipe. */
static struct str at_part(const struct folding *folding, const struct far_part *part)
{
	struct arena *arena = folding->far->attempt->arena;

	if (folding->far->part_count == 1)
		return STR("");
	return arena_printf(arena, "%.*s: ", STR_ARG(target_short(arena, part->target)));
}

static void say(struct folding *folding, const struct far_part *part, struct str why)
{
	if (!folding->ret->why.len)
		folding->ret->why = arena_printf(folding->far->attempt->arena, "%.*s%.*s",
		    STR_ARG(at_part(folding, part)), STR_ARG(why));
}

static const struct value *describe(
    struct arena *arena, const struct far_part *part, const struct order_end *end)
{
	struct map_builder map;

	map_begin(&map, arena);
	map_add(&map, "target", value_string(arena, target_text(arena, part->target)));
	map_add(&map, "host", value_string(arena, end->host));
	map_add(&map, "uid", value_int(arena, end->uid));
	map_add(
	    &map, "by", value_string(arena, end->by_launcher ? STR("reprise-launch") : STR("sh")));
	map_add(&map, "pid", value_int(arena, end->pid));
	map_add(&map, "confined", value_bool(end->confined));
	map_add(&map, "unconfined", value_string(arena, end->unconfined));
	return map_end(&map);
}

/* It was begun nowhere: a problem of the launch, or the way there. */
static void fold_refused(
    struct folding *folding, const struct far_part *part, const struct order_end *far_end)
{
	struct launch_end *end = &folding->ret->end;

	if (far_end->how == ORDER_UNREACHED) {
		struct arena *arena = folding->far->attempt->arena;

		say(folding, part, far_unreached(arena, part->target, far_end->why));
	}
	if (far_end->how == ORDER_UNTRIED && folding->end->how == LAUNCH_RAN)
		say(folding, part, STR("reprise-reach ended before it tried to get there"));
	if (end->how != LAUNCH_RAN)
		return;
	end->how = LAUNCH_REFUSED;
	end->stage = part->first + far_end->stage;
	end->trouble = far_end->trouble;
	end->error = far_end->error;
}

/* A number of a process means something there alone. */
static void add_left(
    struct folding *folding, const struct far_part *part, const struct launch_left *left)
{
	struct launch_left *added = &folding->ret->left[folding->left++];
	struct arena *arena = folding->far->attempt->arena;
	struct str text = arena_printf(
	    arena, "%.*s: %s", STR_ARG(target_place(arena, part->target)), left->command);

	text = str_sub(text, 0, text.len < LAUNCH_COMMAND_MAX ? text.len : LAUNCH_COMMAND_MAX - 1);
	added->pid = left->pid;
	memcpy(added->command, text.ptr, text.len);
	added->command[text.len] = '\0';
}

static void fold_far(struct folding *folding, const struct far_part *part)
{
	const struct attempt *attempt = folding->far->attempt;
	struct far_end *ret = folding->ret;
	struct order_end far_end;

	order_read_ending(
	    attempt->arena, folding->far->asked->run_dir, attempt->op, part->number, &far_end);
	if (far_end.how == ORDER_UNTRIED && folding->far->again) {
		far_end.how = ORDER_LOST;
		far_end.why = STR("what leads there is gone, and with it what became of it");
	}
	ret->confined &= far_end.confined;
	if (far_end.began)
		folding->parts[folding->part_count++] = describe(attempt->arena, part, &far_end);
	ret->began |= far_end.how != ORDER_UNTRIED && far_end.how != ORDER_UNREACHED &&
	    far_end.how != ORDER_REFUSED;
	for (size_t i = 0; i < far_end.left_count && folding->left < LAUNCH_LEFT_MAX; i++)
		add_left(folding, part, &far_end.left[i]);
	for (size_t i = 0; i < far_end.status_count && i < part->count; i++)
		ret->status[part->first + i] = far_end.status[i];
	if (far_end.status_count < part->count)
		ret->end.stage_count = 0; /* not all are known */
	switch (far_end.how) {
	case ORDER_UNTRIED:
	case ORDER_UNREACHED:
	case ORDER_REFUSED:
		fold_refused(folding, part, &far_end);
		break;
	case ORDER_RAN:
		if (far_end.status_count < part->count)
			say(folding, part, STR("it was ended there"));
		break;
	case ORDER_ENDED:
		say(folding, part, far_end.why);
		break;
	case ORDER_LOST:
		ret->lost = true;
		say(folding, part, far_end.why);
		break;
	}
}

static void fold_near(struct folding *folding, const struct far_part *part, size_t i)
{
	struct far_end *ret = folding->ret;

	ret->confined = false;
	ret->began |= folding->end->how != LAUNCH_REFUSED && folding->end->how != LAUNCH_UNBEGUN;
	if (i < folding->end->stage_count)
		ret->status[part->first] = folding->end->status[i];
	else
		ret->end.stage_count = 0;
}

void far_end(const struct far *far, const struct launch_end *end, struct far_end *ret_end)
{
	struct folding folding = {.far = far, .end = end, .ret = ret_end};

	*ret_end = (struct far_end){.end = *end, .confined = true};
	ret_end->end.stage_count = far->asked->stage_count;
	ret_end->end.status = ret_end->status;
	ret_end->end.left = ret_end->left;
	for (size_t i = 0; i < end->left_named; i++)
		ret_end->left[folding.left++] = end->left[i];
	folding.parts = arena_array(far->attempt->arena, far->part_count, sizeof(*folding.parts));
	if (end->how == LAUNCH_REFUSED)
		ret_end->end.stage = far->parts[end->stage].first;
	for (size_t i = 0; i < far->part_count; i++) {
		if (far->parts[i].target)
			fold_far(&folding, &far->parts[i]);
		else
			fold_near(&folding, &far->parts[i], i);
	}
	/* What the launch could not end here is the way there, which means nothing; what it leads to is told above. */
	if (ret_end->lost || end->how == LAUNCH_UNBEGUN)
		ret_end->end.stage_count = 0;
	ret_end->end.left_count = ret_end->end.left_named = folding.left;
	ret_end->parts = value_list(far->attempt->arena, folding.parts, folding.part_count);
}
