/* SPDX-License-Identifier: Apache-2.0 */
#include "run/gate.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"

struct held {
	struct held *next;
	struct arena *arena;
	struct message effect;
	uint64_t ticket;
};

struct gate {
	struct held *first;
	struct held **end;
	struct held *given; /* the one gate_open() returned last */
};

static void held_free(struct held *held)
{
	if (!held)
		return;
	arena_free(held->arena);
	free(held);
}

struct gate *gate_new(void)
{
	struct gate *gate = mem_alloc(sizeof(*gate));

	gate->end = &gate->first;
	return gate;
}

void gate_free(struct gate *gate)
{
	if (!gate)
		return;
	while (gate_take(gate))
		continue;
	held_free(gate->given);
	free(gate);
}

void gate_hold(struct gate *gate, const struct message *effect, uint64_t ticket)
{
	struct held *held = mem_alloc(sizeof(*held));

	held->arena = arena_new();
	held->ticket = ticket;
	held->effect = message_copy(held->arena, effect);
	*gate->end = held;
	gate->end = &held->next;
}

/* Takes the one that *link leads to out of the list. */
static struct held *unlink_held(struct gate *gate, struct held **link)
{
	struct held *held = *link;

	*link = held->next;
	if (!held->next)
		gate->end = link;
	return held;
}

const struct message *gate_open(struct gate *gate, uint64_t durable)
{
	held_free(gate->given);
	gate->given = NULL;
	if (!gate->first || gate->first->ticket > durable)
		return NULL;
	gate->given = unlink_held(gate, &gate->first);
	return &gate->given->effect;
}

static struct held **find(const struct gate *gate, enum message_type type, uint32_t id)
{
	struct held **link = (struct held **)&gate->first;

	for (; *link; link = &(*link)->next) {
		const struct message *effect = &(*link)->effect;

		if (effect->type == type &&
		    id == (type == MESSAGE_ASK ? effect->ask.id : effect->start.op))
			break;
	}
	return link;
}

bool gate_holds(const struct gate *gate, uint32_t op)
{
	return *find(gate, MESSAGE_START, op) != NULL;
}

static bool drop(struct gate *gate, struct held **link)
{
	if (!*link)
		return false;
	held_free(unlink_held(gate, link));
	return true;
}

bool gate_drop(struct gate *gate, uint32_t op)
{
	return drop(gate, find(gate, MESSAGE_START, op));
}

bool gate_drop_ask(struct gate *gate, uint32_t id)
{
	return drop(gate, find(gate, MESSAGE_ASK, id));
}

const struct message *gate_take(struct gate *gate)
{
	return gate_open(gate, UINT64_MAX);
}
