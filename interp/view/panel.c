/* SPDX-License-Identifier: Apache-2.0 */
#include "view/panel_parts.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/units.h"
#include "view/outlook.h"
#include "view/text.h"

/* Rates are smoothed over about so long. */
enum { RATE_US = 5000000 };

static void show_nothing(void *self, struct str step, struct str line)
{
	(void)self;
	(void)step;
	(void)line;
}

/* A node's own place: what it lies in decides whether it is a line of its own. */
static bool is_listed(const struct panel *panel, uint32_t index)
{
	const struct plan *plan = panel->sources.plan;
	const struct plan_node *node = &plan->nodes[index];

	if (index == PLAN_ROOT || (node->step->is_block && !node->step->each.list))
		return false;
	for (; node->parent != PLAN_NONE; node = &plan->nodes[node->parent])
		if (node->part == PART_ROLLBACK || (node->index != index && node->step->each.list))
			return false;
	return true;
}

struct panel *panel_new(const struct panel_sources *sources)
{
	struct panel *panel = mem_alloc(sizeof(*panel));
	size_t count = sources->plan->count;

	panel->sources = *sources;
	panel->last = &panel->steps;
	panel->nodes = mem_alloc(count * sizeof(*panel->nodes));
	panel->name_columns = labels_columns(sources->labels);
	for (size_t i = 0; i < count; i++) {
		panel->nodes[i].listed = is_listed(panel, (uint32_t)i);
		if (sources->plan->nodes[i].step->each.list) /* items have longer names */
			panel->name_columns = SIZE_MAX;
	}
	panel->lines = lines_new(show_nothing, NULL);
	buf_init(&panel->expected, BUF_UNBOUNDED);
	return panel;
}

static void step_free(struct panel_step *step)
{
	while (step->ops) {
		struct panel_op *next = step->ops->next;

		free(step->ops);
		step->ops = next;
	}
	free(step->lock);
	free(step->path);
	free(step);
}

void panel_free(struct panel *panel)
{
	if (!panel)
		return;
	while (panel->steps) {
		struct panel_step *next = panel->steps->next;

		step_free(panel->steps);
		panel->steps = next;
	}
	lines_free(panel->lines);
	buf_done(&panel->expected);
	free(panel->nodes);
	free(panel);
}

static struct panel_step *step_find(const struct panel *panel, struct str path)
{
	struct panel_step *step = panel->steps;

	while (step && !str_eq(str_from(step->path), path))
		step = step->next;
	return step;
}

/* The instance at a path, made when it is first heard of; NULL: the plan has no such step. */
static struct panel_step *step_at(
    struct panel *panel, const struct message *message, struct str path)
{
	struct panel_step *step = step_find(panel, path);
	const struct plan_node *node = step ? NULL : plan_at(panel->sources.plan, path);
	struct panel_node *counts;

	if (step || !node)
		return step;
	step = mem_alloc(sizeof(*step));
	step->path = mem_strndup(path.ptr, path.len);
	step->node = node->index;
	step->is_item = path.len && path.ptr[path.len - 1] == ']';
	step->began_us = message->t_us;
	*panel->last = step;
	panel->last = &step->next;
	counts = &panel->nodes[step->node];
	*(step->is_item ? &counts->items_running : &counts->running) += 1;
	return step;
}

static void step_remove(struct panel *panel, struct panel_step *step)
{
	struct panel_node *counts = &panel->nodes[step->node];
	struct panel_step **link = &panel->steps;

	*(step->is_item ? &counts->items_running : &counts->running) -= 1;
	while (*link && *link != step)
		link = &(*link)->next;
	*link = step->next;
	if (!step->next)
		panel->last = link;
	step_free(step);
}

