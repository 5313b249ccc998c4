/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <cmocka.h>

#include "lang/load.h"
#include "vocabulary.h"

#define HEAD "reprise: 1\nid: x\n"

/* Loads text that must be flawless. */
static struct load good(const char *text)
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

static const struct step *step(const struct load *load, size_t at)
{
	assert_true(at < load->runbook->root->steps.count);
	return load->runbook->root->steps.items[at];
}

static const struct template *arg(const struct action *action, const char *name)
{
	return template_get(action->args, str_from(name));
}

static void assert_text(struct str text, const char *wanted)
{
	if (!str_is(text, wanted))
		fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(text), wanted);
}

static void test_defaults(void **state)
{
	struct load load = good(HEAD "steps:\n  - {id: a, run: [ls]}\n");
	const struct step *a = step(&load, 0);

	(void)state;
	assert_text(load.runbook->title, "x");
	assert_text(a->title, "a");
	assert_int_equal(a->grace_us, 10000000);
	assert_int_equal(a->timeout_us, 0);
	assert_int_equal(a->retry.attempts, 1);
	assert_int_equal(a->retry.delay_us, 1000000);
	assert_true(a->retry.backoff >= 1 && a->retry.backoff <= 1);
	assert_int_equal(a->effect, EFFECT_CHANGE);
	assert_false(a->effect_given);
	assert_int_equal(a->poll.within_us, UNSET_US);
	assert_int_equal(a->estimate_low_us, UNSET_US);
	assert_int_equal(load.runbook->objectives.rto_us, UNSET_US);
	assert_int_equal(load.runbook->step_count, 1);
	assert_null(load.runbook->env);
	load_done(&load);
}

static void test_step_keys(void **state)
{
	struct load load = good(
	    HEAD "steps:\n"
		 "  - {id: z, run: [ls]}\n"
		 "  - id: a\n"
		 "    title: A title\n"
		 "    needs: z\n"
		 "    timeout: 1m30s\n"
		 "    grace: 0s\n"
		 "    retry: {attempts: 4, delay: 2s, backoff: 1.5, max_delay: 9s, jitter: 0.25}\n"
		 "    effect: destroy\n"
		 "    approve: {prompt: sure, by: 1}\n"
		 "    allow_failure: true\n"
		 "    idempotent: true\n"
		 "    estimate: 5m..7m\n"
		 "    expect: exit_code == 3\n"
		 "    run: [ls]\n"
		 "  - {id: b, approve: false, effect: read, retry: 3, run: [ls]}\n");
	const struct step *a = step(&load, 1);
	const struct step *b = step(&load, 2);

	(void)state;
	assert_text(a->title, "A title");
	assert_int_equal(a->need_count, 1);
	assert_text(a->needs[0].name, "z");
	assert_int_equal(a->timeout_us, 90000000);
	assert_int_equal(a->grace_us, 0);
	assert_int_equal(a->retry.attempts, 4);
	assert_int_equal(a->retry.delay_us, 2000000);
	assert_int_equal(a->retry.max_delay_us, 9000000);
	assert_true(a->retry.backoff > 1.4 && a->retry.backoff < 1.6);
	assert_true(a->retry.jitter > 0.2 && a->retry.jitter < 0.3);
	assert_int_equal(a->effect, EFFECT_DESTROY);
	assert_true(a->approve.wanted && a->approve.prompt && a->approve.by == 1);
	assert_true(a->allow_failure && a->idempotent && a->replaces_success);
	assert_int_equal(a->estimate_low_us, 300000000);
	assert_int_equal(a->estimate_high_us, 420000000);
	assert_true(b->approve.refused && !b->approve.wanted);
	assert_int_equal(b->effect, EFFECT_READ);
	assert_int_equal(b->retry.attempts, 3);
	assert_false(b->replaces_success);
	load_done(&load);
}

