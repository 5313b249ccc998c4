/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include "servers.h"
#include "stdlib/registry.h"

/* http.request against a real nginx, and against ports that are none. */

static struct loop *loop;
static int port;
static int tls;
static char ca[256];

/* `more` holds the other arguments, beginning with a comma. */
static struct probe *get(const char *path, const char *more)
{
	return probe_run(
	    loop, &http_request, 0, "{\"url\":\"http://127.0.0.1:%d%s\"%s}", port, path, more);
}

static void expect_header(const struct probe *probe, const char *name, const char *text)
{
	struct str value = value_text(value_get(probe_get(probe, "headers"), name));

	if (!str_is(value, text))
		fail_msg("%s is %.*s, not %s", name, STR_ARG(value), text);
}

static void gives_status_headers_and_body(void **state)
{
	struct probe *probe = get("/ok.json", "");
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "\"http://127.0.0.1:%d/ok.json\"", port);
	probe_expect_ok(probe);
	probe_expect(probe, "status", "200");
	probe_expect(probe, "body", "\"{\\\"status\\\": \\\"ok\\\", \\\"n\\\": 3}\"");
	probe_expect(probe, "url", url);
	probe_expect(probe, "phase", "\"done\"");
	probe_expect(probe, "class", "\"\"");
	expect_header(probe, "content-type", "application/json");
	expect_header(probe, "x-two", "a, b");
	probe_free(probe);
	probe = get("/ok.json", ",\"method\":\"HEAD\"");
	probe_expect_ok(probe);
	probe_expect(probe, "body", "\"\"");
	probe_free(probe);
}

static void expect_status(const char *path, const char *more, const char *status, const char *words)
{
	struct probe *probe = get(path, more);

	probe_expect_class(probe, "", words);
	probe_expect(probe, "status", status);
	probe_expect(probe, "phase", "\"done\"");
	probe_free(probe);
}

static void fails_by_status(void **state)
{
	(void)state;
	expect_status("/missing", "", "404", "/missing answered 404");
	expect_status("/private", "", "401", "answered 401");
	expect_status("/moved", ",\"follow\":0", "302",
	    "answered 302, a redirect that is not followed, to http://");
	expect_status("/loop", "", "302",
	    "answered 302 after 5 redirects, which is one too many: to http://");
	expect_status("/loop", ",\"follow\":1", "302",
	    "answered 302 after 1 redirect, which is one too many: to http://");
	expect_status("/big", ",\"method\":\"DELETE\"", "405", "DELETE http://127.0.0.1:");
}

static void expect_body(const char *path, const char *more, const char *body)
{
	struct probe *probe = get(path, more);

	probe_expect_ok(probe);
	probe_expect(probe, "body", body);
	probe_free(probe);
}

static void shows_foreign_bytes_as_the_record_does(void **state)
{
	(void)state;
	expect_body("/latin", "", "\"caf\xEF\xBF\xBD\"");
	expect_body("/latin", ",\"headers\":{\"Range\":\"bytes=0-2\"}", "\"caf\"");
}

static void sends_what_it_is_told(void **state)
{
	struct probe *probe = get("/private", ",\"auth\":{\"bearer\":\"token\"}");

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "status", "204");
	probe_free(probe);
	expect_body("/echo", "", "\"GET [] [] \"");
	expect_body("/echo", ",\"headers\":{\"X-Key\":\"k 1\"}", "\"GET [] [k 1] \"");
	expect_body("/echo", ",\"method\":\"POST\",\"json\":{\"a\":[1,{\"$duration\":\"90s\"}]}",
	    "\"POST [] [] application/json\"");
	expect_body("/echo",
	    ",\"method\":\"PUT\",\"body\":\"x\",\"headers\":{\"Content-Type\":\"text/x\"}",
	    "\"PUT [] [] text/x\"");
	expect_body("/echo", ",\"method\":\"POST\",\"body\":\"x\"", "\"POST [] [] \"");
	expect_body(
	    "/echo", ",\"auth\":{\"user\":\"u\",\"password\":\"p\"}", "\"GET [Basic dTpw] [] \"");
}

