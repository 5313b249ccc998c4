/* SPDX-License-Identifier: Apache-2.0 */
#include "view/labels.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"

struct labels {
	const struct plan *plan;
	struct map shared; /* ids that several steps have */
};

struct labels *labels_new(const struct plan *plan)
{
	struct labels *labels = mem_alloc(sizeof(*labels));
	struct map seen;

	labels->plan = plan;
	map_init(&labels->shared);
	map_init(&seen);
	for (size_t i = 1; i < plan->count; i++) {
		const struct step *step = plan->nodes[i].step;

		if (map_put(&seen, step->id, labels))
			map_put(&labels->shared, step->id, labels);
	}
	map_done(&seen);
	return labels;
}

void labels_free(struct labels *labels)
{
	if (!labels)
		return;
	map_done(&labels->shared);
	free(labels);
}

/* The id of one element of a path: "restore" of "restore#2", "probe" of "probe[3]". */
static struct str id_of(struct str element)
{
	size_t len = 0;

	while (len < element.len && element.ptr[len] != '#' && element.ptr[len] != '[')
		len++;
	return str_sub(element, 0, len);
}

struct str labels_of(const struct labels *labels, struct str path)
{
	size_t end = path.len;

	for (;;) {
		size_t start = end;

		while (start > 0 && path.ptr[start - 1] != '/')
			start--;
		if (start == 0 ||
		    (!memchr(path.ptr, '[', start) &&
			!map_get(&labels->shared, id_of(str_sub(path, start, end - start)))))
			return str_sub(path, start, path.len);
		end = start - 1;
	}
}

void labels_put(const struct labels *labels, const struct plan_node *node, struct buf *out)
{
	if (node->parent != PLAN_ROOT && map_get(&labels->shared, node->step->id)) {
		labels_put(labels, &labels->plan->nodes[node->parent], out);
		buf_byte(out, '/');
	}
	buf_str(out, node->step->id);
}

size_t labels_columns(const struct labels *labels)
{
	size_t longest = 0;
	struct buf label;

	buf_init(&label, BUF_UNBOUNDED);
	for (size_t i = 1; i < labels->plan->count; i++) {
		size_t columns;

		buf_clear(&label);
		labels_put(labels, &labels->plan->nodes[i], &label);
		columns = utf8_columns(buf_view(&label));
		longest = columns > longest ? columns : longest;
	}
	buf_done(&label);
	return longest;
}
