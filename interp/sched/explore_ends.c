/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

/*
 * What ends others from outside, at any time: a block's deadline, and the end of its process. What would be under way
 * then is marked and told nothing, and the others go on without it; it comes when all that it would end is marked.
 */

/* What all wait for who are marked and below a block, if that is the same. */
static bool may_come(const struct standing *standing, const struct mark *mark)
{
	for (uint32_t i = 0; i < standing->sched->instance_count; i++) {
		const struct mark *other;

		if (!is_pending(standing, i) || !instance_within(standing->sched, i, mark->by))
			continue;
		other = mark_of(standing, i);
		if (!other || other->by != mark->by || other->kind != mark->kind)
			return false;
	}
	return true;
}

bool end_coming(const struct standing *standing, struct reply *ret_reply)
{
	for (size_t i = 0; i < standing->mark_count; i++) {
		const struct mark *mark = &standing->marks[i];

		if (mark->kind == REPLY_UNTIL_STOP || !may_come(standing, mark))
			continue;
		*ret_reply = (struct reply){
		    .kind = mark->kind == REPLY_UNTIL_DEADLINE ? REPLY_DEADLINE : REPLY_ENDED,
		    .instance = mark->by};
		return true;
	}
	return false;
}

/* Whether two could never both come for whom they are marked: one would end the other's. */
static bool is_contrary(const struct standing *standing, const struct reply *reply)
{
	const struct sched *sched = standing->sched;

	for (size_t i = 0; i < standing->mark_count; i++) {
		const struct mark *mark = &standing->marks[i];
		uint32_t inner = instance_within(sched, mark->by, reply->by) ? mark->by : reply->by;
		bool same = mark->by == reply->by && mark->kind == reply->kind;

		if (mark->kind != REPLY_UNTIL_STOP && !same &&
		    instance_within(sched, mark->instance, inner) &&
		    instance_within(sched, reply->instance, inner))
			return true;
	}
	return false;
}

/* Whether the end of a block from outside ends an instance in it too. */
static bool is_ended_with(const struct sched *sched, uint32_t index, uint32_t block)
{
	return !instance_at(sched, index)->shielded || instance_at(sched, block)->shielded;
}

static void add_end(const struct standing *standing, uint32_t index, uint32_t block,
    enum reply_kind mark, enum reply_kind now, struct replies *replies)
{
	struct reply reply = {.kind = mark, .instance = index, .by = block};

	if (!is_ended_with(standing->sched, index, block))
		replies_add(replies, (struct reply){.kind = now, .instance = block});
	else if (!is_contrary(standing, &reply))
		replies_add(replies, reply);
}

void replies_of_ends(const struct standing *standing, uint32_t index, struct replies *replies)
{
	const struct sched *sched = standing->sched;

	for (uint32_t at = index; at != NONE; at = instance_at(sched, at)->parent) {
		const struct instance *block = instance_at(sched, at);

		if (at != index && block->deadline != NONE && !block->is_loop)
			add_end(standing, index, at, REPLY_UNTIL_DEADLINE, REPLY_DEADLINE, replies);
		if (block->background != NONE && block->bg_began && !block->bg_stopping)
			add_end(standing, index, at, REPLY_UNTIL_ENDED, REPLY_ENDED, replies);
	}
}
