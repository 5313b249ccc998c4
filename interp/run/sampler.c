/* SPDX-License-Identifier: Apache-2.0 */
#include "run/sampler.h"

#include <assert.h>
#include <stdlib.h>

#include "act/flow.h"
#include "base/mem.h"

/* From when on an attempt is asked, and how often; whoever takes long to answer is asked less: 1 % of the time. */
enum { FIRST_US = 1000000, EVERY_US = 250000, SPARE = 100 };

struct sampled {
	struct sampled *next; /* of all */
	struct sampled **link; /* what leads to it */
	struct sampled *next_looked; /* of the look under way */
	struct sampler *sampler;
	const struct attempt *attempt; /* NULL once it is forgotten */
	void (*ask)(const struct attempt *attempt, struct progress *ret_progress);
	int64_t since_us; /* on the loop's clock */
	bool looked; /* by the look under way, whose thread has what follows until then */
	int64_t launcher;
	struct flow *flow;
	bool found;
	struct progress progress;
	struct progress told; /* the loop's again */
};

struct sampler {
	uv_work_t work;
	struct engine *engine;
	struct loop *loop;
	struct loop_timer *timer;
	bool waits; /* the timer was started */
	bool looks; /* a look is under way */
	bool over; /* and there is nobody to tell */
	struct sampled *all;
	struct sampled *looked; /* by the look under way, linked */
	int64_t look_us; /* how long the look under way takes: its thread's; */
	int64_t took_us; /* and the last one took */
};

static void wait(struct sampler *sampler, int64_t delay_us)
{
	sampler->waits = true;
	loop_timer_start(sampler->timer, delay_us);
}

/* Only what is new. */
static void tell(struct sampled *sampled, const struct progress *progress)
{
	struct sample sample = {
	    .op = sampled->attempt->op, .done = progress->done, .total = progress->total};

	if (progress->done <= 0 ||
	    (progress->done == sampled->told.done && progress->total == sampled->told.total))
		return;
	sampled->told = *progress;
	engine_sample(sampled->sampler->engine, &sample);
}

/* When the next one is old enough, or all are asked again. */
static void go_on(struct sampler *sampler)
{
	int64_t spare_us = sampler->took_us * SPARE;
	int64_t now_us = loop_clock_us();
	int64_t delay_us = -1;

	for (const struct sampled *sampled = sampler->all; sampled; sampled = sampled->next) {
		int64_t left_us = sampled->since_us + FIRST_US - now_us;

		if (delay_us < 0 || left_us < delay_us)
			delay_us = left_us > 0 ? left_us : 0;
	}
	if (delay_us < 0)
		return;
	if (delay_us < EVERY_US)
		delay_us = EVERY_US;
	wait(sampler, delay_us < spare_us ? spare_us : delay_us);
}

static void sampled_free(struct sampled *sampled)
{
	flow_free(sampled->flow);
	free(sampled);
}

/* In a thread of the pool. */
static void look(uv_work_t *work)
{
	struct sampler *sampler = work->data;
	int64_t began_us = loop_clock_us();

	for (struct sampled *sampled = sampler->looked; sampled; sampled = sampled->next_looked) {
		if (!sampled->flow)
			sampled->flow = flow_new();
		sampled->found = flow_look(sampled->flow, sampled->launcher, &sampled->progress);
	}
	sampler->look_us = loop_clock_us() - began_us;
}

static void looked(uv_work_t *work, int status)
{
	struct sampler *sampler = work->data;
	struct sampled *next;

	assert(status == 0); /* nobody takes it out of the queue */
	(void)status;
	for (struct sampled *sampled = sampler->looked; sampled; sampled = next) {
		next = sampled->next_looked;
		sampled->looked = false;
		if (!sampled->attempt)
			sampled_free(sampled);
		else if (sampled->found)
			tell(sampled, &sampled->progress);
	}
	sampler->looked = NULL;
	sampler->looks = false;
	sampler->took_us = sampler->look_us;
	if (sampler->over)
		free(sampler);
}

/* One that knows itself tells it; the kernel is asked about the others, once it has answered the last time. */
static void ask(struct sampler *sampler, struct sampled *sampled)
{
	struct progress progress = {0};

	sampled->ask(sampled->attempt, &progress);
	if (progress.launcher <= 0) {
		tell(sampled, &progress);
	} else if (!sampler->looks) {
		sampled->looked = true;
		sampled->launcher = progress.launcher;
		sampled->next_looked = sampler->looked;
		sampler->looked = sampled;
	}
}

static void fire(void *self)
{
	struct sampler *sampler = self;
	int64_t until_us = loop_clock_us() - FIRST_US;

	sampler->waits = false;
	for (struct sampled *sampled = sampler->all; sampled; sampled = sampled->next)
		if (sampled->since_us <= until_us)
			ask(sampler, sampled);
	if (sampler->looked && !sampler->looks) {
		sampler->looks = true;
		uv_queue_work(&sampler->loop->uv, &sampler->work, look, looked);
	}
	go_on(sampler);
}

struct sampler *sampler_new(struct engine *engine, struct loop *loop)
{
	struct sampler *sampler = mem_alloc(sizeof(*sampler));

	sampler->work.data = sampler;
	sampler->engine = engine;
	sampler->loop = loop;
	sampler->timer = loop_timer_new(loop, fire, sampler);
	return sampler;
}

void sampler_free(struct sampler *sampler)
{
	assert(!sampler->all);
	loop_timer_free(sampler->timer);
	sampler->over = true;
	if (!sampler->looks)
		free(sampler);
}

struct sampled *sampler_ask(struct sampler *sampler, const struct attempt *attempt,
    void (*progress)(const struct attempt *attempt, struct progress *ret_progress))
{
	struct sampled *sampled;

	if (!progress || !engine_wants_samples(sampler->engine))
		return NULL;
	sampled = mem_alloc(sizeof(*sampled));
	sampled->sampler = sampler;
	sampled->attempt = attempt;
	sampled->ask = progress;
	sampled->since_us = loop_clock_us();
	sampled->next = sampler->all;
	sampled->link = &sampler->all;
	if (sampled->next)
		sampled->next->link = &sampled->next;
	sampler->all = sampled;
	if (!sampler->waits)
		wait(sampler, FIRST_US);
	return sampled;
}

void sampler_forget(struct sampled *sampled)
{
	if (!sampled)
		return;
	*sampled->link = sampled->next;
	if (sampled->next)
		sampled->next->link = sampled->link;
	sampled->attempt = NULL;
	if (!sampled->looked)
		sampled_free(sampled);
}
