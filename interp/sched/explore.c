/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

/* The search, from the beginning to the result. */

const char *const finding_kind_names[] = {
    "never-reached", "unnoticed-failure", "destroys-blind", "left-behind", NULL};

static void search(struct explorer *explorer)
{
	struct standing *first = standing_new(explorer);
	struct reply begin = {.kind = REPLY_BEGIN};
	struct standing *standing;

	explorer->from = NONE;
	explorer->reply = &begin;
	standing_reply(explorer, first, &begin);
	standing_add(explorer, first, NONE, &begin);
	while ((standing = frontier_next(explorer))) {
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
	struct explorer explorer = {.from = NONE};

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
