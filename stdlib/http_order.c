/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/http_order.h"

#include <curl/curl.h>
#include <string.h>

#include "base/buf.h"
#include "stdlib/args.h"
#include "stdlib/plain_json.h"

bool http_order_is(const struct http_order *order, const char *method)
{
	return strcmp(order->method, method) == 0;
}

/* What goes into "Name: value" lines, while they are gathered. */
struct lines {
	struct arena *arena;
	const char **items;
	size_t count;
	size_t capacity;
	bool typed; /* a Content-Type is among them */
};

static void add_line(struct lines *lines, struct str line)
{
	lines->items = arena_grow(
	    lines->arena, lines->items, lines->count, &lines->capacity, sizeof(*lines->items));
	lines->items[lines->count++] = line.ptr;
}

/* A token of RFC 9110: what a header's name or a method is made of. */
static bool is_token(struct str text)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			(c && strchr(others, c))))
			return false;
	}
	return text.len > 0;
}

/* A line break within would begin a header of its own. */
static bool is_one_line(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '\r' || text.ptr[i] == '\n' || text.ptr[i] == 0)
			return false;
	return true;
}

static bool read_headers(struct lines *lines, const struct value *headers, struct str *ret_why)
{
	for (size_t i = 0; headers && i < headers->map.count; i++) {
		struct str name = value_text(headers->map.entries[i].key);
		const struct value *value = headers->map.entries[i].value;
		struct buf shown;
		bool well;

		buf_init(&shown, BUF_UNBOUNDED);
		well = is_token(name) && value_show(value, &shown) && is_one_line(buf_view(&shown));
		if (well)
			/* curl takes "Name;" for a header without a value. */
			add_line(lines,
			    arena_printf(lines->arena, shown.len ? "%.*s: %.*s" : "%.*s;%.*s",
				STR_ARG(name), STR_ARG(buf_view(&shown))));
		buf_done(&shown);
		if (name.len == 12 && strncasecmp(name.ptr, "content-type", 12) == 0)
			lines->typed = true;
		if (well)
			continue;
		*ret_why = arena_printf(lines->arena,
		    "headers: %.*s is no name, or its value no single line", STR_ARG(name));
		return false;
	}
	return true;
}

static bool read_auth(
    struct http_order *order, struct lines *lines, const struct value *map, struct str *ret_why)
{
	struct args args;
	struct str bearer;

	if (!map)
		return true;
	args_init(&args, map, lines->arena);
	bearer = args_text(&args, "bearer");
	order->user = args_cstr(&args, "user");
	order->password = args_cstr(&args, "password");
	if (args.wrong.len)
		*ret_why = arena_printf(lines->arena, "auth: %.*s", STR_ARG(args.wrong));
	else if (map->map.count !=
		(bearer.len               ? 1u
			: order->password ? 2u
					  : 1u) ||
	    (!bearer.len && !order->user))
		*ret_why = STR("auth: either bearer, or user and password");
	else if (!is_one_line(bearer))
		*ret_why = STR("auth: bearer must be a single line");
	else {
		if (bearer.len)
			add_line(lines,
			    arena_printf(
				lines->arena, "Authorization: Bearer %.*s", STR_ARG(bearer)));
		return true;
	}
	return false;
}

static bool read_body(
    struct http_order *order, struct lines *lines, struct args *args, struct str *ret_why)
{
	const struct value *json = value_get(args->map, "json");
	const char *why = NULL;
	struct buf text;

	order->body = args_text(args, "body");
	order->has_body = args_has(args, "body");
	if (json && json->type != VALUE_NULL) {
		if (order->has_body) {
			*ret_why = STR("either json or body, not both");
			return false;
		}
		buf_init(&text, BUF_UNBOUNDED);
		if (plain_json_write(&text, json, &why))
			order->body = arena_str(args->arena, buf_view(&text));
		buf_done(&text);
		if (why) {
			*ret_why = arena_printf(args->arena, "json: %s", why);
			return false;
		}
		order->has_body = true;
		if (!lines->typed)
			add_line(lines, STR("Content-Type: application/json"));
	} else if (order->has_body && !lines->typed) {
		/* Without this, curl calls everything a web form. */
		add_line(lines, STR("Content-Type:"));
	}
	if (!order->has_body || (!http_order_is(order, "GET") && !http_order_is(order, "HEAD")))
		return true;
	*ret_why = arena_printf(
	    args->arena, "a %s has no body: say which method is meant", order->method);
	return false;
}

