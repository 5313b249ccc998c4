/* SPDX-License-Identifier: Apache-2.0 */
#include "base/regex.h"
#include "base/utf8.h"
#include "expr/expr_eval.h"
#include "expr/func.h"

/* What a match takes beside the steps of its pattern; so many of them are worth a node. */
enum { WORK_MATCH = 2, STEPS_OF_NODE = 2 };

/* A search through the text of a call, match by match. */
struct search {
	struct call *call;
	struct regex *regex;
	struct str text;
	size_t from;
	const struct value *error;
};

/* An output's ill-formed bytes were replaced when it was read; whatever else is ill-formed is seen in the same way. */
static struct str well_formed(struct arena *arena, struct str text)
{
	struct str clean;
	struct buf out;

	if (utf8_valid(text))
		return text;
	buf_init(&out, BUF_UNBOUNDED);
	utf8_clean(&out, text);
	clean = arena_str(arena, buf_view(&out));
	buf_done(&out);
	return clean;
}

static bool search_begin(struct search *search, struct call *call)
{
	struct str text = call->args[0]->string.text;

	*search = (struct search){.call = call};
	if (!call_spend(call, text.len / ((size_t)WORK_BYTES * 16))) {
		search->error = call_exhausted(call);
		return false;
	}
	search->text = well_formed(call->arena, text);
	search->regex = call_regex(call, &search->error);
	return search->regex != NULL;
}

/* The next match; false at the end or after an error. */
static bool search_next(struct search *search)
{
	struct eval *eval = search->call->eval;
	enum regex_end end;
	const char *error;
	int64_t steps;

	if (search->from > search->text.len)
		return false;
	if (!call_spend(search->call, WORK_MATCH)) {
		search->error = call_exhausted(search->call);
		return false;
	}
	steps = eval->left * STEPS_OF_NODE;
	end = regex_match(search->regex, search->text, search->from, &steps, &error);
	eval->left = steps / STEPS_OF_NODE;
	switch (end) {
	case REGEX_MATCH:
		return true;
	case REGEX_FAILED:
		eval->exhausted = call_error(search->call, "%s", error);
		search->error = eval->exhausted;
		return false;
	case REGEX_NONE:
		break;
	}
	return false;
}

static const struct value *code_matches(struct call *call)
{
	struct search search;
	bool found = search_begin(&search, call) && search_next(&search);

	return search.error ? search.error : value_bool(found);
}

static const struct value *too_many_groups(struct call *call)
{
	return call_error_at(call, 1, "the pattern has more than one group; mark the others (?:…)");
}

static const struct value *code_extract(struct call *call)
{
	struct search search;
	bool found;
	size_t start;
	size_t end;

	if (search_begin(&search, call) && regex_groups(search.regex) > 1)
		return too_many_groups(call);
	found = !search.error && search_next(&search);
	if (search.error)
		return search.error;
	if (!found || !regex_group(search.regex, regex_groups(search.regex), &start, &end))
		return call_absent(call, "the pattern matches nothing in the text");
	return value_string(call->arena, str_sub(search.text, start, end - start));
}

static const struct value *code_extract_all(struct call *call)
{
	const struct value **items = NULL;
	size_t capacity = 0;
	size_t count = 0;
	struct search search;

	if (!search_begin(&search, call))
		return search.error;
	if (regex_groups(search.regex) > 1)
		return too_many_groups(call);
	while (search_next(&search)) {
		size_t start;
		size_t end;

		search.from = regex_next(search.regex, search.text, search.from);
		if (!regex_group(search.regex, regex_groups(search.regex), &start, &end))
			continue;
		items = arena_grow(call->arena, items, count, &capacity, sizeof(*items));
		items[count++] = value_string(
		    call->arena, str_sub(search.text, start, end - start));
	}
	return search.error ? search.error : value_list(call->arena, items, count);
}

static const struct value *code_replace(struct call *call)
{
	int64_t limit = call->count > 3 ? call->args[3]->integer : -1;
	const struct value *result;
	struct search search;
	struct str why;
	struct buf out;
	size_t done = 0;

	if (!search_begin(&search, call))
		return search.error;
	buf_init(&out, BUF_UNBOUNDED);
	while (limit != 0 && !search.error && search_next(&search)) {
		size_t before = out.len;
		size_t start = done;
		size_t end = done;

		regex_group(search.regex, 0, &start, &end);
		buf_str(&out, str_sub(search.text, done, start - done));
		if (!regex_expand(
			search.regex, search.text, call->args[2]->string.text, &out, &why))
			search.error = call_error_at(call, 2, "%.*s", STR_ARG(why));
		done = end;
		search.from = regex_next(search.regex, search.text, search.from);
		limit -= limit > 0;
		if (!call_spend(call, (out.len - before) / WORK_BYTES))
			search.error = call_exhausted(call);
	}
	buf_str(&out, str_sub(search.text, done, search.text.len));
	result = search.error ? search.error
			      : value_string(call->arena, arena_str(call->arena, buf_view(&out)));
	buf_done(&out);
	return result;
}

const struct function functions_regex[] = {
    {"matches", STYLE_BOTH, 2, 2, {TAKES_STRING, TAKES_STRING}, &type_bool, NULL, code_matches,
	FUNCTION_PATTERN, "Whether the pattern matches anywhere in the text."},
    {"regex.extract", STYLE_GLOBAL, 2, 2, {TAKES_STRING, TAKES_STRING}, &type_string, NULL,
	code_extract, FUNCTION_PATTERN | FUNCTION_MAY_LACK,
	"The first match, or its group; none is an error, unless .orValue(x) follows."},
    {"regex.extractAll", STYLE_GLOBAL, 2, 2, {TAKES_STRING, TAKES_STRING}, &type_list_of_string,
	NULL, code_extract_all, FUNCTION_PATTERN, "All matches, or their groups."},
    {"regex.replace", STYLE_GLOBAL, 3, 4, {TAKES_STRING, TAKES_STRING, TAKES_STRING, TAKES_INT},
	&type_string, NULL, code_replace, FUNCTION_PATTERN,
	"The text with its matches replaced, at most so many; \\1 is what the first group "
	"matched."},
    {0},
};