static void follows_redirects_without_secrets(void **state)
{
	struct probe *probe = get("/moved", "");

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "status", "200");
	probe_free(probe);
	/* Another host: neither our headers nor our credentials go there. */
	expect_body("/away", ",\"headers\":{\"X-Key\":\"k\"},\"auth\":{\"bearer\":\"token\"}",
	    "\"GET [] [] \"");
	probe = get("/nowhere", "");
	probe_expect_class(probe, "protocol", "redirects to what is no address of HTTP");
	probe_free(probe);
}

static void expect_trouble(const char *url, int at, const char *more, int64_t timeout_us,
    const char *class, const char *phase, const char *words)
{
	char format[256];
	struct probe *probe;

	snprintf(format, sizeof(format), url, at);
	probe = probe_run(loop, &http_request, timeout_us, "{\"url\":\"%s\"%s}", format, more);
	probe_expect_class(probe, class, words);
	probe_expect(probe, "phase", phase);
	probe_free(probe);
}

static void tells_what_is_wrong_with_the_way(void **state)
{
	static const char plain[] = "http://127.0.0.1:%d/";
	char words[64];
	int dead = servers_port("dead");
	int hang = servers_port("hang");

	(void)state;
	snprintf(words, sizeof(words), "127.0.0.1:%d refused the connection", dead);
	expect_trouble(plain, dead, "", 0, "refused", "\"connect\"", words);
	expect_trouble("http://localhost:%d/", dead, "", 0, "refused", "\"connect\"",
	    "refused the connection");
	expect_trouble(plain, hang, "", 200000, "timeout", "\"wait\"",
	    "no answer within 200ms while waiting for the answer of 127.0.0.1");
	expect_trouble("https://127.0.0.1:%d/", hang, "", 200000, "timeout", "\"tls\"",
	    "while agreeing on encryption with");
	expect_trouble(plain, servers_port("close"), "", 0, "server", "\"wait\"", "connection");
	expect_trouble(
	    plain, servers_port("noise"), "", 0, "protocol", "\"receive\"", "does not speak HTTP");
	expect_trouble("http://127.0.0.1:%d/reset", port, "", 0, "server", "\"wait\"",
	    "closed the connection without an answer");
	expect_trouble("http://bad_host..name:%d/", 1, "", 0, "resolve", "\"resolve\"",
	    "the name bad_host..name has no address");
}

static void bounds_the_body(void **state)
{
	struct probe *probe = get("/slow", ",\"max_size\":100");
	const struct value *body;

	(void)state;
	probe_expect_class(probe, "limit", "sends more than is allowed");
	probe_expect(probe, "phase", "\"receive\"");
	probe_expect(probe, "status", "200");
	probe_free(probe);
	/* 1 MiB, of which 128 KiB are kept. */
	probe = get("/big", "");
	probe_expect_ok(probe);
	body = probe_get(probe, "body");
	assert_false(body->string.clip->whole);
	assert_int_equal(body->string.clip->size, 1 << 20);
	assert_int_equal(body->string.clip->head.len + body->string.clip->tail.len, 128 << 10);
	probe_free(probe);
	probe = probe_run(
	    loop, &http_request, 300000, "{\"url\":\"http://127.0.0.1:%d/slow\"}", port);
	probe_expect_class(probe, "timeout", "no answer within 300ms while receiving");
	probe_expect(probe, "status", "200");
	probe_free(probe);
}

static void trusts_only_whom_it_should(void **state)
{
	char more[300];

	(void)state;
	expect_trouble("https://localhost:%d/ok.json", tls, "", 0, "tls", "\"tls\"", "self-signed");
	snprintf(more, sizeof(more), ",\"ca\":\"%s\"", ca);
	expect_trouble("https://127.0.0.1:%d/ok.json", tls, more, 0, "tls", "\"tls\"",
	    "name matches target host name");
	for (int i = 0; i < 2; i++) {
		struct probe *probe = probe_run(loop, &http_request, 0,
		    "{\"url\":\"https://localhost:%d/ok.json\"%s}", tls,
		    i ? ",\"tls_verify\":false" : more);

		probe_expect_ok(probe);
		probe_free(probe);
	}
}