bool http_order_read(
    struct http_order *order, struct arena *arena, const struct value *params, struct str *ret_why)
{
	struct lines lines = {.arena = arena};
	struct http_place place;
	struct args args;
	bool reads;

	args_init(&args, params, arena);
	*order = (struct http_order){
	    .url = args_cstr(&args, "url"),
	    .method = args_cstr(&args, "method"),
	    .max_size = args_int(&args, "max_size", 8 << 20, 0, 1 << 30),
	    .tls_verify = args_bool(&args, "tls_verify", true),
	    .ca = args_cstr(&args, "ca"),
	};
	if (!order->method)
		order->method = "GET";
	reads = http_order_is(order, "GET") || http_order_is(order, "HEAD");
	order->follow = args_int(&args, "follow", reads ? 5 : 0, 0, 50);
	/* curl would wait a second for "100 Continue" before it sends a longer body. */
	add_line(&lines, STR("Expect:"));
	if (!read_headers(&lines, args_map(&args, "headers"), ret_why) ||
	    !read_auth(order, &lines, args_map(&args, "auth"), ret_why) ||
	    !read_body(order, &lines, &args, ret_why))
		return false;
	add_line(&lines, (struct str){0});
	order->headers = lines.items;
	if (args.wrong.len)
		*ret_why = args.wrong;
	else if (!is_token(str_from(order->method)))
		*ret_why = STR("method is no word");
	else if (!order->url || !http_place_read(&place, arena, order->url))
		*ret_why = STR("url must begin with http:// or https:// and name a host");
	else
		return true;
	return false;
}

static struct str part_of(struct arena *arena, CURLU *url, CURLUPart part, unsigned flags)
{
	struct str text = {0};
	char *found = NULL;

	if (curl_url_get(url, part, &found, flags) == CURLUE_OK) {
		text = arena_str(arena, str_from(found));
		curl_free(found);
	}
	return text;
}

bool http_place_read(struct http_place *place, struct arena *arena, const char *url)
{
	CURLU *parsed = curl_url();
	bool well = parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK;

	if (well) {
		place->scheme = part_of(arena, parsed, CURLUPART_SCHEME, 0);
		place->host = part_of(arena, parsed, CURLUPART_HOST, CURLU_PUNYCODE);
		place->port = part_of(arena, parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT);
		place->peer = arena_printf(
		    arena, "%.*s:%.*s", STR_ARG(place->host), STR_ARG(place->port));
		curl_url_set(parsed, CURLUPART_USER, NULL, 0);
		curl_url_set(parsed, CURLUPART_PASSWORD, NULL, 0);
		place->shown = part_of(arena, parsed, CURLUPART_URL, 0);
		well = place->host.len && place->port.len &&
		    (str_is(place->scheme, "http") || str_is(place->scheme, "https"));
	}
	curl_url_cleanup(parsed);
	return well;
}

bool http_place_same_origin(const struct http_place *a, const struct http_place *b)
{
	return str_eq(a->scheme, b->scheme) && str_eq(a->host, b->host) && str_eq(a->port, b->port);
}

void http_order_redirect(
    struct http_order *order, int64_t status, const char *url, bool same_origin)
{
	static const char *const bare[] = {"Expect:", NULL};
	bool posts = http_order_is(order, "POST");

	order->url = url;
	order->follow--;
	if ((status == 303 && !http_order_is(order, "HEAD")) ||
	    ((status == 301 || status == 302) && posts)) {
		order->method = "GET";
		order->has_body = false;
		order->body = (struct str){0};
	}
	if (same_origin)
		return;
	order->headers = bare;
	order->user = order->password = NULL;
}
