/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

#include "base/digest.h"
#include "base/mem.h"

/*
 * The states, and those that are to be gone on from: what the fewest things went wrong on the way to first, of these
 * what is nearest. So a story tells of nothing that need not go wrong for it.
 */

/* The rest of a standing, about; and what all may have together, unless something else is said. */
enum { STANDING_BYTES = 6 << 10, FRONTIER_BYTES = 512 << 20 };

static bool goes_wrong(const struct standing *standing, const struct reply *reply)
{
	switch (reply->kind) {
	case REPLY_FAILS:
		return instance_at(standing->sched, reply->instance)->stage != STAGE_UNLESS;
	case REPLY_FAILED:
	case REPLY_TIMED_OUT:
	case REPLY_LOST:
	case REPLY_NOT_BEGUN:
	case REPLY_DENIED:
	case REPLY_GONE:
	case REPLY_AGAIN:
	case REPLY_EXPIRED:
	case REPLY_LOCKED_OUT:
	case REPLY_DEADLINE:
	case REPLY_ENDED:
		return true;
	default:
		return false;
	}
}

bool way_is_better(struct way_cost one, struct way_cost other)
{
	return one.wrong != other.wrong ? one.wrong < other.wrong : one.length < other.length;
}

struct way_cost way_further(const struct explorer *explorer, const struct standing *standing,
    uint32_t from, const struct reply *reply)
{
	struct way_cost cost = {0};

	if (from != NONE)
		cost = explorer->states[from].cost;
	cost.wrong += goes_wrong(standing, reply);
	cost.length++;
	return cost;
}

/* Of equal ones the one that was found first. */
static bool is_sooner(const struct explorer *explorer, size_t a, size_t b)
{
	struct way_cost one = explorer->frontier[a].cost;
	struct way_cost other = explorer->frontier[b].cost;

	if (way_is_better(one, other) || way_is_better(other, one))
		return way_is_better(one, other);
	return explorer->frontier[a].standing->state < explorer->frontier[b].standing->state;
}

static void swap(struct explorer *explorer, size_t a, size_t b)
{
	struct frontier kept = explorer->frontier[a];

	explorer->frontier[a] = explorer->frontier[b];
	explorer->frontier[b] = kept;
}

static size_t bytes_of(const struct standing *standing)
{
	const struct sched *sched = standing->sched;

	return sched->instance_capacity * sizeof(*sched->instances) +
	    sched->op_capacity * sizeof(*sched->ops) +
	    standing->fact_capacity * sizeof(*standing->facts) + STANDING_BYTES;
}

/* Where too many are open it is dropped, and what lies behind it is not looked at. */
static void frontier_add(struct explorer *explorer, struct standing *standing, struct way_cost cost)
{
	size_t most = explorer->options.max_bytes ? explorer->options.max_bytes : FRONTIER_BYTES;
	size_t bytes = bytes_of(standing);
	size_t at = explorer->frontier_count;

	if (explorer->frontier_count && explorer->frontier_bytes + bytes > most) {
		explorer->stopped = explorer->result->crowded = true;
		standing_free(standing);
		return;
	}
	explorer->frontier_bytes += bytes;
	explorer->frontier = mem_grow(explorer->frontier, explorer->frontier_count,
	    &explorer->frontier_capacity, sizeof(*explorer->frontier));
	explorer->frontier[explorer->frontier_count++] = (struct frontier){standing, cost};
	for (; at > 0 && is_sooner(explorer, at, (at - 1) / 2); at = (at - 1) / 2)
		swap(explorer, at, (at - 1) / 2);
}

static struct frontier take_first(struct explorer *explorer)
{
	struct frontier first = explorer->frontier[0];
	size_t at = 0;

	explorer->frontier[0] = explorer->frontier[--explorer->frontier_count];
	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < explorer->frontier_count && is_sooner(explorer, child + 1, child))
			child++;
		if (child >= explorer->frontier_count || !is_sooner(explorer, child, at))
			return first;
		swap(explorer, at, child);
		at = child;
	}
}

struct standing *frontier_next(struct explorer *explorer)
{
	while (explorer->frontier_count) {
		struct frontier first = take_first(explorer);
		struct state *state = &explorer->states[first.standing->state];

		explorer->frontier_bytes -= bytes_of(first.standing);
		/* a better way to it was found meanwhile */
		if (state->expanded || way_is_better(state->cost, first.cost)) {
			standing_free(first.standing);
			continue;
		}
		state->expanded = true;
		return first.standing;
	}
	return NULL;
}

static void add_edge(struct explorer *explorer, uint32_t from, uint32_t to)
{
	explorer->edges = mem_grow(explorer->edges, explorer->edge_count, &explorer->edge_capacity,
	    sizeof(*explorer->edges));
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

static void note_end(
    struct explorer *explorer, struct state *state, const struct standing *standing)
{
	enum outcome outcome = instance_at(standing->sched, PLAN_ROOT)->outcome;
	enum run_outcome end = outcome == OUTCOME_SUCCEEDED ? RUN_RECOVERED
	    : outcome == OUTCOME_DENIED                     ? RUN_DENIED
							    : RUN_FAILED;
	uint16_t *outcomes;

	state->recovered = end == RUN_RECOVERED && !standing->watch.died;
	explorer->result->ends |= 1U << end;
	if (explorer->options.ended) {
		outcomes = arena_array(explorer->moment, explorer->plan.count, sizeof(*outcomes));
		note_outcomes(standing->sched, PLAN_ROOT, outcomes);
		explorer->options.ended(explorer->options.self, end, outcomes);
	}
	watch_end(explorer, standing);
}

/* A state that is known, by another way: a better one is taken for its story. */
static void reach_again(
    struct explorer *explorer, struct standing *standing, uint32_t known, struct state new)
{
	struct state *state = &explorer->states[known];

	if (state->expanded || !way_is_better(new.cost, state->cost)) {
		standing_free(standing);
		return;
	}
	state->parent = new.parent;
	state->reply = new.reply;
	state->cost = new.cost;
	standing->state = known;
	if (sched_finished(standing->sched)) {
		watch_end(explorer, standing);
		standing_free(standing);
	} else {
		frontier_add(explorer, standing, new.cost);
	}
}

void standing_add(struct explorer *explorer, struct standing *standing, uint32_t parent,
    const struct reply *reply)
{
	uint32_t known = number_of(explorer, standing);
	struct state new = {.reply = *reply, .parent = parent};
	struct state *state;

	explorer->from = parent;
	explorer->reply = reply;
	new.cost = explorer->cost;
	if (parent != NONE)
		add_edge(explorer, parent, known ? known - 1 : (uint32_t)explorer->state_count);
	if (known) {
		reach_again(explorer, standing, known - 1, new);
		return;
	}
	standing->state = (uint32_t)explorer->state_count;
	explorer->states = mem_grow(explorer->states, explorer->state_count,
	    &explorer->state_capacity, sizeof(*explorer->states));
	state = &explorer->states[explorer->state_count++];
	*state = new;
	if (sched_finished(standing->sched)) {
		note_end(explorer, state, standing);
		standing_free(standing);
	} else {
		frontier_add(explorer, standing, new.cost);
	}
}
