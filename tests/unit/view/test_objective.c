/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "cast.h"
#include "view/rendering.h"

enum { SECOND_US = 1000000 };

/* Whether a form of the report has a text. */
static bool has(const struct cast *cast, const struct rendering *rendering, const char *text)
{
	const struct rendering_about about = {.plan = cast->load.plan, .path = "t.jsonl"};
	void *report = rendering->new (&about);
	struct buf out;
	bool found;

	buf_init(&out, BUF_UNBOUNDED);
	for (size_t i = 0; i < cast->count; i++)
		rendering->see(report, &cast->items[i]);
	rendering->put(report, &out);
	rendering->free(report);
	found = str_find(buf_view(&out), str_from(text)) >= 0;
	buf_done(&out);
	return found;
}

/* Behind the run's own checks it tidies up: all forms count to the recovery, and say the same of the objective. */
static void test_forms_agree(void **state)
{
	struct cast cast;
	size_t end = 0;

	(void)state;
	cast_recovered(&cast);
	while (cast.items[end].type != MESSAGE_RUN_FINISHED)
		end++;
	cast.items[end].t_us += 3600 * (int64_t)SECOND_US;
	cast.items[end].run_finished.duration_us = cast.items[end].t_us;
	for (int met = 0; met < 2; met++) {
		cast.load.runbook->objectives.rto_us = (met ? 22 : 21) * (int64_t)SECOND_US;
		assert_true(has(&cast, &rendering_markdown, "| 22s, met |") == met);
		assert_true(has(&cast, &rendering_markdown, "| 22s, **missed** |") != met);
		assert_true(has(&cast, &rendering_markdown,
				"(objective: 22s, met: it had recovered after 22s)") == met);
		assert_true(has(&cast, &rendering_html, ">met<") == met);
		assert_true(has(&cast, &rendering_html, ">missed<") != met);
		assert_true(has(&cast, &rendering_json, "\"rto_met\": true") == met);
		assert_true(has(&cast, &rendering_json, "\"rto_met\": false") != met);
		assert_true(has(&cast, &rendering_json, "\"recovered_us\": 22000000"));
		assert_true(has(&cast, &rendering_junit, "\"rto_met\" value=\"yes\"") == met);
		assert_true(has(&cast, &rendering_junit, "\"rto_met\" value=\"no\"") != met);
	}
	cast_done(&cast);
}

/* What began before anybody knows of has lasted longer than the run: nobody can say that it was short enough. */
static void test_nobody_knows_when_it_began(void **state)
{
	struct cast cast;

	(void)state;
	cast_recovered(&cast);
	cast.load.runbook->objectives.mttr_us = 60 * SECOND_US;
	assert_true(has(&cast, &rendering_markdown,
	    "| 1m | at least 22s: when it was detected is not known |"));
	cast.load.runbook->objectives.mttr_us = 10 * SECOND_US;
	assert_true(has(&cast, &rendering_markdown,
	    "| 10s | at least 22s, **missed**: when it was detected is not known |"));
	cast_done(&cast);
}

/* What has not recovered when its time is up has missed it. */
static void test_not_recovered(void **state)
{
	struct cast cast;

	(void)state;
	cast_failed(&cast);
	assert_true(has(&cast, &rendering_markdown, "| 4h | not recovered |"));
	cast.load.runbook->objectives.rto_us = SECOND_US;
	assert_true(has(&cast, &rendering_markdown, "| 1s | not recovered, **missed** |"));
	cast_done(&cast);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forms_agree),
	    cmocka_unit_test(test_nobody_knows_when_it_began),
	    cmocka_unit_test(test_not_recovered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
