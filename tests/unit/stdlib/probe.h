/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_PROBE_H
#define TEST_PROBE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/attempt.h"
#include "act/loop.h"
#include "base/buf.h"
#include "base/mem.h"
#include "value/value.h"

/*
 * The least executor: runs one attempt, watches its time, keeps the result and what was printed until probe_free(). A
 * secret x among the arguments, {"$secret":"${{ secrets.x }}"}, opens as "opened-x".
 */
struct probe {
	struct attempt attempt; /* first: the ops get it back */
	const struct action_impl *impl;
	struct host host;
	struct arena *arena;
	struct loop_timer *timer;
	struct buf output;
	bool finished;
	bool released;
};

static void probe_started(struct attempt *attempt, int64_t pid, int64_t start_ticks)
{
	(void)attempt;
	(void)pid;
	(void)start_ticks;
	fail_msg("a probe has no process");
}

static void probe_output(struct attempt *attempt, enum attempt_stream stream, struct str bytes)
{
	assert_int_equal(stream, ATTEMPT_STDOUT);
	buf_str(&((struct probe *)attempt)->output, bytes);
}

static void probe_finished(struct attempt *attempt)
{
	((struct probe *)attempt)->finished = true;
}

static void probe_released(struct attempt *attempt)
{
	((struct probe *)attempt)->released = true;
}

static const struct attempt_ops probe_ops = {
    probe_started, probe_output, probe_finished, probe_released};

static inline void probe_cancel(struct probe *probe)
{
	if (!probe->finished)
		probe->impl->cancel(&probe->attempt, CANCEL_TERM);
}

static void probe_timed_out(void *self)
{
	probe_cancel(self);
}

static inline const struct value *probe_open(struct arena *arena, const struct value *value)
{
	struct str text = {0};
	struct map_builder map;

	switch (value->type) {
	case VALUE_SECRET:
		for (size_t i = 0; i < value->secret.count; i++)
			text = arena_printf(arena, "%.*s%s%.*s", STR_ARG(text),
			    value->secret.parts[i].is_secret ? "opened-" : "",
			    STR_ARG(value->secret.parts[i].text));
		return value_string(arena, text);
	case VALUE_MAP:
		map_begin(&map, arena);
		for (size_t i = 0; i < value->map.count; i++)
			map_add_str(&map, value_text(value->map.entries[i].key),
			    probe_open(arena, value->map.entries[i].value));
		return map_end(&map);
	default:
		return value;
	}
}

/* Whether attempts that are begun from now on are of class `read`. */
static bool probe_only_reads __attribute__((unused));

/* Whether such attempts only find out whether they could begin. */
static bool probe_looks __attribute__((unused));

/* Begins an action; args as JSON with the record's tags. */
static inline struct probe *probe_begin_in(struct loop *loop, const struct action_impl *impl,
    int64_t timeout_us, struct session *session, const char *args)
{
	struct probe *probe = mem_alloc(sizeof(*probe));
	struct str error = {0};

	probe->arena = arena_new();
	probe->impl = impl;
	probe->host.loop = loop;
	buf_init(&probe->output, BUF_UNBOUNDED);
	probe->attempt = (struct attempt){
	    .spec = impl->spec,
	    .sealed = value_from_json(
		probe->arena, arena_str(probe->arena, str_from(args)), &error),
	    .host = &probe->host,
	    .arena = probe->arena,
	    .timeout_us = timeout_us ? timeout_us : impl->spec->timeout_us,
	    .grace_us = 60000000,
	    .output_bound = 128 << 10,
	    .session = session,
	    .only_reads = probe_only_reads,
	    .ops = &probe_ops,
	};
	if (!probe->attempt.sealed)
		fail_msg("%s: %.*s", args, STR_ARG(error));
	probe->attempt.args = probe_open(probe->arena, probe->attempt.sealed);
	probe->timer = loop_timer_new(loop, probe_timed_out, probe);
	loop_timer_start(probe->timer, probe->attempt.timeout_us);
	if (probe_looks)
		impl->look(&probe->attempt);
	else
		impl->start(&probe->attempt);
	return probe;
}

static inline struct probe *probe_begin(
    struct loop *loop, const struct action_impl *impl, int64_t timeout_us, const char *args)
{
	return probe_begin_in(loop, impl, timeout_us, NULL, args);
}

static inline void probe_wait(struct probe *probe)
{
	loop_run(probe->host.loop, &probe->finished);
	assert_true(probe->finished);
	assert_true(probe->released);
}

static inline void probe_free(struct probe *probe)
{
	loop_timer_free(probe->timer);
	buf_done(&probe->output);
	arena_free(probe->arena);
	free(probe);
}

/* Begins an action and waits for its end; the arguments are a format. */
static inline struct probe *probe_run(struct loop *loop, const struct action_impl *impl,
    int64_t timeout_us, const char *format, ...) __attribute__((format(printf, 4, 5)));
static inline struct probe *probe_run(
    struct loop *loop, const struct action_impl *impl, int64_t timeout_us, const char *format, ...)
{
	char *args = NULL;
	struct probe *probe;
	va_list list;

	va_start(list, format);
	assert_true(vasprintf(&args, format, list) >= 0);
	va_end(list);
	probe = probe_begin(loop, impl, timeout_us, args);
	free(args);
	probe_wait(probe);
	return probe;
}

static inline const struct value *probe_get(const struct probe *probe, const char *field)
{
	return value_get(probe->attempt.result.value, field);
}

/* Compares a field, as JSON, with what it should be. */
static inline void probe_expect(const struct probe *probe, const char *field, const char *json)
{
	const struct value *value = probe_get(probe, field);
	struct json writer;
	struct buf text;
	char *got;

	if (!value)
		fail_msg("no field %s; why: %.*s", field, STR_ARG(probe->attempt.result.why));
	buf_init(&text, BUF_UNBOUNDED);
	json_init(&writer, &text);
	value_to_json(&writer, value);
	got = buf_take(&text);
	if (strcmp(got, json) != 0)
		print_error("why: %.*s\n", STR_ARG(probe->attempt.result.why));
	assert_string_equal(got, json);
	free(got);
}

static inline void probe_expect_ok(const struct probe *probe)
{
	if (!probe->attempt.result.ok)
		fail_msg("not ok: %.*s", STR_ARG(probe->attempt.result.why));
}

/* A failure of a class whose sentence holds `words`. */
static inline void probe_expect_class(
    const struct probe *probe, const char *class, const char *words)
{
	char quoted[64];

	snprintf(quoted, sizeof(quoted), "\"%s\"", class);
	assert_false(probe->attempt.result.ok);
	assert_false(probe->attempt.result.error);
	probe_expect(probe, "class", quoted);
	assert_non_null(probe_get(probe, "latency"));
	if (str_find(probe->attempt.result.why, str_from(words)) < 0)
		fail_msg("not \"%s\" in: %.*s", words, STR_ARG(probe->attempt.result.why));
}

static inline void probe_expect_error(const struct probe *probe, const char *words)
{
	assert_true(probe->attempt.result.error);
	if (str_find(probe->attempt.result.why, str_from(words)) < 0)
		fail_msg("not \"%s\" in: %.*s", words, STR_ARG(probe->attempt.result.why));
}

#endif
