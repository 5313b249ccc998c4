/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

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
