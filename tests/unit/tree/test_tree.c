/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "parsed.h"
#include "tree/tree.h"

static void assert_str(struct str got, const char *wanted)
{
	if (!str_is(got, wanted))
		fail_msg("got \"%.*s\", wanted \"%s\"", STR_ARG(got), wanted);
}

/* ---- what is accepted ---------------------------------------------------------------------------------------- */

static void test_kinds_and_order(void **state)
{
	struct parsed parsed = parse(STR("b: 1\na: [x, 'y', {z: 2}]\n"));
	const struct node *list;

	(void)state;
	assert_non_null(parsed.root);
	assert_int_equal(parsed.diags.count, 0);
	assert_int_equal(parsed.root->kind, NODE_MAP);
	assert_int_equal(parsed.root->map.count, 2);
	assert_str(parsed.root->map.entries[0].key->scalar.bytes, "b");
	assert_str(parsed.root->map.entries[1].key->scalar.bytes, "a");
	list = node_get(parsed.root, STR("a"));
	assert_int_equal(list->kind, NODE_LIST);
	assert_int_equal(list->list.count, 3);
	assert_true(list->list.items[0]->plain);
	assert_false(list->list.items[1]->plain);
	assert_str(node_get(list->list.items[2], STR("z"))->scalar.bytes, "2");
	assert_null(node_get(parsed.root, STR("c")));
	assert_null(node_get(list, STR("a")));
	drop(&parsed);
}

/* The span of the value under "k", as the source's bytes. */
struct span_case {
	struct str yaml;
	const char *span;
	const char *text; /* whole, for scalars */
	bool mapped;
};

