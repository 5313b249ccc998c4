/* SPDX-License-Identifier: Apache-2.0 */
#include "record/matcher.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { PAIRS = 1 << 16, SHIFT_MAX = 255 };

struct pattern {
	char *ptr;
	size_t len;
	uint32_t number;
	uint32_t
	    next_end; /* the next with the same pair at the window's end: longer ones first; + 1, 0 ends */
	uint32_t next_begin; /* the next that begins with the same pair */
};

struct matcher {
	struct pattern *patterns; /* once built: the longest first */
	size_t count;
	size_t capacity;
	size_t window; /* length of the shortest pattern */
	size_t longest;
	uint8_t shift
	    [PAIRS]; /* by the pair that ends a window: how far the next window may be; 0: look closer */
	uint32_t end[PAIRS]; /* patterns whose first `window` bytes end in the pair: index + 1 */
	uint32_t begin[PAIRS]; /* patterns that begin with the pair: index + 1 */
	bool first[256]; /* bytes that begin a pattern */
};

struct matcher *matcher_new(void)
{
	return mem_alloc(sizeof(struct matcher));
}

void matcher_free(struct matcher *matcher)
{
	if (!matcher)
		return;
	for (size_t i = 0; i < matcher->count; i++)
		free(matcher->patterns[i].ptr);
	free(matcher->patterns);
	free(matcher);
}

void matcher_add(struct matcher *matcher, struct str pattern, uint32_t number)
{
	assert(pattern.len >= 2 && matcher->window == 0);
	for (size_t i = 0; i < matcher->count; i++)
		if (matcher->patterns[i].len == pattern.len &&
		    memcmp(matcher->patterns[i].ptr, pattern.ptr, pattern.len) == 0)
			return;
	matcher->patterns = mem_grow(
	    matcher->patterns, matcher->count, &matcher->capacity, sizeof(*matcher->patterns));
	matcher->patterns[matcher->count++] = (struct pattern){
	    .ptr = mem_strndup(pattern.ptr, pattern.len), .len = pattern.len, .number = number};
}

static uint32_t pair_at(const char *ptr)
{
	return (uint32_t)(unsigned char)ptr[0] << 8 | (unsigned char)ptr[1];
}

/* Longest first; equal ones by their bytes, so that the order hangs on nothing else. */
static int compare(const void *left, const void *right)
{
	const struct pattern *a = left;
	const struct pattern *b = right;

	if (a->len != b->len)
		return a->len > b->len ? -1 : 1;
	return memcmp(a->ptr, b->ptr, a->len);
}

static void index_pattern(struct matcher *matcher, size_t i)
{
	struct pattern *pattern = &matcher->patterns[i];
	uint32_t *end = &matcher->end[pair_at(pattern->ptr + matcher->window - 2)];
	uint32_t *begin = &matcher->begin[pair_at(pattern->ptr)];

	pattern->next_end = *end;
	pattern->next_begin = *begin;
	*end = *begin = (uint32_t)i + 1;
	matcher->first[(unsigned char)pattern->ptr[0]] = true;
	for (size_t at = 0; at + 2 <= matcher->window; at++) {
		size_t shift = matcher->window - 2 - at;
		uint8_t *slot = &matcher->shift[pair_at(pattern->ptr + at)];

		if (shift < *slot)
			*slot = (uint8_t)shift;
	}
}

void matcher_build(struct matcher *matcher)
{
	size_t most;

	if (matcher->count == 0)
		return;
	qsort(matcher->patterns, matcher->count, sizeof(*matcher->patterns), compare);
	matcher->longest = matcher->patterns[0].len;
	matcher->window = matcher->patterns[matcher->count - 1].len;
	most = matcher->window - 1;
	memset(matcher->shift, (int)(most < SHIFT_MAX ? most : SHIFT_MAX), sizeof(matcher->shift));
	for (size_t i = matcher->count; i > 0; i--) /* so that chains have the longest first */
		index_pattern(matcher, i - 1);
}

size_t matcher_longest(const struct matcher *matcher)
{
	return matcher->longest;
}

/* The longest pattern that stands at the start of text, or NULL. */
static const struct pattern *pattern_at(
    const struct matcher *matcher, struct str text, uint32_t chain)
{
	while (chain) {
		const struct pattern *pattern = &matcher->patterns[chain - 1];

		if (pattern->len <= text.len && memcmp(pattern->ptr, text.ptr, pattern->len) == 0)
			return pattern;
		chain = pattern->next_end;
	}
	return NULL;
}

bool matcher_find(
    const struct matcher *matcher, struct str text, size_t from, struct match *ret_match)
{
	const size_t window = matcher->window;
	size_t end = from + window; /* of the window */

	if (matcher->count == 0)
		return false;
	while (end <= text.len) {
		uint32_t pair = pair_at(text.ptr + end - 2);
		const struct pattern *pattern;

		if (matcher->shift[pair]) {
			end += matcher->shift[pair];
			continue;
		}
		pattern = pattern_at(
		    matcher, str_sub(text, end - window, text.len), matcher->end[pair]);
		if (pattern) {
			*ret_match = (struct match){end - window, pattern->len, pattern->number};
			return true;
		}
		end++;
	}
	return false;
}

static bool is_pending(const struct matcher *matcher, const char *ptr, size_t len)
{
	uint32_t chain = matcher->begin[pair_at(ptr)];

	while (chain) {
		const struct pattern *pattern = &matcher->patterns[chain - 1];

		if (pattern->len > len && memcmp(pattern->ptr, ptr, len) == 0)
			return true;
		chain = pattern->next_begin;
	}
	return false;
}

size_t matcher_pending(const struct matcher *matcher, struct str text)
{
	size_t at = text.len < matcher->longest ? 0 : text.len - matcher->longest + 1;

	if (matcher->count == 0 || text.len == 0)
		return text.len;
	for (; at + 1 < text.len; at++)
		if (is_pending(matcher, text.ptr + at, text.len - at))
			return at;
	return matcher->first[(unsigned char)text.ptr[at]] ? at : text.len;
}
