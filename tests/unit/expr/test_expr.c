/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "expr/expr.h"

/* What tests/lang/expr.txt cannot say: places in sources, templates, objects, limits. */

struct world {
	struct arena *arena;
	struct diags diags;
	struct source *source;
	struct text text;
};

static int open_world(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->arena = arena_new();
	diags_init(&world->diags);
	*state = world;
	return 0;
}

static int close_world(void **state)
{
	struct world *world = *state;

	source_free(world->source);
	diags_done(&world->diags);
	arena_free(world->arena);
	free(world);
	return 0;
}

static void set_text(struct world *world, const char *text)
{
	struct source *source = source_new("test", str_from(text));

	source_free(world->source);
	world->source = source;
	world->text = (struct text){
	    {source->bytes, source->len}, {source, 0, (uint32_t)source->len}, NULL};
}

static struct expr *parse(struct world *world, const char *text)
{
	set_text(world, text);
	return expr_parse(world->arena, &world->text, 0, world->source->len, &world->diags);
}

static void assert_text(struct str text, const char *expected)
{
	assert_int_equal(text.len, strlen(expected));
	assert_memory_equal(text.ptr, expected, text.len);
}

/* Braces and quotes inside the expression do not end it. */
static void test_embedded(void **state)
{
	struct world *world = *state;
	static const char text[] = "a ${{ {'x': {'y': \"}}\"}}.x.y }} b ${{ 1 }} ${{ 2 } }}";
	struct expr *expr;
	size_t end = 0;

	set_text(world, text);
	expr = expr_parse_embedded(world->arena, &world->text, 5, &end, &world->diags);
	assert_non_null(expr);
	assert_text(expr_text(expr), "{'x': {'y': \"}}\"}}.x.y");
	assert_int_equal(expr_span(expr).start, 6);
	assert_memory_equal(text + end, " b ", 3);
	assert_text(expr_eval(expr, NULL, world->arena)->string.text, "}}");
	assert_non_null(
	    expr_parse_embedded(world->arena, &world->text, end + 6, &end, &world->diags));
	assert_null(expr_parse_embedded(world->arena, &world->text, end + 4, &end, &world->diags));
	assert_int_equal(world->diags.errors, 1);
	assert_text(world->diags.items[0].message, "expected an operator or \"}}\", found \"}\"");
}

static void test_embedded_end(void **state)
{
	static const char *const texts[] = {"", " ", "1", "1 }", "'a }}", "}}", "[1 }}", "a }"};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		size_t end = 12345;

		set_text(world, texts[i]);
		assert_null(
		    expr_parse_embedded(world->arena, &world->text, 0, &end, &world->diags));
		assert_int_equal(world->diags.errors, i + 1);
		assert_int_equal(end, 12345);
	}
}

/* Decoded text: an error stands where its bytes came from. */
static void test_places(void **state)
{
	static const uint32_t offsets[] = {10, 11, 12, 15, 16, 17};
	struct world *world = *state;
	struct expr *expr;
	const struct value *error;

	world->source = source_new("test", STR("0123456789 1 + \\n x . . ."));
	world->text = (struct text){STR("1 /0 "), {world->source, 10, 17}, offsets};
	expr = expr_parse(world->arena, &world->text, 0, 5, &world->diags);
	assert_non_null(expr);
	assert_text(expr_text(expr), "1 /0");
	error = expr_eval(expr, NULL, world->arena);
	assert_int_equal(error->type, VALUE_ERROR);
	assert_int_equal(expr_error_span(expr, error).start, 10);
	assert_int_equal(expr_error_span(expr, error).end, 16);
}

/* What a message says of a text of several lines. */
static void test_error_texts(void **state)
{
	static const struct {
		const char *expr;
		const char *line;
		const char *error;
	} cases[] = {
	    {" 1 / 0 ", "1 / 0", "division by zero"},
	    {"[1].all(x,\n\t x  /\n 0 == 1)\n", "[1].all(x, x  / 0 == 1)",
		"x  / 0: division by zero"},
	    {"// first\n1 +\r\n  int('a')", "1 + int('a')", "'a': \"a\" is no int"},
	    {"[1][\n1]", "[1][ 1]", "1: the index 1 is outside of the list of size 1"},
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct expr *expr = parse(world, cases[i].expr);
		const struct value *error = expr_eval(expr, NULL, world->arena);

		assert_text(expr_line(expr, world->arena), cases[i].line);
		assert_text(expr_error_text(expr, error, world->arena), cases[i].error);
		error = value_error(world->arena, 0, 0, "from elsewhere");
		assert_text(expr_error_text(expr, error, world->arena), "from elsewhere");
	}
}

