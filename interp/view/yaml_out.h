/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_YAML_OUT_H
#define VIEW_YAML_OUT_H

#include "base/buf.h"
#include "value/value.h"

/*
 * A document of YAML in block style, as people expect to read it: maps, lists, texts, ints and bools. A text that could
 * be read as anything else, by any version of YAML, stands in quotes; one of several lines keeps them.
 */
void yaml_put(struct buf *out, const struct value *value);

/* A list that grows. Owned by its arena. */
struct list_builder {
	struct arena *arena;
	const struct value **items;
	size_t count;
	size_t capacity;
};

void list_begin(struct list_builder *builder, struct arena *arena);
void list_add(struct list_builder *builder, const struct value *value);
void list_add_str(struct list_builder *builder, struct str text);
const struct value *list_end(const struct list_builder *builder);

/* A text in a map. Copied. */
void map_add_text(struct map_builder *builder, const char *key, struct str text);

#endif
