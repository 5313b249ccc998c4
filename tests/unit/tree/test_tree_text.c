/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "tree/tree.h"

/*
 * Where every byte of a scalar came from. A generator writes random scalars in each of YAML's five styles and notes,
 * byte by byte, what must come out and from where; the tree must agree in all of it.
 */
struct maker {
	struct buf source;
	struct buf decoded;
	uint32_t offsets[65536];
	uint64_t seed;
	bool crlf;
};

static unsigned pick(struct maker *maker, unsigned below)
{
	/* splitmix64 (Steele, Lea, Flood 2014) */
	uint64_t z = maker->seed += 0x9E3779B97F4A7C15U;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
	z = (z ^ z >> 27) * 0x94D049BB133111EBU;
	return (unsigned)((z ^ z >> 31) % below);
}

/* What must come out, and where it came from. */
static void expect(struct maker *maker, const char *bytes, size_t len, size_t from, bool each)
{
	for (size_t i = 0; i < len; i++) {
		maker->offsets[maker->decoded.len] = (uint32_t)(each ? from + i : from);
		buf_byte(&maker->decoded, bytes[i]);
	}
}

/* Bytes that stand for themselves. */
static void plain(struct maker *maker, const char *text)
{
	size_t from = maker->source.len;

	buf_text(&maker->source, text);
	expect(maker, text, strlen(text), from, true);
}

/* A line break in the source; where it is. */
static size_t newline(struct maker *maker)
{
	size_t at = maker->source.len;

	buf_text(&maker->source, maker->crlf ? "\r\n" : "\n");
	return at;
}

static void spaces(struct maker *maker, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_byte(&maker->source, ' ');
}

static const char *const letters[] = {"a", "Z", "0", "_", "\xC3\xA9", "\xE2\x82\xAC",
    "\xF0\x9F\x98\x80", "(", "=", "${{", "}}", "b", "/", "\xE4\xB8\xAD"};

static void word(struct maker *maker)
{
	plain(maker, "w"); /* never begins with what YAML would take for something else */
	for (unsigned i = pick(maker, 6); i > 0; i--)
		plain(maker, letters[pick(maker, sizeof(letters) / sizeof(*letters))]);
}

/* What stands between two words of a flow scalar: blanks, or a fold over lines. */
static void gap(struct maker *maker)
{
	size_t run = maker->source.len;
	unsigned empty = pick(maker, 3);

	if (pick(maker, 2)) {
		plain(maker, pick(maker, 4) ? " " : " \t ");
		return;
	}
	spaces(maker, pick(maker, 3));
	newline(maker);
	for (unsigned i = 0; i < empty; i++) {
		size_t at;

		spaces(maker, pick(maker, 4));
		at = newline(maker);
		expect(maker, "\n", 1, i == 0 ? run : at, false);
	}
	if (empty == 0)
		expect(maker, " ", 1, run, false);
	spaces(maker, 2 + pick(maker, 3));
}

struct written {
	const char *source;
	struct str decoded;
};

#define ESCAPE(source, decoded)                                                                    \
	{                                                                                          \
		source,                                                                            \
		{                                                                                  \
			decoded, sizeof(decoded) - 1                                               \
		}                                                                                  \
	}

static void escaped(struct maker *maker)
{
	static const struct written escapes[] = {ESCAPE("\\n", "\n"), ESCAPE("\\t", "\t"),
	    ESCAPE("\\\"", "\""), ESCAPE("\\\\", "\\"), ESCAPE("\\0", "\0"), ESCAPE("\\x41", "A"),
	    ESCAPE("\\xe9", "\xC3\xA9"), ESCAPE("\\u20AC", "\xE2\x82\xAC"),
	    ESCAPE("\\U0001F600", "\xF0\x9F\x98\x80"), ESCAPE("\\L", "\xE2\x80\xA8"),
	    ESCAPE("\\P", "\xE2\x80\xA9"), ESCAPE("\\N", "\xC2\x85"), ESCAPE("\\_", "\xC2\xA0"),
	    ESCAPE("\\e", "\033"), ESCAPE("\\ ", " "), ESCAPE("\\/", "/"), ESCAPE("\\a", "\a"),
	    ESCAPE("\\b", "\b"), ESCAPE("\\v", "\v"), ESCAPE("\\f", "\f"), ESCAPE("\\r", "\r")};
	const struct written *one = &escapes[pick(maker, sizeof(escapes) / sizeof(*escapes))];
	size_t from = maker->source.len;

	buf_text(&maker->source, one->source);
	expect(maker, one->decoded.ptr, one->decoded.len, from, false);
}

