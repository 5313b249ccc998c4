/* SPDX-License-Identifier: Apache-2.0 */
#include "run/gate.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"

struct held {
	struct held *next;
	struct arena *arena;
	struct message start;
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
	uint32_t op;

	if (!gate)
		return;
	while (gate_drop_first(gate, &op))
		continue;
	held_free(gate->given);
	free(gate);
}

void gate_hold(struct gate *gate, const struct message *start, uint64_t ticket)
{
	struct held *held = mem_alloc(sizeof(*held));

	held->arena = arena_new();
	held->ticket = ticket;
	held->start = message_copy_start(held->arena, start);
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
	return &gate->given->start;
}

static struct held **find(const struct gate *gate, uint32_t op)
{
	struct held **link = (struct held **)&gate->first;

	while (*link && (*link)->start.start.op != op)
		link = &(*link)->next;
	return link;
}

bool gate_holds(const struct gate *gate, uint32_t op)
{
	return *find(gate, op) != NULL;
}

bool gate_drop(struct gate *gate, uint32_t op)
{
	struct held **link = find(gate, op);

	if (!*link)
		return false;
	held_free(unlink_held(gate, link));
	return true;
}

bool gate_drop_first(struct gate *gate, uint32_t *ret_op)
{
	if (!gate->first)
		return false;
	*ret_op = gate->first->start.start.op;
	held_free(unlink_held(gate, &gate->first));
	return true;
}
