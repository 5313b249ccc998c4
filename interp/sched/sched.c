/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/alone.h"
#include "sched/telling.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct sched *sched_new(
    const struct plan *plan, struct store *store, const struct sched_options *options)
{
	struct sched *sched = mem_alloc(sizeof(*sched));

	assert(options->jobs > 0);
	sched->plan = plan;
	sched->store = store;
	sched->options = *options;
	sched->stopper = NONE;
	sched->rolling = NONE;
	sched->run.only = NONE;
	sched->telling = telling_new();
	sched->scratch = arena_new();
	return sched;
}

void sched_free(struct sched *sched)
{
	if (!sched)
		return;
	arena_free(sched->scratch);
	free(sched->instances);
	free(sched->ops);
	free(sched->timers);
	free(sched->out);
	queue_done(&sched->ready);
	queue_done(&sched->parked);
	numbers_done(&sched->asks);
	numbers_done(&sched->locks);
	numbers_done(&sched->begun);
	telling_free(sched->telling);
	free(sched);
}

static void *copy_array(const void *array, size_t count, size_t size)
{
	void *copy = mem_alloc(count * size);

	if (count)
		memcpy(copy, array, count * size);
	return copy;
}

struct sched *sched_clone(const struct sched *sched)
{
	struct sched *copy = mem_alloc(sizeof(*copy));

	*copy = *sched;
	copy->instances = copy_array(
	    sched->instances, sched->instance_count, sizeof(*sched->instances));
	copy->instance_capacity = sched->instance_count;
	copy->ops = copy_array(sched->ops, sched->op_count, sizeof(*sched->ops));
	copy->op_capacity = sched->op_count;
	copy->timers = copy_array(sched->timers, sched->timer_count, sizeof(*sched->timers));
	copy->timer_capacity = sched->timer_count;
	queue_copy(&copy->ready, &sched->ready);
	queue_copy(&copy->parked, &sched->parked);
	numbers_copy(&copy->asks, &sched->asks);
	numbers_copy(&copy->locks, &sched->locks);
	numbers_copy(&copy->begun, &sched->begun);
	copy->telling = telling_clone(sched->telling);
	copy->scratch = arena_new();
	copy->memo = NULL; /* made anew in every post, as the scratch is */
	copy->hangs = NULL;
	copy->out = NULL;
	copy->out_count = copy->out_capacity = copy->out_given = 0;
	return copy;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return str_hash((struct str){(const char *)(uint64_t[]){hash, value}, 16});
}

