/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <cmocka.h>

#include "lang/load.h"
#include "lang/response.h"
#include "vocabulary.h"

#define HEAD "reprise: 1\nid: x\n"
#define STEPS "steps:\n  - {id: a, run: [ls]}\n"

static struct load load_of(const char *text)
{
	struct load load;
	struct buf shown;

	if (!load_text(&load, "test.yaml", str_from(text), &test_vocabulary)) {
		buf_init(&shown, BUF_UNBOUNDED);
		load_show(&load, false, &shown);
		fail_msg("%.*s", STR_ARG(buf_view(&shown)));
	}
	return load;
}

static const struct value *labels(struct arena *arena, const char *json)
{
	struct str error;
	const struct value *value = value_from_plain_json(arena, str_from(json), &error);

	if (!value)
		fail_msg("%.*s", STR_ARG(error));
	return value;
}

struct held {
	const char *match; /* as in a runbook */
	const char *labels; /* as JSON */
	enum regex_end end;
};

/* One matcher beside that of the name. */
static void test_matchers(void **state)
{
	static const struct held rows[] = {
	    {"{s: a}", "{\"alertname\":\"A\",\"s\":\"a\"}", REGEX_MATCH},
	    {"{s: a}", "{\"alertname\":\"A\",\"s\":\"ab\"}", REGEX_NONE},
	    {"{s: a}", "{\"alertname\":\"B\",\"s\":\"a\"}", REGEX_NONE},
	    {"{s: a.}", "{\"alertname\":\"A\",\"s\":\"ab\"}", REGEX_NONE},
	    {"{s: 5}", "{\"alertname\":\"A\",\"s\":\"5\"}", REGEX_MATCH},
	    {"{s: [a, b]}", "{\"alertname\":\"A\",\"s\":\"b\"}", REGEX_MATCH},
	    {"{s: [a, b]}", "{\"alertname\":\"A\",\"s\":\"c\"}", REGEX_NONE},
	    {"{s: \"\"}", "{\"alertname\":\"A\"}", REGEX_MATCH},
	    {"{s: \"\"}", "{\"alertname\":\"A\",\"s\":\"a\"}", REGEX_NONE},
	    {"{s: {not: a}}", "{\"alertname\":\"A\"}", REGEX_MATCH},
	    {"{s: {not: a}}", "{\"alertname\":\"A\",\"s\":\"a\"}", REGEX_NONE},
	    {"{s: {not: [a, b]}}", "{\"alertname\":\"A\",\"s\":\"b\"}", REGEX_NONE},
	    {"{s: {not: [a, b]}}", "{\"alertname\":\"A\",\"s\":\"c\"}", REGEX_MATCH},
	    {"{s: {matches: b|a}}", "{\"alertname\":\"A\",\"s\":\"a\"}", REGEX_MATCH},
	    {"{s: {matches: b|a}}", "{\"alertname\":\"A\",\"s\":\"ax\"}", REGEX_NONE},
	    {"{s: {matches: b|a}}", "{\"alertname\":\"A\",\"s\":\"xa\"}", REGEX_NONE},
	    {"{s: {matches: a}}", "{\"alertname\":\"A\",\"s\":\"a\\n\"}", REGEX_NONE},
	    {"{s: {matches: .*}}", "{\"alertname\":\"A\"}", REGEX_MATCH},
	    {"{s: {matches: .+}}", "{\"alertname\":\"A\"}", REGEX_NONE},
	    {"{s: {not_matches: a.*}}", "{\"alertname\":\"A\",\"s\":\"ab\"}", REGEX_NONE},
	    {"{s: {not_matches: a.*}}", "{\"alertname\":\"A\",\"s\":\"ba\"}", REGEX_MATCH},
	    {"{s: {matches: (a+)+}}",
		"{\"alertname\":\"A\",\"s\":"
		"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaX\"}",
		REGEX_FAILED},
	    {"{s: {not_matches: (a+)+}}",
		"{\"alertname\":\"A\",\"s\":"
		"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaX\"}",
		REGEX_FAILED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena *arena = arena_new();
		struct load load = load_of(arena_printf(
		    arena, HEAD "triggers:\n  - {alert: A, match: %s}\n" STEPS, rows[i].match)
					       .ptr);
		const struct matcher *failed = NULL;
		enum regex_end end = trigger_means(
		    &load.runbook->triggers[0], labels(arena, rows[i].labels), &failed);

		if (end != rows[i].end)
			fail_msg("row %zu: %s: %d", i, rows[i].match, (int)end);
		assert_int_equal(failed != NULL, end == REGEX_FAILED);
		load_done(&load);
		arena_free(arena);
	}
}

static const char three[] = HEAD "triggers:\n"
				 "  - {alert: {matches: A.*}}\n"
				 "  - {alert: AB, match: {s: a, t: b}}\n"
				 "  - {alert: AB, match: {s: a}}\n"
				 "  - {alert: AB, match: {t: b}}\n" STEPS;

/* The most specific answers, of equals the first. */
static void test_which(void **state)
{
	struct load load = load_of(three);
	const struct trigger *all = load.runbook->triggers;
	struct arena *arena = arena_new();
	const struct matcher *failed;

	(void)state;
	assert_ptr_equal(
	    trigger_find(load.runbook,
		labels(arena, "{\"alertname\":\"AB\",\"s\":\"a\",\"t\":\"b\"}"), &failed),
	    &all[1]);
	assert_ptr_equal(trigger_find(load.runbook,
			     labels(arena, "{\"alertname\":\"AB\",\"s\":\"a\"}"), &failed),
	    &all[2]);
	assert_ptr_equal(trigger_find(load.runbook,
			     labels(arena, "{\"alertname\":\"AB\",\"t\":\"b\"}"), &failed),
	    &all[3]);
	assert_ptr_equal(
	    trigger_find(load.runbook, labels(arena, "{\"alertname\":\"AC\"}"), &failed), &all[0]);
	assert_null(trigger_find(load.runbook, labels(arena, "{\"alertname\":\"B\"}"), &failed));
	assert_null(failed);
	arena_free(arena);
	load_done(&load);
}

#define ALERT(more)                                                                                \
	"{\"version\":\"4\",\"alerts\":[{\"status\":\"firing\",\"labels\":{\"alertname\":"         \
	"\"A\"" more

/* What an alert tells, as a command line says it. */
static void test_command(void **state)
{
	static const char book[] = HEAD "params:\n"
					"  host: {type: string, default: x, pattern: \"[^|]*\"}\n"
					"  hosts: {type: list, of: string, default: [x]}\n"
					"  wait: {type: duration, default: 1s}\n"
					"  port: {type: int, default: 1}\n"
					"triggers:\n  - alert: A\n    params:\n"
					"      host: \"${{ labels.h }}\"\n"
					"      hosts: [\"${{ labels.h }}\", b c]\n"
					"      wait: 90s\n"
					"      port: \"${{ int(labels.p) }}\"\n" STEPS;
	static const char *const rows[][3] = {
	    {",\"h\":\"db1\",\"p\":\"7\"}",
		"reprise run -p host=db1 -p 'hosts=[\"db1\",\"b c\"]' -p wait=90s -p port=7 "
		"d/x.yaml",
		""},
	    {",\"h\":\"it's; $x\",\"p\":\"7\"}",
		"reprise run -p 'host=it'\\''s; $x' -p 'hosts=[\"it'\\''s; $x\",\"b c\"]' -p "
		"wait=90s "
		"-p port=7 d/x.yaml",
		""},
	    {",\"h\":\"\\u001b[2J'\\\\\",\"p\":\"7\"}",
		"reprise run -p $'host=\\033[2J\\047\\134' -p 'hosts=[\"\\u001b[2J'\\''\\\\\",\"b "
		"c\"]' "
		"-p wait=90s -p port=7 d/x.yaml",
		""},
	    {",\"h\":\"a|b\",\"p\":\"7\"}", NULL,
		"host: the value of `host` does not match its pattern [^|]*"},
	    {",\"h\":\"a\"}", NULL, "port: the map has no key \"p\""},
	    {",\"h\":\"a\\u0000b\",\"p\":\"7\"}", NULL,
		"host: no command line can hold a NUL byte"},
	};
	struct load load = load_of(book);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena *arena = arena_new();
		struct str payload = arena_printf(
		    arena, "%s%s,\"startsAt\":\"2026-03-08T12:00:00Z\"}]}", ALERT(""), rows[i][0]);
		const struct matcher *failed;
		struct response response;
		struct alerts alerts;
		struct str error;
		struct buf text;

		if (!alerts_read(arena, payload, &alerts, &error))
			fail_msg("%.*s", STR_ARG(error));
		assert_true(response_find(
		    arena, load.runbook, "d/x.yaml", &alerts.items[0], &response, &failed));
		buf_init(&text, BUF_UNBOUNDED);
		response_command(&response, "run", &text);
		if (rows[i][1] && !str_is(buf_view(&text), rows[i][1]))
			fail_msg("%.*s", STR_ARG(buf_view(&text)));
		assert_int_equal(response.lacking_count, !rows[i][1]);
		if (response.lacking_count && !str_is(response.lacking[0].why, rows[i][2]))
			fail_msg("%.*s", STR_ARG(response.lacking[0].why));
		buf_done(&text);
		arena_free(arena);
	}
	load_done(&load);
}

