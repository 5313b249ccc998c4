/* SPDX-License-Identifier: Apache-2.0 */
#include "run/exec_live.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "run/locks.h"
#include "run/op.h"
#include "run/sampler.h"

struct exec_live {
	struct executor executor; /* first: the two are cast into each other */
	struct op_context context;
	struct locks *locks;
	size_t retaken; /* of the locks of an earlier life */
};

static struct exec_live *live_of(struct executor *executor)
{
	return (struct exec_live *)executor;
}

static void start(struct executor *executor, const struct message *effect)
{
	op_start(&live_of(executor)->context, effect);
}

static void look(struct executor *executor, const struct message *effect)
{
	op_look(&live_of(executor)->context, effect);
}

static void adopt(
    struct executor *executor, const struct unfinished_op *earlier, const struct output_store *said)
{
	op_adopt(&live_of(executor)->context, earlier, said);
}

static void stop(struct executor *executor, const struct message *effect)
{
	op_stop(&live_of(executor)->context, effect);
}

static void ask(struct executor *executor, const struct message *effect)
{
	const struct asker *asker = &live_of(executor)->context.options.asker;

	asker->ask(asker->self, effect);
}

static void unask(struct executor *executor, const struct message *effect)
{
	const struct asker *asker = &live_of(executor)->context.options.asker;

	asker->unask(asker->self, effect);
}

static void acquire(struct executor *executor, const struct message *effect)
{
	locks_acquire(live_of(executor)->locks, effect);
}

static void choose(struct executor *executor, const struct message *effect)
{
	(void)executor;
	(void)effect;
	assert(false); /* all is performed here: nothing hangs on anything else */
}

static void release(struct executor *executor, const struct message *effect)
{
	locks_release(live_of(executor)->locks, effect);
}

static const struct executor_ops ops = {
    .start = start,
    .look = look,
    .adopt = adopt,
    .stop = stop,
    .ask = ask,
    .unask = unask,
    .acquire = acquire,
    .choose = choose,
    .release = release,
};

struct exec_live *exec_live_new(const struct exec_live_options *options)
{
	struct exec_live *live = mem_alloc(sizeof(*live));
	struct locks_options locks = {options->engine, options->host->loop, options->run,
	    options->host->run_dir, options->lock_folder};

	live->executor.ops = &ops;
	live->context.options = *options;
	live->context.finished_end = &live->context.finished;
	live->context.sessions = sessions_new(options->host->loop);
	live->context.sampler = sampler_new(options->engine, options->host->loop);
	for (size_t i = 0; options->earlier && i < options->earlier->session_count; i++)
		sessions_lose(live->context.sessions, options->earlier->sessions[i]);
	live->locks = locks_new(&locks);
	return live;
}

void exec_live_free(struct exec_live *live)
{
	if (!live)
		return;
	assert(!live->context.ops);
	locks_free(live->locks);
	sessions_free(live->context.sessions);
	sampler_free(live->context.sampler);
	free(live);
}

bool exec_live_retake(struct exec_live *live, const struct unfinished *earlier, struct buf *why)
{
	for (; live->retaken < earlier->lock_count; live->retaken++) {
		const struct unfinished_lock *lock = &earlier->locks[live->retaken];

		if (lock->held && !locks_retake(live->locks, &lock->acquire, why))
			return false;
	}
	return true;
}

struct executor *exec_live_executor(struct exec_live *live)
{
	return &live->executor;
}
