/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { MATCH_LIMIT = 100000, HEAP_LIMIT_KIB = 20000 };

struct pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
};

static void release(void *ptr)
{
	struct pattern *pattern = ptr;

	pcre2_match_context_free(pattern->context);
	pcre2_match_data_free(pattern->data);
	pcre2_code_free(pattern->code);
}

struct pattern *pattern_new(struct arena *arena, struct str text, struct str *ret_error)
{
	struct pattern *pattern;
	PCRE2_UCHAR message[160];
	pcre2_code *code;
	PCRE2_SIZE offset;
	int error;

	code = pcre2_compile((PCRE2_SPTR)(text.len ? text.ptr : ""), text.len,
	    PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &error, &offset, NULL);
	if (!code) {
		pcre2_get_error_message(error, message, sizeof(message));
		*ret_error = arena_printf(
		    arena, "%s, at character %zu", (const char *)message, offset + 1);
		return NULL;
	}
	pattern = arena_alloc(arena, sizeof(*pattern));
	pattern->code = code;
	pattern->data = pcre2_match_data_create_from_pattern(code, NULL);
	pattern->context = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(pattern->context, MATCH_LIMIT);
	pcre2_set_heap_limit(pattern->context, HEAP_LIMIT_KIB);
	arena_defer(arena, release, pattern);
	return pattern;
}

bool pattern_found(struct pattern *pattern, struct str text)
{
	return pcre2_match(pattern->code, (PCRE2_SPTR)(text.len ? text.ptr : ""), text.len, 0, 0,
		   pattern->data, pattern->context) >= 0;
}