struct visited {
	char text[1000];
};

static void note(void *self, const struct str *path, size_t count, struct span span)
{
	struct visited *visited = self;

	(void)span;
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(visited->text);

		snprintf(visited->text + len, sizeof(visited->text) - len, "%s%.*s",
		    i         ? "."
			: len ? " "
			      : "",
		    STR_ARG(path[i]));
	}
}

static void test_visit(void **state)
{
	static const struct {
		const char *expr;
		const char *names;
	} cases[] = {
	    {"steps.load.result.stdout", "steps.load.result.stdout"},
	    {"steps['load'].?x.orValue(params.a)", "steps.load.x params.a"},
	    {"steps[params.which].outputs.x", "steps params.which"},
	    {"has(steps.a.outputs.b) && !steps.c.failed", "steps.a.outputs.b steps.c.failed"},
	    {"items.map(i, i.name + prefix).filter(i, i in items)", "items prefix items"},
	    {"items.all(steps, steps.x)", "items"},
	    {"json.decode(stdout).a[0]", "stdout"},
	    {"json.a", "json.a"},
	    {"stdout.contains('x') ? {'k': a.b} : [c]", "stdout a.b c"},
	    {"type(x) == int", "x"},
	    {"math.greatest(a, 1) > duration('1s')", "a"},
	    {"(a.b).c", "a.b.c"},
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct visited visited = {0};
		struct expr *expr = parse(world, cases[i].expr);

		assert_non_null(expr);
		expr_visit_names(expr, note, &visited);
		assert_string_equal(visited.text, cases[i].names);
	}
}

static const struct value *get_field(
    struct arena *arena, const struct value *object, struct str field)
{
	if (str_is(field, "id"))
		return value_int(arena, object->object.id);
	if (str_is(field, "late"))
		return value_error(
		    arena, 0, 0, "step %s did not run", (const char *)object->object.self);
	return NULL;
}

static const struct object_class step_class = {"step load", get_field};

static const struct value *get_name(const struct scope *scope, struct arena *arena, struct str name)
{
	(void)scope;
	if (str_is(name, "step"))
		return value_object(arena, &step_class, "load", 7);
	return NULL;
}

static void test_objects(void **state)
{
	static const struct {
		const char *expr;
		const char *result;
		uint32_t start; /* of an error */
	} cases[] = {
	    {"step.id == 7", "true", 0},
	    {"step['id'] == 7", "true", 0},
	    {"step == step", "true", 0},
	    {"has(step.id)", "true", 0},
	    {"has(step.late)", "false", 0},
	    {"has(step.other)", "false", 0},
	    {"step.?late.x.orValue(1) == 1", "true", 0},
	    {"1 + step.late", "step load did not run", 4},
	    {"step.other", "step load has no field \"other\"", 5},
	    {"step['other']", "step load has no field \"other\"", 5},
	    {"step + 1 == 2", "\"+\" does not go with step load and int", 0},
	    {"step.late == 1 || true", "true", 0},
	};
	struct world *world = *state;
	const struct scope scope = {.get = get_name};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct expr *expr = parse(world, cases[i].expr);
		const struct value *value = expr_eval(expr, &scope, world->arena);

		if (value->type == VALUE_ERROR) {
			assert_text(value->error.message, cases[i].result);
			assert_int_equal(expr_error_span(expr, value).start, cases[i].start);
		} else {
			assert_int_equal(value->type, VALUE_BOOL);
			assert_string_equal(value->boolean ? "true" : "false", cases[i].result);
		}
	}
}

/* before, count times; middle; after, count times */
static char *repeat(const char *before, const char *middle, const char *after, size_t count)
{
	char *text = malloc((strlen(before) + strlen(after)) * count + strlen(middle) + 1);
	char *at = text;

	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, before);
	at = stpcpy(at, middle);
	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, after);
	return text;
}

