/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/pool_job.h"

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"
#include "stdlib/headway.h"

struct pool_job {
	uv_work_t request;
	struct loop *loop;
	const struct pool_work *work;
	void *self;
	struct pool_job **slot; /* NULL once dropped */
	bool more; /* the thread's while a slice runs, the loop's else */
	atomic_bool must_end;
	struct headway *headway;
};

static void run_slice(uv_work_t *request)
{
	struct pool_job *job = request->data;

	job->more = job->work->slice(job->self, job);
}

static void queue(struct pool_job *job);

static void ran_slice(uv_work_t *request, int status)
{
	struct pool_job *job = request->data;

	/* One that was taken out of the queue has run no slice: then it was asked to end. */
	if (status == 0 && job->more && !pool_must_end(job)) {
		queue(job);
		return;
	}
	if (job->slot) {
		*job->slot = NULL;
		job->work->done(job->self);
	}
	job->work->release(job->self);
	free(job->headway);
	free(job);
}

static void queue(struct pool_job *job)
{
	int error = uv_queue_work(&job->loop->uv, &job->request, run_slice, ran_slice);

	assert(!error);
	(void)error;
}

void pool_start(struct loop *loop, const struct pool_work *work, void *self, struct pool_job **slot)
{
	struct pool_job *job = mem_alloc(sizeof(*job));

	job->request.data = job;
	job->loop = loop;
	job->work = work;
	job->self = self;
	job->slot = slot;
	job->headway = mem_alloc(sizeof(*job->headway));
	atomic_init(&job->must_end, false);
	*slot = job;
	queue(job);
}

bool pool_must_end(const struct pool_job *job)
{
	return job && atomic_load_explicit(&job->must_end, memory_order_relaxed);
}

void pool_read(const struct pool_job *job, int64_t bytes)
{
	if (job)
		headway_add(job->headway, bytes);
}

void pool_expect(const struct pool_job *job, int64_t bytes)
{
	if (job)
		headway_expect(job->headway, bytes);
}

void pool_progress(const struct pool_job *job, struct progress *ret_progress)
{
	if (job)
		headway_tell(job->headway, ret_progress);
}

void pool_end(struct pool_job *job)
{
	atomic_store(&job->must_end, true);
	uv_cancel((uv_req_t *)&job->request);
}

void pool_drop(struct pool_job **slot)
{
	struct pool_job *job = *slot;

	if (!job)
		return;
	*slot = NULL;
	job->slot = NULL;
	pool_end(job);
}