/* A backslash that takes a line break away, and empty lines behind it that stay. */
static void continued(struct maker *maker)
{
	buf_byte(&maker->source, '\\');
	newline(maker);
	for (unsigned i = pick(maker, 3); i > 0; i--) {
		spaces(maker, pick(maker, 3));
		expect(maker, "\n", 1, newline(maker), false);
	}
	spaces(maker, 2);
}

static void make_flow(struct maker *maker, char quote)
{
	if (quote)
		buf_byte(&maker->source, quote);
	if (quote && pick(maker, 4) == 0)
		plain(maker, "  "); /* blanks at the edges of quotes are text */
	word(maker);
	for (unsigned i = pick(maker, 12); i > 0; i--) {
		unsigned what = pick(maker, 4);

		if (quote == '\'' && what == 0) {
			size_t from = maker->source.len;

			buf_text(&maker->source, "''");
			expect(maker, "'", 1, from, false);
		} else if (quote == '"' && what == 0) {
			escaped(maker);
		} else if (quote == '"' && what == 1 && pick(maker, 2)) {
			continued(maker);
			word(maker);
		} else if (quote && what == 2) {
			plain(maker, quote == '"' ? ": # '" : ": # \"\\");
		} else {
			gap(maker);
			word(maker);
		}
	}
	maker->offsets[maker->decoded.len] = (uint32_t)maker->source.len;
	if (quote)
		buf_byte(&maker->source, quote);
	newline(maker);
}

/* The header of a block scalar; the indentation of its lines. */
static size_t make_header(struct maker *maker, char indicator, bool explicit, char chomp)
{
	size_t indent = 1 + pick(maker, 4);

	buf_byte(&maker->source, indicator);
	if (explicit)
		buf_printf(&maker->source, "%zu", indent);
	if (chomp)
		buf_byte(&maker->source, chomp);
	if (pick(maker, 3) == 0)
		buf_text(&maker->source, "  # w");
	newline(maker);
	return indent;
}

/* Empty lines, with fewer blanks than the indentation; their breaks are text. */
static void empty_lines(struct maker *maker, size_t indent)
{
	for (unsigned i = pick(maker, 3); i > 0; i--) {
		spaces(maker, pick(maker, (unsigned)indent + 1));
		expect(maker, "\n", 1, newline(maker), false);
	}
}

static void make_block(struct maker *maker, bool folded)
{
	bool explicit = pick(maker, 2);
	char chomp = "-+"[pick(maker, 3) % 2 ? 0 : 1];
	size_t indent;
	bool was_more = false;
	unsigned lines = 1 + pick(maker, 5);
	size_t at = 0;

	if (pick(maker, 3) == 0)
		chomp = '\0';
	indent = make_header(maker, folded ? '>' : '|', explicit, chomp);
	empty_lines(maker, indent);
	for (unsigned i = 0; i < lines; i++) {
		bool more = (i > 0 || explicit) && pick(maker, 3) == 0;
		size_t before = maker->decoded.len;

		if (i > 0) {
			/* The empty lines between come behind this line's break in the source and in the text. */
			bool joins = folded && !was_more && !more;

			if (!joins)
				expect(maker, "\n", 1, at, false);
			before = maker->decoded.len;
			empty_lines(maker, indent);
			if (joins && maker->decoded.len == before)
				expect(maker, " ", 1, at, false);
		}
		spaces(maker, indent);
		if (more)
			plain(maker, pick(maker, 2) ? "  " : "\t");
		word(maker);
		if (pick(maker, 3) == 0)
			plain(maker, " ' \" # : ");
		was_more = more;
		at = maker->source.len;
		newline(maker);
	}
	maker->offsets[maker->decoded.len] = (uint32_t)at;
	if (chomp != '-')
		expect(maker, "\n", 1, at, false);
	if (chomp != '-')
		maker->offsets[maker->decoded.len] = (uint32_t)maker->source.len;
	for (unsigned i = pick(maker, 3); i > 0; i--) {
		size_t end = newline(maker);

		if (chomp != '+')
			continue;
		expect(maker, "\n", 1, end, false);
		maker->offsets[maker->decoded.len] = (uint32_t)maker->source.len;
	}
}