/* A payload and what is said of it; NULL: it is good. */
static void test_payloads(void **state)
{
#define TIME "\"startsAt\":\"2026-03-08T12:00:00+01:00\"}]}"
	static const char *const rows[][2] = {
	    {ALERT("},") TIME, NULL},
	    {"{\"version\":\"4\",\"alerts\":[]}", NULL},
	    {"", "it is empty"},
	    {" \n", "it is empty"},
	    {"[]", "it is no map, as Alertmanager sends to a webhook"},
	    {"{\"version\":\"1\",\"alerts\":[]}",
		"`version` must be \"4\", as Alertmanager's webhook writes it"},
	    {"{\"version\":4,\"alerts\":[]}", "`version` must be a text"},
	    {"{\"alerts\":[]}", "`version` must be a text"},
	    {"{\"version\":\"4\"}", "`alerts` must be a list"},
	    {"{\"version\":\"4\",\"alerts\":{}}", "`alerts` must be a list"},
	    {"{\"version\":\"4\",\"alerts\":[1]}", "alert 1 is no map"},
	    {"{\"version\":\"4\",\"truncatedAlerts\":-1,\"alerts\":[]}",
		"`truncatedAlerts` must be a number of alerts"},
	    {"{\"version\":\"4\",\"alerts\":[{}]}", "alert 1: `status` must be a text"},
	    {"{\"version\":\"4\",\"alerts\":[{\"status\":\"x\"}]}",
		"alert 1: `status` must be \"firing\" or \"resolved\""},
	    {"{\"version\":\"4\",\"alerts\":[{\"status\":\"firing\",\"labels\":[]}]}",
		"alert 1: `labels` must be a map of texts"},
	    {ALERT(",\"x\":1},") TIME,
		"alert 1: `labels` must be a map of texts, and nothing but texts"},
	    {ALERT("},\"annotations\":{\"x\":null},") TIME,
		"alert 1: `annotations` must be a map of texts, and nothing but texts"},
	    {ALERT("}}]}"), "alert 1: `startsAt` must be a text"},
	    {ALERT("},\"startsAt\":\"noon\"}]}"),
		"alert 1: `startsAt` must be a time as in 2026-03-08T12:00:00Z"},
	    {ALERT("},\"fingerprint\":7,") TIME, "alert 1: `fingerprint` must be a text"},
	    {"{\"version\":\"4\",\"alerts\":[{\"status\":\"firing\",\"labels\":{}," TIME,
		"alert 1: `labels` must have an `alertname`, which names the alert"},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct alerts alerts = {0};
		struct str error = {0};
		bool good = alerts_read(arena, str_from(rows[i][0]), &alerts, &error);

		if (good != !rows[i][1] || (!good && !str_is(error, rows[i][1])))
			fail_msg("row %zu: %.*s", i, STR_ARG(error));
	}
	arena_free(arena);
}

