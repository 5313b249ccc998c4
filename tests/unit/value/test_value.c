/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "value/type.h"
#include "value/value.h"

static int make_arena(void **state)
{
	*state = arena_new();
	return 0;
}

static int free_arena(void **state)
{
	arena_free(*state);
	return 0;
}

static struct str json_of(struct arena *arena, const struct value *value)
{
	struct json json;
	struct buf buf;
	struct str text;

	buf_init(&buf, BUF_UNBOUNDED);
	json_init(&json, &buf);
	value_to_json(&json, value);
	text = arena_str(arena, buf_view(&buf));
	buf_done(&buf);
	return text;
}

static void assert_text(struct str text, const char *expected)
{
	assert_int_equal(text.len, strlen(expected));
	assert_memory_equal(text.ptr, expected, text.len);
}

/* What was read comes out the same, byte for byte, and equal to a copy of itself. */
static void test_tagged_round_trip(void **state)
{
	static const char *const texts[] = {
	    "null",
	    "true",
	    "-9223372036854775808",
	    "1.0",
	    "-0.0",
	    "0.1",
	    "{\"$double\":\"NaN\"}",
	    "{\"$double\":\"-Infinity\"}",
	    "\"a\\u0000b\\\"\"",
	    "[1,[2.5,\"x\"],{}]",
	    "{\"b\":1,\"a\":{\"c\":null}}",
	    "{\"$$cost\":1,\"$$$x\":2}",
	    "{\"$map\":[[1,\"a\"],[true,\"b\"],[\"x\",{\"$map\":[[2,3]]}]]}",
	    "{\"$duration\":\"-1.5s\"}",
	    "{\"$timestamp\":\"2009-02-13T23:31:30.000000001Z\"}",
	    "{\"$type\":\"google.protobuf.Duration\"}",
	    "{\"$unknown\":[1,5,9]}",
	    "{\"$error\":\"it did not run\"}",
	    "{\"$clip\":{\"head\":\"a\",\"tail\":\"z\",\"size\":99,\"sha256\":\"ab\"}}",
	    "{\"$secret\":\"postgres://u:${{ secrets.db_password }}@${{ secrets.host }}\"}",
	    "{\"$secret\":\"${{ secrets.x }}\"}",
	    "{\"$secret\":\"\"}",
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct str error = {0};
		const struct value *value = value_from_json(arena, str_from(texts[i]), &error);

		if (!value)
			fail_msg("%s: %.*s", texts[i], STR_ARG(error));
		assert_text(json_of(arena, value), texts[i]);
		assert_text(json_of(arena, value_copy(arena, value)), texts[i]);
		if (!strstr(texts[i], "NaN"))
			assert_true(value_equal(value, value_copy(arena, value)));
	}
}

static void test_secret_parts(void **state)
{
	struct str error;
	const struct value *value = value_from_json(
	    *state, STR("{\"$secret\":\"a${{ secrets.x1 }}b${{ secrets.Y }}\"}"), &error);

	assert_non_null(value);
	assert_int_equal(value->secret.count, 3);
	assert_false(value->secret.parts[0].is_secret);
	assert_text(value->secret.parts[0].text, "a");
	assert_true(value->secret.parts[1].is_secret);
	assert_text(value->secret.parts[1].text, "x1");
	assert_text(value->secret.parts[2].text, "b${{ secrets.Y }}");
}

