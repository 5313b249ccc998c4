/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/judge.h"

#include <string.h>

#include "base/buf.h"

/* How much of a value an explanation shows, and of how many names. */
enum { SHOWN_BYTES = 80, SHOWN_NAMES = 4 };

struct rules rules_of_step(const struct step *step)
{
	return (struct rules){
	    .expect = step->expect,
	    .replaces_success = step->replaces_success,
	    .retry_when = step->retry.when,
	    .outputs = step->outputs,
	    .output_count = step->output_count,
	    .message = step->message,
	};
}

struct rules rules_of_check(const struct check *check)
{
	return (struct rules){
	    .expect = check->expect,
	    .replaces_success = check->replaces_success,
	    .abort = check->abort,
	    .message = check->message,
	};
}

const struct value *result_unknown(
    struct arena *arena, const struct action_spec *spec, const struct plan_node *node)
{
	const struct value *unknown = value_unknown(arena, &node->index, 1);
	struct map_builder map;

	map_begin(&map, arena);
	for (const struct field *field = spec->results; field->name; field++)
		map_add(&map, field->name, unknown);
	return map_end(&map);
}

const struct value *outputs_unknown(
    struct arena *arena, const struct plan_node *node, const struct value *known)
{
	const struct step *step = node->step;
	struct map_builder map;

	if (!step->output_count)
		return NULL;
	map_begin(&map, arena);
	for (size_t i = 0; i < step->output_count; i++) {
		struct str name = step->outputs[i].name;
		const struct value *output = known ? value_get_str(known, name) : NULL;

		map_add_str(&map, name, output ? output : value_unknown(arena, &node->index, 1));
	}
	return map_end(&map);
}

static const struct value *parsed_lines(struct arena *arena, struct str text)
{
	const struct value **items = NULL;
	size_t count = 0;
	size_t capacity = 0;
	struct str line;

	while (str_line(&text, &line)) {
		items = arena_grow(arena, items, count, &capacity, sizeof(*items));
		items[count++] = value_string(arena, line);
	}
	return value_list(arena, items, count);
}

static const struct value *derived(struct arena *arena, const struct value *text, struct str name)
{
	const struct clip *clip = text->type == VALUE_STRING ? text->string.clip : NULL;
	const struct value *value;
	struct str error;

	if (clip && !clip->whole)
		return value_error(arena, 0, 0,
		    "the output was %lld bytes long and only its first and last bytes were kept",
		    (long long)clip->size);
	if (str_is(name, "lines"))
		return parsed_lines(arena, value_text(text));
	value = value_from_plain_json(arena, value_text(text), &error);
	if (!value)
		return value_error(arena, 0, 0, "the output is no JSON: %.*s", STR_ARG(error));
	return value;
}

const char *const result_texts[] = {"stdout", "body", "content", NULL};

const struct value *result_field(struct arena *arena, const struct value *result, struct str name)
{
	const struct value *field = value_get_str(result, name);

	if (field || !result || !(str_is(name, "json") || str_is(name, "lines")))
		return field;
	for (size_t i = 0; result_texts[i]; i++) {
		const struct value *text = value_get(result, result_texts[i]);

		if (text)
			return derived(arena, text, name);
	}
	return NULL;
}

struct result_scope {
	const struct value *result;
	const struct scope *outer;
};

static const struct value *get_name(const struct scope *scope, struct arena *arena, struct str name)
{
	const struct result_scope *self = scope->self;
	const struct value *field = result_field(arena, self->result, name);

	return field ? field : self->outer->get(self->outer, arena, name);
}

struct explanation {
	const struct scope *scope;
	struct arena *arena;
	struct buf out;
	const char *before; /* the first name */
	struct str shown[SHOWN_NAMES];
	size_t count;
};

/* A value on one line, cut short. */
static void show_value(struct buf *out, const struct value *value)
{
	const char *quote = value->type == VALUE_STRING ? "\"" : "";

	buf_text(out, quote);
	if (value->type == VALUE_ERROR)
		buf_str(out, str_sub(value->error.message, 0, SHOWN_BYTES));
	else
		value_brief(value, SHOWN_BYTES, out);
	buf_text(out, quote);
}

/* "params.nodes"; nothing when it was shown already. */
static struct str new_name(struct explanation *self, const struct str *path, size_t count)
{
	struct str name = path[0];

	for (size_t i = 1; i < count; i++)
		name = arena_printf(self->arena, "%.*s.%.*s", STR_ARG(name), STR_ARG(path[i]));
	for (size_t i = 0; i < self->count; i++)
		if (str_eq(self->shown[i], name))
			return (struct str){0};
	return name;
}

static const struct value *follow(struct explanation *self, const struct str *path, size_t count)
{
	const struct value *value = self->scope->get(self->scope, self->arena, path[0]);

	for (size_t i = 1; value && i < count; i++) {
		if (value->type == VALUE_OBJECT)
			value = value->object.class->get(self->arena, value, path[i]);
		else
			value = value_get_str(value, path[i]);
	}
	return value;
}

static void explain_name(void *data, const struct str *path, size_t count, struct span span)
{
	struct explanation *self = data;
	const struct value *value;
	struct str name;

	(void)span;
	if (count == 0 || self->count == SHOWN_NAMES || str_is(path[0], "secrets"))
		return;
	value = follow(self, path, count);
	if (!value || value->type == VALUE_SECRET || value_has_object(value))
		return;
	name = new_name(self, path, count);
	if (name.len == 0)
		return;
	buf_printf(&self->out, "%s%.*s", self->count ? ", " : self->before, STR_ARG(name));
	self->shown[self->count++] = name;
	buf_text(&self->out, value->type == VALUE_ERROR ? ": " : " is ");
	show_value(&self->out, value);
}

