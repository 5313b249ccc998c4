/* SPDX-License-Identifier: Apache-2.0 */
#include "base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/utf8.h"

/*
 * JIT pays after some use: a load compiles thousands of patterns that are matched once or never. Its stack is a
 * quarter of a MiB; what needs more is interpreted, within a bound of memory.
 */
enum {
	JIT_AFTER_BYTES = 2048,
	JIT_AFTER_STEPS = 100000,
	JIT_STACK = 256 << 10,
	JIT_STACK_FIRST = 32 << 10,
	HEAP_LIMIT_KIB = 20000
};

/*
 * Steps of one match where nobody counts them; bytes for a step: run through by one item, or searched for where a match
 * may begin; steps between two questions whether to give up.
 */
enum { STEPS_MAX = 10000000, RUN_BYTES = 8, SEARCH_BYTES = 128, ASK_STEPS = 4096 };

struct regex {
	struct arena *arena;
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack; /* NULL: it is interpreted */
	unsigned flags;
	size_t used; /* bytes matched against so far */
	bool jit_tried;
	uint32_t groups;
	int64_t left; /* of the match that is going on: steps that it may still take */
	int64_t ask_at; /* asks when no more are left */
	size_t last; /* where the last one was taken */
	bool given_up;
	bool (*stops)(void *self); /* NULL: nobody to ask */
	void *self;
};

static void release(void *ptr)
{
	struct regex *regex = ptr;

	pcre2_match_context_free(regex->context);
	pcre2_jit_stack_free(regex->stack);
	pcre2_match_data_free(regex->data);
	pcre2_code_free(regex->code);
}

/*
 * PCRE2 calls this before every item of the pattern that it tries. Its own limits count anew at each byte that a match
 * may begin at, and not at all what a single item runs through: over a long text they allow hours.
 */
static int count_step(pcre2_callout_block *block, void *data)
{
	struct regex *regex = data;
	size_t at = block->current_position;

	regex->left -= 1 + (at > regex->last ? (int64_t)((at - regex->last) / RUN_BYTES) : 0);
	regex->last = at;
	if (regex->stops && regex->left <= regex->ask_at) {
		regex->ask_at = regex->left - ASK_STEPS;
		regex->given_up = regex->stops(regex->self);
	}
	return regex->left < 0 || regex->given_up ? PCRE2_ERROR_CALLOUT : 0;
}

/* NULL with PCRE2's number of the error. */
static pcre2_code *compile(
    struct str pattern, unsigned flags, int *ret_error, PCRE2_SIZE *ret_offset)
{
	const uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT |
	    (flags & REGEX_LINES ? PCRE2_MULTILINE : PCRE2_DOLLAR_ENDONLY) |
	    (flags & REGEX_FOREIGN ? PCRE2_MATCH_INVALID_UTF : 0u);
	pcre2_compile_context *context = NULL;
	pcre2_code *code;

	if (flags & REGEX_LINES) {
		context = pcre2_compile_context_create(NULL);
		pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
	}
	code = pcre2_compile((PCRE2_SPTR)(pattern.len ? pattern.ptr : ""), pattern.len, options,
	    ret_error, ret_offset, context);
	pcre2_compile_context_free(context);
	return code;
}

struct regex *regex_new(struct arena *arena, struct str pattern, unsigned flags,
    struct str *ret_error, size_t *ret_offset)
{
	PCRE2_UCHAR message[160];
	struct regex *regex;
	pcre2_code *code;
	PCRE2_SIZE offset;
	int error;

	code = compile(pattern, flags, &error, &offset);
	if (!code) {
		pcre2_get_error_message(error, message, sizeof(message));
		*ret_error = arena_str(arena, str_from((const char *)message));
		*ret_offset = offset;
		return NULL;
	}
	regex = arena_alloc(arena, sizeof(*regex));
	regex->arena = arena;
	regex->flags = flags;
	regex->code = code;
	regex->data = pcre2_match_data_create_from_pattern(code, NULL);
	regex->context = pcre2_match_context_create(NULL);
	pcre2_set_callout(regex->context, count_step, regex);
	pcre2_set_heap_limit(regex->context, HEAP_LIMIT_KIB);
	pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &regex->groups);
	arena_defer(arena, release, regex);
	return regex;
}

void regex_heed(struct regex *regex, bool (*stops)(void *self), void *self)
{
	regex->stops = stops;
	regex->self = self;
}

