/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/args.h"
#include "stdlib/redis_inquiry.h"
#include "stdlib/redis_trouble.h"
#include "stdlib/registry.h"

/* redis.info: what INFO says, taken apart. */

static const struct param params[] = {
    {.name = "connection",
	.kind = PARAM_CONNECTION,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL | PARAM_TAKES_SECRETS,
	.connection = "redis",
	.doc = "The server and the user to log in as."},
    {.name = "section",
	.kind = PARAM_STRING,
	.doc = "One section alone, or `everything`; those that INFO gives by itself when absent."},
    {0}};

static const struct type map_of_map = {.kind = TYPE_MAP, .of = &type_map};

static const struct field results[] = {{"info", &map_of_map,
					   "By section, in lower case, and field, as in "
					   "info.memory.used_memory; numbers are numbers."},
    {"latency", &type_duration, "From the first packet to the answer or the failure."},
    {"class", &type_string, TROUBLE_DOC}, {"code", &type_string, REDIS_CODE_DOC}, {0}};

static const char *const success_fields[] = {"class", "code", NULL};

const struct action_spec redis_info_spec = {
    .name = "redis.info",
    .summary = "What a Redis server's INFO tells, as values.",
    .params = params,
    .results = results,
    .success_doc = "the server answered, and knows the section",
    .success_fields = success_fields,
    .effect = EFFECT_READ,
    .timeout_us = 5000000,
};

static bool judge(struct redis_inquiry *inquiry, struct map_builder *result, struct str *ret_why)
{
	if (!inquiry->fields->map.count) {
		*ret_why = arena_printf(inquiry->attempt->arena, "%.*s has no such section of INFO",
		    STR_ARG(inquiry->peer));
		return false;
	}
	map_add(result, "info", inquiry->fields);
	return true;
}

static void start(struct attempt *attempt)
{
	const char *section;
	struct args args;

	args_init(&args, attempt->args, attempt->arena);
	section = args_cstr(&args, "section");
	if (args.wrong.len)
		attempt_error(attempt, "%.*s", STR_ARG(args.wrong));
	else
		redis_inquiry_start(attempt, section, judge);
}

const struct action_impl redis_info = {&redis_info_spec, start, redis_inquiry_cancel, NULL};