/* What an expression said, and what it saw. */
static struct str explain(
    const struct expr *expr, const char *said, const struct scope *scope, struct arena *arena)
{
	struct explanation self = {.scope = scope, .arena = arena, .before = " ("};
	struct str text;

	buf_init(&self.out, BUF_UNBOUNDED);
	buf_printf(&self.out, "%.*s%s", STR_ARG(expr_line(expr, arena)), said);
	expr_visit_names(expr, explain_name, &self);
	if (self.count)
		buf_byte(&self.out, ')');
	text = arena_str(arena, buf_view(&self.out));
	buf_done(&self.out);
	return text;
}

struct str judge_explain(const struct expr *expr, const struct value *value,
    const struct scope *scope, struct arena *arena)
{
	if (value->type == VALUE_ERROR)
		return arena_printf(arena, "%.*s cannot be evaluated: %.*s",
		    STR_ARG(expr_line(expr, arena)), STR_ARG(expr_error_text(expr, value, arena)));
	return explain(
	    expr, value->type == VALUE_UNKNOWN ? " is not known" : " does not hold", scope, arena);
}

/* A field of a result, but what it printed: a record holds that elsewhere. */
static const struct value *get_field(
    const struct scope *scope, struct arena *arena, struct str name)
{
	(void)arena;
	for (size_t i = 0; result_texts[i]; i++)
		if (str_is(name, result_texts[i]))
			return NULL;
	return str_is(name, "stderr") ? NULL : value_get_str(scope->self, name);
}

struct str judge_seen(const struct expr *expr, const struct value *result, struct arena *arena)
{
	static const struct str age = {"age", 3};
	const struct scope scope = {.get = get_field, .self = result};
	struct explanation self = {.scope = &scope, .arena = arena, .before = ""};
	struct str text;

	buf_init(&self.out, BUF_UNBOUNDED);
	if (expr)
		expr_visit_names(expr, explain_name, &self);
	if (value_get(result, "age"))
		explain_name(&self, &age, 1, (struct span){0});
	text = arena_str(arena, buf_view(&self.out));
	buf_done(&self.out);
	return text;
}

const struct value *judge_outputs(const struct output *outputs, size_t count,
    const struct scope *scope, struct arena *arena, struct str *ret_why)
{
	struct map_builder map;

	map_begin(&map, arena);
	for (size_t i = 0; i < count; i++) {
		const struct value *value = outputs[i].value
		    ? expr_eval(outputs[i].value, scope, arena)
		    : template_eval(outputs[i].constant, scope, arena);

		if (value->type == VALUE_ERROR) {
			*ret_why = arena_printf(arena, "output %.*s: %.*s",
			    STR_ARG(outputs[i].name),
			    STR_ARG(outputs[i].value
				    ? expr_error_text(outputs[i].value, value, arena)
				    : value->error.message));
			return NULL;
		}
		map_add_str(&map, outputs[i].name, value);
	}
	return map_end(&map);
}

static bool holds(const struct expr *expr, const struct scope *scope, struct arena *arena)
{
	const struct value *value = expr_eval(expr, scope, arena);

	return value->type == VALUE_BOOL && value->boolean;
}

/* The author's message first, then what was seen. */
static struct str with_message(
    const struct rules *rules, const struct scope *scope, struct arena *arena, struct str why)
{
	struct str message;

	if (!rules->message)
		return why;
	message = template_text(rules->message, scope, arena);
	if (why.len == 0)
		return message;
	return arena_printf(arena, "%.*s%s %.*s", STR_ARG(message),
	    message.len && strchr(".?!", message.ptr[message.len - 1]) ? "" : ":", STR_ARG(why));
}

/* The action's own sentence first, then what was made of it. */
static struct str behind(struct arena *arena, struct str why, struct str more)
{
	if (why.len == 0)
		return more;
	return arena_printf(arena, "%.*s; %.*s", STR_ARG(why), STR_ARG(more));
}

struct verdict judge(const struct rules *rules, const struct scope *outer, struct arena *arena,
    bool ok, struct str why, const struct value *result)
{
	struct result_scope self = {result, outer};
	struct scope scope = {.get = get_name, .self = &self};
	struct verdict verdict = {.ok = ok, .retry = true, .why = why};

	if (rules->expect && (ok || rules->replaces_success)) {
		const struct value *value = expr_eval(rules->expect, &scope, arena);

		verdict.ok = value->type == VALUE_BOOL && value->boolean;
		verdict.unknown = value->type == VALUE_UNKNOWN;
		/* that a refused connection has no status is no news: that it was refused is */
		if (!verdict.ok && !(value->type == VALUE_ERROR && !ok && why.len))
			verdict.why = behind(arena, ok ? (struct str){0} : why,
			    judge_explain(rules->expect, value, &scope, arena));
	}
	if (rules->abort)
		verdict.abort = holds(rules->abort, &scope, arena);
	if (verdict.abort) {
		struct str said = ok ? verdict.why : why;

		verdict.ok = false;
		verdict.why = behind(arena, said,
		    arena_printf(arena, "abort: %.*s",
			STR_ARG(said.len ? expr_line(rules->abort, arena)
					 : explain(rules->abort, "", &scope, arena))));
	}
	if (rules->retry_when)
		verdict.retry = holds(rules->retry_when, &scope, arena);
	if (verdict.ok && rules->output_count) {
		verdict.outputs = judge_outputs(
		    rules->outputs, rules->output_count, &scope, arena, &verdict.why);
		verdict.ok = verdict.outputs != NULL;
	}
	if (verdict.ok)
		verdict.why = (struct str){0};
	else
		verdict.why = with_message(rules, &scope, arena, verdict.why);
	return verdict;
}
