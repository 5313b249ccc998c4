/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "stdlib/args.h"
#include "stdlib/http_exchange.h"
#include "stdlib/registry.h"

/*
 * http.request: exchanges, one after the other, until a response is no redirect to be followed. A proxy is not used,
 * whatever the environment says: a probe measures the way it names.
 */

static const char *const methods[] = {
    "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", NULL};

static const struct param params[] = {{.name = "url",
					  .kind = PARAM_STRING,
					  .flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
					  .doc = "Where to: a URL of http or https."},
    {.name = "method",
	.kind = PARAM_STRING,
	.preset = "GET",
	.choices = methods,
	.doc = "GET, HEAD and OPTIONS read, the others change."},
    {.name = "headers",
	.kind = PARAM_MAP,
	.flags = PARAM_TAKES_SECRETS,
	.doc = "From name to value; a redirect to another origin does not get them."},
    {.name = "json",
	.kind = PARAM_ANY,
	.flags = PARAM_TAKES_SECRETS,
	.doc = "A body sent as JSON, with its Content-Type."},
    {.name = "body",
	.kind = PARAM_STRING,
	.flags = PARAM_TAKES_SECRETS,
	.doc = "A body sent as it is."},
    {.name = "auth",
	.kind = PARAM_MAP,
	.flags = PARAM_TAKES_SECRETS,
	.doc = "Either {bearer: …} or {user: …, password: …}; not sent on to another origin."},
    {.name = "follow",
	.kind = PARAM_INT,
	.doc = "How many redirects to follow; 5 for GET and HEAD, else none."},
    {.name = "tls_verify",
	.kind = PARAM_BOOL,
	.preset = "true",
	.doc = "Whether the certificate must be trusted and bear the host's name."},
    {.name = "ca", .kind = PARAM_PATH, .doc = "Certificates to trust instead of the system's."},
    {.name = "max_size",
	.kind = PARAM_SIZE,
	.preset = "8MiB",
	.doc = "A larger body is a failure."},
    {0}};

static const struct type map_of_string = {.kind = TYPE_MAP, .of = &type_string};

static const struct field timing_fields[] = {{"resolve", &type_duration, "Looking up the name."},
    {"connect", &type_duration, "Until the server accepted the connection."},
    {"tls", &type_duration, "Agreeing on encryption."},
    {"wait", &type_duration, "From the beginning of the request to the first line of the answer."},
    {"receive", &type_duration, "From there to the end of the answer."}, {0}};

static const struct type timings_type = {
    .kind = TYPE_OBJECT, .name = "timings", .fields = timing_fields};

static const struct field results[] = {{"status", &type_int, "Of the last response."},
    {"headers", &map_of_string, "Names in lower case; equal ones joined by a comma."},
    {"body", &type_stream, "As it came, decompressed; U+FFFD for what is not UTF-8."},
    {"json", &type_dyn, "The body, parsed."},
    {"latency", &type_duration, "From the first look-up to the last byte, redirects included."},
    {"url", &type_string, "The last one, after redirects; without user and password."},
    {"phase", &type_string, "How far it came: resolve, connect, tls, send, wait, receive, done."},
    {"timings", &timings_type,
	"resolve, connect, tls, wait, receive: how long each that ended took, of the last "
	"request."},
    {"class", &type_string, TROUBLE_DOC}, {0}};

static const char *const success_fields[] = {"status", "phase", "class", NULL};

static enum effect_class effect_of(const struct value *given)
{
	static const char *const reading[] = {"GET", "HEAD", "OPTIONS"};
	struct str method = value_text(value_get(given, "method"));

	for (size_t i = 0; i < sizeof(reading) / sizeof(*reading); i++)
		if (str_is(method, reading[i]))
			return EFFECT_READ;
	return EFFECT_CHANGE;
}

const struct action_spec http_request_spec = {
    .name = "http.request",
    .summary = "One HTTP exchange: status, headers, body, and how far it came.",
    .params = params,
    .results = results,
    .success_doc = "the status is 200 to 299",
    .success_fields = success_fields,
    .effect = EFFECT_CHANGE,
    .effect_of = effect_of,
    .timeout_us = 30000000,
};

struct request {
	struct attempt *attempt;
	int64_t began_us;
	struct http_order order;
	struct http_place place;
	struct http_exchange *exchange;
	int64_t followed; /* redirects */
};

