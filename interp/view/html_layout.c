/* SPDX-License-Identifier: Apache-2.0 */
#include "view/html_graph.h"

#include <stdlib.h>

enum { GAP_X = 26, GAP_Y = 32, PAD = 14, LINK_WIDTH = 14, SWEEPS = 4 };

/* What takes room in a layer: a step, or a link that passes it. */
struct slot {
	uint32_t node; /* PLAN_NONE: a link passes */
	struct layout_link *link;
	size_t index; /* of the link's places */
	double order; /* where it would like to stand */
	size_t place; /* where it stands in its layer */
	int x; /* its middle */
	int width;
	struct slot *above[8]; /* what it hangs on, as far as there is room */
	size_t above_count;
};

struct layer {
	struct slot **slots;
	size_t count;
	size_t capacity;
	int height;
	int bottom; /* from the group's corner */
};

struct drawing {
	struct layout *layout;
	struct layout_group *group;
	size_t *depth; /* by place in the group */
	struct slot **slots; /* likewise */
	struct layer *layers;
	size_t layer_count;
};

static size_t place_of(const struct drawing *drawing, uint32_t node)
{
	size_t at = 0;

	while (at < drawing->group->count && drawing->group->nodes[at] != node)
		at++;
	return at;
}

static const struct plan_node *node_at(const struct drawing *drawing, size_t place)
{
	return &drawing->layout->plan->nodes[drawing->group->nodes[place]];
}

/* Each below what it needs. There is no cycle; a chain against the order of the document takes several rounds. */
static void find_depths(struct drawing *drawing)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (size_t i = 0; i < drawing->group->count; i++) {
			const struct plan_node *node = node_at(drawing, i);

			for (size_t k = 0; k < node->need_count; k++) {
				size_t need = place_of(drawing, node->needs[k]);

				if (need == drawing->group->count ||
				    drawing->depth[need] < drawing->depth[i])
					continue;
				drawing->depth[i] = drawing->depth[need] + 1;
				changed = true;
			}
		}
	}
	for (size_t i = 0; i < drawing->group->count; i++)
		if (drawing->depth[i] >= drawing->layer_count)
			drawing->layer_count = drawing->depth[i] + 1;
}

static struct slot *add_slot(struct drawing *drawing, size_t depth, uint32_t node, int width)
{
	struct layer *layer = &drawing->layers[depth];
	struct slot *slot = arena_alloc(drawing->layout->arena, sizeof(*slot));

	layer->slots = arena_grow(drawing->layout->arena, layer->slots, layer->count,
	    &layer->capacity, sizeof(struct slot *));
	slot->node = node;
	slot->width = width;
	slot->place = layer->count;
	layer->slots[layer->count++] = slot;
	return slot;
}

static void hang(struct slot *below, struct slot *above)
{
	if (below->above_count < sizeof(below->above) / sizeof(*below->above))
		below->above[below->above_count++] = above;
}

static void add_link(struct drawing *drawing, size_t from, size_t to)
{
	struct arena *arena = drawing->layout->arena;
	struct layout_link *link = arena_alloc(arena, sizeof(*link));
	struct slot *above = drawing->slots[from];

	link->from = drawing->group->nodes[from];
	link->to = drawing->group->nodes[to];
	link->count = drawing->depth[to] - drawing->depth[from] - 1;
	link->xs = arena_array(arena, link->count + 1, sizeof(int));
	link->tops = arena_array(arena, link->count + 1, sizeof(int));
	link->bottoms = arena_array(arena, link->count + 1, sizeof(int));
	for (size_t i = 0; i < link->count; i++) {
		struct slot *slot = add_slot(
		    drawing, drawing->depth[from] + 1 + i, PLAN_NONE, LINK_WIDTH);

		slot->link = link;
		slot->index = i;
		hang(slot, above);
		above = slot;
	}
	hang(drawing->slots[to], above);
	link->next = drawing->group->links;
	drawing->group->links = link;
}

static int by_order(const void *a, const void *b)
{
	const struct slot *one = *(struct slot *const *)a;
	const struct slot *other = *(struct slot *const *)b;

	if (one->order < other->order || one->order > other->order)
		return one->order < other->order ? -1 : 1;
	return one->place < other->place ? -1 : one->place > other->place;
}

/* Each where what it hangs on stands, so that few links cross. */
static void sort_layers(struct drawing *drawing)
{
	for (size_t i = 1; i < drawing->layer_count; i++) {
		struct layer *layer = &drawing->layers[i];

		for (size_t k = 0; k < layer->count; k++) {
			struct slot *slot = layer->slots[k];
			double sum = 0;

			for (size_t m = 0; m < slot->above_count; m++)
				sum += ((double)slot->above[m]->place + 0.5) /
				    (double)drawing->layers[i - 1].count;
			slot->order = slot->above_count ? sum / (double)slot->above_count : 0.5;
		}
		qsort(layer->slots, layer->count, sizeof(struct slot *), by_order);
		for (size_t k = 0; k < layer->count; k++)
			layer->slots[k]->place = k;
	}
}

static int width_of(const struct layer *layer)
{
	int width = -GAP_X;

	for (size_t i = 0; i < layer->count; i++)
		width += layer->slots[i]->width + GAP_X;
	return width > 0 ? width : 0;
}

/* Within the group, from its own corner. */
static void place_layer(struct drawing *drawing, struct layer *layer, int y)
{
	int x = (drawing->group->width - width_of(layer)) / 2;

	for (size_t i = 0; i < layer->count; i++) {
		struct slot *slot = layer->slots[i];
		struct layout_place *place;

		slot->x = x + slot->width / 2;
		x += slot->width + GAP_X;
		if (slot->node == PLAN_NONE) {
			slot->link->xs[slot->index] = slot->x;
			slot->link->tops[slot->index] = y;
			slot->link->bottoms[slot->index] = y + layer->height;
			continue;
		}
		place = &drawing->layout->places[slot->node];
		place->x = slot->x - place->width / 2;
		place->y = y;
	}
}

