/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/http_exchange.h"

#include <string.h>

#include "act/capture.h"
#include "stdlib/curl_loop.h"
#include "stdlib/http_trouble.h"
#include "stdlib/resolve.h"
#include "stdlib/text.h"

/*
 * An exchange is looking up (resolve is set), transferring (link is set), or over. Everything curl holds is made when
 * the transfer begins and freed when it is over.
 */
struct http_exchange {
	struct attempt *attempt;
	const struct http_order *order;
	const struct http_place *place;
	void (*ended)(
	    void *self, const struct http_response *response, const struct trouble *trouble);
	void *self;
	struct resolve *resolve;
	struct curl_link *link;
	CURL *easy;
	struct curl_slist *headers;
	struct curl_slist *addresses;
	struct capture body;
	int64_t head_size;
	bool too_large;
	int64_t began_us; /* on the loop's clock */
	int64_t resolved_us; /* when the transfer began; 0: not yet */
	int64_t answered_us; /* when the first line of an answer came; 0: not yet */
	char error[CURL_ERROR_SIZE];
};

/* Of a response's headers, all together. */
enum { HEAD_MAX = 256 << 10 };

const char *http_phase_name(enum http_phase phase)
{
	static const char *const names[] = {
	    "resolve", "connect", "tls", "send", "wait", "receive", "done"};

	return names[phase];
}

static curl_off_t info(const struct http_exchange *exchange, CURLINFO what)
{
	curl_off_t value = 0;

	curl_easy_getinfo(exchange->easy, what, &value);
	return value;
}

static enum http_phase phase_of(const struct http_exchange *exchange)
{
	if (!exchange->easy)
		return HTTP_RESOLVE;
	if (info(exchange, CURLINFO_CONNECT_TIME_T) == 0)
		return str_is(exchange->place->scheme, "https") && exchange->link &&
			curl_link_connected(exchange->link)
		    ? HTTP_TLS
		    : HTTP_CONNECT;
	if (exchange->answered_us)
		return HTTP_RECEIVE;
	return info(exchange, CURLINFO_PRETRANSFER_TIME_T) == 0 ||
		info(exchange, CURLINFO_SIZE_UPLOAD_T) < (curl_off_t)exchange->order->body.len
	    ? HTTP_SEND
	    : HTTP_WAIT;
}

/*
 * How long each phase took that has ended. curl tells when something happened, in microseconds since the transfer
 * began, and 0 for what did not. Of sending it tells the beginning only, so the wait for an answer counts from
 * there; of the answer's beginning it tells too much when something is sent.
 */
static void tell_times(const struct http_exchange *exchange, struct http_response *response)
{
	int64_t connected_us, agreed_us, asked_us;

	for (size_t i = 0; i < HTTP_PHASES; i++)
		response->took_us[i] = -1;
	if (exchange->resolved_us)
		response->took_us[HTTP_RESOLVE] = exchange->resolved_us - exchange->began_us;
	if (!exchange->easy)
		return;
	connected_us = info(exchange, CURLINFO_CONNECT_TIME_T);
	agreed_us = info(exchange, CURLINFO_APPCONNECT_TIME_T);
	asked_us = info(exchange, CURLINFO_PRETRANSFER_TIME_T);
	if (connected_us)
		response->took_us[HTTP_CONNECT] = connected_us;
	if (agreed_us)
		response->took_us[HTTP_TLS] = agreed_us - connected_us;
	if (asked_us)
		response->asked_us = exchange->resolved_us + asked_us;
	response->answered_us = exchange->answered_us;
	if (response->asked_us && response->answered_us)
		response->took_us[HTTP_WAIT] = response->answered_us - response->asked_us;
}

static void leave(struct http_exchange *exchange)
{
	resolve_cancel(&exchange->resolve);
	curl_link_free(exchange->link);
	curl_easy_cleanup(exchange->easy);
	curl_slist_free_all(exchange->headers);
	curl_slist_free_all(exchange->addresses);
	capture_done(&exchange->body);
	exchange->link = NULL;
	exchange->easy = NULL;
	exchange->headers = exchange->addresses = NULL;
}

static struct str lower(struct arena *arena, const char *text)
{
	char *copy = arena_cstr(arena, str_from(text));

