/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

#include <assert.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/mem.h"

/* The states, breadth first. */

const char *const finding_kind_names[] = {
    "never-reached", "unnoticed-failure", "destroys-blind", "left-behind", NULL};

static void add_edge(struct explorer *explorer, uint32_t from, uint32_t to)
{
	explorer->edges = mem_grow(explorer->edges, explorer->edge_count,
	    &explorer->edge_capacity, sizeof(*explorer->edges));
	explorer->edges[explorer->edge_count++] = to;
	explorer->states[from].edge_count++;
}

/* The state that a standing is, or 0 when it is a new one, which is given its number. */
static uint32_t number_of(struct explorer *explorer, const struct standing *standing)
{
	char *digest = arena_alloc(explorer->moment, DIGEST_HEX + 1);
	struct str key = {digest, DIGEST_HEX};
	struct buf text;
	uintptr_t known;

	buf_init(&text, BUF_UNBOUNDED);
	key_of(explorer, standing, &text);
	digest_of(buf_view(&text), digest);
	buf_done(&text);
	known = (uintptr_t)map_get(&explorer->known, key);
	if (!known)
		map_put(&explorer->known, arena_str(explorer->arena, key),
		    (void *)(uintptr_t)(explorer->state_count + 1));
	return (uint32_t)known;
}

static void note_outcomes(const struct sched *sched, uint32_t index, uint16_t *outcomes)
{
	const struct instance *instance = instance_at(sched, index);

	if (instance->stage == STAGE_DONE)
		outcomes[instance->node] |= (uint16_t)(1U << instance->outcome);
	for (enum plan_part part = PART_STEPS; part < PARTS; part++) {
		size_t count = children_count(sched, index, part);

		for (size_t i = 0; i < count; i++)
			note_outcomes(sched, instance->first[part] + (uint32_t)i, outcomes);
	}
}

static void note_end(struct explorer *explorer, struct state *state, struct standing *standing)
{
	enum outcome outcome = instance_at(standing->sched, PLAN_ROOT)->outcome;
	enum run_outcome end = outcome == OUTCOME_SUCCEEDED ? RUN_RECOVERED
	    : outcome == OUTCOME_DENIED                     ? RUN_DENIED
							    : RUN_FAILED;
	uint16_t *outcomes = arena_array(
	    explorer->moment, explorer->plan.count, sizeof(*outcomes));

	if (explorer->options.ended)
		note_outcomes(standing->sched, PLAN_ROOT, outcomes);
	state->recovered = end == RUN_RECOVERED && !standing->watch.died;
	explorer->result->ends |= 1U << end;
	if (explorer->options.ended)
		explorer->options.ended(explorer->options.self, end, outcomes);
	watch_end(explorer, standing);
}

void standing_add(struct explorer *explorer, struct standing *standing, uint32_t parent,
    const struct reply *reply)
{
	uint32_t known = number_of(explorer, standing);
	struct state *state;

	if (known) {
		add_edge(explorer, parent, known - 1);
		standing_free(standing);
		return;
	}
	standing->state = (uint32_t)explorer->state_count;
	explorer->states = mem_grow(explorer->states, explorer->state_count,
	    &explorer->state_capacity, sizeof(*explorer->states));
	state = &explorer->states[explorer->state_count++];
	*state = (struct state){.reply = *reply, .parent = parent};
	if (standing->state)
		add_edge(explorer, parent, standing->state);
	if (sched_finished(standing->sched)) {
		note_end(explorer, state, standing);
		standing_free(standing);
		return;
	}
	explorer->frontier = mem_grow(explorer->frontier, explorer->frontier_count,
	    &explorer->frontier_capacity, sizeof(struct standing *));
	explorer->frontier[explorer->frontier_count++] = standing;
}

static void search(struct explorer *explorer)
{
	struct standing *first = standing_new(explorer);
	struct reply begin = {.kind = REPLY_BEGIN};

	explorer->from = NONE;
	explorer->reply = &begin;
	standing_reply(explorer, first, &begin);
	standing_add(explorer, first, 0, &begin);
	while (explorer->next < explorer->frontier_count) {
		struct standing *standing = explorer->frontier[explorer->next++];

		if (explorer->state_count < explorer->options.max_states)
			standing_expand(explorer, standing);
		else
			explorer->stopped = true;
		standing_free(standing);
	}
}

/* Those parameters that nobody fixed may be anything. */
static const struct value *open_params(
    struct arena *arena, const struct plan *plan, const struct value *params)
{
	static const uint32_t nobody[] = {PLAN_ROOT};
	struct map_builder map;

	map_begin(&map, arena);
	for (size_t i = 0; i < plan->runbook->param_count; i++) {
		struct str name = plan->runbook->params[i].name;
		const struct value *value = params ? value_get_str(params, name) : NULL;

		map_add_str(&map, name, value ? value : value_unknown(arena, nobody, 1));
	}
	return map_end(&map);
}

static void begin(struct explorer *explorer, const struct plan *plan, const struct value *params,
    const struct explore_options *options)
{
	assert(options->max_states > 0);
	explorer->options = *options;
	explorer->arena = arena_new();
	explorer->moment = arena_new();
	explorer->store = store_new();
	map_init(&explorer->known);
	map_init(&explorer->atom_ids);
	explorer->params = open_params(explorer->arena, plan, params);
	explorer_survey(explorer, plan);
	explorer->result = mem_alloc(sizeof(*explorer->result));
	explorer->result->arena = arena_new();
	explorer->result->outcomes = arena_array(
	    explorer->result->arena, plan->count, sizeof(*explorer->result->outcomes));
}

static void done(struct explorer *explorer)
{
	map_done(&explorer->known);
	map_done(&explorer->atom_ids);
	store_free(explorer->store);
	arena_free(explorer->moment);
	arena_free(explorer->arena);
	free(explorer->states);
	free(explorer->edges);
	free(explorer->frontier);
	free(explorer->found);
}

struct exploration *explore(
    const struct plan *plan, const struct value *params, const struct explore_options *options)
{
	struct explorer explorer = {.next = 0};

	begin(&explorer, plan, params, options);
	search(&explorer);
	explorer.result->states = explorer.state_count;
	explorer.result->complete = !explorer.stopped;
	explorer.result->ways = ways_count(&explorer);
	stories_tell(&explorer);
	done(&explorer);
	return explorer.result;
}

void explore_free(struct exploration *exploration)
{
	if (!exploration)
		return;
	arena_free(exploration->arena);
	free(exploration);
}