static void refuses_what_is_no_request(void **state)
{
	static const char *const cases[][2] = {
	    {"{\"url\":\"ftp://127.0.0.1/\"}", "url must begin with http:// or https://"},
	    {"{\"url\":\"127.0.0.1\"}", "url must begin with"},
	    {"{\"url\":\"http://h/\",\"headers\":{\"X\":\"a\\r\\nY: b\"}}", "no single line"},
	    {"{\"url\":\"http://h/\",\"headers\":{\"X Y\":\"a\"}}", "X Y is no name"},
	    {"{\"url\":\"http://h/\",\"auth\":{\"bearer\":\"a\\nb\"}}", "a single line"},
	    {"{\"url\":\"http://h/\",\"auth\":{\"bearer\":\"a\",\"user\":\"b\"}}", "either bearer"},
	    {"{\"url\":\"http://h/\",\"auth\":{}}", "either bearer"},
	    {"{\"url\":\"http://h/\",\"body\":\"x\"}", "a GET has no body"},
	    {"{\"url\":\"http://h/\",\"method\":\"POST\",\"body\":\"x\",\"json\":1}", "not both"},
	    {"{\"url\":\"http://h/\",\"method\":\"POST\",\"json\":{\"$double\":\"NaN\"}}", "NaN"},
	    {"{\"url\":\"http://h/\",\"follow\":\"x\"}", "follow must be an int"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = probe_run(loop, &http_request, 0, "%s", cases[i][0]);

		probe_expect_error(probe, cases[i][1]);
		probe_free(probe);
	}
}

static void knows_what_changes(void **state)
{
	static const struct {
		const char *given;
		enum effect_class class;
	} cases[] = {
	    {"{\"method\":\"GET\"}", EFFECT_READ},
	    {"{\"method\":\"HEAD\"}", EFFECT_READ},
	    {"{\"method\":\"OPTIONS\"}", EFFECT_READ},
	    {"{\"method\":\"POST\"}", EFFECT_CHANGE},
	    {"{\"method\":\"get\"}", EFFECT_CHANGE},
	    {"{}", EFFECT_CHANGE},
	};
	struct arena *arena = arena_new();
	struct str error;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(http_request_spec.effect_of(
				     value_from_json(arena, str_from(cases[i].given), &error)),
		    cases[i].class);
	arena_free(arena);
}

/* Whoever looks connects, and sends nothing: no answer comes, and none is waited for. */
static void looks_whether_anybody_is_there(void **state)
{
	struct probe *probe;

	(void)state;
	probe_looks = true;
	probe = get("/missing", ",\"method\":\"POST\"");
	probe_expect_ok(probe);
	assert_null(probe_get(probe, "status"));
	probe_free(probe);
	probe = probe_run(
	    loop, &http_request, 0, "{\"url\":\"https://localhost:%d/\",\"method\":\"POST\"}", tls);
	probe_expect_class(probe, "tls", "localhost");
	probe_free(probe);
	probe = probe_run(loop, &http_request, 0,
	    "{\"url\":\"https://localhost:%d/\",\"method\":\"POST\",\"ca\":\"%s\"}", tls, ca);
	probe_expect_ok(probe);
	probe_free(probe);
	probe = probe_run(
	    loop, &http_request, 0, "{\"url\":\"http://127.0.0.1:1/\",\"method\":\"POST\"}");
	probe_expect_class(probe, "refused", "refused the connection");
	probe_free(probe);
	probe_looks = false;
}

static int begin(void **state)
{
	(void)state;
	loop = loop_new();
	servers_start();
	servers_ask("nginx");
	port = servers_int("port");
	tls = servers_int("tls");
	servers_text("ca", ca, sizeof(ca));
	return 0;
}

static int finish(void **state)
{
	(void)state;
	servers_stop();
	loop_free(loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_status_headers_and_body),
	    cmocka_unit_test(fails_by_status),
	    cmocka_unit_test(shows_foreign_bytes_as_the_record_does),
	    cmocka_unit_test(sends_what_it_is_told),
	    cmocka_unit_test(follows_redirects_without_secrets),
	    cmocka_unit_test(tells_what_is_wrong_with_the_way),
	    cmocka_unit_test(bounds_the_body),
	    cmocka_unit_test(trusts_only_whom_it_should),
	    cmocka_unit_test(refuses_what_is_no_request),
	    cmocka_unit_test(knows_what_changes),
	    cmocka_unit_test(looks_whether_anybody_is_there),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
