/* SPDX-License-Identifier: Apache-2.0 */
#include "view/comparison_parts.h"

static void put(struct comparison *comparison, enum difference_kind kind, struct str name,
    const struct value *a, const struct value *b)
{
	differences_add(comparison->arena, &comparison->of_runs,
	    &(struct difference){.kind = kind, .name = name, .values = {a, b}, .seqs = {0, 0}});
}

static void compare_texts(struct comparison *comparison, enum difference_kind kind, struct str name,
    struct str a, struct str b)
{
	if (!str_eq(a, b))
		put(comparison, kind, name, value_string(comparison->arena, a),
		    value_string(comparison->arena, b));
}

/* A list of sources has entries of any shape: a record may be of any origin. */
static const struct value *source_at(const struct value *sources, size_t i)
{
	return sources && sources->type == VALUE_LIST && i < sources->list.count
	    ? sources->list.items[i]
	    : NULL;
}

static const struct value *source_named(const struct value *sources, const struct value *name)
{
	const struct value *source;

	for (size_t i = 0; name && (source = source_at(sources, i)); i++) {
		const struct value *other = value_get(source, "name");

		if (other && value_equal(other, name))
			return source;
	}
	return NULL;
}

static void compare_source(
    struct comparison *comparison, const struct value *a, const struct value *b)
{
	const struct value *digests[SIDES] = {
	    a ? value_get(a, "sha256") : NULL, b ? value_get(b, "sha256") : NULL};

	if (digests[SIDE_A] && digests[SIDE_B] && value_equal(digests[SIDE_A], digests[SIDE_B]))
		return;
	if (digests[SIDE_A] || digests[SIDE_B])
		put(comparison, DIFFERENCE_SOURCE, value_text(value_get(a ? a : b, "name")),
		    digests[SIDE_A], digests[SIDE_B]);
}

/* The runbook itself comes first, and may have another name; what it includes and uses is known by its name. */
static void compare_sources(struct comparison *comparison, const struct value *const lists[SIDES])
{
	const struct value *source;

	compare_source(comparison, source_at(lists[SIDE_A], 0), source_at(lists[SIDE_B], 0));
	for (size_t i = 1; (source = source_at(lists[SIDE_A], i)); i++)
		compare_source(
		    comparison, source, source_named(lists[SIDE_B], value_get(source, "name")));
	for (size_t i = 1; (source = source_at(lists[SIDE_B], i)); i++)
		if (!source_named(lists[SIDE_A], value_get(source, "name")))
			compare_source(comparison, NULL, source);
}

static void compare_maps(struct comparison *comparison, enum difference_kind kind,
    const struct value *a, const struct value *b)
{
	struct fields fields = {.arena = comparison->arena,
	    .differences = &comparison->of_runs,
	    .kind = kind,
	    .prefix = "",
	    .whole = true};

	fields_compare(&fields, a, b);
}

static void compare_outcomes(struct comparison *comparison)
{
	struct difference difference = {.kind = DIFFERENCE_OUTCOME, .name = STR("outcome")};

	for (int side = 0; side < SIDES; side++) {
		const struct message *end = comparison->runs[side]->run_finished;

		difference.values[side] = value_string(comparison->arena,
		    str_from(end ? run_outcome_names[end->run_finished.outcome] : "not finished"));
		difference.whys[side] = end ? end->run_finished.why : (struct str){0};
		difference.seqs[side] = end ? end->seq : -1;
	}
	if (!value_equal(difference.values[SIDE_A], difference.values[SIDE_B]))
		differences_add(comparison->arena, &comparison->of_runs, &difference);
}

void compare_runs(struct comparison *comparison)
{
	const struct message *a = comparison->runs[SIDE_A]->run_started;
	const struct message *b = comparison->runs[SIDE_B]->run_started;

	compare_texts(comparison, DIFFERENCE_RUNBOOK, STR("runbook"), a->run_started.runbook,
	    b->run_started.runbook);
	compare_sources(
	    comparison, (const struct value *[]){a->run_started.sources, b->run_started.sources});
	compare_maps(comparison, DIFFERENCE_PARAM, a->run_started.params, b->run_started.params);
	compare_texts(
	    comparison, DIFFERENCE_MODE, STR("mode"), a->run_started.mode, b->run_started.mode);
	compare_maps(
	    comparison, DIFFERENCE_PROGRAM, a->run_started.program, b->run_started.program);
	compare_outcomes(comparison);
}