static void place_layers(struct drawing *drawing)
{
	int y = 0;

	for (size_t i = 0; i < drawing->layer_count; i++)
		if (width_of(&drawing->layers[i]) > drawing->group->width)
			drawing->group->width = width_of(&drawing->layers[i]);
	for (size_t i = 0; i < drawing->layer_count; i++) {
		struct layer *layer = &drawing->layers[i];

		for (size_t k = 0; k < layer->count; k++)
			if (layer->slots[k]->node != PLAN_NONE &&
			    drawing->layout->places[layer->slots[k]->node].unit_height >
				layer->height)
				layer->height = drawing->layout->places[layer->slots[k]->node]
						    .unit_height;
		place_layer(drawing, layer, y);
		layer->bottom = y + layer->height;
		y += layer->height + GAP_Y;
	}
	drawing->group->height = y - GAP_Y;
	for (struct layout_link *link = drawing->group->links; link; link = link->next)
		link->start = drawing->layers[drawing->depth[place_of(drawing, link->from)]].bottom;
}

static void measure(struct layout *layout, uint32_t index);

static void measure_group(struct layout *layout, struct layout_group *group)
{
	struct drawing drawing = {.layout = layout, .group = group};
	size_t count = group->count;

	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++)
		measure(layout, group->nodes[i]);
	drawing.depth = arena_array(layout->arena, count, sizeof(*drawing.depth));
	drawing.slots = arena_array(layout->arena, count, sizeof(struct slot *));
	find_depths(&drawing);
	drawing.layers = arena_array(layout->arena, drawing.layer_count, sizeof(*drawing.layers));
	for (size_t i = 0; i < count; i++)
		drawing.slots[i] = add_slot(&drawing, drawing.depth[i], group->nodes[i],
		    layout->places[group->nodes[i]].unit_width);
	for (size_t i = 0; i < count; i++) {
		const struct plan_node *node = node_at(&drawing, i);

		for (size_t k = 0; k < node->need_count; k++) {
			size_t need = place_of(&drawing, node->needs[k]);

			if (need < count)
				add_link(&drawing, need, i);
		}
	}
	for (size_t i = 0; i < SWEEPS; i++)
		sort_layers(&drawing);
	place_layers(&drawing);
}

static int larger(int a, int b)
{
	return a > b ? a : b;
}

/* How large a step is with all that is in it, and where in it its groups begin. */
static void measure(struct layout *layout, uint32_t index)
{
	const struct plan_node *node = &layout->plan->nodes[index];
	struct layout_place *place = &layout->places[index];
	struct layout_group *steps = &place->parts[PART_STEPS];
	struct layout_group *last = &place->parts[PART_FINALLY];
	struct layout_group *undo = &place->parts[PART_ROLLBACK];

	*steps = (struct layout_group){.nodes = node->children, .count = node->child_count};
	*last = (struct layout_group){.nodes = node->finally, .count = node->finally_count};
	*undo = (struct layout_group){.nodes = node->rollback, .count = node->rollback_count};
	for (size_t i = 0; i < PARTS; i++)
		measure_group(layout, &place->parts[i]);
	place->width = LAYOUT_BOX_WIDTH;
	place->height = LAYOUT_BOX_HEIGHT;
	if (steps->count || last->count) {
		int inner = larger(steps->width, last->count ? last->width + 2 * PAD : 0);

		place->width = larger(inner + 2 * PAD, LAYOUT_BOX_WIDTH);
		steps->x = (place->width - steps->width) / 2;
		steps->y = LAYOUT_HEAD;
		place->height = LAYOUT_HEAD + steps->height + PAD;
		last->x = (place->width - last->width) / 2;
		last->y = place->height + LAYOUT_HEAD;
		if (last->count)
			place->height = last->y + last->height + 2 * PAD;
	}
	place->unit_width = place->width;
	place->unit_height = place->height;
	if (undo->count == 0)
		return;
	/* beside it; with as much room on the other side it stands in the middle, where links end */
	place->unit_width = place->width + 2 * (undo->width + 2 * PAD + GAP_X);
	undo->x = place->width + GAP_X + PAD;
	undo->y = LAYOUT_HEAD;
	place->unit_height = larger(place->height, undo->y + undo->height + PAD);
}

static void settle_link(struct layout_link *link, int x, int y)
{
	link->start += y;
	for (size_t i = 0; i < link->count; i++) {
		link->xs[i] += x;
		link->tops[i] += y;
		link->bottoms[i] += y;
	}
}

/* From places within what they stand in to places on the page. */
static void settle(struct layout *layout, uint32_t index, int x, int y)
{
	struct layout_place *place = &layout->places[index];

	place->x += x;
	place->y += y;
	for (size_t i = 0; i < PARTS; i++) {
		struct layout_group *group = &place->parts[i];

		group->x += place->x;
		group->y += place->y;
		for (size_t k = 0; k < group->count; k++)
			settle(layout, group->nodes[k], group->x, group->y);
		for (struct layout_link *link = group->links; link; link = link->next)
			settle_link(link, group->x, group->y);
	}
}

struct layout *layout_new(struct arena *arena, const struct plan *plan)
{
	struct layout *layout = arena_alloc(arena, sizeof(*layout));

	layout->arena = arena;
	layout->plan = plan;
	layout->places = arena_array(arena, plan->count, sizeof(*layout->places));
	measure(layout, PLAN_ROOT);
	settle(layout, PLAN_ROOT, 0, 0);
	return layout;
}
