/* SPDX-License-Identifier: Apache-2.0 */
#include "view/comparison.h"

#include <stdlib.h>

#include "base/mem.h"
#include "sched/node_path.h"
#include "view/comparison_parts.h"

static const struct {
	const char *name;
	enum weight weight;
} kinds[DIFFERENCE_KINDS] = {
    [DIFFERENCE_RUNBOOK] = {"runbook", WEIGHT_NOTED},
    [DIFFERENCE_SOURCE] = {"source", WEIGHT_NOTED},
    [DIFFERENCE_PARAM] = {"param", WEIGHT_NOTED},
    [DIFFERENCE_MODE] = {"mode", WEIGHT_NOTED},
    [DIFFERENCE_PROGRAM] = {"program", WEIGHT_NOTED},
    [DIFFERENCE_OUTCOME] = {"outcome", WEIGHT_PATH},
    [DIFFERENCE_PRESENCE] = {"presence", WEIGHT_PATH},
    [DIFFERENCE_ATTEMPTS] = {"attempts", WEIGHT_PATH},
    [DIFFERENCE_DECISION] = {"decision", WEIGHT_PATH},
    [DIFFERENCE_CHECK] = {"check", WEIGHT_PATH},
    [DIFFERENCE_ANSWER] = {"answer", WEIGHT_PATH},
    [DIFFERENCE_WHO] = {"who", WEIGHT_NOTED},
    [DIFFERENCE_REASON] = {"reason", WEIGHT_RESULT},
    [DIFFERENCE_RESULT] = {"result", WEIGHT_RESULT},
    [DIFFERENCE_INPUT] = {"input", WEIGHT_RESULT},
    [DIFFERENCE_OUTPUT] = {"output", WEIGHT_RESULT},
    [DIFFERENCE_TIME] = {"time", WEIGHT_NOTED},
    [DIFFERENCE_ARGUMENT] = {"argument", WEIGHT_NOTED},
    [DIFFERENCE_UNKNOWN] = {"unknown", WEIGHT_NOTED},
};

const char *difference_kind_name(enum difference_kind kind)
{
	return kinds[kind].name;
}

enum weight difference_weight(enum difference_kind kind)
{
	return kinds[kind].weight;
}

double durations_ratio(int64_t a_us, int64_t b_us)
{
	int64_t shorter = a_us < b_us ? a_us : b_us;
	int64_t longer = a_us < b_us ? b_us : a_us;

	if (shorter < 0 || longer - shorter < 1000000 || longer / 2 < shorter)
		return 0;
	return (double)b_us / (double)(a_us > 0 ? a_us : 1);
}

void differences_add(
    struct arena *arena, struct differences *differences, const struct difference *difference)
{
	enum weight weight = difference_weight(difference->kind);

	differences->items = arena_grow(arena, differences->items, differences->count,
	    &differences->capacity, sizeof(*differences->items));
	differences->items[differences->count++] = *difference;
	if (weight > differences->weight)
		differences->weight = weight;
}

/* A step on its way into the order of both. */
struct place {
	const struct recorded_step *sides[SIDES];
	struct place *first; /* of what lies in it */
	struct place *last[SIDES]; /* what was met last of each side: the next goes behind it */
	struct place *next; /* beside it */
	bool is_placed;
};

/* The places of all steps, by path; the root has the empty one. */
static struct place *make_places(struct comparison *comparison, struct map *places)
{
	struct place *root = arena_alloc(comparison->arena, sizeof(*root));

	map_put(places, (struct str){0}, root);
	for (int side = 0; side < SIDES; side++) {
		const struct recording *run = comparison->runs[side];

		for (size_t i = 0; i < run->step_count; i++) {
			struct place *place = map_get(places, run->steps[i]->node);

			if (!place) {
				place = arena_alloc(comparison->arena, sizeof(*place));
				map_put(places, run->steps[i]->node, place);
			}
			place->sides[side] = run->steps[i];
		}
	}
	return root;
}

