/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cast.h"
#include "view/chronicle.h"

#define assert_text(text, wanted) assert_true(str_is(text, wanted))

static struct chronicle *chronicle_of(const struct cast *cast, bool with_plan)
{
	struct chronicle *chronicle = chronicle_new(with_plan ? cast->load.plan : NULL);

	for (size_t i = 0; i < cast->count; i++)
		chronicle_see(chronicle, &cast->items[i]);
	chronicle_weigh(chronicle);
	return chronicle;
}

static const struct chronicle_step *step_at(const struct chronicle *chronicle, const char *node)
{
	size_t at = chronicle_at(chronicle, str_from(node));

	assert_true(at > 0);
	return &chronicle->steps[at - 1];
}

static void test_what_happened(void **state)
{
	struct cast cast;
	struct chronicle *chronicle;
	const struct chronicle_step *restart;
	const struct chronicle_step *load;
	const struct chronicle_question *question;

	(void)state;
	cast_recovered(&cast);
	chronicle = chronicle_of(&cast, true);
	assert_int_equal(chronicle->step_count, chronicle->summary.step_count);
	assert_int_equal(chronicle->op_count, 5);
	restart = step_at(chronicle, "restart");
	assert_true(restart->title.len > 0);
	assert_int_equal(restart->first->what, START_ACTION);
	assert_text(restart->first->action, "docker restart 'pg main'");
	assert_text(restart->first->pieces->bytes, "restarting\n");
	assert_int_equal(restart->first->stdout_bytes, 11);
	assert_true(restart->first->ended && restart->first->holds);
	assert_int_equal(restart->first->began_t_us, CHRONICLE_NEVER);
	assert_ptr_equal(restart->first->next, restart->last);
	assert_int_equal(restart->last->what, START_VERIFY);
	assert_int_equal(restart->last->poll.within_us, 30000000);
	assert_text(restart->last->why, "not within 30s: no response");
	assert_text(restart->decisions->what, "retry");
	assert_null(restart->decisions->next);
	question = step_at(chronicle, "restore")->questions;
	assert_ptr_equal(question, chronicle->questions[0]);
	assert_int_equal(question->closed_t_us - question->approval->asked_t_us, 1000000);
	assert_text(question->approval->who, "alice on /dev/pts/3");
	load = step_at(chronicle, "restore/load");
	assert_int_equal(load->parent, chronicle_at(chronicle, STR("restore")));
	assert_int_equal(load->need_count, 1);
	assert_int_equal(load->needs[0] + 1, chronicle_at(chronicle, STR("restore/drop")));
	assert_text(load->first->action, "gunzip -c dump | … (1 more line)");
	assert_text(load->first->whole, "gunzip -c dump |\npsql");
	assert_int_equal(load->first->left->list.count, 1);
	assert_int_equal(load->first->stderr_bytes, 13);
	assert_int_equal(chronicle->event_count, 2);
	assert_text(chronicle->events[1].who, "bob on /dev/pts/4");
	chronicle_free(chronicle);
	cast_done(&cast);
}

static void test_what_was_cut_off(void **state)
{
	struct cast cast;
	struct chronicle *chronicle;
	const struct chronicle_step *app;

	(void)state;
	cast_resumed(&cast);
	chronicle = chronicle_of(&cast, true);
	app = step_at(chronicle, "app");
	assert_int_equal(app->first->end, END_LOST);
	assert_true(app->first->began_t_us > 0);
	assert_int_equal(app->first->next->op, 5);
	assert_int_equal(app->ended_t_us, app->first->next->ended_t_us + 3000000);
	assert_int_equal(chronicle->events[0].type, MESSAGE_RUN_RESUMED);
	assert_text(chronicle->events[0].who, "bob");
	assert_text(
	    chronicle->events[0].text, "a torn last line of the record was cut off, 7 bytes");
	chronicle_free(chronicle);
	cast_done(&cast);
}

/* Of a record whose runbook cannot be read the names are left. */
static void test_without_a_plan(void **state)
{
	struct cast cast;
	struct chronicle *chronicle;
	const struct chronicle_step *restart;

	(void)state;
	cast_failed(&cast);
	chronicle = chronicle_of(&cast, false);
	restart = step_at(chronicle, "restart");
	assert_text(restart->first->action, "run");
	assert_int_equal(restart->title.len, 0);
	assert_int_equal(restart->need_count, 0);
	assert_int_equal(
	    step_at(chronicle, "restore/load")->parent, chronicle_at(chronicle, STR("restore")));
	assert_int_equal(chronicle->event_count, 4);
	assert_true(chronicle->events[3].failed);
	chronicle_free(chronicle);
	cast_done(&cast);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_happened),
	    cmocka_unit_test(test_what_was_cut_off),
	    cmocka_unit_test(test_without_a_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