	for (char *at = copy; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	return str_from(copy);
}

/* Headers of one name are joined in the order in which they came. */
static const struct value *headers_of(const struct http_exchange *exchange)
{
	struct arena *arena = exchange->attempt->arena;
	struct curl_header *header = NULL;
	struct map_builder map;

	map_begin(&map, arena);
	while ((header = curl_easy_nextheader(exchange->easy, CURLH_HEADER, -1, header))) {
		struct str value = str_from(header->value);
		struct curl_header *more;

		if (header->index > 0)
			continue;
		for (size_t i = 1; i < header->amount; i++)
			if (curl_easy_header(exchange->easy, header->name, i, CURLH_HEADER, -1,
				&more) == CURLHE_OK)
				value = arena_printf(
				    arena, "%.*s, %s", STR_ARG(value), more->value);
		map_add_str(&map, lower(arena, header->name), text_value(arena, value));
	}
	return map_end(&map);
}

static void look_at(struct http_exchange *exchange, struct http_response *response)
{
	struct arena *arena = exchange->attempt->arena;
	const char *location = NULL;
	long status = 0;

	*response = (struct http_response){.phase = phase_of(exchange)};
	tell_times(exchange, response);
	if (!exchange->easy)
		return;
	curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(exchange->easy, CURLINFO_REDIRECT_URL, &location);
	response->status = status;
	if (status)
		response->headers = headers_of(exchange);
	if (location)
		response->location = arena_cstr(arena, str_from(location));
}

/* The last thing that touches the exchange. */
static void end(struct http_exchange *exchange, const struct http_response *response,
    const struct trouble *trouble)
{
	leave(exchange);
	exchange->ended(exchange->self, response, trouble);
}

static void transferred(void *self, CURLcode code)
{
	struct http_exchange *exchange = self;
	struct arena *arena = exchange->attempt->arena;
	struct http_response response;
	struct trouble trouble;
	long error = 0;

	look_at(exchange, &response);
	if (code == CURLE_OK) {
		response.phase = HTTP_DONE;
		response.took_us[HTTP_RECEIVE] = loop_clock_us() - response.answered_us;
		response.body = text_stream(arena, capture_value(&exchange->body, arena));
		end(exchange, &response, NULL);
		return;
	}
	curl_easy_getinfo(exchange->easy, CURLINFO_OS_ERRNO, &error);
	if (exchange->too_large)
		trouble = trouble_of(arena, TROUBLE_LIMIT, "%.*s sends more than is allowed",
		    STR_ARG(exchange->place->peer));
	else
		trouble = http_trouble(
		    arena, code, (int)error, exchange->error, exchange->place->peer);
	if (trouble.class == TROUBLE_TLS)
		response.phase = HTTP_TLS; /* the socket that would tell is closed by now */
	else if (trouble.class == TROUBLE_PROTOCOL)
		response.phase = HTTP_RECEIVE; /* something came, even if no line of HTTP */
	end(exchange, &response, &trouble);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *self)
{
	struct http_exchange *exchange = self;
	size_t len = size * count;

	exchange->too_large = exchange->body.size + (int64_t)len > exchange->order->max_size;
	if (exchange->too_large)
		return 0;
	capture_add(&exchange->body, (struct str){bytes, len});
	return len;
}

static size_t take_head(char *bytes, size_t size, size_t count, void *self)
{
	struct http_exchange *exchange = self;
	size_t len = size * count;

	(void)bytes;
	if (!exchange->answered_us)
		exchange->answered_us = loop_clock_us();
	exchange->head_size += (int64_t)len;
	exchange->too_large = exchange->head_size > HEAD_MAX;
	return exchange->too_large ? 0 : len;
}

static void set_method(CURL *easy, const struct http_order *order)
{
	if (http_order_is(order, "HEAD")) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
		return;
	}
	if (order->has_body || http_order_is(order, "POST") || http_order_is(order, "PUT") ||
	    http_order_is(order, "PATCH")) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)order->body.len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, order->body.len ? order->body.ptr : "");
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, order->method);
}

