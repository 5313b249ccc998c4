/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "stdlib/redis_fields.h"

/* What is made of INFO's text. */

static struct arena *arena;

static void gives(const char *text, const char *json)
{
	const struct value *value = redis_fields(arena, str_from(text));
	struct json writer;
	struct buf got;

	assert_non_null(value);
	buf_init(&got, BUF_UNBOUNDED);
	json_init(&writer, &got);
	value_to_json(&writer, value);
	buf_byte(&got, 0);
	assert_string_equal(got.ptr, json);
	buf_done(&got);
}

static void takes_sections_and_numbers_apart(void **state)
{
	(void)state;
	gives("# Server\r\nredis_version:7.0.15\r\nredis_git_sha1:00000000\r\nuptime:12\r\n"
	      "run_id:1e5\r\n\r\n# CPU\r\nused:0.50\r\nleft:-3\r\nzero:0\r\nodd:.5\r\n"
	      "far:99999999999999999999\r\nnan:nan\r\nempty:\r\nhuman:1.02M\r\n",
	    "{\"server\":{\"redis_version\":\"7.0.15\",\"redis_git_sha1\":\"00000000\","
	    "\"uptime\":12,\"run_id\":\"1e5\"},\"cpu\":{\"used\":0.5,\"left\":-3,\"zero\":0,"
	    "\"odd\":\".5\",\"far\":\"99999999999999999999\",\"nan\":\"nan\",\"empty\":\"\","
	    "\"human\":\"1.02M\"}}");
}

static void takes_pairs_apart(void **state)
{
	(void)state;
	gives("# Keyspace\ndb0:keys=1,expires=0,avg_ttl=0\n# Replication\n"
	      "slave0:ip=::1,port=6380,state=online,offset=14,lag=0\n"
	      "config_file:/etc/a=b.conf\nodd:a=1,b\n",
	    "{\"keyspace\":{\"db0\":{\"keys\":1,\"expires\":0,\"avg_ttl\":0}},"
	    "\"replication\":{\"slave0\":{\"ip\":\"::1\",\"port\":6380,\"state\":\"online\","
	    "\"offset\":14,\"lag\":0},\"config_file\":\"/etc/a=b.conf\",\"odd\":\"a=1,b\"}}");
}

static void keeps_names_apart(void **state)
{
	(void)state;
	gives(
	    "# Modules\nmodule:name=a\nmodule_2:x\nmodule:name=b\nmodule:name=c\n# Modules\na:1\n",
	    "{\"modules\":{\"module\":{\"name\":\"a\"},\"module_2\":\"x\","
	    "\"module_3\":{\"name\":\"b\"},\"module_4\":{\"name\":\"c\"}},"
	    "\"modules_2\":{\"a\":1}}");
}

static void takes_what_is_none(void **state)
{
	(void)state;
	gives("", "{}");
	gives("no section:1\n", "{}");
	gives("#\n# S\nno colon\n\xff:\xfe\n", "{\"s\":{\"\xef\xbf\xbd\":\"\xef\xbf\xbd\"}}");
}

static void bounds_it(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, BUF_UNBOUNDED);
	buf_text(&text, "# S\n");
	for (int i = 0; i < 20000; i++)
		buf_printf(&text, "f%d:1\n", i);
	assert_null(redis_fields(arena, buf_view(&text)));
	buf_done(&text);
}

static void finds_a_field_of_a_type(void **state)
{
	const struct value *fields = redis_fields(arena, STR("# S\na:1\nb:x\n"));

	(void)state;
	assert_int_equal(redis_field(fields, "s", "a", VALUE_INT)->integer, 1);
	assert_null(redis_field(fields, "s", "a", VALUE_STRING));
	assert_null(redis_field(fields, "s", "c", VALUE_INT));
	assert_null(redis_field(fields, "t", "a", VALUE_INT));
}

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int finish(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_sections_and_numbers_apart),
	    cmocka_unit_test(takes_pairs_apart),
	    cmocka_unit_test(keeps_names_apart),
	    cmocka_unit_test(takes_what_is_none),
	    cmocka_unit_test(bounds_it),
	    cmocka_unit_test(finds_a_field_of_a_type),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
