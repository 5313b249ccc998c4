/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

#include "base/units.h"

/* All of a list. */
enum { WHOLE = 100 };

int64_t each_may_fail(const struct each *each, size_t count)
{
	const struct quota *quota = &each->max_failures;

	return quota->is_share ? (int64_t)count * quota->number / WHOLE : quota->number;
}

int64_t each_canaries(const struct each *each, size_t count)
{
	const struct quota *quota = &each->canary;
	int64_t canaries = quota->is_share ? ((int64_t)count * quota->number + WHOLE - 1) / WHOLE
					   : quota->number;

	return canaries < (int64_t)count ? canaries : (int64_t)count;
}

bool each_keeps_going(const struct each *each)
{
	return each->max_failures.is_share && each->max_failures.number == WHOLE;
}

void quota_show(struct buf *out, const struct quota *quota)
{
	buf_printf(out, "%lld%s", (long long)quota->number, quota->is_share ? "%" : "");
}

static void read_each(struct reader *reader, const struct place *place, void *target)
{
	struct each *each = target;

	each->span = place->name->span;
	read_expr(reader, place, &each->list);
}

static void read_as(struct reader *reader, const struct place *place, void *target)
{
	struct each *each = target;
	struct str name = {0};

	read_string(reader, place, &name);
	if (name.ptr && read_name(reader, place->value, "an item"))
		each->as = name;
	each->as_span = place->value->span;
}

static void read_quota(
    struct reader *reader, const struct place *place, int64_t least, struct quota *quota)
{
	const struct node *node = place->value;
	struct quota read = {0};
	struct diag *diag;
	const char *unit;

	read.is_share = node->kind == NODE_SCALAR && units_share(node->scalar.bytes, &read.number);
	unit = read.is_share ? "%" : "";
	if (!read.is_share && (node->kind != NODE_SCALAR || !node_int(node, &read.number))) {
		diag = place_wrong(reader, place, "a number of items or a share of them");
		diag_help(reader->diags, diag, "as in `2` or `25%%`: whole numbers");
	} else if (read.number < least || read.number > (read.is_share ? WHOLE : COUNT_MAX)) {
		diag_error(reader->diags, "out-of-range", node->span,
		    "`%.*s` is at least %lld%s and at most %d%s", STR_ARG(place_name(place)),
		    (long long)least, unit, read.is_share ? WHOLE : COUNT_MAX, unit);
	} else {
		*quota = read;
	}
}

static void read_max_failures(struct reader *reader, const struct place *place, void *target)
{
	read_quota(reader, place, 0, target);
}

static void read_canary(struct reader *reader, const struct place *place, void *target)
{
	read_quota(reader, place, 1, target);
}

static void read_keep_going(struct reader *reader, const struct place *place, void *target)
{
	bool all = false;

	read_bool(reader, place, &all);
	*(struct quota *)target = all ? (struct quota){WHOLE, true} : (struct quota){0};
}

const struct shape shape_each = {
    .name = "each",
    .read = read_each,
    .templates = true,
    .schema = JSON({"$ref" : "#/$defs/expression"}),
};
const struct shape shape_as = {
    .name = "as",
    .read = read_as,
    .schema = JSON({"$ref" : "#/$defs/name"}),
};
const struct shape shape_max_failures = {
    .name = "max-failures",
    .read = read_max_failures,
    .schema = JSON({
	    "anyOf" : [
		    {"type" : "integer", "minimum" : 0, "maximum" : 10000},
		    {"type" : "string", "pattern" : "^0*(100|[0-9]{1,2})%$"}
	    ]
    }),
    .doc = "A number of items, or a share of them: 2, 25%.",
};
const struct shape shape_canary = {
    .name = "canary",
    .read = read_canary,
    .schema = JSON({
	    "anyOf" : [
		    {"type" : "integer", "minimum" : 1, "maximum" : 10000},
		    {"type" : "string", "pattern" : "^0*(100|[1-9][0-9]?)%$"}
	    ]
    }),
    .doc = "A number of items, or a share of them: 1, 10%.",
};
const struct shape shape_keep_going = {
    .name = "keep-going",
    .read = read_keep_going,
    .schema = JSON({"$ref" : "#/$defs/bool"}),
};
