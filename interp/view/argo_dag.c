/* SPDX-License-Identifier: Apache-2.0 */
#include "view/argo_parts.h"

/* Templates that are DAGs: the runbook, its finally steps, blocks, steps that are asked for, loops. */

/* Tasks of ours beside steps: no step's name has a capital. */
#define ASK "Ask"
#define VERIFY "Verify"

void argo_task(struct argo *argo, struct map_builder *task, struct str name, const char *template,
    struct str of, struct str depends)
{
	map_begin(task, argo->arena);
	map_add_text(task, "name", name);
	map_add_text(task, "template", arena_printf(argo->arena, "%s%.*s", template, STR_ARG(of)));
	if (depends.len)
		map_add_text(task, "depends", depends);
}

/* Argo calls a task skipped whose condition did not hold, or whose loop had no item. */
static bool may_be_skipped(const struct argo *argo, const struct plan_node *node)
{
	enum argo_shape shape = argo->nodes[node->index].shape;

	return shape == ARGO_BLOCK && node->step->when;
}

struct str argo_depends(const struct argo *argo, const uint32_t *needs, size_t count)
{
	struct buf out;
	struct str text;

	buf_init(&out, BUF_UNBOUNDED);
	for (size_t i = 0; i < count; i++) {
		const struct plan_node *need = &argo->plan->nodes[needs[i]];
		struct str name = argo->nodes[need->index].name;
		bool whatever = need->part == PART_FINALLY;
		bool fails = whatever || need->step->allow_failure;
		bool skips = whatever || may_be_skipped(argo, need);
		bool many = count > 1 && (fails || skips);

		buf_printf(
		    &out, "%s%s%.*s.Succeeded", i ? " && " : "", many ? "(" : "", STR_ARG(name));
		if (skips)
			buf_printf(&out, " || %.*s.Skipped", STR_ARG(name));
		if (fails)
			buf_printf(&out, " || %.*s.Failed", STR_ARG(name));
		if (whatever)
			buf_printf(&out, " || %.*s.Errored", STR_ARG(name));
		buf_text(&out, many ? ")" : "");
	}
	text = arena_str(argo->arena, buf_view(&out));
	buf_done(&out);
	return text;
}

static void add_dag(struct argo *argo, const char *kind, struct str name, const struct value *tasks,
    bool fail_fast, int64_t parallelism, struct str lock)
{
	struct map_builder map;
	struct map_builder dag;

	map_begin(&map, argo->arena);
	map_add_text(&map, "name", arena_printf(argo->arena, "%s%.*s", kind, STR_ARG(name)));
	if (parallelism)
		map_add(&map, "parallelism", value_int(argo->arena, parallelism));
	argo_mutex(argo, &map, lock);
	map_begin(&dag, argo->arena);
	map_add(&dag, "failFast", value_bool(fail_fast));
	map_add(&dag, "tasks", tasks);
	map_add(&map, "dag", map_end(&dag));
	list_add(&argo->templates, map_end(&map));
}

/* Rehearsed, so that nobody is asked for what would be skipped, and whoever is asked can read what would be done. */
static void add_asked(struct argo *argo, const struct plan_node *node)
{
	struct str name = argo->nodes[node->index].name;
	const struct manual *manual = &node->step->manual;
	struct list_builder tasks;
	struct list_builder parameters;
	struct map_builder task;
	struct map_builder one;

	list_begin(&tasks, argo->arena);
	argo_task(argo, &task, STR("rehearse"), "rehearse-", name, (struct str){0});
	list_add(&tasks, map_end(&task));
	argo_task(argo, &task, STR("ask"), "ask-", name, STR("rehearse.Succeeded"));
	map_add_text(&task, "when",
	    STR("'{{tasks.rehearse.outputs.parameters.outcome}}' == 'rehearsed' || "
		"'{{tasks.rehearse.outputs.parameters.outcome}}' == 'succeeded'"));
	list_add(&tasks, map_end(&task));
	argo_task(argo, &task, STR("do"), "do-", name, STR("ask.Succeeded"));
	list_begin(&parameters, argo->arena);
	for (size_t i = 0; i < manual->input_count; i++) {
		map_begin(&one, argo->arena);
		map_add_text(&one, "name", manual->inputs[i].name);
		map_add_text(&one, "value",
		    arena_printf(argo->arena, "{{tasks.ask.outputs.parameters.%.*s}}",
			STR_ARG(manual->inputs[i].name)));
		list_add(&parameters, map_end(&one));
	}
	if (parameters.count) {
		map_begin(&one, argo->arena);
		map_add(&one, "parameters", list_end(&parameters));
		map_add(&task, "arguments", map_end(&one));
	}
	list_add(&tasks, map_end(&task));
	add_dag(argo, "step-", name, list_end(&tasks), true, 0, (struct str){0});
}

