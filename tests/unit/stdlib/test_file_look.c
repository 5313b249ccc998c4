/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include "stdlib/registry.h"

/* file.copy, .move, .edit and .write when they only look: what they say, and that they change nothing. */

static struct loop *loop;

static void may(const struct action_impl *impl, const char *args)
{
	struct probe *probe = probe_run(loop, impl, 0, "%s", args);

	probe_expect_ok(probe);
	probe_free(probe);
}

static void may_not(
    const struct action_impl *impl, const char *args, const char *class, const char *why)
{
	struct probe *probe = probe_run(loop, impl, 0, "%s", args);

	probe_expect_class(probe, class, why);
	probe_free(probe);
}

static void looks_at_a_copy(void **state)
{
	(void)state;
	may(&file_copy, "{\"path\":\"a\",\"to\":\"new\"}");
	may(&file_copy, "{\"path\":\"a\",\"to\":\"b\",\"replace\":true}");
	may_not(&file_copy, "{\"path\":\"none\",\"to\":\"new\"}", "missing",
	    "cannot read none: there is no such file");
	may_not(&file_copy, "{\"path\":\"a\",\"to\":\"none/new\"}", "missing",
	    "there is no folder none");
	may_not(&file_copy, "{\"path\":\"a\",\"to\":\"b\"}", "exists", "`replace: true`");
}

static void looks_at_a_move(void **state)
{
	(void)state;
	may(&file_move, "{\"path\":\"a\"}");
	may(&file_move, "{\"path\":\"folder\",\"to\":\"new\"}");
	may_not(&file_move, "{\"path\":\"none\"}", "missing", "cannot move none");
	may_not(&file_move, "{\"path\":\"a\",\"to\":\"b\"}", "exists", "cannot make b");
	may_not(&file_move, "{\"path\":\"a\",\"to\":\"none/new\"}", "missing",
	    "there is no folder none");
}

static void looks_at_an_edit(void **state)
{
	(void)state;
	may(&file_edit, "{\"path\":\"a\",\"set\":{\"A\":\"2\"}}");
	may_not(&file_edit, "{\"path\":\"none\",\"set\":{\"A\":\"2\"}}", "missing",
	    "there is no such file");
	may_not(&file_edit, "{\"path\":\"a\",\"replace\":{\"pattern\":\"Z\",\"with\":\"\"}}",
	    "mismatch", "the pattern matches nothing in");
}

static void looks_at_what_is_written(void **state)
{
	(void)state;
	may(&file_write, "{\"path\":\"new\",\"content\":\"x\"}");
	may(&file_write, "{\"path\":\"a\",\"content\":\"x\"}");
	may_not(&file_write, "{\"path\":\"a\",\"content\":\"x\",\"create\":\"new\"}", "exists",
	    "a is there already");
	may_not(&file_write, "{\"path\":\"none/new\",\"content\":\"x\"}", "missing",
	    "there is no folder none");
	may_not(&file_write, "{\"path\":\"folder\",\"content\":\"x\"}", "type", "it is a folder");
}

/* Where nothing may be written, only what is as it should be already may be asked for. */
static void looks_at_who_we_are(void **state)
{
	(void)state;
	files_as_nobody();
	may(&file_copy, "{\"path\":\"a\",\"to\":\"same\",\"replace\":true}");
	may_not(&file_copy, "{\"path\":\"a\",\"to\":\"b\",\"replace\":true}", "permission",
	    "user 65534 may not");
	may_not(&file_copy, "{\"path\":\"a\",\"to\":\"new\"}", "permission", "user 65534 may not");
	may_not(&file_move, "{\"path\":\"a\"}", "permission", "user 65534 may not");
	may(&file_edit, "{\"path\":\"a\",\"set\":{\"A\":\"1\"}}");
	may_not(&file_edit, "{\"path\":\"a\",\"set\":{\"A\":\"2\"}}", "permission",
	    "user 65534 may not");
	may(&file_write, "{\"path\":\"a\",\"content\":\"A=1\\n\"}");
	may_not(
	    &file_write, "{\"path\":\"a\",\"content\":\"x\"}", "permission", "user 65534 may not");
	files_as_root();
}

static void changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(files_count("."), 4);
	files_expect("a", "A=1\n");
	files_expect("b", "B=1\n");
	files_expect("same", "A=1\n");
}

static int begin(void **state)
{
	loop = loop_new();
	probe_looks = true;
	if (files_begin(state))
		return -1;
	files_put("a", "A=1\n");
	files_put("b", "B=1\n");
	files_put("same", "A=1\n");
	return mkdir("folder", 0755);
}

static int finish(void **state)
{
	loop_free(loop);
	return files_end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(looks_at_a_copy),
	    cmocka_unit_test(looks_at_a_move),
	    cmocka_unit_test(looks_at_an_edit),
	    cmocka_unit_test(looks_at_what_is_written),
	    cmocka_unit_test(looks_at_who_we_are),
	    cmocka_unit_test(changes_nothing),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
