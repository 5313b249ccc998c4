/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/keys.h"

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

static void duration_wrong(struct reader *reader, const struct place *place)
{
	struct diag *diag;

	if (lacks_unit(reader, place->value))
		return;
	diag = place_wrong(reader, place, "a duration");
	diag_help(reader->diags, diag, "durations are written 500ms, 30s, 5m, 1h30m, 7d");
}

void read_duration(struct reader *reader, const struct place *place, void *target)
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

void read_positive(struct reader *reader, const struct place *place, void *target)
{
	int64_t us = -1;

	read_duration(reader, place, &us);
	if (us > 0)
		*(int64_t *)target = us;
	else if (us == 0)
		diag_error(reader->diags, "out-of-range", place->value->span,
		    "`%.*s` must be more than 0", STR_ARG(place_name(place)));
}

void read_range(struct reader *reader, const struct place *place, void *target)
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

void read_node(struct reader *reader, const struct place *place, void *target)
{
	(void)reader;
	*(struct place *)target = *place;
}
