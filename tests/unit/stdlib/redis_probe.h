/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_REDIS_PROBE_H
#define TEST_REDIS_PROBE_H

#include "probe.h"
#include "stdlib/registry.h"

/* A Redis server of the tests. */
struct redis_probe {
	struct loop *loop;
	int port;
};

/* `more` holds the arguments beside the connection; empty or a part of a JSON map. */
static inline struct probe *redis_begin(const struct redis_probe *at, struct session *session,
    const struct action_impl *impl, const char *more)
{
	struct probe *probe;
	char *args = NULL;

	assert_true(asprintf(&args, "{\"connection\":{\"port\":%d,\"password\":\"secret\"}%s%s}",
			at->port, *more ? "," : "", more) >= 0);
	probe = probe_begin_in(at->loop, impl, 0, session, args);
	free(args);
	return probe;
}

static inline struct probe *redis_run(const struct redis_probe *at, struct session *session,
    const struct action_impl *impl, const char *more)
{
	struct probe *probe = redis_begin(at, session, impl, more);

	probe_wait(probe);
	return probe;
}

/* One command, its words as the items of a JSON list. */
static inline struct probe *redis_send(
    const struct redis_probe *at, struct session *session, const char *words)
{
	struct probe *probe;
	char *more = NULL;

	assert_true(asprintf(&more, "\"command\":[%s]", words) >= 0);
	probe = redis_run(at, session, &redis_command, more);
	free(more);
	return probe;
}

static inline void redis_do(const struct redis_probe *at, const char *words)
{
	struct probe *probe = redis_send(at, NULL, words);

	probe_expect_ok(probe);
	probe_free(probe);
}

/* Asks until what it looks at is so. */
static inline struct probe *redis_await(const struct redis_probe *at,
    const struct action_impl *impl, bool (*is_so)(const struct probe *probe))
{
	for (;;) {
		struct probe *probe = redis_run(at, NULL, impl, "");

		if (is_so(probe))
			return probe;
		probe_free(probe);
	}
}

#endif