static void make(struct maker *maker, unsigned style)
{
	static const char *const heads[] = {"k: ", "\xEF\xBB\xBFk: ",
	    "# \xC3\xA9\n\xC3\xA9: 1\nk: ", "y:\n  - 1\nk: &a ", "k: &a\n "};

	buf_clear(&maker->source);
	buf_clear(&maker->decoded);
	maker->crlf = pick(maker, 4) == 0;
	buf_text(&maker->source, heads[pick(maker, sizeof(heads) / sizeof(*heads))]);
	if (style < 3)
		make_flow(maker, "\0'\""[style]);
	else
		make_block(maker, style == 4);
	buf_text(&maker->source, pick(maker, 2) ? "" : "z: 1\n");
}

static void compare(const struct maker *maker, const struct node *node)
{
	const struct text *text = &node->scalar;
	struct str wanted = buf_view(&maker->decoded);

	if (!str_eq(text->bytes, wanted))
		fail_msg("in:\n%.*s\nout:\n%.*s\nwanted:\n%.*s\n",
		    STR_ARG(buf_view(&maker->source)), STR_ARG(text->bytes), STR_ARG(wanted));
	for (size_t i = 0; i <= wanted.len; i++) {
		uint32_t got = text_span(text, i, i).start;

		if (got != maker->offsets[i])
			fail_msg("in:\n%.*s\nbyte %zu of %zu: from %u, wanted %u",
			    STR_ARG(buf_view(&maker->source)), i, wanted.len, got,
			    maker->offsets[i]);
	}
}

static void check_style(unsigned style)
{
	struct maker *maker = calloc(1, sizeof(*maker));

	assert_non_null(maker);
	maker->seed = style + 1;
	buf_init(&maker->source, 65536);
	buf_init(&maker->decoded, 65536);
	for (int round = 0; round < 3000; round++) {
		struct arena *arena = arena_new();
		struct diags diags;
		struct source *source;
		const struct node *root;

		make(maker, style);
		source = source_new("t.yaml", buf_view(&maker->source));
		diags_init(&diags);
		root = tree_parse(arena, source, &diags);
		if (!root || diags.count)
			fail_msg("refused:\n%.*s\n%.*s", STR_ARG(buf_view(&maker->source)),
			    STR_ARG(diags.items[0].message));
		compare(maker, node_get(root, STR("k")));
		diags_done(&diags);
		source_free(source);
		arena_free(arena);
	}
	buf_done(&maker->source);
	buf_done(&maker->decoded);
	free(maker);
}

static void test_plain(void **state)
{
	(void)state;
	check_style(0);
}

static void test_single_quoted(void **state)
{
	(void)state;
	check_style(1);
}

static void test_double_quoted(void **state)
{
	(void)state;
	check_style(2);
}

static void test_literal(void **state)
{
	(void)state;
	check_style(3);
}

static void test_folded(void **state)
{
	(void)state;
	check_style(4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_single_quoted),
	    cmocka_unit_test(test_double_quoted),
	    cmocka_unit_test(test_literal),
	    cmocka_unit_test(test_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