static void test_process(void **state)
{
	struct load load = good(
	    HEAD "env: {A: top, B: top}\n"
		 "steps:\n"
		 "  - {id: a, run: [sleep, 30, true], env: {B: own, C: 010}}\n"
		 "  - {id: b, run: \"echo $A\", shell: [sh, -c]}\n"
		 "  - {id: c, pipe: [[ls, -l], [wc]], stdin: {text: hi}, stdout: {file: out}}\n");
	const struct value *argv = template_value(arg(&step(&load, 0)->action, "argv"));
	const struct value *env = template_value(arg(&step(&load, 0)->action, "env"));
	const struct value *stages = template_value(arg(&step(&load, 2)->action, "stages"));

	(void)state;
	assert_non_null(argv);
	assert_int_equal(argv->list.count, 3);
	assert_text(value_text(argv->list.items[1]), "30");
	assert_text(value_text(argv->list.items[2]), "true");
	assert_non_null(env);
	assert_int_equal(env->map.count, 3);
	assert_text(value_text(value_get(env, "A")), "top");
	assert_text(value_text(value_get(env, "B")), "own");
	assert_text(value_text(value_get(env, "C")), "010");
	assert_null(arg(&step(&load, 0)->action, "script"));
	assert_text(value_text(template_value(arg(&step(&load, 1)->action, "script"))), "echo $A");
	assert_ptr_equal(arg(&step(&load, 1)->action, "env"), load.runbook->env);
	assert_int_equal(template_value(arg(&step(&load, 1)->action, "shell"))->list.count, 2);
	assert_non_null(stages);
	assert_int_equal(stages->list.count, 2);
	assert_int_equal(stages->list.items[0]->list.count, 2);
	assert_text(
	    value_text(value_get(template_value(arg(&step(&load, 2)->action, "stdin")), "text")),
	    "hi");
	load_done(&load);
}

static void test_library(void **state)
{
	struct load load = good(
	    HEAD "secrets: {pw: {env: PW}}\n"
		 "connections: {db: {postgres: {user: u, password: \"${{ secrets.pw }}\"}}}\n"
		 "steps:\n"
		 "  - {id: a, file.stat: 5}\n"
		 "  - {id: b, postgres.ready: {connection: db}}\n"
		 "  - {id: c, postgres.ready: {connection: {user: 7, port: 9}}}\n"
		 "  - {id: d, http.request: {url: u, method: POST, limit: 2KiB, idle: 5s}}\n"
		 "  - {id: e, http.request: u}\n");
	const struct action *d = &step(&load, 3)->action;

	(void)state;
	assert_text(value_text(template_value(arg(&step(&load, 0)->action, "path"))), "5");
	assert_int_equal(step(&load, 0)->effect, EFFECT_READ);
	assert_ptr_equal(
	    arg(&step(&load, 1)->action, "connection"), load.runbook->connections[0].args);
	assert_int_equal(
	    value_get(template_value(arg(&step(&load, 2)->action, "connection")), "port")->integer,
	    9);
	assert_int_equal(step(&load, 3)->effect, EFFECT_CHANGE);
	assert_int_equal(template_value(arg(d, "limit"))->integer, 2048);
	assert_int_equal(template_value(arg(d, "idle"))->type, VALUE_DURATION);
	assert_int_equal(step(&load, 4)->effect, EFFECT_READ);
	load_done(&load);
}

static void test_checks(void **state)
{
	struct load load = good(
	    HEAD "steps:\n"
		 "  - id: a\n"
		 "    run: [ls]\n"
		 "    verify:\n"
		 "      - {file.stat: x, expect: exists, within: 5s, for: 2s, message: gone}\n"
		 "      - {run: [ls], expect: stdout.contains('x'), timeout: 3s}\n"
		 "      - {run: [ls], expect: stdout.size > 5, within: 1s, every: 10ms}\n"
		 "      - expect: now > run.started\n");
	const struct checks *verify = &step(&load, 0)->verify;

	(void)state;
	assert_int_equal(verify->count, 4);
	assert_int_equal(verify->items[0].poll.within_us, 5000000);
	assert_int_equal(verify->items[0].poll.every_us, 1000000);
	assert_int_equal(verify->items[0].poll.for_us, 2000000);
	assert_true(verify->items[0].replaces_success);
	assert_non_null(verify->items[0].message);
	assert_int_equal(verify->items[1].index, 1);
	assert_int_equal(verify->items[1].timeout_us, 3000000);
	assert_int_equal(verify->items[1].poll.within_us, UNSET_US);
	assert_true(verify->items[1].reads_streams);
	assert_false(verify->items[2].reads_streams);
	assert_int_equal(verify->items[2].poll.every_us, 10000);
	assert_null(verify->items[3].action.spec);
	load_done(&load);
}

