/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "rig.h"

/* The live executor, when it is asked whether operations could begin, and not to perform them. */

#define STEP(keys)                                                                                 \
	"reprise: 1\nid: book\ntitle: A book\nsteps:\n  - {id: a, timeout: 30s, " keys "}\n"

struct looker {
	struct executor executor; /* first: the two are cast into each other */
	struct rig *rig;
};

static struct executor *live_of(struct executor *executor)
{
	return rig_live(((struct looker *)executor)->rig);
}

static void start(struct executor *executor, const struct message *message)
{
	struct executor *live = live_of(executor);

	live->ops->look(live, message);
}

static void stop(struct executor *executor, const struct message *message)
{
	struct executor *live = live_of(executor);

	live->ops->stop(live, message);
}

static const struct executor_ops ops = {.start = start, .stop = stop};

static struct rig *looked(const char *runbook)
{
	struct rig *rig = rig_new(runbook);
	struct looker looker = {{&ops}, rig};

	rig_begin(rig, &looker.executor);
	rig_run(rig);
	return rig;
}

/* Of what it says, of its process and of its result nothing is told. */
static void test_tells_its_end_alone(void **state)
{
	struct rig *rig = looked(STEP("fake.change: begin say hello result later n 7 ok"));

	(void)state;
	SAYS(rig, "start 1 a", "look 1", "finished 1 done ok", "run recovered");
	rig_says_not(rig, "do 1");
	rig_says_not(rig, "started");
	assert_int_equal(rig_count(rig, "output"), 0);
	assert_null(strstr(rig_record(rig), "\"n\":7"));
	rig_free(rig);
}

/* An action's rules are about its result, and there is none. */
static void test_is_not_judged(void **state)
{
	struct rig *rig = looked(STEP("fake.change: n 7 ok, expect: n == 8"));

	(void)state;
	SAYS(rig, "look 1", "finished 1 done ok");
	rig_free(rig);
	rig = looked(STEP("fake.change: later error no_such_thing, expect: 'true'"));
	SAYS(rig, "look 1", "finished 1 error not: no such thing");
	rig_free(rig);
}

static void test_says_yes_where_it_cannot_tell(void **state)
{
	struct rig *rig = looked(STEP("fake.read: fail never"));

	(void)state;
	SAYS(rig, "start 1 a", "finished 1 done ok", "run recovered");
	rig_says_not(rig, "do 1");
	rig_free(rig);
}

/* It has no more time than the action. */
static void test_has_a_time(void **state)
{
	struct rig *rig = looked("reprise: 1\nid: book\ntitle: A book\nsteps:\n"
				 "  - {id: a, timeout: 10ms, fake.change: hang}\n");

	(void)state;
	SAYS(rig, "look 1", "cancel 1 term", "finished 1 timed_out not: no end within 10ms");
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tells_its_end_alone),
	    cmocka_unit_test(test_is_not_judged),
	    cmocka_unit_test(test_says_yes_where_it_cannot_tell),
	    cmocka_unit_test(test_has_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
