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
	case MESSAGE_RELEASE:
		ops->release(executor, effect);
		break;
	default: /* decisions are for the record */
		break;
	}
}
