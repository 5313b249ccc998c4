/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/keys.h"

#include "base/spell.h"
#include "base/units.h"

#define LONGEST_US (INT64_C(36525) * 24 * 3600 * 1000000)

void read_string(struct reader *reader, const struct place *place, void *target)
{
	if (place->value->kind != NODE_SCALAR || node_is_null(place->value)) {
		place_wrong(reader, place, "a text");
		return;
	}
	*(struct str *)target = place->value->scalar.bytes;
}

void read_strings(struct reader *reader, const struct place *place, void *target)
{
	struct strings *strings = target;
	const struct node *list = place->value;

	if (list->kind != NODE_LIST) {
		place_wrong(reader, place, "a list of texts");
		return;
	}
	strings->items = arena_array(reader->arena, list->list.count, sizeof(*strings->items));
	for (size_t i = 0; i < list->list.count; i++) {
		struct place item = *place;

		item.value = list->list.items[i];
		read_string(reader, &item, &strings->items[strings->count++]);
	}
}

void suggest_bool(struct diags *diags, struct diag *diag, const struct node *node)
{
	static const char *const lookalikes[][2] = {{"yes", "true"}, {"on", "true"}, {"y", "true"},
	    {"no", "false"}, {"off", "false"}, {"n", "false"}, {"True", "true"}, {"False", "false"},
	    {"Yes", "true"}, {"No", "false"}, {"On", "true"}, {"Off", "false"}};

	if (node->kind != NODE_SCALAR)
		return;
	for (size_t i = 0; i < sizeof(lookalikes) / sizeof(lookalikes[0]); i++)
		if (str_is(node->scalar.bytes, lookalikes[i][0]))
			diag_help(diags, diag, "write `%s`", lookalikes[i][1]);
}

void read_bool(struct reader *reader, const struct place *place, void *target)
{
	if (place->value->kind != NODE_SCALAR || !node_bool(place->value, target))
		suggest_bool(
		    reader->diags, place_wrong(reader, place, "true or false"), place->value);
}

bool lacks_unit(struct reader *reader, const struct node *node)
{
	struct diag *diag;
	int64_t number;
	double real;

	if (node->kind != NODE_SCALAR || node->scalar.bytes.len > 40 ||
	    !(units_int(node->scalar.bytes, &number) || units_double(node->scalar.bytes, &real)))
		return false;
	diag = diag_error(reader->diags, "no-unit", node->span, "a duration needs a unit");
	diag_help(reader->diags, diag, "did you mean `%.*ss`?", STR_ARG(node->scalar.bytes));
	return true;
}

void word_wrong(
    struct reader *reader, struct str name, const char *const *words, const struct node *node)
{
	struct diag *diag = diag_error(reader->diags, "not-a-choice", node->span,
	    "`%.*s` cannot be %.*s", STR_ARG(name), STR_ARG(node_noun(reader->arena, node)));
	struct spell spell;
	struct buf all;

