/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/spell.h"

static struct str nearest(const char *wrong)
{
	static const char *const names[] = {
	    "timeout", "title", "when", "verify", "retry", "run", "env"};
	struct spell spell;

	spell_init(&spell, str_from(wrong));
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		spell_try(&spell, str_from(names[i]));
	return spell_best(&spell);
}

static void test_near(void **state)
{
	(void)state;
	assert_true(str_is(nearest("tiemout"), "timeout")); /* swapped */
	assert_true(str_is(nearest("timeouts"), "timeout"));
	assert_true(str_is(nearest("timeot"), "timeout"));
	assert_true(str_is(nearest("verity"), "verify"));
	assert_true(str_is(nearest("wen"), "when"));
	assert_true(str_is(nearest("enw"), "env"));
	assert_true(str_is(nearest("when"), "when"));
	assert_true(str_is(nearest("ru"), "run"));
}

static void test_far(void **state)
{
	(void)state;
	assert_int_equal(nearest("approve").len, 0);
	assert_int_equal(nearest("xyz").len, 0);
	assert_int_equal(nearest("").len, 0);
	assert_int_equal(
	    nearest("timeoutttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt").len,
	    0);
}

static void test_first_of_equals(void **state)
{
	struct spell spell;

	(void)state;
	spell_init(&spell, STR("cat"));
	spell_try(&spell, STR("bat"));
	spell_try(&spell, STR("rat"));
	assert_true(str_is(spell_best(&spell), "bat"));
	spell_try(&spell, STR("cat"));
	assert_true(str_is(spell_best(&spell), "cat"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_near),
	    cmocka_unit_test(test_far),
	    cmocka_unit_test(test_first_of_equals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
