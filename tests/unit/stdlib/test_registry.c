/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/units.h"
#include "stdlib/registry.h"

/* What must hold of every table in the registry, whoever adds one. */

static bool is_name(const char *name)
{
	return name && *name &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

/* A default must read as what it is for. */
static bool preset_fits(const struct param *param)
{
	struct str text = str_from(param->preset);
	int64_t number;

	if (!param->preset)
		return true;
	if (param->choices) {
		for (size_t i = 0; param->choices[i]; i++)
			if (str_is(text, param->choices[i]))
				return true;
		return false;
	}
	switch (param->kind) {
	case PARAM_INT:
		return units_int(text, &number);
	case PARAM_BOOL:
		return str_is(text, "true") || str_is(text, "false");
	case PARAM_DURATION:
		return units_duration(text, &number);
	case PARAM_SIZE:
		return units_size(text, &number);
	default:
		return true;
	}
}

static void check_doc(const char *owner, const char *name, const char *doc)
{
	if (!doc || !*doc || doc[strlen(doc) - 1] != '.')
		fail_msg("%s: the doc of %s is no sentence", owner, name);
}

static void check_params(const char *owner, const struct param *params)
{
	unsigned principals = 0;

	for (size_t i = 0; params[i].name; i++) {
		const struct param *param = &params[i];

		if (!is_name(param->name) || !preset_fits(param))
			fail_msg("%s: %s has a wrong name or default", owner, param->name);
		check_doc(owner, param->name, param->doc);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(params[j].name, param->name);
		if (param->flags & PARAM_PRINCIPAL)
			principals++;
		if (param->kind != PARAM_CONNECTION)
			continue;
		assert_non_null(
		    vocabulary_connection(&stdlib_vocabulary, str_from(param->connection)));
	}
	assert_true(principals <= 1);
}

static void check_results(const struct action_spec *spec)
{
	for (size_t i = 0; spec->results[i].name; i++) {
		if (!is_name(spec->results[i].name) || !spec->results[i].type)
			fail_msg("%s: a result without name or type", spec->name);
		check_doc(spec->name, spec->results[i].name, spec->results[i].doc);
	}
	for (size_t i = 0; spec->success_fields && spec->success_fields[i]; i++) {
		size_t at = 0;

		while (spec->results[at].name &&
		    strcmp(spec->results[at].name, spec->success_fields[i]) != 0)
			at++;
		if (!spec->results[at].name)
			fail_msg("%s: %s is no result", spec->name, spec->success_fields[i]);
	}
}

static void every_action_is_whole(void **state)
{
	size_t count = 0;

	(void)state;
	for (; stdlib_registry.actions[count]; count++) {
		const struct action_impl *impl = stdlib_registry.actions[count];
		const struct action_spec *spec = stdlib_vocabulary.actions[count];

		assert_ptr_equal(impl->spec, spec);
		assert_non_null(impl->start);
		assert_non_null(impl->cancel);
		assert_ptr_equal(registry_find(&stdlib_registry, str_from(spec->name)), impl);
		assert_ptr_equal(vocabulary_action(&stdlib_vocabulary, str_from(spec->name)), spec);
		assert_non_null(spec->success_doc);
		check_doc(spec->name, "itself", spec->summary);
		check_params(spec->name, spec->params);
		check_results(spec);
	}
	assert_null(stdlib_vocabulary.actions[count]);
	assert_true(count >= 7);
}

static void every_connection_is_whole(void **state)
{
	(void)state;
	assert_ptr_equal(stdlib_registry.connections, stdlib_vocabulary.connections);
	for (size_t i = 0; stdlib_vocabulary.connections[i]; i++) {
		const struct connection_spec *spec = stdlib_vocabulary.connections[i];

		assert_true(is_name(spec->kind));
		check_doc(spec->kind, "itself", spec->summary);
		check_params(spec->kind, spec->params);
	}
}

/* What reaches out must not wait for ever where the author forgot to say how long. */
static void every_library_action_has_a_timeout(void **state)
{
	(void)state;
	for (size_t i = 0; stdlib_vocabulary.actions[i]; i++) {
		const struct action_spec *spec = stdlib_vocabulary.actions[i];

		if (strchr(spec->name, '.') && spec->timeout_us <= 0)
			fail_msg("%s has no timeout of its own", spec->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_action_is_whole),
	    cmocka_unit_test(every_connection_is_whole),
	    cmocka_unit_test(every_library_action_has_a_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