static void test_malformed(void **state)
{
	static const char *const texts[] = {
	    "",
	    "{",
	    "nul",
	    "[1,]",
	    "9223372036854775808",
	    "1e999",
	    "{\"a\":1,\"a\":2}",
	    "{\"$duration\":\"soon\"}",
	    "{\"$duration\":5}",
	    "{\"$timestamp\":\"2026-13-01T00:00:00Z\"}",
	    "{\"$timestamp\":\"0000-01-01T00:00:00Z\"}",
	    "{\"$double\":\"1\"}",
	    "{\"$unknown\":[2,1]}",
	    "{\"$unknown\":[-1]}",
	    "{\"$unknown\":1}",
	    "{\"$clip\":{}}",
	    "{\"$secret\":1}",
	    "{\"$map\":[[1]]}",
	    "{\"$map\":[[1.5,1]]}",
	    "{\"$map\":{}}",
	    "{\"$what\":1}",
	    "{\"$object\":\"steps\"}",
	    "{\"$object\":\" 7\"}",
	    "{\"$object\":\"step 07\"}",
	    "{\"$object\":\"step -1\"}",
	    "{\"$object\":\"step 4294967296\"}",
	    "{\"$object\":\"st\\u0000ep 7\"}",
	    "{\"$object\":7}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct str error = {0};

		if (value_from_json(*state, str_from(texts[i]), &error))
			fail_msg("%s was read", texts[i]);
		assert_true(error.len > 0);
	}
}

static void test_deep_json(void **state)
{
	char text[2 * VALUE_MAX_DEPTH + 5];
	struct str error = {0};

	memset(text, '[', VALUE_MAX_DEPTH + 2);
	memset(text + VALUE_MAX_DEPTH + 2, ']', VALUE_MAX_DEPTH + 2);
	assert_null(
	    value_from_plain_json(*state, (struct str){text, 2 * (VALUE_MAX_DEPTH + 2)}, &error));
	assert_text(error, "it is nested too deeply");
	assert_non_null(
	    value_from_plain_json(*state, (struct str){text + 2, 2 * VALUE_MAX_DEPTH}, &error));
}

static void test_plain_json(void **state)
{
	struct str error;
	const struct value *value = value_from_plain_json(
	    *state, STR("{\"$duration\": \"5s\", \"n\": [1, 1.0, 1e2]}"), &error);
	const struct value *numbers = value_get(value, "n");

	assert_non_null(value);
	assert_text(value_text(value_get(value, "$duration")), "5s");
	assert_int_equal(numbers->list.items[0]->type, VALUE_INT);
	assert_int_equal(numbers->list.items[1]->type, VALUE_DOUBLE);
	assert_int_equal(numbers->list.items[2]->type, VALUE_DOUBLE);
	assert_null(value_get(value, "m"));
	assert_null(value_get(numbers, "m"));
	assert_int_equal(value_text(numbers).len, 0);
}

static void test_microseconds(void **state)
{
	struct arena *arena = *state;

	assert_int_equal(value_us(value_duration_us(arena, -1500001)), -1500001);
	assert_int_equal(value_us(value_timestamp_us(arena, -1)), -1);
	assert_int_equal(value_timestamp_us(arena, -1)->time.seconds, -1);
	assert_int_equal(value_timestamp_us(arena, -1)->time.nanos, 999999000);
	assert_int_equal(value_us(value_duration(arena, 0, 1999)), 1);
	assert_int_equal(value_us(value_duration(arena, 0, -1)), -1);
	assert_int_equal(value_us(value_duration(arena, 0, -1000)), -1);
	assert_int_equal(value_us(value_timestamp(arena, INT64_MAX / 1000, 0)), INT64_MAX);
	assert_int_equal(value_us(value_timestamp(arena, INT64_MIN / 1000, 0)), INT64_MIN);
}