static void test_spans(void **state)
{
	static const struct span_case cases[] = {
	    {{"k: abc # d\n", 11}, "abc", "abc", false},
	    {{"k: 'abc'\n", 9}, "'abc'", "abc", false},
	    {{"k: 'a''c'\n", 10}, "'a''c'", "a''c", true},
	    {{"k: \"a\\tc\" # x\n", 14}, "\"a\\tc\"", "a\\tc", true},
	    {{"\xEF\xBB\xBFk: abc\n", 10}, "abc", "abc", false},
	    {{"# \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\nk: \xC3\xA9x\n", 19}, "\xC3\xA9x",
		"\xC3\xA9x", false},
	    {{"k: &a abc\n", 10}, "abc", "abc", false},
	    {{"k: &a\n  # c\n  abc\n", 18}, "abc", "abc", false},
	    {{"k: |\n  a\n  b\n\n\nz: 1\n", 20}, "|\n  a\n  b", "|\n  a\n  b", true},
	    {{"k:\nz: 1\n", 8}, "", "", false},
	    {{"k: [a,\n b] # x\n", 15}, "[a,\n b]", NULL, false},
	    {{"k:\n  - a\n  - b\n\n\nz: 1\n", 22}, "- a\n  - b", NULL, false},
	    {{"k:\n- a\n- b: 'c'\n\nz: 1\n", 22}, "- a\n- b: 'c'", NULL, false},
	    {{"k:\n  a: 1\n  b:\n    c: d\n# x\nz: 1\n", 33}, "a: 1\n  b:\n    c: d", NULL, false},
	    {{"k: &x\n  a: 1\nz: 1\n", 18}, "a: 1", NULL, false},
	    {{"k: {}\n", 6}, "{}", NULL, false},
	    {{"y: &x 1\nk: [*x]\n", 16}, "[*x]", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct parsed parsed = parse(cases[i].yaml);
		const struct node *node = node_get(parsed.root, STR("k"));

		assert_int_equal(parsed.diags.count, 0);
		assert_non_null(node);
		assert_str(span_text(node->span), cases[i].span);
		if (cases[i].text) {
			assert_str(span_text(node->scalar.whole), cases[i].text);
			assert_int_equal(node->scalar.offsets != NULL, cases[i].mapped);
		}
		drop(&parsed);
	}
}

static void test_alias_is_the_same_node(void **state)
{
	struct parsed parsed = parse(STR("a: &x {k: 1}\nb: *x\nc: &x 2\nd: *x\n"));

	(void)state;
	assert_int_equal(parsed.diags.count, 0);
	assert_ptr_equal(node_get(parsed.root, STR("a")), node_get(parsed.root, STR("b")));
	assert_ptr_equal(node_get(parsed.root, STR("c")), node_get(parsed.root, STR("d")));
	drop(&parsed);
}

static void test_core_schema(void **state)
{
	struct parsed parsed = parse(
	    STR("[~, null, '', true, FALSE, 'true', yes, 12, -0x1, 0x1F, 0o17, "
		"+5, 9223372036854775807, 9223372036854775808, 1.5, -.inf, .nan, "
		"1e3, 4.10, 08, {}]\n"));
	const struct node **items = parsed.root->list.items;
	bool boolean = false;
	int64_t integer = 0;
	double real = 0;

	(void)state;
	assert_true(node_is_null(items[0]) && node_is_null(items[1]) && !node_is_null(items[2]));
	assert_true(node_bool(items[3], &boolean) && boolean);
	assert_true(node_bool(items[4], &boolean) && !boolean);
	assert_false(node_bool(items[5], &boolean));
	assert_false(node_bool(items[6], &boolean));
	assert_true(node_int(items[7], &integer) && integer == 12);
	assert_false(node_int(items[8], &integer));
	assert_true(node_int(items[9], &integer) && integer == 31);
	assert_true(node_int(items[10], &integer) && integer == 15);
	assert_true(node_int(items[11], &integer) && integer == 5);
	assert_true(node_int(items[12], &integer) && integer == INT64_MAX);
	assert_false(node_int(items[13], &integer));
	assert_true(node_float(items[14], &real) && real > 1.49 && real < 1.51);
	assert_true(node_float(items[15], &real) && isinf(real) && real < 0);
	assert_true(node_float(items[16], &real) && isnan(real));
	assert_true(node_float(items[17], &real) && real > 999.9 && real < 1000.1);
	assert_false(node_int(items[18], &integer));
	assert_true(node_float(items[18], &real));
	assert_true(node_int(items[19], &integer) && integer == 8);
	assert_true(node_float(items[9], &real) && real > 30.9);
	assert_false(node_float(items[3], &real));
	assert_false(node_is_null(items[20]) || node_int(items[20], &integer));
	drop(&parsed);
}

static void test_noun(void **state)
{
	struct parsed parsed = parse(STR("[a, [], {}, ~, '', "
					 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddd\xC3\xA9zz]\n"));
	const struct node **items = parsed.root->list.items;

	(void)state;
	assert_str(node_noun(parsed.arena, items[0]), "the text \"a\"");
	assert_str(node_noun(parsed.arena, items[1]), "a list");
	assert_str(node_noun(parsed.arena, items[2]), "a map");
	assert_str(node_noun(parsed.arena, items[3]), "null");
	assert_str(node_noun(parsed.arena, items[4]), "the text \"\"");
	assert_str(node_noun(parsed.arena, items[5]),
	    "the text \"aaaaaaaaaabbbbbbbbbbccccccccccddddddddd...\"");
	drop(&parsed);
}

/* ---- what is refused ----------------------------------------------------------------------------------------- */

struct refusal {
	const char *name;
	struct str yaml;
	const char *code;
	const char *message; /* a part of it */
	size_t line;
	size_t column;
	const char *span; /* the bytes the first error points at */
	const char *help; /* a part of it, or NULL */
	const char *other; /* the second place's bytes, or NULL */
	bool tree; /* something can still be used */
};

#define YAML(text)                                                                                 \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

static const struct refusal refusals[] = {
    {"tab", YAML("a:\n\tb: 1\n"), "yaml-tab", "spaces only", 2, 1, "\t", "replace", NULL, false},
    {"tab in text", YAML("a: b\n\tc: d\n"), "yaml-tab", "a tab", 2, 1, "\t", "replace", NULL,
	false},
    {"tab in block", YAML("a: |\n\tb\n"), "yaml-tab", "a tab", 2, 1, "\t", "replace", NULL, false},
    {"colon", YAML("\xC3\xA9: 1\na: b: c\n"), "yaml-colon", "inside a text", 2, 5, ":", "quotes",
	NULL, false},
    {"ternary", YAML("a: ${{ x ? y : z }}\n"), "yaml-colon", "inside a text", 1, 14, ":", ">-",
	NULL, false},
    {"indent", YAML("a: x\n  b: c\n"), "yaml-indent", "belongs nowhere", 2, 3, "b", "indent", NULL,
	false},
    {"comment", YAML("a: f(\"x #y\")\n"), "yaml-comment", "quote \"", 1, 4, "f(\"x", ">-", "#y\")",
	true},
    {"comment in list", YAML("- f(x # y\n"), "yaml-comment", "bracket (", 1, 3, "f(x", ">-", "# y",
	true},
    {"tag", YAML("when: !steps.a.failed\n"), "yaml-tag", "is a tag", 1, 7, "!steps.a.failed",
	"\"!steps.a.failed\"", NULL, true},
    {"tag and text", YAML("a: !b == \"c\"\n"), "yaml-tag", "is a tag", 1, 4, "!b", "'!b == \"c\"'",
	NULL, true},
    {"tag that scans badly", YAML("a: !has(x) && y\n"), "yaml-tag", "is a tag", 1, 4, "!has(x)",
	"\"!has(x) && y\"", NULL, false},
    {"tag with index", YAML("a: !b[0]\n"), "yaml-tag", "is a tag", 1, 4, "!b[0]", "\"!b[0]\"", NULL,
	false},
    {"anchored tag", YAML("a: &x !b\n"), "yaml-tag", "is a tag", 1, 7, "!b", "\"!b\"", NULL, true},
    {"standard tag", YAML("a: !!str 1\n"), "yaml-tag", "is a tag", 1, 4, "!!str", "leave", NULL,
	true},
    {"tagged map", YAML("a: !b\n  c: 1\n"), "yaml-tag", "is a tag", 1, 4, "!b", "quotes", NULL,
	true},
    {"duplicate", YAML("a: 1\nb: 2\n'a': 3\n"), "duplicate-key", "\"a\" stands twice", 3, 1, "'a'",
	"keep one", "a", true},
    {"merge", YAML("a: &x {b: 1}\nc:\n  <<: *x\n"), "yaml-merge", "merge keys", 3, 3, "<<", "write",
	NULL, true},
    {"list as key", YAML("? [a]\n: 1\n"), "yaml-key", "keys are texts", 1, 3, "[", "quotes", NULL,
	true},
    {"braces", YAML("a: {{ x }}\n"), "yaml-key", "keys are texts", 1, 5, "{", "${{ ... }}", NULL,
	true},
    {"no key", YAML("?\n: 1\n"), "yaml-key", "a key is missing", 1, 2, "", "write one", NULL, true},
    {"alias", YAML("a: *foo\n"), "yaml-alias", "no &foo", 1, 4, "*foo", "quotes", NULL, true},
    {"glob", YAML("a: [ls, *.log]\n"), "yaml-syntax", "begins an alias", 1, 9, "*.log]", "quotes",
	NULL, false},
    {"self", YAML("a: &x\n  b: *x\n"), "yaml-alias", "contain itself", 2, 6, "*x", NULL, "&x",
	true},
    {"documents", YAML("a: 1\n---\nb: 1\n"), "yaml-documents", "second document", 2, 1, "---",
	"take the ---", NULL, true},
    {"empty", YAML(""), "empty", "no runbook", 1, 1, "", "begins with", NULL, false},
    {"comments alone", YAML("# a\n"), "empty", "no runbook", 1, 1, "", "begins with", NULL, false},
    {"empty document", YAML("---\n...\n"), "empty", "no runbook", 1, 1, "", "begins with", NULL,
	false},
    {"NUL", YAML("a: b\n\0c"), "not-text", "a binary file", 2, 1, "\0", NULL, NULL, false},
    {"control", YAML("a: \x01\n"), "not-text", "U+0001", 1, 4, "\x01", "\\u0001", NULL, false},
    {"byte order mark within", YAML("a: b\xEF\xBB\xBF\n"), "not-text", "U+FEFF", 1, 5, "\xEF",
	"\\uFEFF", NULL, false},
    {"latin-1", YAML("a: \xE9\n"), "not-text", "0xE9 is not UTF-8", 1, 4, "\xE9", "UTF-8", NULL,
	false},
    {"UTF-16",
	YAML("\xFF\xFE"
	     "a\0"),
	"not-text", "UTF-16", 1, 1, "\xFF", "iconv", NULL, false},
    {"template in brackets", YAML("a: [${{ x }}]\n"), "yaml-template", "needs quotes", 1, 5, "${{",
	"\"${{", NULL, false},
    {"open list", YAML("a: [b\nc: 1\n"), "yaml-syntax", "not closed where", 1, 4, "[", NULL, "",
	false},
    {"list that ends", YAML("a: [b\n\n"), "yaml-syntax", "never closed", 1, 4, "[", "put ]", NULL,
	false},
    {"list that ends in a comma", YAML("a: [b,\n\n"), "yaml-syntax", "a bracket above", 3, 1, "",
	NULL, NULL, false},
    {"open quote", YAML("a: 'b\nc: 1\n"), "yaml-syntax", "never closed", 1, 4, "'b", NULL, NULL,
	false},
    {"apostrophe", YAML("a: 'it's'\n"), "yaml-syntax", "behind a value", 1, 8, "s'", "twice", NULL,
	false},
    {"escape", YAML("a: \"\\d\"\n"), "yaml-syntax", "this one does not exist", 1, 5, "\\d\"",
	"single", NULL, false},
    {"no colon", YAML("a: 1\nb\nc: 1\n"), "yaml-syntax", "no \"key: value\"", 2, 1, "b", "colon",
	NULL, false},
    {"foreign line", YAML("- a\nb: 1\n"), "yaml-syntax", "to the list above", 2, 1, "b:", "\"- \"",
	"-", false},
    {"inline list", YAML("a: - b\n"), "yaml-syntax", "cannot begin here", 1, 4, "-", "[a, b]", NULL,
	false},
    {"block header", YAML("a: | echo\n"), "yaml-syntax", "behind | or >", 1, 6, "echo", "next line",
	NULL, false},
    {"at sign", YAML("a: @b\n"), "yaml-syntax", "cannot begin with @", 1, 4, "@", "quotes", NULL,
	false},
    {"version", YAML("%YAML 2.0\n---\na: 1\n"), "yaml-syntax", "another version", 1, 1, "%YAML",
	"leave", NULL, false},
};

static void assert_part(const char *name, struct str text, const char *part)
{
	if (part && str_find(text, str_from(part)) < 0)
		fail_msg("%s: \"%.*s\" does not say \"%s\"", name, STR_ARG(text), part);
}

static void check_refusal(const struct refusal *wanted)
{
	struct parsed parsed = parse(wanted->yaml);
	const struct diag *diag = parsed.diags.items;
	struct position at;

	if (parsed.diags.count != 1)
		fail_msg("%s: %zu diagnostics", wanted->name, parsed.diags.count);
	at = source_position(parsed.source, diag->span.start);
	if (strcmp(diag->code, wanted->code) != 0 || at.line != wanted->line ||
	    at.column != wanted->column)
		fail_msg("%s: [%s] at %zu:%zu", wanted->name, diag->code, at.line, at.column);
	assert_part(wanted->name, diag->message, wanted->message);
	assert_part(wanted->name, diag->help, wanted->help);
	if (strcmp(wanted->name, "NUL") != 0)
		assert_str(span_text(diag->span), wanted->span);
	assert_int_equal(wanted->help != NULL, diag->help.len > 0);
	assert_int_equal(wanted->other != NULL, diag->other.source != NULL);
	if (wanted->other)
		assert_str(span_text(diag->other), wanted->other);
	if (wanted->tree != (parsed.root != NULL))
		fail_msg("%s: the tree is %s", wanted->name, parsed.root ? "there" : "missing");
	drop(&parsed);
}

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		check_refusal(&refusals[i]);
}

static void test_not_refused(void **state)
{
	static const char *const texts[] = {
	    "a: don't # panic\n",
	    "a: 5\" disk # b\n",
	    "a: f(x) # (\n",
	    "a: \"x (\" # y\n",
	    "a: b:c\n",
	    "a: http://x/#y\n",
	    "a: x#y(\n",
	    "a: 'x' # \"\n",
	    "a: |\n  f(x # y\n",
	    "a: \"<<\"\nb: {'<<': 1}\n",
	    "--- # x\na: 1\n...\n",
	    "a: ${{ f('x') }} # y\n",
	    "a: r'x' # y\n",
	    "a: {b: 1, c: 2}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct parsed parsed = parse(str_from(texts[i]));

		if (parsed.diags.count)
			fail_msg("%s%.*s", texts[i], STR_ARG(parsed.diags.items[0].message));
		drop(&parsed);
	}
}

/* A tag on a text was meant as text, so that what reads the tree says nothing more about it. */
static void test_tag_becomes_text(void **state)
{
	struct parsed parsed = parse(STR("a: !b == \"c\"\nd: 1\nd: 2\n"));

	(void)state;
	assert_str(node_get(parsed.root, STR("a"))->scalar.bytes, "!b == \"c\"");
	assert_str(node_get(parsed.root, STR("d"))->scalar.bytes, "1");
	assert_int_equal(parsed.diags.errors, 2);
	drop(&parsed);
}

static void test_duplicates_in_large_maps(void **state)
{
	struct buf buf;
	struct parsed parsed;

	(void)state;
	buf_init(&buf, BUF_UNBOUNDED);
	for (int i = 0; i < 5000; i++)
		buf_printf(&buf, "key%d: %d\n", i, i);
	buf_text(&buf, "key17: again\nlast: 1\n");
	parsed = parse(buf_view(&buf));
	assert_int_equal(parsed.diags.count, 1);
	assert_int_equal(
	    source_position(parsed.source, parsed.diags.items[0].span.start).line, 5001);
	assert_int_equal(
	    source_position(parsed.source, parsed.diags.items[0].other.start).line, 18);
	assert_int_equal(parsed.root->map.count, 5001);
	assert_str(node_get(parsed.root, STR("key17"))->scalar.bytes, "17");
	drop(&parsed);
	buf_done(&buf);
}

/* ---- limits -------------------------------------------------------------------------------------------------- */

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kinds_and_order),
	    cmocka_unit_test(test_spans),
	    cmocka_unit_test(test_alias_is_the_same_node),
	    cmocka_unit_test(test_core_schema),
	    cmocka_unit_test(test_noun),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_not_refused),
	    cmocka_unit_test(test_tag_becomes_text),
	    cmocka_unit_test(test_duplicates_in_large_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
