/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "base/utf8.h"
#include "tree/tree.h"

/* The core schema's words (YAML 1.2.2, chapter 10.3). */
struct word {
	const char *text;
	bool value;
};

static const struct word nulls[] = {{"null", 0}, {"Null", 0}, {"NULL", 0}, {"~", 0}, {"", 0}};
static const struct word bools[] = {{"true", true}, {"True", true}, {"TRUE", true},
    {"false", false}, {"False", false}, {"FALSE", false}};
static const struct word infinities[] = {{".inf", 0}, {".Inf", 0}, {".INF", 0}};
static const struct word nans[] = {{".nan", 0}, {".NaN", 0}, {".NAN", 0}};

#define FIND(text, words) find((text), (words), sizeof(words) / sizeof(*(words)))

static const struct word *find(struct str text, const struct word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_is(text, words[i].text))
			return &words[i];
	return NULL;
}

static bool is_plain(const struct node *node)
{
	return node->kind == NODE_SCALAR && node->plain;
}

const struct node *node_get(const struct node *map, struct str key)
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	for (size_t i = 0; i < map->map.count; i++)
		if (str_eq(map->map.entries[i].key->scalar.bytes, key))
			return map->map.entries[i].value;
	return NULL;
}

bool node_is_null(const struct node *node)
{
	return is_plain(node) && FIND(node->scalar.bytes, nulls);
}

bool node_bool(const struct node *node, bool *ret_value)
{
	const struct word *word = is_plain(node) ? FIND(node->scalar.bytes, bools) : NULL;

	if (word)
		*ret_value = word->value;
	return word;
}

/* "0o17" and "0x1F": no sign; false past 63 bits. */
static bool based_int(struct str digits, int64_t base, int64_t *ret_value)
{
	int64_t value = 0;

	for (size_t i = 0; i < digits.len; i++) {
		char c = digits.ptr[i];
		int digit = c >= '0' && c <= '9' ? c - '0'
		    : c >= 'a' && c <= 'f'       ? c - 'a' + 10
		    : c >= 'A' && c <= 'F'       ? c - 'A' + 10
						 : 16;

		if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	if (digits.len == 0)
		return false;
	*ret_value = value;
	return true;
}

bool node_int(const struct node *node, int64_t *ret_value)
{
	struct str text;

	if (!is_plain(node))
		return false;
	text = node->scalar.bytes;
	if (str_starts(text, STR("0o")))
		return based_int(str_sub(text, 2, text.len), 8, ret_value);
	if (str_starts(text, STR("0x")))
		return based_int(str_sub(text, 2, text.len), 16, ret_value);
	return units_int(text, ret_value);
}

bool node_float(const struct node *node, double *ret_value)
{
	struct str text;
	bool negative;
	int64_t integer;

	if (!is_plain(node))
		return false;
	text = node->scalar.bytes;
	negative = text.len && text.ptr[0] == '-';
	if (FIND(text, nans)) {
		*ret_value = (double)NAN;
		return true;
	}
	if (FIND(str_sub(text, negative || (text.len && text.ptr[0] == '+'), text.len),
		infinities)) {
		*ret_value = negative ? -(double)INFINITY : (double)INFINITY;
		return true;
	}
	if (units_double(text, ret_value))
		return true;
	if (!node_int(node, &integer))
		return false;
	*ret_value = (double)integer;
	return true;
}

struct str node_noun(struct arena *arena, const struct node *node)
{
	enum { SHOWN = 40 };
	struct str text;

	if (node->kind == NODE_LIST)
		return STR("a list");
	if (node->kind == NODE_MAP)
		return STR("a map");
	if (node_is_null(node))
		return STR("null");
	text = str_sub(node->scalar.bytes, 0, SHOWN);
	if (text.len == node->scalar.bytes.len)
		return arena_printf(arena, "the text \"%.*s\"", STR_ARG(text));
	while (text.len && ((unsigned char)node->scalar.bytes.ptr[text.len] & 0xC0) == 0x80)
		text.len--;
	return arena_printf(arena, "the text \"%.*s...\"", STR_ARG(text));
}