/* What is larger than it may be, from without and within. */
static void test_bounds(void **state)
{
	struct arena *arena = arena_new();
	struct alerts alerts;
	struct str error;
	struct buf text;

	(void)state;
	buf_init(&text, BUF_UNBOUNDED);
	buf_text(&text, ALERT(",\"x\":\""));
	for (size_t i = 0; i < LABELS_MAX; i++)
		buf_byte(&text, 'y');
	buf_text(&text, "\"},");
	buf_text(&text, TIME);
	assert_false(alerts_read(arena, buf_view(&text), &alerts, &error));
	assert_true(str_is(error, "alert 1: `labels` must take 64 KiB at most"));
	buf_clear(&text);
	buf_text(&text, "{\"version\":\"4\",\"alerts\":[0");
	for (size_t i = 0; i < ALERTS_MAX; i++)
		buf_text(&text, ",0");
	buf_text(&text, "]}");
	assert_false(alerts_read(arena, buf_view(&text), &alerts, &error));
	assert_true(str_is(error, "`alerts` must be 10000 at most"));
	buf_clear(&text);
	for (size_t i = 0; i < 5000; i++)
		buf_byte(&text, '[');
	assert_false(alerts_read(arena, buf_view(&text), &alerts, &error));
	buf_clear(&text);
	for (size_t i = 0; i <= PAYLOAD_MAX; i++)
		buf_byte(&text, ' ');
	assert_false(alerts_read(arena, buf_view(&text), &alerts, &error));
	assert_true(str_is(error, "it is larger than 8 MiB"));
	buf_done(&text);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_matchers),
	    cmocka_unit_test(test_which),
	    cmocka_unit_test(test_command),
	    cmocka_unit_test(test_payloads),
	    cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