static void set_options(struct http_exchange *exchange)
{
	const struct http_order *order = exchange->order;
	CURL *easy = exchange->easy;

	for (size_t i = 0; order->headers[i]; i++)
		exchange->headers = curl_slist_append(exchange->headers, order->headers[i]);
	set_method(easy, order);
	curl_easy_setopt(easy, CURLOPT_URL, order->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "reprise");
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
	curl_easy_setopt(easy, CURLOPT_RESOLVE, exchange->addresses);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->error);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_head);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, order->tls_verify ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, order->tls_verify ? 2L : 0L);
	if (order->connect_only)
		curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	if (order->ca)
		curl_easy_setopt(easy, CURLOPT_CAINFO, order->ca);
	if (order->user) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERNAME, order->user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, order->password ? order->password : "");
	}
}

/* The host without an IPv6 address's brackets. */
static struct str bare_host(const struct http_exchange *exchange)
{
	struct str host = exchange->place->host;

	return str_starts(host, STR("[")) ? str_sub(host, 1, host.len - 2) : host;
}

/* "host:port:address,address": what curl would have asked the system for; nothing where the URL holds an address. */
static void give_addresses(struct http_exchange *exchange, const struct resolved *found)
{
	struct arena *arena = exchange->attempt->arena;
	struct str line = arena_printf(arena, "%.*s:", STR_ARG(exchange->place->peer));

	if (str_is(bare_host(exchange), found->address[0]))
		return;
	for (size_t i = 0; i < found->count; i++)
		line = arena_printf(arena,
		    strchr(found->address[i], ':') ? "%.*s%s[%s]" : "%.*s%s%s", STR_ARG(line),
		    i ? "," : "", found->address[i]);
	exchange->addresses = curl_slist_append(NULL, line.ptr);
}

static void resolved(void *self, const struct resolved *found)
{
	struct http_exchange *exchange = self;
	struct arena *arena = exchange->attempt->arena;
	struct http_response response;
	struct trouble trouble;

	look_at(exchange, &response);
	if (found->error) {
		trouble = trouble_of(arena, TROUBLE_RESOLVE, "the name %.*s has no address: %s",
		    STR_ARG(exchange->place->host), found->error);
		end(exchange, &response, &trouble);
		return;
	}
	exchange->resolved_us = loop_clock_us();
	exchange->easy = curl_easy_init();
	if (exchange->easy) {
		give_addresses(exchange, found);
		set_options(exchange);
		exchange->link = curl_link_new(
		    exchange->attempt->host->loop, exchange->easy, transferred, exchange);
	}
	if (exchange->link)
		return;
	trouble = trouble_of(arena, TROUBLE_SERVER, "curl has no memory for a transfer");
	end(exchange, &response, &trouble);
}

void http_exchange_start(struct attempt *attempt, const struct http_order *order,
    const struct http_place *place, struct http_exchange **slot,
    void (*ended)(void *self, const struct http_response *response, const struct trouble *trouble),
    void *self)
{
	struct http_exchange *exchange = arena_alloc(attempt->arena, sizeof(*exchange));

	exchange->attempt = attempt;
	exchange->order = order;
	exchange->place = place;
	exchange->ended = ended;
	exchange->self = self;
	exchange->began_us = loop_clock_us();
	capture_init(&exchange->body, attempt->output_bound);
	*slot = exchange;
	resolve_start(
	    attempt->host->loop, bare_host(exchange), &exchange->resolve, resolved, exchange);
}

void http_exchange_cancel(struct http_exchange *exchange, struct http_response *ret_response)
{
	look_at(exchange, ret_response);
	leave(exchange);
}

struct str http_exchange_doing(const struct http_exchange *exchange)
{
	static const char *const doing[] = {
	    [HTTP_RESOLVE] = "looking up the address of",
	    [HTTP_CONNECT] = "connecting to",
	    [HTTP_TLS] = "agreeing on encryption with",
	    [HTTP_SEND] = "sending the request to",
	    [HTTP_WAIT] = "waiting for the answer of",
	    [HTTP_RECEIVE] = "receiving the answer of",
	};

	return arena_printf(exchange->attempt->arena, "%s %.*s", doing[phase_of(exchange)],
	    STR_ARG(exchange->place->peer));
}