static void add_loop(struct argo *argo, const struct plan_node *node)
{
	struct str name = argo->nodes[node->index].name;
	const char *key;
	const struct value *items = argo_items(argo, node, &key);
	struct list_builder list;
	struct map_builder task;
	struct map_builder one;
	struct map_builder arguments;

	argo_task(argo, &task, STR("item"), "item-", name, (struct str){0});
	map_begin(&one, argo->arena);
	map_add_text(&one, "name", STR("item"));
	map_add_text(&one, "value", STR("{{item}}"));
	list_begin(&list, argo->arena);
	list_add(&list, map_end(&one));
	map_begin(&arguments, argo->arena);
	map_add(&arguments, "parameters", list_end(&list));
	map_add(&task, "arguments", map_end(&arguments));
	map_add(&task, key, items);
	list_begin(&list, argo->arena);
	list_add(&list, map_end(&task));
	add_dag(argo, "step-", name, list_end(&list), !each_keeps_going(&node->step->each),
	    node->step->each.max_parallel, (struct str){0});
}

/* Everything that nothing in its list waits for: behind all of it comes what comes behind the list. */
static struct str behind_all(struct argo *argo, const uint32_t *nodes, size_t count)
{
	uint32_t *last = arena_array(argo->arena, count, sizeof(*last));
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		if (argo->plan->nodes[nodes[i]].dependent_count == 0)
			last[found++] = nodes[i];
	return argo_depends(argo, last, found);
}

static void add_task(
    struct argo *argo, struct list_builder *tasks, const struct plan_node *node, bool asked)
{
	const struct argo_node *own = &argo->nodes[node->index];
	struct str depends = argo_depends(argo, node->needs, node->need_count);
	struct map_builder task;

	if (asked && !node->need_count)
		depends = STR(ASK ".Succeeded");
	argo_task(argo, &task, own->name, "step-", own->name, depends);
	if (own->shape == ARGO_BLOCK && node->step->when)
		map_add_text(&task, "when", argo_condition(argo, node));
	list_add(tasks, map_end(&task));
}

static void add_below(struct argo *argo, const struct plan_node *node)
{
	switch (argo->nodes[node->index].shape) {
	case ARGO_ASKED:
		add_asked(argo, node);
		argo_add_step(argo, node);
		break;
	case ARGO_LOOP:
		add_loop(argo, node);
		argo_add_step(argo, node);
		break;
	case ARGO_BLOCK:
		argo_add_dag(argo, "step-", node, node->children, node->child_count);
		argo_add_step(argo, node);
		break;
	case ARGO_POD:
	case ARGO_INSIDE:
		argo_add_step(argo, node);
		break;
	}
}

void argo_add_dag(struct argo *argo, const char *name, const struct plan_node *block,
    const uint32_t *nodes, size_t count)
{
	bool root = block->index == PLAN_ROOT;
	bool finally = nodes == block->finally;
	bool asked = !root && block->asks;
	struct list_builder tasks;
	struct map_builder task;

	list_begin(&tasks, argo->arena);
	if (asked) {
		argo_task(
		    argo, &task, STR(ASK), "ask-", argo->nodes[block->index].name, (struct str){0});
		list_add(&tasks, map_end(&task));
	}
	for (size_t i = 0; i < count; i++)
		add_task(argo, &tasks, &argo->plan->nodes[nodes[i]], asked);
	if (root && !finally && block->step->verify.count) {
		argo_task(argo, &task, STR(VERIFY), "verify", (struct str){0},
		    behind_all(argo, nodes, count));
		list_add(&tasks, map_end(&task));
	}
	add_dag(argo, name, root ? (struct str){0} : argo->nodes[block->index].name,
	    list_end(&tasks), !finally && argo->plan->runbook->on_failure != FAILURE_CONTINUE, 0,
	    block->step->lock);
	for (size_t i = 0; i < count; i++)
		add_below(argo, &argo->plan->nodes[nodes[i]]);
	if (root && !finally && block->step->verify.count)
		argo_add_verify(argo);
}