uint64_t sched_hash(const struct sched *sched)
{
	uint64_t hash = mix(sched->interrupts | (uint64_t)sched->stopper << 32,
	    sched->record_failed | (uint64_t)sched->held << 1 |
		(uint64_t)sched->on_record_failure << 2 | (uint64_t)sched->rolling << 32);

	hash = mix(hash, sched->to_undo | (uint64_t)sched->recalling << 32);
	hash = mix(hash,
	    sched->telling->reached | (uint64_t)sched->telling->under_way << 32 |
		(uint64_t)sched->telling->ended << 63);
	for (size_t i = 0; i < sched->begun.count; i++)
		hash = mix(hash, sched->begun.instances[i]);
	for (size_t i = 0; i < sched->instance_count; i++) {
		struct instance instance = sched->instances[i];
		const struct operation *op = instance.op == NONE ? NULL
								 : operation_at(sched, instance.op);

		/* numbers given out and times do not decide; that there is one does */
		hash = mix(hash,
		    instance.node | (uint64_t)instance.stage << 32 |
			(uint64_t)instance.outcome << 40 | (uint64_t)instance.allowed << 48 |
			(uint64_t)instance.approved << 49 | (uint64_t)instance.cancelled << 50 |
			(uint64_t)instance.timed_out << 51 | (uint64_t)instance.parked << 52 |
			(uint64_t)instance.polled_once << 53 | (uint64_t)(op != NULL) << 54 |
			(uint64_t)(instance.ask != NONE) << 55 |
			(uint64_t)(instance.timer != NONE) << 56 |
			(uint64_t)instance.unperformed << 57);
		hash = mix(hash,
		    (uint64_t)instance.is_loop | (uint64_t)instance.needless << 1 |
			(uint64_t)instance.locked << 2 | (uint64_t)instance.bg_began << 3 |
			(uint64_t)instance.bg_stopping << 4 | (uint64_t)instance.bg_lost << 5 |
			(uint64_t)instance.lost << 6 | (uint64_t)(instance.lock != NONE) << 7 |
			(uint64_t)(instance.background != NONE) << 8 |
			(uint64_t)(instance.expiry != NONE) << 9 | (uint64_t)instance.hollow << 12 |
			(uint64_t)instance.vague << 10 | (uint64_t)instance.chosen << 11);
		hash = mix(hash, instance.item | (uint64_t)instance.next_item << 32);
		hash = mix(hash, instance.params | (uint64_t)instance.params_taint << 32);
		hash = mix(hash, instance.list | (uint64_t)instance.check_list << 32);
		hash = mix(hash, instance.check_item | (uint64_t)instance.failed << 32);
		hash = mix(hash, instance.waiting | (uint64_t)instance.running << 32);
		hash = mix(hash, instance.check | (uint64_t)instance.attempt << 32);
		hash = mix(hash, instance.result | (uint64_t)instance.outputs << 32);
		hash = mix(hash, instance.culprit | (uint64_t)instance.worst << 32);
		hash = mix(
		    hash, instance.agreed | (uint64_t)(instance.approval_until_us != 0) << 32);
		hash = mix(hash, instance.taint | (uint64_t)(op ? op->what : 0U) << 32);
	}
	return hash;
}

struct instance *instance_at(const struct sched *sched, uint32_t index)
{
	assert(index < sched->instance_count);
	return &sched->instances[index];
}

const struct plan_node *node_of(const struct sched *sched, uint32_t index)
{
	return &sched->plan->nodes[instance_at(sched, index)->node];
}

const struct step *step_of(const struct sched *sched, uint32_t index)
{
	return node_of(sched, index)->step;
}

uint32_t instance_add(struct sched *sched, uint32_t node, uint32_t parent, uint32_t round)
{
	uint32_t index = (uint32_t)sched->instance_count;
	bool inherits = parent != NONE && instance_at(sched, parent)->shielded;

	sched->instances = mem_grow(sched->instances, sched->instance_count,
	    &sched->instance_capacity, sizeof(*sched->instances));
	sched->instance_count++;
	sched->instances[index] = (struct instance){
	    .node = node,
	    .parent = parent,
	    .round = round,
	    .shielded = inherits || sched->plan->nodes[node].part == PART_FINALLY,
	    .waiting = (uint32_t)sched->plan->nodes[node].need_count,
	    .taint = parent == NONE ? STORE_NOTHING : instance_at(sched, parent)->taint,
	    .culprit = NONE,
	    .worst = NONE,
	    .op = NONE,
	    .ask = NONE,
	    .timer = NONE,
	    .deadline = NONE,
	    .item = NONE,
	    .lock = NONE,
	    .background = NONE,
	    .expiry = NONE,
	    .first = {NONE, NONE, NONE},
	};
	return index;
}

void instance_began(struct sched *sched, uint32_t index)
{
	if (!instance_at(sched, index)->began)
		numbers_give(&sched->begun, index);
	instance_at(sched, index)->began = true;
}

void instance_wake(struct sched *sched, uint32_t index)
{
	queue_push(&sched->ready, instance_at(sched, index)->node, index);
}

const struct plan *sched_plan(const struct sched *sched)
{
	return sched->plan;
}