static const struct value *timings(struct arena *arena, const struct http_response *response)
{
	struct map_builder map;

	map_begin(&map, arena);
	for (size_t i = 0; i < HTTP_PHASES; i++)
		if (response->took_us[i] >= 0)
			map_add(&map, http_phase_name((enum http_phase)i),
			    value_duration_us(arena, response->took_us[i]));
	return map_end(&map);
}

static void finish(
    struct request *request, const struct http_response *response, const struct trouble *trouble)
{
	struct arena *arena = request->attempt->arena;
	struct map_builder result;

	map_begin(&result, arena);
	if (response->status) {
		map_add(&result, "status", value_int(arena, response->status));
		map_add(&result, "headers", response->headers);
	}
	if (response->body)
		map_add(&result, "body", response->body);
	map_add(&result, "url", value_string(arena, request->place.shown));
	map_add(&result, "phase", value_string(arena, str_from(http_phase_name(response->phase))));
	map_add(&result, "timings", timings(arena, response));
	trouble_finish(request->attempt, &result, trouble, request->began_us);
}

/* The exchange was in order, its status is not what was hoped for: a failure without a class. */
static void finish_by_status(struct request *request, const struct http_response *response)
{
	struct arena *arena = request->attempt->arena;
	struct trouble trouble = {.class = TROUBLE_NONE};

	if (response->status >= 200 && response->status <= 299) {
		finish(request, response, NULL);
		return;
	}
	trouble.why = arena_printf(arena, "%s %.*s answered %" PRId64, request->order.method,
	    STR_ARG(request->place.shown), response->status);
	if (response->location && request->followed)
		trouble.why = arena_printf(arena,
		    "%.*s after %" PRId64 " redirect%s, which is one too many: to %s",
		    STR_ARG(trouble.why), request->followed, request->followed > 1 ? "s" : "",
		    response->location);
	else if (response->location)
		trouble.why = arena_printf(arena, "%.*s, a redirect that is not followed, to %s",
		    STR_ARG(trouble.why), response->location);
	finish(request, response, &trouble);
}

static void exchange(struct request *request);

static void exchanged(
    void *self, const struct http_response *response, const struct trouble *trouble)
{
	struct request *request = self;
	struct arena *arena = request->attempt->arena;
	struct http_place next;
	struct trouble nowhere;

	if (trouble || request->order.connect_only) {
		finish(request, response, trouble);
		return;
	}
	if (!response->location || request->order.follow == 0) {
		finish_by_status(request, response);
		return;
	}
	if (!http_place_read(&next, arena, response->location)) {
		nowhere = trouble_of(arena, TROUBLE_PROTOCOL,
		    "%.*s redirects to what is no address of HTTP", STR_ARG(request->place.peer));
		finish(request, response, &nowhere);
		return;
	}
	http_order_redirect(&request->order, response->status, response->location,
	    http_place_same_origin(&request->place, &next));
	request->place = next;
	request->followed++;
	exchange(request);
}

static void exchange(struct request *request)
{
	http_exchange_start(request->attempt, &request->order, &request->place, &request->exchange,
	    exchanged, request);
}

static void begin(struct attempt *attempt, bool connect_only)
{
	struct request *request = arena_alloc(attempt->arena, sizeof(*request));
	struct str why;

	attempt->self = request;
	request->attempt = attempt;
	request->began_us = loop_clock_us();
	if (!http_order_read(&request->order, attempt->arena, attempt->args, &why)) {
		attempt_error(attempt, "%.*s", STR_ARG(why));
		return;
	}
	request->order.connect_only = connect_only;
	http_place_read(&request->place, attempt->arena, request->order.url);
	exchange(request);
}

static void start(struct attempt *attempt)
{
	begin(attempt, false);
}

/* Whether anybody is there, and is who he should be. */
static void look(struct attempt *attempt)
{
	begin(attempt, true);
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct request *request = attempt->self;
	struct trouble trouble = trouble_of_cancel(
	    attempt, request->began_us, http_exchange_doing(request->exchange));
	struct http_response response;

	(void)how;
	http_exchange_cancel(request->exchange, &response);
	finish(request, &response, &trouble);
}

const struct action_impl http_request = {
    .spec = &http_request_spec, .start = start, .cancel = cancel, .look = look};