static const char params_text[] = HEAD
    "params:\n"
    "  name: {type: string, pattern: \"[a-z]+\", enum: [ab, cd], default: ab}\n"
    "  count: {type: int}\n"
    "  hosts: {type: list, of: string, default: [a, 1]}\n"
    "  sizes: {type: map, of: size, default: {a: 1KiB}}\n"
    "  wait: {type: duration, default: 30s}\n"
    "steps:\n  - {id: a, run: [ls]}\n";

static void test_params(void **state)
{
	struct load load = good(params_text);
	struct param_given given[] = {{.name = STR("count"), .text = STR("7")},
	    {.name = STR("count"), .text = STR("8")}, {.name = STR("name"), .text = STR("cd")},
	    {.name = STR("sizes"), .text = STR("{\"b\": \"2KiB\", \"c\": 5}")}};
	const struct value *params = model_params(load.arena, load.runbook, given, 4, &load.diags);

	(void)state;
	assert_non_null(params);
	assert_int_equal(params->map.count, 5);
	assert_text(value_text(params->map.entries[0].value), "cd");
	assert_int_equal(value_get(params, "count")->integer, 8);
	assert_text(value_text(value_get(params, "hosts")->list.items[1]), "1");
	assert_int_equal(value_get(value_get(params, "sizes"), "b")->integer, 2048);
	assert_int_equal(value_us(value_get(params, "wait")), 30000000);
	load_done(&load);
}

static void bad_param(const char *name, const char *text, const char *code)
{
	struct load load = good(params_text);
	struct param_given given[] = {{.name = STR("count"), .text = STR("7")},
	    {.name = str_from(name), .text = str_from(text)}};

	assert_null(model_params(load.arena, load.runbook, given, 2, &load.diags));
	assert_int_equal(load.diags.count, 1);
	assert_string_equal(load.diags.items[0].code, code);
	load_done(&load);
}

static void test_bad_params(void **state)
{
	struct load load = good(params_text);

	(void)state;
	bad_param("count", "seven", "wrong-type");
	bad_param("name", "ef", "not-a-choice");
	bad_param("hosts", "a,b", "wrong-type");
	bad_param("hosts", "[[1]]", "wrong-type");
	bad_param("sizes", "{\"a\": \"big\"}", "wrong-type");
	bad_param("wait", "30", "wrong-type");
	bad_param("cuont", "30", "unknown-param");
	assert_null(model_params(load.arena, load.runbook, NULL, 0, &load.diags));
	assert_string_equal(load.diags.items[0].code, "missing-param");
	load_done(&load);
}