/* The nearest step around one that is told of. */
static struct place *parent_of(const struct map *places, struct str node)
{
	struct place *parent = NULL;

	while (!parent)
		parent = map_get(places, node = node_above(node));
	return parent;
}

/* Puts the steps of one side where they belong: behind the one of the same parent that came before them. */
static void place_steps(
    const struct recording *run, enum side side, const struct map *places, struct place *root)
{
	for (size_t i = 0; i < run->step_count; i++) {
		struct place *place = map_get(places, run->steps[i]->node);
		struct place *parent = parent_of(places, run->steps[i]->node);
		struct place **behind;

		if (place == root)
			continue;
		behind = parent->last[side] ? &parent->last[side]->next : &parent->first;
		if (!place->is_placed) {
			place->next = *behind;
			*behind = place;
		}
		place->is_placed = true;
		parent->last[side] = place;
	}
}

static void take_step(struct comparison *comparison, const struct place *place)
{
	struct compared_step *step = &comparison->steps[comparison->step_count++];

	for (int side = 0; side < SIDES; side++)
		step->sides[side] = place->sides[side];
	step->node = step->sides[place->sides[SIDE_A] ? SIDE_A : SIDE_B]->node;
}

static void take_steps(struct comparison *comparison, const struct place *place)
{
	for (; place; place = place->next) {
		take_step(comparison, place);
		take_steps(comparison, place->first);
	}
}

static void align(struct comparison *comparison)
{
	struct map places;
	struct place *root;

	map_init(&places);
	root = make_places(comparison, &places);
	for (int side = 0; side < SIDES; side++)
		place_steps(comparison->runs[side], (enum side)side, &places, root);
	comparison->steps = arena_array(
	    comparison->arena, places.count, sizeof(*comparison->steps));
	take_steps(comparison, root->first);
	if (root->sides[SIDE_A] || root->sides[SIDE_B])
		take_step(comparison, root);
	map_done(&places);
}

/* Whether one difference happened before another: by the record of A where both stand in it, else by that of B. */
static bool is_before(const struct difference *one, const struct difference *other)
{
	for (int side = 0; side < SIDES; side++)
		if (one->seqs[side] >= 0 && other->seqs[side] >= 0)
			return one->seqs[side] < other->seqs[side];
	return one->seqs[SIDE_A] >= 0 && other->seqs[SIDE_A] < 0;
}

/* The first of the gravest differences of the steps. */
static void find_parting(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->step_count; i++) {
		const struct compared_step *step = &comparison->steps[i];

		for (size_t k = 0; k < step->differences.count; k++) {
			const struct difference *at = &step->differences.items[k];

			if (difference_weight(at->kind) != comparison->weight ||
			    (comparison->parting_difference &&
				!is_before(at, comparison->parting_difference)))
				continue;
			comparison->parting = step;
			comparison->parting_difference = at;
		}
	}
}

struct comparison *comparison_new(const struct recording *a, const struct recording *b)
{
	struct comparison *comparison = mem_alloc(sizeof(*comparison));

	comparison->arena = arena_new();
	comparison->runs[SIDE_A] = a;
	comparison->runs[SIDE_B] = b;
	compare_runs(comparison);
	comparison->weight = comparison->of_runs.weight;
	align(comparison);
	for (size_t i = 0; i < comparison->step_count; i++) {
		struct compared_step *step = &comparison->steps[i];

		compare_step(comparison, step);
		comparison->counts[step->differences.weight]++;
		if (step->differences.weight > comparison->weight)
			comparison->weight = step->differences.weight;
	}
	if (comparison->weight > WEIGHT_NOTED)
		find_parting(comparison);
	return comparison;
}

void comparison_free(struct comparison *comparison)
{
	if (!comparison)
		return;
	arena_free(comparison->arena);
	free(comparison);
}