/* Nothing that anybody writes overflows the stack. */
static void test_nesting(void **state)
{
	static const struct {
		const char *before;
		const char *middle;
		const char *after;
		size_t fine; /* so many are no problem */
		size_t many; /* so many are refused; 0: no number is */
	} cases[] = {
	    {"(", "1", ")", 100, 100000},
	    {"[", "1", "]", 100, 100000},
	    {"{1:", "1", "}", 100, 100000},
	    {"!", "true", "", 100, 100000},
	    {"- ", "x", "", 100, 100000},
	    {"f(", "1", ")", 100, 100000},
	    {"x[", "0", "]", 100, 100000},
	    {"true ? 1 : ", "1", "", 100, 100000},
	    {"", "x", ".a", 500, 100000},
	    {"", "x", "[0]", 500, 100000},
	    {"", "x", " + 1", 500, 100000},
	    {"", "x", " && y", 10000, 0},
	    {"", "x", " || y && z", 10000, 0},
	    {"[1].map(x, ", "x", ")", 30, 100000},
	    {"", "[1]", ".map(x, x)", 500, 100000},
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = repeat(
		    cases[i].before, cases[i].middle, cases[i].after, cases[i].fine);
		struct expr *expr = parse(world, text);

		if (!expr)
			fail_msg("%.40s: %.*s", text, STR_ARG(world->diags.items[0].message));
		expr_eval(expr, NULL, world->arena);
		free(text);
		if (cases[i].many == 0)
			continue;
		text = repeat(cases[i].before, cases[i].middle, cases[i].after, cases[i].many);
		assert_null(parse(world, text));
		free(text);
		assert_int_equal(world->diags.errors, 1);
		assert_text(world->diags.items[0].message, "the expression is nested too deeply");
		diags_done(&world->diags);
		diags_init(&world->diags);
	}
}

#define TIMES4(text) text text text text
#define TIMES8(text) TIMES4(text) TIMES4(text)

/* A text of 1 MiB, and of 64 KiB. */
#define LONG "['aaaaaaaaaaaaaaab']" TIMES8(".map(x, x + x)") TIMES8(".map(x, x + x)") ".first()"
#define HALF_LONG                                                                                  \
	"['aaaaaaaaaaaaaaab']" TIMES8(".map(x, x + x)") TIMES4(".map(x, x + x)") ".first()"

#define TOO_MUCH_WORK "the expression takes too much work"
#define TOO_MUCH_MEMORY "the expression takes too much memory"
#define TOO_LARGE "this is too large: more than 256 MiB"

/* What grows at every turn ends in an error, not in all of the memory. */
static void test_work(void **state)
{
	static const struct {
		const char *expr;
		const char *message;
	} cases[] = {
	    {"['xxxxxxxxxxxxxxxx']" TIMES8(".map(x, x+x+x+x+x+x+x+x+x+x)"), TOO_MUCH_WORK},
	    {"[[1,2,3,4,5,6,7,8,9]]" TIMES8(".map(x, x+x+x+x+x+x+x+x+x)"), TOO_MUCH_WORK},
	    {"['xxxxxxxxxxxxxxxxxxxxxxxxxx']" TIMES8(".map(x, x.replace('x', x))"), TOO_MUCH_WORK},
	    {"['xxxxxxxxxxxxxxxxxxxxxxxxxx']" TIMES8(".map(x, regex.replace(x, '.', x))"),
		TOO_MUCH_WORK},
	    {"['xxxxxxxxxxxxxxxx']" TIMES8(".map(x, [x, x, x, x, x, x, x, x, x].join(x))"),
		TOO_MUCH_WORK},
	    {"[[1, 2, 3, 4, 5, 6, 7, 8]]" TIMES8(".map(x, x.map(y, x).flatten())"),
		TOO_MUCH_MEMORY},
	    {LONG ".split('').map(x, [[[[[[x]]]]]])", TOO_MUCH_MEMORY},
	    {LONG ".split('').map(x, x + x).sort()", TOO_MUCH_WORK},
	    /* little memory, many items */
	    {"[1]" TIMES8(TIMES8(".map(x, [x, x])")) ".size()", TOO_LARGE},
	    {"json.encode([" LONG "]" TIMES8(".map(x, [x, x])") ".map(x, [x, x]))", TOO_LARGE},
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct expr *expr = parse(world, cases[i].expr);
		struct arena *arena = arena_new();
		const struct value *value;

		assert_non_null(expr);
		value = expr_eval(expr, NULL, arena);
		assert_int_equal(value->type, VALUE_ERROR);
		assert_text(value->error.message, cases[i].message);
		assert_true(arena_size(arena) < (size_t)512 << 20);
		arena_free(arena);
	}
}

/* Ill-formed bytes are seen as U+FFFD, whether the pattern is compiled further or not. */
static void test_ill_formed(void **state)
{
	struct world *world = *state;
	struct expr *expr = parse(world, "regex.extractAll('a\xC3\xF2' + 'z\xFF', '.').join('')");

	for (int i = 0; i < 100; i++)
		assert_text(expr_eval(expr, NULL, world->arena)->string.text,
		    "a\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD");
}

