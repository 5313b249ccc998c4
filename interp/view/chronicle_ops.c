/* SPDX-License-Identifier: Apache-2.0 */
#include "view/chronicle_parts.h"

#include "base/mem.h"
#include "view/text.h"

static struct str number_key(const uint32_t *number)
{
	return (struct str){(const char *)number, sizeof(*number)};
}

struct chronicle_op *chronicle_op(const struct chronicle *chronicle, uint32_t op)
{
	return map_get(&chronicle->by_op, number_key(&op));
}

static void put_words(
    struct chronicle *chronicle, struct chronicle_op *op, const struct message *start)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	text_action_whole(&text, start, chronicle->plan);
	op->whole = chronicle_keep(chronicle, buf_view(&text));
	buf_clear(&text);
	text_first_line(&text, op->whole);
	op->action = chronicle_keep(chronicle, buf_view(&text));
	buf_clear(&text);
	text_at(&text, start);
	op->place = chronicle_keep(chronicle, str_trim(buf_view(&text)));
	buf_done(&text);
}

void chronicle_see_start(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_op *op = arena_alloc(chronicle->arena, sizeof(*op));
	size_t index = chronicle_at(chronicle, message->start.node);
	struct chronicle_step *step;

	*op = (struct chronicle_op){
	    .op = message->start.op,
	    .what = message->start.what,
	    .index = message->start.index,
	    .item = message->start.item,
	    .attempt = message->start.attempt,
	    .node = chronicle_keep(chronicle, message->start.node),
	    .step = chronicle_keep(chronicle, message->start.step),
	    .name = chronicle_keep(chronicle, message->start.action),
	    .effect = message->start.class,
	    .timeout_us = message->start.timeout_us,
	    .poll = message->start.poll,
	    .sensitive = message->start.sensitive,
	    .deps = message_deps(chronicle->arena, message->start.deps),
	    .wanted_at_us = message->at_us,
	    .wanted_t_us = message->t_us,
	    .began_at_us = CHRONICLE_NEVER,
	    .began_t_us = CHRONICLE_NEVER,
	    .ended_at_us = CHRONICLE_NEVER,
	    .ended_t_us = CHRONICLE_NEVER,
	};
	put_words(chronicle, op, message);
	chronicle->ops = mem_grow(
	    chronicle->ops, chronicle->op_count, &chronicle->op_capacity, sizeof(*chronicle->ops));
	chronicle->ops[chronicle->op_count++] = op;
	map_put(&chronicle->by_op, number_key(&op->op), op);
	if (!index)
		return;
	step = &chronicle->steps[index - 1];
	if (step->last)
		step->last->next = op;
	else
		step->first = op;
	step->last = op;
}

void chronicle_see_started(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_op *op = chronicle_op(chronicle, message->started.op);

	if (!op)
		return;
	op->began_at_us = message->at_us;
	op->began_t_us = message->t_us;
	op->pid = message->started.pid;
	op->confined = message->started.confined;
	op->unconfined = chronicle_keep(chronicle, message->started.unconfined);
}

void chronicle_see_stop(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_op *op = chronicle_op(chronicle, message->stop.op);

	if (op && !op->stop.len)
		op->stop = chronicle_keep(chronicle, message->stop.why);
}

void chronicle_see_output(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_op *op = chronicle_op(chronicle, message->output.op);
	struct chronicle_piece *piece;

	if (!op)
		return;
	piece = arena_alloc(chronicle->arena, sizeof(*piece));
	*piece = (struct chronicle_piece){
	    .stream = message->output.stream,
	    .at_us = message->at_us,
	    .t_us = message->t_us,
	    .offset = message->output.offset,
	    .bytes = chronicle_keep(chronicle, message->output.bytes),
	};
	if (op->last_piece)
		op->last_piece->next = piece;
	else
		op->pieces = piece;
	op->last_piece = piece;
	if (piece->stream == STREAM_STDOUT)
		op->stdout_bytes += piece->bytes.len;
	else
		op->stderr_bytes += piece->bytes.len;
}

void chronicle_see_finished(struct chronicle *chronicle, const struct message *message)
{
	struct chronicle_op *op = chronicle_op(chronicle, message->finished.op);

	if (!op || op->ended)
		return;
	op->ended = true;
	op->ended_at_us = message->at_us;
	op->ended_t_us = message->t_us;
	op->end = message->finished.end;
	op->ok = message->finished.ok;
	op->holds = message->finished.verdict.ok;
	op->unchanged = message->finished.unchanged;
	op->why = chronicle_keep(chronicle,
	    message->finished.verdict.why.len ? message->finished.verdict.why
					      : message->finished.why);
	op->advice = chronicle_keep(chronicle, message->finished.advice);
	op->origin = message->finished.origin;
	op->polls = message->finished.polls;
	op->result = chronicle_keep_value(chronicle, message->finished.result);
	op->left = chronicle_keep_value(chronicle, message->finished.left);
}
