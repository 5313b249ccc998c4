/* SPDX-License-Identifier: Apache-2.0 */
#include <curl/curl.h>
#include <sys/timex.h>

#include "base/buf.h"
#include "base/units.h"
#include "stdlib/args.h"
#include "stdlib/http_exchange.h"
#include "stdlib/registry.h"
#include "stdlib/sntp.h"

/* host.clock: this machine's clock against a time server's, or against the whole seconds of a web server's Date. */

static const struct param params[] = {
    {.name = "url",
	.kind = PARAM_STRING,
	.flags = PARAM_PRINCIPAL,
	.doc = "A web server whose Date to compare with; HEAD is asked, its status plays no part."},
    {.name = "ntp",
	.kind = PARAM_STRING,
	.doc = "Name or address of a time server, instead: it is far more exact."},
    {.name = "port", .kind = PARAM_INT, .preset = "123", .doc = "Port of the time server."},
    {.name = "limit",
	.kind = PARAM_DURATION,
	.preset = "2s",
	.doc = "How far off the clock may be, either way."},
    {.name = "tls_verify",
	.kind = PARAM_BOOL,
	.preset = "true",
	.doc = "Whether the web server's certificate is checked; a clock that is far off fails "
	       "there."},
    {.name = "ca", .kind = PARAM_PATH, .doc = "Certificates to trust instead of the system's."},
    {0}};

static const struct field results[] = {
    {"skew", &type_duration, "How far this clock is ahead of the server's; negative when behind."},
    {"uncertainty", &type_duration, "How far off that may be, either way."},
    {"synchronised", &type_bool,
	"Whether this machine's kernel says that its clock is kept in step; left out if hidden."},
    {"stratum", &type_int, "Of a time server: 1 has a reference clock, each step away adds 1."},
    {"latency", &type_duration, "From the start to the answer or the failure."},
    {"class", &type_string, TROUBLE_DOC}, {0}};

static const char *const success_fields[] = {"class", NULL};

const struct action_spec host_clock_spec = {
    .name = "host.clock",
    .summary = "How far this machine's clock is off.",
    .params = params,
    .results = results,
    .success_doc = "the clock is off by the limit at most",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_READ,
    .timeout_us = 10000000,
};

/* Asking a web server (exchange is set) or a time server (sntp is). */
struct comparison {
	struct attempt *attempt;
	int64_t began_us;
	int64_t limit_us;
	struct http_order order;
	struct http_place place;
	struct http_exchange *exchange;
	struct sntp *sntp;
};

static void add_synchronised(struct map_builder *result)
{
	struct timex clock = {.modes = 0};
	int state = adjtimex(&clock);

	if (state >= 0)
		map_add(result, "synchronised",
		    value_bool(state != TIME_ERROR && !(clock.status & STA_UNSYNC)));
}

static void fail(struct comparison *comparison, const struct trouble *trouble)
{
	struct map_builder result;

	map_begin(&result, comparison->attempt->arena);
	add_synchronised(&result);
	trouble_finish(comparison->attempt, &result, trouble, comparison->began_us);
}

static struct trouble too_far(
    const struct comparison *comparison, int64_t ahead_us, struct str peer)
{
	int64_t off_us = ahead_us < 0 ? -ahead_us : ahead_us;
	struct trouble trouble;
	struct buf off, limit;

	buf_init(&off, BUF_UNBOUNDED);
	buf_init(&limit, BUF_UNBOUNDED);
	units_show_duration(&off, off_us);
	units_show_duration(&limit, comparison->limit_us);
	trouble = trouble_of(comparison->attempt->arena, TROUBLE_NONE,
	    "this clock is %.*s %s that of %.*s, more than %.*s", STR_ARG(buf_view(&off)),
	    ahead_us < 0 ? "behind" : "ahead of", STR_ARG(peer), STR_ARG(buf_view(&limit)));
	buf_done(&off);
	buf_done(&limit);
	return trouble;
}

static void compare(struct comparison *comparison, int64_t ahead_us, int64_t uncertainty_us,
    int stratum, struct str peer)
{
	struct arena *arena = comparison->attempt->arena;
	bool near = ahead_us <= comparison->limit_us && ahead_us >= -comparison->limit_us;
	struct trouble trouble = {0};
	struct map_builder result;

	map_begin(&result, arena);
	map_add(&result, "skew", value_duration_us(arena, ahead_us));
	map_add(&result, "uncertainty", value_duration_us(arena, uncertainty_us));
	add_synchronised(&result);
	if (stratum)
		map_add(&result, "stratum", value_int(arena, stratum));
	if (!near)
		trouble = too_far(comparison, ahead_us, peer);
	trouble_finish(comparison->attempt, &result, near ? NULL : &trouble, comparison->began_us);
}

