/* SPDX-License-Identifier: Apache-2.0 */
#include "run/executor.h"

void executor_perform(struct executor *executor, const struct message *effect)
{
	const struct executor_ops *ops = executor->ops;

	switch (effect->type) {
	case MESSAGE_START:
		ops->start(executor, effect);
		break;
	case MESSAGE_STOP:
		ops->stop(executor, effect);
		break;
	case MESSAGE_ASK:
		ops->ask(executor, effect);
		break;
	case MESSAGE_UNASK:
		ops->unask(executor, effect);
		break;
	case MESSAGE_ACQUIRE:
		ops->acquire(executor, effect);
		break;
	case MESSAGE_CHOOSE:
		ops->choose(executor, effect);
		break;
	case MESSAGE_RELEASE:
		ops->release(executor, effect);
		break;
	default:
		break;
	}
}

void executor_take_over(struct executor *executor, const struct unfinished *unfinished)
{
	const struct executor_ops *ops = executor->ops;

	for (size_t i = 0; i < unfinished->lock_count; i++)
		if (!unfinished->locks[i].held)
			ops->acquire(executor, &unfinished->locks[i].acquire);
	for (size_t i = 0; i < unfinished->op_count; i++)
		ops->adopt(executor, &unfinished->ops[i], unfinished->outputs);
}

void executor_ask_again(struct executor *executor, const struct unfinished *unfinished)
{
	for (size_t i = 0; i < unfinished->ask_count; i++)
		executor->ops->ask(executor, &unfinished->asks[i]);
}
