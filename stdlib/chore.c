/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/chore.h"

#include <stdlib.h>

#include "base/mem.h"

struct chore {
	uv_work_t work;
	const struct chore_kind *kind;
	void *job;
	struct chore **slot;
	void (*done)(void *self, void *job); /* NULL once dropped */
	void *self;
};

static void work(uv_work_t *request)
{
	const struct chore *chore = request->data;

	chore->kind->work(chore->job);
}

static void worked(uv_work_t *request, int status)
{
	struct chore *chore = request->data;

	(void)status; /* only a dropped one can fail */
	if (chore->done) {
		*chore->slot = NULL;
		chore->done(chore->self, chore->job);
	}
	chore->kind->free(chore->job);
	free(chore);
}

void chore_start(struct loop *loop, const struct chore_kind *kind, void *job, struct chore **slot,
    void (*done)(void *self, void *job), void *self)
{
	struct chore *chore = mem_alloc(sizeof(*chore));

	*chore = (struct chore){.kind = kind, .job = job, .slot = slot, .done = done, .self = self};
	chore->work.data = chore;
	*slot = chore;
	uv_queue_work(&loop->uv, &chore->work, work, worked);
}

void chore_drop(struct chore **slot)
{
	struct chore *chore = *slot;

	if (!chore)
		return;
	*slot = NULL;
	chore->done = NULL;
	uv_cancel((uv_req_t *)&chore->work);
}