/* One compiled pattern serves many evaluations, and goes with its arena. */
static void test_patterns(void **state)
{
	struct world *world = *state;
	struct expr *expr = parse(world, "['a1', 'b', 'c3'].filter(x, x.matches('[0-9]'))");
	struct arena *arena = arena_new();

	for (int i = 0; i < 200; i++) {
		const struct value *value = expr_eval(expr, NULL, arena);

		assert_int_equal(value->type, VALUE_LIST);
		assert_int_equal(value->list.count, 2);
		arena_reset(arena);
	}
	expr = parse(world, "['a', 'b'].map(p, 'ab'.matches(p + '+$'))");
	for (int i = 0; i < 200; i++) {
		const struct value *value = expr_eval(expr, NULL, arena);

		assert_false(value->list.items[0]->boolean);
		assert_true(value->list.items[1]->boolean);
		arena_reset(arena);
	}
	arena_free(arena);
}

/* A pattern that would take hours on a long text ends in an error, compiled or interpreted; others go through. */
static void test_long_patterns(void **state)
{
	static const struct {
		const char *expr;
		bool fine;
	} cases[] = {
	    {LONG ".matches('(a|aa)+$')", false},
	    {LONG ".matches('(*NO_JIT)(a|aa)+$')", false},
	    {LONG ".matches('[a-z]+[0-9]')", false},
	    {LONG ".matches('(*NO_JIT)[a-z]+[0-9]')", false},
	    {LONG ".matches('a.*b.*c.*d')", false},
	    {LONG ".matches('(.*)*x')", false},
	    {"regex.extractAll(" LONG ", '(a+)+$') == []", false},
	    {"regex.replace(" LONG ", '(a+)+$', '') == ''", false},
	    {"regex.extractAll(" LONG ", '(*NO_JIT)a').size() == 983040", true},
	    {"regex.extractAll(" LONG ", '(a)a*b').size() == 65536", true},
	    {"regex.replace(" LONG ", 'a+', '').size() == 65536", true},
	    {HALF_LONG ".matches('^(?:a|b)*$')", true}, /* more than the stack of compiled code */
	    {"!" HALF_LONG ".matches('^(?:a|b)*c')", true},
	};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct expr *expr = parse(world, cases[i].expr);
		struct arena *arena = arena_new();
		const struct value *value;

		assert_non_null(expr);
		value = expr_eval(expr, NULL, arena);
		if (cases[i].fine)
			assert_true(value->type == VALUE_BOOL && value->boolean);
		else
			assert_text(
			    value->error.message, "the pattern takes too many steps on this text");
		arena_free(arena);
	}
}

static const struct type *no_names(
    const struct type_scope *scope, struct str name, struct span span, struct diags *diags)
{
	(void)scope;
	(void)name;
	diag_error(diags, "unknown-name", span, "no");
	return NULL;
}

/* The checker folds constants: the value is the same, and checking again finds the same. */
static void test_folding(void **state)
{
	static const struct type_scope scope = {no_names, NULL};
	struct world *world = *state;
	struct expr *expr = parse(world, "[duration('1h') + duration('30m'), duration('2h')][0]");

	for (int i = 0; i < 2; i++) {
		const struct type *type = expr_check(expr, &scope, world->arena, &world->diags);
		const struct value *value = expr_eval(expr, NULL, world->arena);

		assert_int_equal(type->kind, TYPE_DURATION);
		assert_int_equal(value->type, VALUE_DURATION);
		assert_int_equal(value->time.seconds, 5400);
	}
	assert_int_equal(world->diags.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_embedded, open_world, close_world),
	    cmocka_unit_test_setup_teardown(test_embedded_end, open_world, close_world),
	    cmocka_unit_test_setup_teardown(test_places, open_world, close_world),
	    cmocka_unit_test_setup_teardown(test_error_texts, open_world, close_world),
	    cmocka_unit_test_setup_teardown(test_visit, open_world, close_world),
	    cmocka_unit_test_setup_teardown(test_objects, open_world, close_world),
	    cmocka_unit_test_setup_teardown(test_nesting, open_world, close_world),
	    cmocka_unit_test_setup_teardown(test_work, open_world, close_world),
	    cmocka_unit_test_setup_teardown(test_patterns, open_world, close_world),
	    cmocka_unit_test_setup_teardown(test_ill_formed, open_world, close_world),
	    cmocka_unit_test_setup_teardown(test_long_patterns, open_world, close_world),
	    cmocka_unit_test_setup_teardown(test_folding, open_world, close_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