static void test_show(void **state)
{
	static const struct {
		const char *json;
		const char *text; /* NULL: it has none */
	} cases[] = {
	    {"\"a b\"", "a b"},
	    {"-3", "-3"},
	    {"2.0", "2"},
	    {"1000000.0", "1e+06"},
	    {"999999.5", "999999.5"},
	    {"100000.0", "100000"},
	    {"0.0001", "0.0001"},
	    {"0.00001", "1e-05"},
	    {"-0.0", "-0"},
	    {"5e-324", "5e-324"},
	    {"1.7976931348623157e308", "1.7976931348623157e+308"},
	    {"true", "true"},
	    {"{\"$duration\":\"90s\"}", "90s"},
	    {"{\"$timestamp\":\"0001-01-01T00:00:00Z\"}", "0001-01-01T00:00:00Z"},
	    {"null", NULL},
	    {"[]", NULL},
	    {"{}", NULL},
	    {"{\"$secret\":\"${{ secrets.x }}\"}", NULL},
	    {"{\"$clip\":{\"head\":\"a\",\"tail\":\"z\",\"size\":9,\"sha256\":\"\"}}", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str error;
		const struct value *value = value_from_json(
		    *state, str_from(cases[i].json), &error);
		struct buf out;

		buf_init(&out, 100);
		assert_non_null(value);
		assert_int_equal(value_show(value, &out), cases[i].text != NULL);
		if (cases[i].text)
			assert_text(buf_view(&out), cases[i].text);
		buf_done(&out);
	}
}

static void test_order(void **state)
{
	struct arena *arena = *state;
	const struct value *nan = value_double(arena, (double)NAN);
	const struct value *big = value_int(arena, INT64_MAX);
	const struct value *odd = value_int(arena, 9007199254740993);
	int order;

	assert_false(value_compare(nan, nan, &order));
	assert_false(value_equal(nan, nan));
	assert_false(value_compare(big, value_null(), &order));
	assert_true(value_compare(big, value_double(arena, 9223372036854775808.0), &order));
	assert_true(order == 0);
	assert_true(value_compare(big, value_double(arena, 9223372036854777856.0), &order));
	assert_true(order < 0);
	assert_true(
	    value_compare(value_double(arena, -1e300), value_int(arena, INT64_MIN), &order));
	assert_true(order < 0);
	assert_true(value_compare(value_int(arena, -2), value_double(arena, -1.5), &order));
	assert_true(order < 0);
	assert_true(value_equal(value_int(arena, 3), value_double(arena, 3.0)));
	assert_true(value_equal(odd, value_double(arena, 9007199254740992.0)));
	assert_false(value_equal(odd, value_int(arena, 9007199254740992)));
	assert_false(value_equal(value_string(arena, STR("1")), value_int(arena, 1)));
}

/* A stream that was kept whole is its text; one that was cut is only what its parts tell. */
static void test_streams(void **state)
{
	struct arena *arena = *state;
	const struct clip whole = {true, STR("text"), STR("text"), 4, {0}};
	const struct clip cut = {false, STR("te"), STR("xt"), 400, STR("00")};
	const struct value *a = value_stream(arena, STR("text"), &whole);
	const struct value *b = value_stream(arena, STR(""), &cut);
	const struct value *copy;

	assert_true(value_equal(a, value_string(arena, STR("text"))));
	assert_text(json_of(arena, a), "\"text\"");
	assert_false(value_equal(b, value_string(arena, STR(""))));
	assert_true(value_equal(b, value_copy(arena, b)));
	copy = value_copy(arena, a);
	assert_ptr_not_equal(copy->string.clip, a->string.clip);
	assert_ptr_equal(copy->string.clip->head.ptr, copy->string.text.ptr);
}

static const struct value *no_field(
    struct arena *arena, const struct value *object, struct str field)
{
	(void)arena;
	(void)object;
	(void)field;
	return NULL;
}

static void test_static_types(void **state)
{
	struct arena *arena = *state;
	const struct value *one = value_int(arena, 1);

	assert_ptr_equal(type_of_value(arena, one), &type_int);
	assert_string_equal(
	    type_noun(type_of_value(arena, value_list(arena, &one, 1))), "list of int");
	assert_ptr_equal(type_of_value(arena, value_string(arena, STR(""))), &type_string);
	assert_ptr_equal(type_of_value(arena, value_unknown(arena, NULL, 0)), &type_dyn);
}

static void test_names(void **state)
{
	static const struct object_class class = {"steps", no_field};
	struct arena *arena = *state;
	const struct value *object = value_object(arena, &class, NULL, 7);
	const struct value *read;
	struct arena *elsewhere;
	struct str error = {0};

	assert_string_equal(value_noun(object), "steps");
	assert_string_equal(value_noun(value_string(arena, STR(""))), "text");
	assert_string_equal(value_type_name(value_null()), "null_type");
	assert_string_equal(
	    value_type_name(value_duration_us(arena, 1)), "google.protobuf.Duration");
	assert_true(value_equal(object, value_copy(arena, object)));
	assert_false(value_equal(object, value_object(arena, &class, NULL, 8)));
	assert_text(json_of(arena, object), "{\"$object\":\"steps 7\"}");
	read = value_from_json(arena, json_of(arena, object), &error);
	assert_text(json_of(arena, read), "{\"$object\":\"steps 7\"}");
	assert_text(read->object.class->get(arena, read, STR("outcome"))->error.message,
	    "steps 7 is only named in the record, without its `outcome`");
	elsewhere = arena_new();
	read = value_copy(arena, value_from_json(elsewhere, json_of(arena, object), &error));
	assert_true(value_equal(read, value_from_json(arena, json_of(arena, object), &error)));
	assert_false(value_equal(read, object));
	arena_free(elsewhere);
	assert_text(json_of(arena, read), "{\"$object\":\"steps 7\"}");
}

/* The weight is never more than the JSON has bytes, so that it can say what will not fit. */
static void test_weight(void **state)
{
	static const char *const texts[] = {"null", "true", "-12", "1.5", "\"\"", "\"\\u0001é\"",
	    "[]", "[1]", "[[],{}]", "{}", "{\"a\":1,\"b\":[\"x\",null]}",
	    "{\"$map\":[[1,\"a\"],[true,\"b\"]]}", "{\"$duration\":\"1.5s\"}",
	    "{\"$clip\":{\"head\":\"ab\",\"tail\":\"yz\",\"size\":1000,\"sha256\":\"00\"}}"};
	const struct value *value = value_null();
	struct arena *arena = *state;
	struct str error;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const struct value *read = value_from_json(arena, str_from(texts[i]), &error);

		assert_non_null(read);
		assert_in_range(value_weight(read), 1, strlen(texts[i]));
		assert_false(value_fits(read, strlen(texts[i]) - 1));
		assert_true(value_fits(read, strlen(texts[i])));
	}
	for (int i = 0; i < 100; i++) {
		const struct value **pair = arena_array(arena, 2, sizeof(*pair));

		pair[0] = value;
		pair[1] = value;
		value = value_list(arena, pair, 2);
	}
	assert_true(value_weight(value) == SIZE_MAX - 1);
	assert_false(value_fits(value, 1 << 20));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_tagged_round_trip, make_arena, free_arena),
	    cmocka_unit_test_setup_teardown(test_secret_parts, make_arena, free_arena),
	    cmocka_unit_test_setup_teardown(test_malformed, make_arena, free_arena),
	    cmocka_unit_test_setup_teardown(test_deep_json, make_arena, free_arena),
	    cmocka_unit_test_setup_teardown(test_plain_json, make_arena, free_arena),
	    cmocka_unit_test_setup_teardown(test_microseconds, make_arena, free_arena),
	    cmocka_unit_test_setup_teardown(test_show, make_arena, free_arena),
	    cmocka_unit_test_setup_teardown(test_order, make_arena, free_arena),
	    cmocka_unit_test_setup_teardown(test_weight, make_arena, free_arena),
	    cmocka_unit_test_setup_teardown(test_streams, make_arena, free_arena),
	    cmocka_unit_test_setup_teardown(test_static_types, make_arena, free_arena),
	    cmocka_unit_test_setup_teardown(test_names, make_arena, free_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