static void see_start(struct panel *panel, const struct message *message)
{
	struct panel_step *step;
	struct panel_op **link;
	struct panel_op *op;

	if (message->start.what == START_NOTIFY)
		return;
	step = step_at(panel, message, message->start.node);
	if (!step)
		return;
	step->again_us = 0;
	step->acted = step->acted || message->start.what == START_ACTION;
	op = mem_alloc(sizeof(*op));
	*op = (struct panel_op){
	    .op = message->start.op,
	    .what = message->start.what,
	    .class = message->start.class,
	    .sensitive = message->start.sensitive,
	    .attempt = message->start.attempt,
	    .began_us = message->t_us,
	    .timeout_us = message->start.timeout_us,
	    .within_us = message->start.poll.within_us,
	};
	link = &step->ops;
	while (*link)
		link = &(*link)->next;
	*link = op;
}

static struct panel_op **op_find(struct panel *panel, uint32_t id)
{
	for (struct panel_step *step = panel->steps; step; step = step->next)
		for (struct panel_op **link = &step->ops; *link; link = &(*link)->next)
			if ((*link)->op == id)
				return link;
	return NULL;
}

static void see_finished(struct panel *panel, const struct message *message)
{
	struct panel_op **link = op_find(panel, message->finished.op);
	struct panel_op *op = link ? *link : NULL;

	lines_end(panel->lines, message->finished.op, show_nothing);
	if (!op)
		return;
	*link = op->next;
	free(op);
}

static void see_output(struct panel *panel, const struct message *message)
{
	struct panel_op **link = op_find(panel, message->output.op);

	if (link && !(*link)->sensitive)
		lines_feed(panel->lines, message);
}

static void see_ask(struct panel *panel, const struct message *message)
{
	struct panel_step *step = step_at(panel, message, message->ask.node);

	if (!step)
		return;
	step->asks = true;
	step->ask = message->ask.id;
	step->ask_kind = message->ask.kind;
	step->asked_us = message->t_us;
}

static void see_answer(struct panel *panel, uint32_t id)
{
	for (struct panel_step *step = panel->steps; step; step = step->next)
		if (step->asks && step->ask == id)
			step->asks = false;
}

static void see_acquire(struct panel *panel, const struct message *message)
{
	struct panel_step *step = step_at(panel, message, message->lock.node);

	if (!step)
		return;
	free(step->lock);
	step->lock = mem_strndup(message->lock.lock.ptr, message->lock.lock.len);
	step->lock_id = message->lock.id;
	step->locks = true;
}

static void see_acquired(struct panel *panel, const struct message *message)
{
	for (struct panel_step *step = panel->steps; step; step = step->next)
		if (step->locks && step->lock_id == message->acquired.id)
			step->locks = false;
}

/* A block is tried again: all in it is to come once more. */
static void begin_anew(struct panel *panel, uint32_t block)
{
	for (uint32_t i = block + 1; i < panel->sources.plan->count; i++) {
		struct panel_node *node = &panel->nodes[i];

		if (!plan_within(panel->sources.plan, i, block))
			continue;
		node->ended = node->items = node->items_ended = node->items_failed = 0;
	}
}

static void see_decided(struct panel *panel, const struct message *message)
{
	const struct value *value = message->decided.value;
	struct str what = message->decided.what;
	struct panel_step *step;

	if (str_is(what, "begin")) {
		step_at(panel, message, message->decided.node);
	} else if (str_is(what, "for_each") && value && value->type == VALUE_LIST) {
		step = step_at(panel, message, message->decided.node);
		if (step)
			panel->nodes[step->node].items = value->list.count;
	} else if (str_is(what, "retry")) {
		step = step_at(panel, message, message->decided.node);
		if (!step)
			return;
		step->again_us = message->t_us + value_us(value);
		begin_anew(panel, step->node);
	}
}

static bool is_bad(const struct message *finished)
{
	return !finished->step_finished.allowed &&
	    finished->step_finished.outcome != OUTCOME_SUCCEEDED &&
	    finished->step_finished.outcome != OUTCOME_SKIPPED &&
	    finished->step_finished.outcome != OUTCOME_REHEARSED;
}

static void see_step_finished(struct panel *panel, const struct message *message)
{
	struct panel_step *step = step_at(panel, message, message->step_finished.node);
	struct panel_node *node;

	if (!step)
		return;
	node = &panel->nodes[step->node];
	if (step->is_item) {
		node->items_ended++;
		node->items_failed += is_bad(message);
	} else {
		node->ended++;
		node->outcome = message->step_finished.outcome;
		node->allowed = message->step_finished.allowed;
		node->duration_us = message->step_finished.duration_us;
	}
	step_remove(panel, step);
}

