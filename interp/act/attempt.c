/* SPDX-License-Identifier: Apache-2.0 */
#include "act/attempt.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>

void attempt_started(struct attempt *attempt, int64_t pid, int64_t start_ticks)
{
	assert(!attempt->finished);
	attempt->ops->started(attempt, pid, start_ticks);
}

void attempt_output(struct attempt *attempt, enum attempt_stream stream, struct str bytes)
{
	assert(!attempt->finished);
	if (bytes.len)
		attempt->ops->output(attempt, stream, bytes);
}

void attempt_finish(struct attempt *attempt, const struct attempt_result *result)
{
	assert(!attempt->finished);
	assert(result->ok || result->why.len);
	attempt->finished = true;
	attempt->result = *result;
	/* Whoever is told may release what is left: the attempt must live until we return to it. */
	attempt_hold(attempt);
	attempt->ops->finished(attempt);
	attempt_release(attempt);
}

void attempt_succeed(struct attempt *attempt, const struct value *value)
{
	attempt_finish(attempt, &(struct attempt_result){.ok = true, .value = value});
}

void attempt_fail(struct attempt *attempt, const struct value *value, const char *format, ...)
{
	struct attempt_result result = {.value = value};
	va_list args;

	va_start(args, format);
	result.why = arena_vprintf(attempt->arena, format, args);
	va_end(args);
	attempt_finish(attempt, &result);
}

void attempt_error(struct attempt *attempt, const char *format, ...)
{
	struct attempt_result result = {.error = true, .unchanged = true};
	va_list args;

	va_start(args, format);
	result.why = arena_vprintf(attempt->arena, format, args);
	va_end(args);
	attempt_finish(attempt, &result);
}

void attempt_hold(struct attempt *attempt)
{
	attempt->holds++;
}

void attempt_release(struct attempt *attempt)
{
	assert(attempt->holds > 0);
	if (--attempt->holds == 0 && attempt->finished)
		attempt->ops->released(attempt);
}

const struct action_impl *registry_find(const struct registry *registry, struct str name)
{
	for (size_t i = 0; registry->actions[i]; i++)
		if (str_is(name, registry->actions[i]->spec->name))
			return registry->actions[i];
	return NULL;
}
