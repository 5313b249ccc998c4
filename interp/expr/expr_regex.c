/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/expr_regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/utf8.h"

/*
 * JIT pays after some use: a load compiles thousands of patterns that are matched once or never. Steps and KiB are
 * limited because a pattern like ^(a+)+$ takes exponential time on a text of forty bytes. Most matches take few.
 */
enum { EASY_LIMIT = 1000, MATCH_LIMIT = 100000, HEAP_LIMIT_KIB = 20000, JIT_AFTER_BYTES = 2048 };

struct regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	size_t used; /* bytes matched against so far */
	bool jit_tried;
	uint32_t groups;
};

static void release(void *ptr)
{
	struct regex *regex = ptr;

	pcre2_match_context_free(regex->context);
	pcre2_match_data_free(regex->data);
	pcre2_code_free(regex->code);
}

struct regex *regex_new(
    struct arena *arena, struct str pattern, struct str *ret_error, size_t *ret_offset)
{
	const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY |
	    PCRE2_NEVER_BACKSLASH_C;
	PCRE2_UCHAR message[160];
	struct regex *regex;
	pcre2_code *code;
	PCRE2_SIZE offset;
	int error;

	code = pcre2_compile((PCRE2_SPTR)(pattern.len ? pattern.ptr : ""), pattern.len, options,
	    &error, &offset, NULL);
	if (!code) {
		pcre2_get_error_message(error, message, sizeof(message));
		*ret_error = arena_str(arena, str_from((const char *)message));
		*ret_offset = offset;
		return NULL;
	}
	regex = arena_alloc(arena, sizeof(*regex));
	regex->code = code;
	regex->data = pcre2_match_data_create_from_pattern(code, NULL);
	regex->context = pcre2_match_context_create(NULL);
	pcre2_set_heap_limit(regex->context, HEAP_LIMIT_KIB);
	pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &regex->groups);
	arena_defer(arena, release, regex);
	return regex;
}

enum regex_end regex_match(
    struct regex *regex, struct str text, size_t from, bool hard, const char **ret_error)
{
	PCRE2_SPTR subject = (PCRE2_SPTR)(text.len ? text.ptr : "");
	int found;

	pcre2_set_match_limit(regex->context, hard ? MATCH_LIMIT : EASY_LIMIT);
	regex->used += text.len - from + 64;
	if (!regex->jit_tried && regex->used > JIT_AFTER_BYTES) {
		regex->jit_tried = true;
		pcre2_jit_compile(
		    regex->code, PCRE2_JIT_COMPLETE); /* without it, it only takes longer */
	}
	found = pcre2_match(regex->code, subject, text.len, from, 0, regex->data, regex->context);
	if (found == PCRE2_ERROR_JIT_STACKLIMIT)
		found = pcre2_match(regex->code, subject, text.len, from, PCRE2_NO_JIT, regex->data,
		    regex->context);
	if (found == PCRE2_ERROR_NOMATCH)
		return REGEX_NONE;
	if (found > 0)
		return REGEX_MATCH;
	if (found == PCRE2_ERROR_MATCHLIMIT && !hard)
		return REGEX_HARD;
	switch (found) {
	case PCRE2_ERROR_MATCHLIMIT:
	case PCRE2_ERROR_DEPTHLIMIT:
	case PCRE2_ERROR_HEAPLIMIT:
		*ret_error = "the pattern takes too many steps on this text";
		break;
	default:
		*ret_error = "the pattern could not be matched";
		break;
	}
	return REGEX_FAILED;
}

size_t regex_groups(const struct regex *regex)
{
	return regex->groups;
}

bool regex_group(const struct regex *regex, size_t i, size_t *ret_start, size_t *ret_end)
{
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(regex->data);

	if (ends[2 * i] == PCRE2_UNSET || ends[2 * i] > ends[2 * i + 1])
		return false; /* \K can move the start behind the end */
	*ret_start = ends[2 * i];
	*ret_end = ends[2 * i + 1];
	return true;
}

size_t regex_next(const struct regex *regex, struct str text, size_t from)
{
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(regex->data);
	size_t end = ends[1] > from ? ends[1] : from;
	uint32_t code;
	size_t len;

	if (ends[0] < end)
		return end;
	len = utf8_decode(str_sub(text, end, text.len), &code);
	return end + (len ? len : 1);
}