/* Where there is no JIT, or the pattern says (*NO_JIT), it only takes longer. */
static void compile_further(struct regex *regex)
{
	size_t size = 0;

	regex->jit_tried = true;
	pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
	pcre2_pattern_info(regex->code, PCRE2_INFO_JITSIZE, &size);
	if (size == 0)
		return;
	regex->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK, NULL);
	pcre2_jit_stack_assign(regex->context, NULL, regex->stack);
}

static int match(struct regex *regex, struct str text, size_t from, uint32_t options, int64_t steps)
{
	if (!(regex->flags & REGEX_FOREIGN))
		options |= PCRE2_NO_UTF_CHECK;
	regex->last = from;
	regex->left = steps;
	regex->ask_at = steps;
	return pcre2_match(regex->code, (PCRE2_SPTR)(text.len ? text.ptr : ""), text.len, from,
	    options, regex->data, regex->context);
}

/* Interpreted while that is cheap, then compiled, unless the stack is too small for that. */
static int match_either(struct regex *regex, struct str text, size_t from, int64_t steps)
{
	int64_t few = steps < JIT_AFTER_STEPS ? steps : JIT_AFTER_STEPS;
	int found = PCRE2_ERROR_CALLOUT;

	regex->used += text.len - from + 64;
	if (!regex->jit_tried && regex->used <= JIT_AFTER_BYTES) {
		found = match(regex, text, from, PCRE2_NO_JIT, few);
		regex->left += steps - few;
	}
	if (found != PCRE2_ERROR_CALLOUT || regex->given_up)
		return found;
	if (!regex->jit_tried)
		compile_further(regex);
	found = match(regex, text, from, 0, steps);
	if (found == PCRE2_ERROR_JIT_STACKLIMIT)
		found = match(regex, text, from, PCRE2_NO_JIT, steps);
	return found;
}

enum regex_end regex_match(
    struct regex *regex, struct str text, size_t from, int64_t *steps, const char **ret_error)
{
	int found;
	size_t end = text.len;

	regex->given_up = false;
	found = match_either(regex, text, from, steps ? *steps : STEPS_MAX);
	if (found > 0)
		end = pcre2_get_ovector_pointer(regex->data)[1];
	regex->left -= (int64_t)((end > from ? end - from : 0) / SEARCH_BYTES);
	if (steps)
		*steps = regex->left > 0 ? regex->left : 0;
	if (found > 0)
		return REGEX_MATCH;
	if (found == PCRE2_ERROR_NOMATCH)
		return REGEX_NONE;
	if (steps)
		*steps = 0;
	switch (found) {
	case PCRE2_ERROR_CALLOUT:
	case PCRE2_ERROR_MATCHLIMIT:
	case PCRE2_ERROR_DEPTHLIMIT:
	case PCRE2_ERROR_HEAPLIMIT:
		*ret_error = regex->given_up ? "the search was given up"
					     : "the pattern takes too many steps on this text";
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

struct str regex_group_name(const struct regex *regex, size_t i)
{
	PCRE2_SPTR names = NULL;
	uint32_t count = 0;
	uint32_t size = 0;

	pcre2_pattern_info(regex->code, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info(regex->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(regex->code, PCRE2_INFO_NAMETABLE, &names);
	for (; count > 0; count--, names += size) /* two bytes of the number, then the name */
		if ((((size_t)names[0] << 8) | names[1]) == i)
			return str_from((const char *)names + 2);
	return (struct str){0};
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

bool regex_expand(
    struct regex *regex, struct str text, struct str with, struct buf *out, struct str *ret_error)
{
	for (size_t i = 0; i < with.len; i++) {
		char next = i + 1 < with.len ? with.ptr[i + 1] : '\0';
		size_t start;
		size_t end;

		if (with.ptr[i] != '\\') {
			buf_byte(out, with.ptr[i]);
			continue;
		}
		i++;
		if (next == '\\') {
			buf_byte(out, '\\');
			continue;
		}
		if (next < '0' || next > '9') {
			*ret_error = STR(
			    "behind a backslash stands the number of a group or a backslash");
			return false;
		}
		if ((size_t)(next - '0') > regex->groups) {
			*ret_error = arena_printf(
			    regex->arena, "the pattern has no group %c", next);
			return false;
		}
		if (regex_group(regex, (size_t)(next - '0'), &start, &end))
			buf_str(out, str_sub(text, start, end - start));
	}
	return true;
}