bool sched_needs_record(const struct sched *sched)
{
	return sched->on_record_failure == RECORD_FAILURE_STOP;
}

bool sched_finished(const struct sched *sched)
{
	return sched->finished;
}

bool sched_held(const struct sched *sched)
{
	return sched->held;
}

bool sched_interrupted(const struct sched *sched)
{
	return sched->interrupts > 0;
}

bool sched_departed(const struct sched *sched)
{
	return sched->departed;
}

static uint64_t parse_seed(struct str text)
{
	uint64_t seed = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		seed = seed << 4 | (uint64_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
	}
	return seed;
}

static void run_started(struct sched *sched, const struct message *in)
{
	struct arena *arena = sched->scratch;

	assert(sched->instance_count == 0);
	sched->run = (struct run_facts){
	    .id = store_put(sched->store, value_string(arena, in->run_started.run)),
	    .mode = store_put(sched->store, value_string(arena, in->run_started.mode)),
	    .dir = store_put(sched->store, value_string(arena, in->run_started.dir)),
	    .params = store_put(sched->store, in->run_started.params),
	    .seed = parse_seed(in->run_started.seed),
	    .started_at_us = in->at_us,
	    .on_divergence = (uint8_t)in->run_started.on_divergence,
	};
	sched->on_record_failure = in->run_started.on_record_failure;
	alone_begin(sched, in->run_started.alone);
	instance_wake(sched, instance_add(sched, PLAN_ROOT, NONE, 0));
	instance_at(sched, PLAN_ROOT)->unperformed = in->run_started.origin != ORIGIN_LIVE;
	telling_begin(sched, in);
}

/* What was begun and has no end in the record is told of behind it. */
static void run_resumed(struct sched *sched, const struct message *in)
{
	sched->on_record_failure = in->run_resumed.on_record_failure;
	sched->record_failed = false;
	telling_resumed(sched);
	recall_begin(sched);
}

static void record_changed(struct sched *sched, const struct message *in)
{
	sched->record_failed = in->record.state == RECORD_FAILED && sched_needs_record(sched);
}

static void (*const handlers[MESSAGE_TYPES])(struct sched *, const struct message *) = {
    [MESSAGE_RUN_STARTED] = run_started,
    [MESSAGE_RUN_RESUMED] = run_resumed,
    [MESSAGE_STARTED] = background_started,
    [MESSAGE_FINISHED] = operation_finished,
    [MESSAGE_ANSWERED] = approval_answered,
    [MESSAGE_ACQUIRED] = lock_acquired,
    [MESSAGE_CHOSEN] = choice_made,
    [MESSAGE_TIMER] = timer_fired,
    [MESSAGE_SIGNAL] = signal_received,
    [MESSAGE_RECORD] = record_changed,
    [MESSAGE_DIVERGED] = divergence_seen,
};

void sched_post(struct sched *sched, const struct message *in)
{
	uint32_t index;

	assert(message_class(in->type) == CLASS_IN && handlers[in->type]);
	assert(sched->out_given == sched->out_count);
	arena_reset(sched->scratch);
	sched->memo = arena_array(sched->scratch, ITEMS_MEMO, sizeof(*sched->memo));
	sched->hangs = arena_alloc(sched->scratch, sizeof(*sched->hangs));
	sched->out_count = sched->out_given = 0;
	sched->t_us = in->t_us;
	sched->at_us = in->at_us;
	handlers[in->type](sched, in);
	/* who was given a free slot may have made no use of it: it failed before it began */
	while (!sched->held && !sched->recalling) {
		while (queue_pop(&sched->ready, &index))
			stages_run(sched, index);
		if (!operation_unpark(sched))
			break;
	}
	telling_watch(sched, in);
	timers_settle(sched);
}

bool sched_next(struct sched *sched, struct message *ret_out)
{
	if (sched->out_given == sched->out_count)
		return false;
	*ret_out = sched->out[sched->out_given++];
	return true;
}