	spell_init(&spell, node->kind == NODE_SCALAR ? node->scalar.bytes : STR(""));
	buf_init(&all, BUF_UNBOUNDED);
	for (size_t i = 0; words[i]; i++) {
		spell_try(&spell, str_from(words[i]));
		buf_printf(&all, "%s%s", i ? ", " : "", words[i]);
	}
	if (spell_best(&spell).len)
		diag_help(reader->diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
	else
		diag_help(reader->diags, diag, "one of %.*s", STR_ARG(buf_view(&all)));
	buf_done(&all);
}

bool read_word(struct reader *reader, const struct place *place, size_t *ret_index)
{
	const char *const *words = place->key->shape->words;

	for (size_t i = 0; words[i]; i++) {
		if (place->value->kind != NODE_SCALAR ||
		    !str_is(place->value->scalar.bytes, words[i]))
			continue;
		*ret_index = i;
		return true;
	}
	word_wrong(reader, place_name(place), words, place->value);
	return false;
}

static void read_whole(struct reader *reader, const struct place *place, void *target)
{
	int64_t count;

	if (place->value->kind != NODE_SCALAR || !node_int(place->value, &count))
		place_wrong(reader, place, "a whole number");
	else if (count < 1 || count > COUNT_MAX)
		diag_error(reader->diags, "out-of-range", place->value->span,
		    "`%.*s` is at least 1 and at most %d", STR_ARG(place_name(place)), COUNT_MAX);
	else
		*(int64_t *)target = count;
}

static void duration_wrong(struct reader *reader, const struct place *place)
{
	struct diag *diag;

	if (lacks_unit(reader, place->value))
		return;
	diag = place_wrong(reader, place, "a duration");
	diag_help(reader->diags, diag, "durations are written 500ms, 30s, 5m, 1h30m, 7d");
}

static void read_duration(struct reader *reader, const struct place *place, void *target)
{
	int64_t us;

	if (place->value->kind != NODE_SCALAR || !units_duration(place->value->scalar.bytes, &us)) {
		duration_wrong(reader, place);
		return;
	}
	if (us > LONGEST_US) { /* sums of such are to fit 64 bits */
		diag_error(reader->diags, "out-of-range", place->value->span,
		    "`%.*s` is more than a hundred years", STR_ARG(place_name(place)));
		return;
	}
	*(int64_t *)target = us;
}

static void read_positive(struct reader *reader, const struct place *place, void *target)
{
	int64_t us = -1;

	read_duration(reader, place, &us);
	if (us > 0)
		*(int64_t *)target = us;
	else if (us == 0)
		diag_error(reader->diags, "out-of-range", place->value->span,
		    "`%.*s` must be more than 0", STR_ARG(place_name(place)));
}

static void read_range(struct reader *reader, const struct place *place, void *target)
{
	int64_t *range = target;
	struct str text;
	ptrdiff_t dots;
	int64_t low;
	int64_t high;

	if (place->value->kind != NODE_SCALAR) {
		duration_wrong(reader, place);
		return;
	}
	text = place->value->scalar.bytes;
	dots = str_find(text, STR(".."));
	if (dots < 0) {
		low = UNSET_US;
		read_positive(reader, place, &low);
		range[0] = range[1] = low;
		return;
	}
	if (!units_duration(str_trim(str_sub(text, 0, (size_t)dots)), &low) ||
	    !units_duration(str_trim(str_sub(text, (size_t)dots + 2, text.len)), &high)) {
		duration_wrong(reader, place);
		return;
	}
	if (low > high) {
		diag_error(reader->diags, "out-of-range", place->value->span,
		    "the range begins with its longer end");
		return;
	}
	range[0] = low;
	range[1] = high;
}

void read_expr(struct reader *reader, const struct place *place, void *target)
{
	const struct text *text = &place->value->scalar;
	struct str trimmed;
	struct diag *diag;

	if (place->value->kind != NODE_SCALAR || node_is_null(place->value)) {
		place_wrong(reader, place, "an expression");
		return;
	}
	trimmed = str_trim(text->bytes);
	if (str_starts(trimmed, STR("${{"))) {
		diag = diag_error(reader->diags, "expression-in-template", place->value->span,
		    "`%.*s` is an expression already", STR_ARG(place_name(place)));
		diag_help(reader->diags, diag, "write it bare, without ${{ }}");
		return;
	}
	*(struct expr **)target = expr_parse(
	    reader->arena, text, 0, text->bytes.len, reader->diags);
}

static void read_template(
    struct reader *reader, const struct place *place, unsigned flags, struct template **target)
{
	if (place->value->kind != NODE_SCALAR || node_is_null(place->value)) {
		place_wrong(reader, place, "a text");
		return;
	}
	*target = template_parse(reader->arena, place->value, flags, reader->diags);
}

void read_text(struct reader *reader, const struct place *place, void *target)
{
	read_template(reader, place, TEMPLATE_RAW, target);
}

void read_secret_text(struct reader *reader, const struct place *place, void *target)
{
	read_template(reader, place, TEMPLATE_RAW | TEMPLATE_SECRETS, target);
}

/*
 * What stands plain in YAML and looks like a number or a bool is taken as written where a text is wanted.
 * A part of a duration is a number and a unit.
 */
const struct shape shape_text = {
    .name = "text",
    .read = read_string,
    .schema = JSON({"type" : [ "string", "number", "boolean" ]}),
};
const struct shape shape_texts = {
    .name = "texts",
    .read = read_strings,
    .schema = JSON({"type" : "array", "items" : {"$ref" : "#/$defs/text"}}),
};
const struct shape shape_bool = {
    .name = "bool",
    .read = read_bool,
    .schema = JSON({"type" : "boolean"}),
};
const struct shape shape_duration = {
    .name = "duration",
    .read = read_duration,
    .schema = JSON(
	{"type" : "string", "pattern" : "^(([0-9]+\\.?[0-9]*|\\.[0-9]+)(us|ms|s|m|h|d))+$"}),
    .doc = "A duration: 500ms, 30s, 5m, 1h30m, 7d.",
};
const struct shape shape_positive = {
    .name = "positive-duration",
    .read = read_positive,
    .schema = JSON({"$ref" : "#/$defs/duration", "pattern" : "[1-9]"}),
    .doc = "A duration: 500ms, 30s, 5m, 1h30m, 7d.",
};
const struct shape shape_range = {
    .name = "range",
    .read = read_range,
    .schema = JSON({
	    "anyOf" : [
		    {"$ref" : "#/$defs/positive-duration"},
		    {"type" : "string", "pattern" : "^[0-9.a-z]+ *\\.\\. *[0-9.a-z]+$"}
	    ]
    }),
    .doc = "A duration, or a range of them: 5m, 2m..10m.",
};
const struct shape shape_expression = {
    .name = "expression",
    .read = read_expr,
    .schema = JSON(
	{"type" : [ "string", "number", "boolean" ], "pattern" : "^(?!\\s*\\$\\{\\{)\\s*\\S"}),
    .doc = "An expression, written bare: a subset of CEL.",
    .templates = true,
};
const struct shape shape_template = {
    .name = "templated-text",
    .read = read_text,
    .schema = JSON({"$ref" : "#/$defs/text"}),
    .doc = "A text; ${{ expression }} may stand in it.",
    .templates = true,
};
const struct shape shape_secret_template = {
    .name = "secret-text",
    .read = read_secret_text,
    .schema = JSON({"$ref" : "#/$defs/text"}),
    .doc = "A text; ${{ expression }} may stand in it, secrets too.",
    .templates = true,
};
const struct shape shape_whole = {
    .name = "count",
    .read = read_whole,
    .schema = JSON({"type" : "integer", "minimum" : 1, "maximum" : 10000}),
};
