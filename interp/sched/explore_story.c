/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

#include <stdlib.h>

#include "base/mem.h"

/* Findings, each with the shortest way to it, which is gone once more and told. */

static struct str id_of(const struct explorer *explorer, uint32_t node)
{
	return explorer->plan.nodes[node].step->id;
}

/* The last sentence: why it is told. */
static void tell_point(struct telling *telling, const struct found *found)
{
	struct str id = id_of(telling->explorer, found->node);

	switch (found->kind) {
	case FINDING_BLIND:
		tell(telling, "%.*s destroys, and no check before it has held", STR_ARG(id));
		break;
	case FINDING_UNNOTICED:
		tell(telling, "nothing has looked since at what became of %.*s", STR_ARG(id));
		break;
	case FINDING_UNREACHED:
		tell(telling, "%.*s does not begin, and on no other way either", STR_ARG(id));
		break;
	case FINDING_LEFT:
		tell(telling, "what %.*s changed stays: no rollback undoes it", STR_ARG(id));
		break;
	case FINDINGS:
		break;
	}
}

/* Whether a way ends where it was found, or goes to the end of the run. */
static bool is_cut(enum finding_kind kind)
{
	return kind != FINDING_UNNOTICED;
}

/* The replies from the beginning; to be freed. */
static const struct reply **way_to(
    const struct explorer *explorer, const struct found *found, size_t *ret_count)
{
	const struct reply **way;
	size_t count = 1;
	uint32_t at = found->from;

	for (; at != NONE; at = explorer->states[at].parent)
		count++;
	way = mem_alloc(count * sizeof(struct reply *));
	*ret_count = count;
	way[--count] = &found->reply;
	for (at = found->from; at != NONE; at = explorer->states[at].parent)
		way[--count] = &explorer->states[at].reply;
	return way;
}

static void tell_way(struct telling *telling, const struct found *found)
{
	struct explorer *explorer = telling->explorer;
	struct standing *standing = standing_new(explorer);
	size_t count;
	const struct reply **way = way_to(explorer, found, &count);

	explorer->listen = tell_effect;
	explorer->listener = telling;
	for (size_t i = 0; i < count; i++) {
		if (way[i]->kind < REPLY_UNTIL_DEADLINE)
			tell_reply(telling, standing->sched, way[i]);
		arena_reset(explorer->moment);
		standing_reply(explorer, standing, way[i]);
	}
	explorer->listen = NULL;
	if (is_cut(found->kind))
		tell_quiet(telling);
	tell_point(telling, found);
	standing_free(standing);
	free(way);
}

static struct finding told(struct explorer *explorer, const struct found *found)
{
	struct telling telling = {.explorer = explorer, .arena = explorer->result->arena};

	tell_way(&telling, found);
	return (struct finding){
	    .kind = found->kind,
	    .node = found->node,
	    .culprit = found->culprit,
	    .story = telling.lines,
	    .story_count = telling.count,
	};
}

/* Not one that stands in another which is not reached: that one says it. Not where more ways may be left. */
static bool is_unreached(const struct explorer *explorer, uint32_t node)
{
	const struct plan_node *around = &explorer->plan.nodes[explorer->plan.nodes[node].parent];

	return !explorer->stopped && !explorer->reached[node] && explorer->reached[around->index];
}

static const struct found *found_of(
    const struct explorer *explorer, enum finding_kind kind, uint32_t node)
{
	for (size_t i = 0; i < explorer->found_count; i++)
		if (explorer->found[i].kind == kind && explorer->found[i].node == node)
			return &explorer->found[i];
	return NULL;
}

static void tell_kind(struct explorer *explorer, enum finding_kind kind, struct finding *findings)
{
	struct exploration *result = explorer->result;

	for (uint32_t i = 1; i < explorer->plan.count; i++) {
		const struct found *found = found_of(explorer, kind, i);

		if (kind == FINDING_UNREACHED && !is_unreached(explorer, i))
			continue;
		if (found)
			findings[result->count++] = told(explorer, found);
		else if (kind == FINDING_UNREACHED) /* not even what is around it came to it */
			findings[result->count++] = (struct finding){
			    .kind = kind, .node = i, .culprit = PLAN_NONE};
	}
}

void stories_tell(struct explorer *explorer)
{
	struct finding *findings = arena_array(explorer->result->arena,
	    explorer->plan.count + explorer->found_count, sizeof(*findings));

	explorer->reached[PLAN_ROOT] = true;
	for (enum finding_kind kind = 0; kind < FINDINGS; kind++)
		tell_kind(explorer, kind, findings);
	explorer->result->findings = findings;
}
