/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_VOCABULARY_H
#define TEST_VOCABULARY_H

#include "value/action.h"

/* A small vocabulary of fixed tables for tests of the language: processes, three library actions, one connection. */

static const struct param test_process_params[] = {
    {.name = "argv", .kind = PARAM_LIST, .doc = "the program and its arguments"},
    {.name = "script", .kind = PARAM_STRING, .doc = "a shell script"},
    {.name = "stages", .kind = PARAM_LIST, .doc = "argvs"},
    {0},
};

static const struct field test_process_results[] = {
    {"exit_code", &type_int, "of the process"},
    {"signal", &type_string, "that ended it"},
    {"stdout", &type_stream, "what it wrote"},
    {"stderr", &type_stream, "what it complained of"},
    {"json", &type_dyn, "stdout as JSON"},
    {"duration", &type_duration, "how long it took"},
    {0},
};

static const char *const test_process_success[] = {"exit_code", "signal", NULL};

static const struct action_spec test_run = {
    .name = "run",
    .summary = "a process",
    .params = test_process_params,
    .results = test_process_results,
    .success_fields = test_process_success,
    .effect = EFFECT_CHANGE,
};

static const struct action_spec test_pipe = {
    .name = "pipe",
    .summary = "processes joined by pipes",
    .params = test_process_params,
    .results = test_process_results,
    .success_fields = test_process_success,
    .effect = EFFECT_CHANGE,
};

static const struct param test_stat_params[] = {
    {.name = "path",
	.kind = PARAM_PATH,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
	.doc = "of the file"},
    {.name = "follow", .kind = PARAM_BOOL, .preset = "true", .doc = "links are followed"},
    {0},
};

static const struct field test_stat_results[] = {
    {"exists", &type_bool, "whether it is there"},
    {"size", &type_int, "in bytes"},
    {"age", &type_duration, "since it was last changed"},
    {0},
};

static const char *const test_stat_success[] = {"exists", NULL};

static const struct action_spec test_stat = {
    .name = "file.stat",
    .summary = "what is known of a file",
    .params = test_stat_params,
    .results = test_stat_results,
    .success_fields = test_stat_success,
};

static const char *const test_methods[] = {"GET", "POST", "DELETE", NULL};

static const struct param test_http_params[] = {
    {.name = "url",
	.kind = PARAM_STRING,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
	.doc = "where to"},
    {.name = "method",
	.kind = PARAM_STRING,
	.preset = "GET",
	.choices = test_methods,
	.doc = "the verb"},
    {.name = "token", .kind = PARAM_STRING, .flags = PARAM_TAKES_SECRETS, .doc = "of the bearer"},
    {.name = "limit", .kind = PARAM_SIZE, .preset = "1MiB", .doc = "of the body"},
    {.name = "idle", .kind = PARAM_DURATION, .doc = "how long nothing may come"},
    {.name = "retries", .kind = PARAM_INT, .doc = "of the transport"},
    {.name = "headers", .kind = PARAM_MAP, .doc = "more headers"},
    {0},
};

static const struct field test_http_results[] = {
    {"status", &type_int, "of the answer"},
    {"body", &type_stream, "of the answer"},
    {0},
};

static enum effect_class test_http_effect(const struct value *params)
{
	const struct value *method = value_get(params, "method");

	if (!method)
		return EFFECT_CHANGE;
	return str_is(value_text(method), "GET") ? EFFECT_READ : EFFECT_CHANGE;
}

static const struct action_spec test_http = {
    .name = "http.request",
    .summary = "one exchange",
    .params = test_http_params,
    .results = test_http_results,
    .effect = EFFECT_CHANGE,
    .effect_of = test_http_effect,
};

static const struct param test_ready_params[] = {
    {.name = "connection",
	.kind = PARAM_CONNECTION,
	.connection = "postgres",
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
	.doc = "the server"},
    {0},
};

static const struct field test_ready_results[] = {
    {"ready", &type_bool, "whether it answers"},
    {0},
};

static const struct action_spec test_ready = {
    .name = "postgres.ready",
    .summary = "whether a server answers",
    .params = test_ready_params,
    .results = test_ready_results,
};

static const struct param test_postgres_params[] = {
    {.name = "host", .kind = PARAM_STRING, .preset = "127.0.0.1", .doc = "the server's"},
    {.name = "port", .kind = PARAM_INT, .preset = "5432", .doc = "the server's"},
    {.name = "user", .kind = PARAM_STRING, .flags = PARAM_REQUIRED, .doc = "who logs in"},
    {.name = "password", .kind = PARAM_STRING, .flags = PARAM_TAKES_SECRETS, .doc = "of the user"},
    {0},
};

static const struct connection_spec test_postgres = {
    .kind = "postgres", .summary = "a PostgreSQL server", .params = test_postgres_params};

static const struct action_spec *const test_actions[] = {
    &test_run, &test_pipe, &test_stat, &test_http, &test_ready, NULL};
static const struct connection_spec *const test_connections[] = {&test_postgres, NULL};
static const struct vocabulary test_vocabulary = {test_actions, test_connections, test_connections};

#endif
