/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"
#include "base/units.h"
#include "lang/model.h"
#include "view/columns.h"
#include "view/history_parts.h"
#include "view/text.h"

/* Parents stand before their children in a plan, and the root before all. */
static void add_planned(
    struct arena *arena, const struct history_book *book, struct history_step *steps, size_t *count)
{
	const struct plan *plan = book->plan;
	struct str *paths = arena_array(arena, plan->count, sizeof(*paths));
	struct map done;

	map_init(&done);
	for (size_t i = 0; i < book->practice.step_count; i++)
		map_put(&done, book->practice.steps[i].path, &book->practice.steps[i]);

	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_node *node = &plan->nodes[i];
		struct str above;

		if (i == PLAN_ROOT)
			continue;
		above = paths[node->parent];
		paths[i] = arena_printf(arena, "%.*s%s%.*s", STR_ARG(above), above.len ? "/" : "",
		    STR_ARG(node->step->id));
		steps[(*count)++] = (struct history_step){paths[i], node, map_get(&done, paths[i])};
	}
	map_done(&done);
}

static bool is_planned(const struct history_book *book, struct str path)
{
	return book->plan && plan_at(book->plan, path);
}

struct history_step *history_steps(
    struct arena *arena, const struct history_book *book, size_t *ret_count)
{
	size_t planned = book->plan ? book->plan->count : 0;
	struct history_step *steps = arena_array(
	    arena, planned + book->practice.step_count + 1, sizeof(*steps));

	*ret_count = 0;
	if (book->plan)
		add_planned(arena, book, steps, ret_count);
	for (size_t i = 0; i < book->practice.step_count; i++) {
		const struct practice_step *done = &book->practice.steps[i];

		if (!is_planned(book, done->path))
			steps[(*ret_count)++] = (struct history_step){done->path, NULL, done};
	}
	return steps;
}

static void put_time(struct columns *columns, int64_t us)
{
	struct buf cell;

	buf_init(&cell, BUF_UNBOUNDED);
	if (us == UNSET_US)
		buf_byte(&cell, '-');
	else
		units_show_duration(&cell, us);
	columns_put(columns, buf_view(&cell));
	buf_done(&cell);
}

/* When it was last done; where it never was, whether a rehearsal went through it. */
static void put_last(
    const struct history_view *view, const struct practice_step *done, struct columns *columns)
{
	struct buf cell;

	buf_init(&cell, BUF_UNBOUNDED);
	if (done && !done->last_at_us && done->gone_through_at_us) {
		buf_text(&cell, "gone through ");
		history_put_age(view, &cell, done->gone_through_at_us);
	} else {
		history_put_age(view, &cell, done ? done->last_at_us : 0);
	}
	columns_put(columns, buf_view(&cell));
	buf_done(&cell);
}

/* Under what it is a part of; of what the runbook has no more, all of its path. */
static void put_name(const struct history_step *step, struct buf *out)
{
	static const char *const parts[PARTS] = {
	    [PART_STEPS] = "", [PART_FINALLY] = " (finally)", [PART_ROLLBACK] = " (rollback)"};

	if (step->node)
		buf_printf(out, "%*s%.*s%s", (int)step->node->depth * 2, "",
		    STR_ARG(step->node->step->id), parts[step->node->part]);
	else
		buf_printf(out, "  %.*s", STR_ARG(step->path));
	if (step->done && step->done->is_manual)
		buf_text(out, " (by hand)");
}

static void put_step(
    const struct history_view *view, const struct history_step *step, struct columns *columns)
{
	const struct practice_step *done = step->done;
	struct buf cell;

	buf_init(&cell, BUF_UNBOUNDED);
	put_name(step, &cell);
	columns_put(columns, buf_view(&cell));
	buf_clear(&cell);
	buf_printf(&cell, "%zu", done ? done->times : 0);
	columns_put(columns, buf_view(&cell));
	buf_clear(&cell);
	if (done && done->failed)
		buf_printf(&cell, "%zu %%", (done->failed * 100 + done->times / 2) / done->times);
	else
		buf_byte(&cell, '-');
	columns_put(columns, buf_view(&cell));
	buf_done(&cell);
	put_time(columns, done ? done->median_us : UNSET_US);
	put_time(columns, done ? done->p90_us : UNSET_US);
	put_last(view, done, columns);
}

static void put_counts(const struct history_book *book, struct buf *out)
{
	const struct practice *practice = &book->practice;

	text_harmless(out, book->id);
	buf_printf(out, ": %zu run%s, %zu rehearsal%s", practice->live,
	    practice->live == 1 ? "" : "s", practice->rehearsals,
	    practice->rehearsals == 1 ? "" : "s");
	if (practice->alone)
		buf_printf(out, ", %zu of one step alone", practice->alone);
	buf_byte(out, '\n');
}

static void put_table(const struct history_view *view, const struct history_step *steps,
    size_t count, bool planned, struct buf *out)
{
	static const struct column heads[] = {{.head = "  Step", .cut = true},
	    {.head = "Times", .right = true}, {.head = "Failed", .right = true},
	    {.head = "Median", .right = true}, {.head = "90 %", .right = true},
	    {.head = "Last done"}};
	struct columns *columns = columns_new(heads, sizeof(heads) / sizeof(*heads));
	size_t rows = 0;

	for (size_t i = 0; i < count; i++) {
		if (planned != (steps[i].node != NULL))
			continue;
		put_step(view, &steps[i], columns);
		rows++;
	}
	if (rows)
		columns_show(columns, view->columns, view->color, out);
	columns_free(columns);
}

void history_steps_text(
    const struct history_view *view, const struct history_book *book, struct buf *out)
{
	struct arena *arena = arena_new();
	size_t count;
	const struct history_step *steps = history_steps(arena, book, &count);
	size_t gone = 0;

	for (size_t i = 0; i < count; i++)
		gone += steps[i].node == NULL;
	buf_byte(out, '\n');
	put_counts(book, out);
	if (book->plan && book->practice.step_count)
		put_table(view, steps, count, true, out);
	if (gone && book->plan)
		buf_text(out, "  No longer in the runbook:\n");
	put_table(view, steps, count, false, out);
	arena_free(arena);
}