static void told(
    void *self, const struct sntp_answer *answer, struct str peer, const struct trouble *trouble)
{
	struct comparison *comparison = self;

	if (trouble)
		fail(comparison, trouble);
	else
		compare(
		    comparison, answer->ahead_us, answer->uncertainty_us, answer->stratum, peer);
}

/* The time of the middle between the request and the answer, on the wall. */
static int64_t middle_us(const struct http_response *response)
{
	int64_t middle = (response->asked_us + response->answered_us) / 2;

	return loop_wall_us() - (loop_clock_us() - middle);
}

static void exchanged(
    void *self, const struct http_response *response, const struct trouble *trouble)
{
	struct comparison *comparison = self;
	struct arena *arena = comparison->attempt->arena;
	struct str peer = comparison->place.peer;
	struct str date;
	struct trouble own;
	time_t seconds;

	comparison->exchange = NULL;
	if (trouble) {
		fail(comparison, trouble);
		return;
	}
	date = value_text(value_get(response->headers, "date"));
	seconds = date.len ? curl_getdate(arena_cstr(arena, date), NULL) : -1;
	if (seconds < 0 || value_get(response->headers, "age")) {
		own = trouble_of(arena, TROUBLE_PROTOCOL,
		    seconds < 0 ? "%.*s does not say what time it has"
				: "%.*s answers from a cache, and so with an old Date",
		    STR_ARG(peer));
		fail(comparison, &own);
		return;
	}
	/* Somewhere within that second. */
	compare(comparison, middle_us(response) - ((int64_t)seconds * 1000000 + 500000),
	    500000 + (response->answered_us - response->asked_us) / 2, 0, peer);
}

/* What an HTTP request is made of, in the words of http.request. */
static const struct value *request_of(struct args *args)
{
	static const char *const passed_on[] = {"url", "tls_verify", "ca"};
	struct map_builder map;

	map_begin(&map, args->arena);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(*passed_on); i++)
		if (args_has(args, passed_on[i]))
			map_add(&map, passed_on[i], value_get(args->map, passed_on[i]));
	map_add(&map, "method", value_string(args->arena, STR("HEAD")));
	return map_end(&map);
}

static void ask_web(struct comparison *comparison, struct args *args)
{
	struct attempt *attempt = comparison->attempt;
	struct str why;

	if (!http_order_read(&comparison->order, attempt->arena, request_of(args), &why)) {
		attempt_error(attempt, "%.*s", STR_ARG(why));
		return;
	}
	http_place_read(&comparison->place, attempt->arena, comparison->order.url);
	http_exchange_start(attempt, &comparison->order, &comparison->place, &comparison->exchange,
	    exchanged, comparison);
}

static void start(struct attempt *attempt)
{
	struct comparison *comparison = arena_alloc(attempt->arena, sizeof(*comparison));
	struct args args;
	struct str ntp;
	int64_t port;

	attempt->self = comparison;
	comparison->attempt = attempt;
	comparison->began_us = loop_clock_us();
	args_init(&args, attempt->args, attempt->arena);
	ntp = args_text(&args, "ntp");
	port = args_int(&args, "port", 123, 1, 65535);
	comparison->limit_us = args_us(&args, "limit", 2000000);
	if (args.wrong.len)
		attempt_error(attempt, "%.*s", STR_ARG(args.wrong));
	else if (args_has(&args, "url") == (ntp.len > 0))
		attempt_error(attempt, "say whose clock to compare with: either url or ntp");
	else if (ntp.len)
		sntp_start(attempt, ntp, port, &comparison->sntp, told, comparison);
	else
		ask_web(comparison, &args);
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct comparison *comparison = attempt->self;
	struct http_response response;
	struct trouble trouble = trouble_of_cancel(attempt, comparison->began_us,
	    comparison->sntp ? sntp_doing(comparison->sntp)
			     : http_exchange_doing(comparison->exchange));

	(void)how;
	if (comparison->exchange)
		http_exchange_cancel(comparison->exchange, &response);
	sntp_cancel(&comparison->sntp);
	fail(comparison, &trouble);
}

const struct action_impl host_clock = {.spec = &host_clock_spec, .start = start, .cancel = cancel};
