/* SPDX-License-Identifier: Apache-2.0 */
#include "run/unfinished.h"

#include <stdlib.h>

#include "base/mem.h"

void unfinished_init(struct unfinished *unfinished)
{
	*unfinished = (struct unfinished){.arena = arena_new(), .outputs = output_store_new()};
}

void unfinished_done(struct unfinished *unfinished)
{
	free(unfinished->ops);
	free(unfinished->asks);
	free(unfinished->locks);
	free(unfinished->sessions);
	output_store_free(unfinished->outputs);
	arena_free(unfinished->arena);
}

static struct unfinished_op *find_op(struct unfinished *unfinished, uint32_t op)
{
	for (size_t i = unfinished->op_count; i-- > 0;)
		if (unfinished->ops[i].start.start.op == op)
			return &unfinished->ops[i];
	return NULL;
}

static void note_session(struct unfinished *unfinished, struct str session)
{
	for (size_t i = 0; i < unfinished->session_count; i++)
		if (str_eq(unfinished->sessions[i], session))
			return;
	unfinished->sessions = mem_grow(unfinished->sessions, unfinished->session_count,
	    &unfinished->session_capacity, sizeof(*unfinished->sessions));
	unfinished->sessions[unfinished->session_count++] = arena_str(unfinished->arena, session);
}

static void see_start(struct unfinished *unfinished, const struct message *message)
{
	unfinished->ops = mem_grow(unfinished->ops, unfinished->op_count, &unfinished->op_capacity,
	    sizeof(*unfinished->ops));
	unfinished->ops[unfinished->op_count++] = (struct unfinished_op){
	    .start = message_copy(unfinished->arena, message)};
	if (message->start.session.len)
		note_session(unfinished, message->start.session);
}

static void see_started(struct unfinished *unfinished, const struct message *message)
{
	struct unfinished_op *op = find_op(unfinished, message->started.op);

	if (!op)
		return;
	op->announced = true;
	op->pid = message->started.pid;
	op->start_ticks = message->started.start_ticks;
	op->confined = message->started.confined;
}

static void see_output(struct unfinished *unfinished, const struct message *message)
{
	struct unfinished_op *op = find_op(unfinished, message->output.op);
	int64_t len = (int64_t)message->output.bytes.len;
	int64_t end;

	if (!op || message->output.offset < 0 || message->output.offset >= INT64_MAX - len)
		return;
	end = message->output.offset + len;
	output_store_add(unfinished->outputs, message);
	if (!op->resumed && end > op->known[message->output.stream])
		op->known[message->output.stream] = end;
}

static void see_finished(struct unfinished *unfinished, const struct message *message)
{
	struct unfinished_op *op = find_op(unfinished, message->finished.op);

	if (!op)
		return;
	output_store_forget(unfinished->outputs, message->finished.op);
	for (unfinished->op_count--; op < unfinished->ops + unfinished->op_count; op++)
		op[0] = op[1];
}

static void see_resumed(struct unfinished *unfinished)
{
	for (size_t i = 0; i < unfinished->op_count; i++)
		unfinished->ops[i].resumed = true;
}

static void see_ask(struct unfinished *unfinished, const struct message *message)
{
	unfinished->asks = mem_grow(unfinished->asks, unfinished->ask_count,
	    &unfinished->ask_capacity, sizeof(*unfinished->asks));
	unfinished->asks[unfinished->ask_count++] = message_copy(unfinished->arena, message);
}

static void end_ask(struct unfinished *unfinished, uint32_t id)
{
	size_t kept = 0;

	for (size_t i = 0; i < unfinished->ask_count; i++)
		if (unfinished->asks[i].ask.id != id)
			unfinished->asks[kept++] = unfinished->asks[i];
	unfinished->ask_count = kept;
}

static void see_acquire(struct unfinished *unfinished, const struct message *message)
{
	unfinished->locks = mem_grow(unfinished->locks, unfinished->lock_count,
	    &unfinished->lock_capacity, sizeof(*unfinished->locks));
	unfinished->locks[unfinished->lock_count++] = (struct unfinished_lock){
	    message_copy(unfinished->arena, message), false};
}

static void see_acquired(struct unfinished *unfinished, const struct message *message)
{
	for (size_t i = 0; i < unfinished->lock_count; i++)
		if (unfinished->locks[i].acquire.lock.id == message->acquired.id)
			unfinished->locks[i].held = !message->acquired.why.len;
}

static void see_release(struct unfinished *unfinished, const struct message *message)
{
	size_t kept = 0;

	for (size_t i = 0; i < unfinished->lock_count; i++)
		if (unfinished->locks[i].acquire.lock.id != message->lock.id)
			unfinished->locks[kept++] = unfinished->locks[i];
	unfinished->lock_count = kept;
}

void unfinished_see(struct unfinished *unfinished, const struct message *message)
{
	switch (message->type) {
	case MESSAGE_START:
		see_start(unfinished, message);
		break;
	case MESSAGE_STARTED:
		see_started(unfinished, message);
		break;
	case MESSAGE_OUTPUT:
		see_output(unfinished, message);
		break;
	case MESSAGE_FINISHED:
		see_finished(unfinished, message);
		break;
	case MESSAGE_RUN_RESUMED:
		see_resumed(unfinished);
		break;
	case MESSAGE_ASK:
		see_ask(unfinished, message);
		break;
	case MESSAGE_UNASK:
		end_ask(unfinished, message->unask.id);
		break;
	case MESSAGE_ANSWERED:
		end_ask(unfinished, message->answered.id);
		break;
	case MESSAGE_ACQUIRE:
		see_acquire(unfinished, message);
		break;
	case MESSAGE_ACQUIRED:
		see_acquired(unfinished, message);
		break;
	case MESSAGE_RELEASE:
		see_release(unfinished, message);
		break;
	default:
		break;
	}
}