/* What was to be expected at some time, which is all that the record tells of it. */
static void see_outlook(struct panel *panel, const struct message *message)
{
	const struct outlook *told = &message->outlook.told;

	buf_clear(&panel->expected);
	if (told->from_us) {
		buf_text(&panel->expected, "after ");
		units_show_duration(&panel->expected, text_seconds(told->from_us));
	} else {
		buf_text(&panel->expected, "at the beginning");
	}
	buf_text(&panel->expected, ": ");
	outlook_put_brief(&panel->expected, told);
}

void panel_see(struct panel *panel, const struct message *message)
{
	if (message->type == MESSAGE_RUN_STARTED)
		panel->begun = true;
	else if (message->type == MESSAGE_RUN_FINISHED)
		panel->over = true;
	else if (message->type == MESSAGE_START)
		see_start(panel, message);
	else if (message->type == MESSAGE_FINISHED)
		see_finished(panel, message);
	else if (message->type == MESSAGE_OUTPUT)
		see_output(panel, message);
	else if (message->type == MESSAGE_ASK)
		see_ask(panel, message);
	else if (message->type == MESSAGE_ANSWERED)
		see_answer(panel, message->answered.id);
	else if (message->type == MESSAGE_UNASK)
		see_answer(panel, message->unask.id);
	else if (message->type == MESSAGE_ACQUIRE)
		see_acquire(panel, message);
	else if (message->type == MESSAGE_ACQUIRED)
		see_acquired(panel, message);
	else if (message->type == MESSAGE_DECIDED)
		see_decided(panel, message);
	else if (message->type == MESSAGE_STEP_FINISHED)
		see_step_finished(panel, message);
	else if (message->type == MESSAGE_OUTLOOK)
		see_outlook(panel, message);
}

void panel_sample(struct panel *panel, const struct sample *sample)
{
	struct panel_op **link = op_find(panel, sample->op);
	struct panel_op *op = link ? *link : NULL;
	int64_t since_us = op ? (op->sampled_us ? op->sampled_us : op->began_us) : 0;
	double passed_us = (double)(sample->t_us - since_us);
	double now;

	if (!op || passed_us <= 0)
		return;
	if (sample->done < op->done || (op->sampled_us && sample->total != op->total)) {
		/* it has begun with something else: how fast that is shows the next one */
		op->rate = 0;
		op->done = sample->done;
	}
	now = (double)(sample->done - op->done) * 1e6 / passed_us;
	op->rate += (now - op->rate) * (op->rate > 0 ? passed_us / (passed_us + RATE_US) : 1.0);
	op->done = sample->done;
	op->total = sample->total;
	op->sampled_us = sample->t_us;
}

void panel_hear(struct panel *panel, const struct saying *saying)
{
	struct panel_op **link = op_find(panel, saying->op);

	if (link && !(*link)->sensitive && saying->line.len)
		lines_hear(panel->lines, saying->op, saying->line);
}

void panel_answered(struct panel *panel, uint32_t node)
{
	panel->nodes[node].answered = true;
}

void panel_expect(struct panel *panel, struct str sentence)
{
	buf_clear(&panel->expected);
	buf_str(&panel->expected, sentence);
}

bool panel_is_coming(const struct panel *panel, uint32_t index)
{
	const struct panel_node *node = &panel->nodes[index];

	if (!node->listed || node->running || node->ended)
		return false;
	for (uint32_t at = panel->sources.plan->nodes[index].parent; at != PLAN_NONE;
	     at = panel->sources.plan->nodes[at].parent)
		if (panel->nodes[at].ended && !panel->nodes[at].running)
			return false;
	return true;
}

bool panel_is_done(const struct panel *panel, uint32_t index)
{
	const struct panel_node *node = &panel->nodes[index];

	return node->listed && node->ended && !node->running;
}