/* The whole value must match, whatever the pattern's own anchors say. */
static void test_pattern(void **state)
{
	struct load load = good(HEAD "params:\n"
				     "  a: {type: string, pattern: 'x|yy\\.\"', default: x}\n"
				     "steps:\n  - {id: s, run: [ls]}\n");
	static const struct {
		const char *text;
		bool fits;
	} cases[] = {{"x", true}, {"yy.\"", true}, {"xx", false}, {"x; rm", false},
	    {"yyy\"", false}, {"x\n", false}, {"", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct param_given given = {.name = STR("a"), .text = str_from(cases[i].text)};

		assert_int_equal(
		    model_params(load.arena, load.runbook, &given, 1, &load.diags) != NULL,
		    cases[i].fits);
	}
	load_done(&load);
}

static void test_secrets(void **state)
{
	struct load load = good(HEAD "secrets:\n"
				     "  a: {env: A}\n"
				     "  b: {file: /run/b}\n"
				     "  c: {command: [pass, show, 1]}\n"
				     "steps:\n  - {id: s, run: [ls]}\n");
	const struct secret_decl *secrets = load.runbook->secrets;

	(void)state;
	assert_int_equal(load.runbook->secret_count, 3);
	assert_int_equal(secrets[0].from, SECRET_ENV);
	assert_text(secrets[1].env, "/run/b");
	assert_int_equal(secrets[2].argc, 3);
	assert_text(secrets[2].argv[2], "1");
	load_done(&load);
}

/* A document that is wrong in one way has one diagnostic, and its caret stands where it should. */
static void test_one_mistake(void **state)
{
	static const struct {
		const char *text;
		const char *code;
		const char *at;
	} cases[] = {
	    {HEAD "steps:\n  - {id: a, run: [ls], tiemout: 5s}\n", "unknown-key", "tiemout"},
	    {HEAD "stepz:\n  - {id: a, run: [ls]}\n", "unknown-key", "stepz"},
	    {HEAD "steps:\n  - {id: a, run: [ls], retry: {attempt: 2}}\n", "unknown-key",
		"attempt"},
	    {HEAD "steps:\n  - {id: a, file.stat: {pathh: x}}\n", "unknown-param", "pathh"},
	    {HEAD "steps:\n  - {id: a, run: [ls], artifacts: [a], env: {A: \"${{ params.x }}\"}}\n",
		"not-built-yet", "artifacts"},
	    {HEAD "steps:\n  - {id: a, run: [ls], needs: [b], when: \"true\"}\n", "unknown-step",
		"b"},
	    {HEAD "steps:\n  - {id: a, run: [ls], when: steps.b.outputs.c + 1 == 'x'}\n",
		"unknown-step", "b"},
	    {HEAD "steps:\n  - id: a\n    steps: *nowhere\n", "yaml-alias", "*nowhere"},
	    {HEAD "steps:\n  - {id: a, run: [ls], allow_failure: yes}\n", "wrong-type", "yes"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct load load;

		assert_false(load_text(&load, "t.yaml", str_from(cases[i].text), &test_vocabulary));
		assert_int_equal(load.diags.count, 1);
		assert_int_equal(load.diags.errors, 1);
		assert_string_equal(load.diags.items[0].code, cases[i].code);
		assert_text(span_text(load.diags.items[0].span), cases[i].at);
		load_done(&load);
	}
}

/* Few lines that mean a million steps end in a sentence, not in a gigabyte. */
static void test_overfull(void **state)
{
	struct load load;
	struct buf text;

	(void)state;
	buf_init(&text, BUF_UNBOUNDED);
	buf_text(&text, HEAD "steps:\n  - &s0 {id: a, run: [ls]}\n");
	for (int level = 1; level < 7; level++) {
		buf_printf(&text, "  - &s%d\n    id: b%d\n    steps: [", level, level);
		for (int i = 0; i < 9; i++)
			buf_printf(&text, "*s%d, ", level - 1);
		buf_text(&text, "]\n");
	}
	assert_false(load_text(&load, "test.yaml", buf_view(&text), &test_vocabulary));
	assert_string_equal(load.diags.items[0].code, "too-many-steps");
	assert_true(load.runbook->overfull);
	assert_int_equal(load.runbook->step_count, STEPS_MAX);
	buf_done(&text);
	load_done(&load);
}

static void test_unreadable(void **state)
{
	struct load load;
	struct buf shown;

	(void)state;
	assert_false(load_file(&load, "/nowhere/at/all.yaml", &test_vocabulary));
	buf_init(&shown, BUF_UNBOUNDED);
	load_show(&load, false, &shown);
	assert_text(buf_view(&shown),
	    "error: cannot read /nowhere/at/all.yaml: No such file or directory [unreadable]\n");
	buf_done(&shown);
	load_done(&load);
}

static void test_quotas(void **state)
{
	static const struct {
		struct quota quota;
		size_t count;
		int64_t may_fail;
		int64_t canaries;
	} cases[] = {
	    {{0, false}, 5, 0, 0},
	    {{2, false}, 5, 2, 2},
	    {{7, false}, 5, 7, 5},
	    {{25, true}, 3, 0, 1},
	    {{25, true}, 8, 2, 2},
	    {{33, true}, 10, 3, 4},
	    {{1, true}, 1, 0, 1},
	    {{100, true}, 10000, 10000, 10000},
	    {{50, true}, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct each each = {.max_failures = cases[i].quota, .canary = cases[i].quota};

		assert_int_equal(each_may_fail(&each, cases[i].count), cases[i].may_fail);
		assert_int_equal(each_canaries(&each, cases[i].count), cases[i].canaries);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_step_keys),
	    cmocka_unit_test(test_process),
	    cmocka_unit_test(test_library),
	    cmocka_unit_test(test_checks),
	    cmocka_unit_test(test_params),
	    cmocka_unit_test(test_bad_params),
	    cmocka_unit_test(test_pattern),
	    cmocka_unit_test(test_secrets),
	    cmocka_unit_test(test_one_mistake),
	    cmocka_unit_test(test_overfull),
	    cmocka_unit_test(test_unreadable),
	    cmocka_unit_test(test_quotas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
