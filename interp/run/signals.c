/* SPDX-License-Identifier: Apache-2.0 */
#include "run/signals.h"

#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"

static const struct {
	int number;
	const char *name;
} watched[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}};

enum { WATCHED = sizeof(watched) / sizeof(*watched) };

struct signals {
	struct engine *engine;
	uv_signal_t handles[WATCHED];
	unsigned open;
};

static void arrived(uv_signal_t *handle, int number)
{
	struct signals *signals = handle->data;
	struct message signal = {.type = MESSAGE_SIGNAL};

	for (size_t i = 0; i < WATCHED; i++)
		if (watched[i].number == number)
			signal.signal.name = str_from(watched[i].name);
	if (!engine_is_over(signals->engine))
		engine_post(signals->engine, &signal);
}

struct signals *signals_new(struct loop *loop, struct engine *engine)
{
	struct signals *signals = mem_alloc(sizeof(*signals));

	signal(SIGPIPE, SIG_IGN);
	signals->engine = engine;
	for (size_t i = 0; i < WATCHED; i++) {
		uv_signal_init(&loop->uv, &signals->handles[i]);
		signals->handles[i].data = signals;
		uv_signal_start(&signals->handles[i], arrived, watched[i].number);
		signals->open++;
	}
	return signals;
}

static void closed(uv_handle_t *handle)
{
	struct signals *signals = handle->data;

	if (--signals->open == 0)
		free(signals);
}

void signals_free(struct signals *signals)
{
	if (!signals)
		return;
	for (size_t i = 0; i < WATCHED; i++)
		uv_close((uv_handle_t *)&signals->handles[i], closed);
}
