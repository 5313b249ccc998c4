/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"
#include "view/columns.h"
#include "view/history.h"
#include "view/history_parts.h"
#include "view/text.h"

static void put_cell(struct columns *columns, struct buf *cell)
{
	columns_put(columns, buf_view(cell));
	buf_clear(cell);
}

void history_put_minute(struct buf *out, int64_t at_us)
{
	struct buf clock;

	text_day(out, at_us);
	buf_init(&clock, BUF_UNBOUNDED);
	text_clock(&clock, at_us);
	buf_printf(out, " %.5s", clock.ptr);
	buf_done(&clock);
}

void history_put_age(const struct history_view *view, struct buf *out, int64_t at_us)
{
	int64_t days = history_days(view, at_us);

	if (!at_us)
		buf_text(out, "never");
	else if (days < 1)
		buf_text(out, "<1 day ago");
	else
		buf_printf(out, "%lld day%s ago", (long long)days, days == 1 ? "" : "s");
}

static void put_duration(struct buf *out, int64_t us)
{
	if (us > 0)
		units_show_duration(out, us);
	else
		buf_byte(out, '-');
}

void history_heading(const struct history_view *view, const char *text, struct buf *out)
{
	buf_printf(
	    out, "%s%s%s\n", view->color ? "\033[1m" : "", text, view->color ? "\033[0m" : "");
}

static void put_run(struct columns *columns, const struct past_run *run)
{
	static const char *const objectives[] = {
	    [OBJECTIVE_NONE] = "-", [OBJECTIVE_MET] = "met", [OBJECTIVE_MISSED] = "MISSED"};
	struct buf cell;

	buf_init(&cell, BUF_UNBOUNDED);
	history_put_minute(&cell, run->began_at_us);
	put_cell(columns, &cell);
	columns_put(columns, run->runbook);
	columns_put(columns, history_mode(run));
	columns_put(columns, str_from(history_outcome(run)));
	put_duration(&cell, run->duration_us);
	put_cell(columns, &cell);
	columns_put(columns, str_from(objectives[practice_objective(run)]));
	put_duration(&cell, run->open_us < 1000000 ? 0 : run->open_us);
	put_cell(columns, &cell);
	columns_put(columns, run->run);
	buf_done(&cell);
}

static void put_runs(const struct history_view *view, struct buf *out)
{
	static const struct column wide[] = {{.head = "When (UTC)"},
	    {.head = "Runbook", .cut = true}, {.head = "What"}, {.head = "Outcome"},
	    {.head = "Took", .right = true}, {.head = "RTO", .spare = COLUMN_SPARED_LAST},
	    {.head = "Waited", .right = true, .spare = COLUMN_SPARED_LAST},
	    {.head = "Run", .spare = COLUMN_SPARED}};
	const size_t all = sizeof(wide) / sizeof(*wide);
	size_t count = view->runs->count;
	size_t most = view->most && view->most < count ? view->most : count;
	struct columns *columns = columns_new(wide, all);

	for (size_t i = 0; i < most; i++)
		put_run(columns, &view->runs->runs[count - 1 - i]);
	if (columns_show(columns, view->columns, view->color, out) < all) {
		buf_text(out, "newest: reprise report ");
		text_harmless(out, view->runs->runs[count - 1].run);
		buf_byte(out, '\n');
	}
	columns_free(columns);
	if (most < count)
		buf_printf(out, "%zu earlier ones are not shown; --all shows them\n", count - most);
}

/* "25 days ago, failed" */
static void put_last(const struct history_view *view, const struct past_run *run, bool outcome,
    struct columns *columns)
{
	struct buf cell;

	buf_init(&cell, BUF_UNBOUNDED);
	history_put_age(view, &cell, run ? run->began_at_us : 0);
	if (run && outcome && !practice_went_well(run))
		buf_printf(&cell, ", %s", history_outcome(run));
	put_cell(columns, &cell);
	buf_done(&cell);
}

static void put_books(const struct history_view *view, struct buf *out)
{
	static const struct column heads[] = {{.head = "Runbook", .cut = true},
	    {.head = "Last run"}, {.head = "Last rehearsal"},
	    {.head = "Last went well", .spare = COLUMN_SPARED_LAST}};
	struct columns *columns = columns_new(heads, sizeof(heads) / sizeof(*heads));

	for (size_t i = 0; i < view->book_count; i++) {
		const struct history_book *book = &view->books[i];

		columns_put(columns, book->id);
		put_last(view, book->practice.last_live, true, columns);
		put_last(view, book->practice.last_rehearsal, true, columns);
		put_last(view, book->practice.last_well, false, columns);
	}
	columns_show(columns, view->columns, view->color, out);
	columns_free(columns);
}

static void put_lack(const struct history_view *view, const struct history_book *book,
    enum history_lack lack, struct columns *columns)
{
	const struct practice *practice = &book->practice;
	struct buf cell;

	columns_put(columns, book->id);
	buf_init(&cell, BUF_UNBOUNDED);
	if (lack == HISTORY_FAILED) {
		buf_text(&cell, "failed ");
		history_put_age(view, &cell, practice->failed_since->began_at_us);
		buf_text(&cell, ", and has not recovered since");
	} else if (lack == HISTORY_NEVER) {
		buf_text(&cell, practice->live + practice->rehearsals ? "never well" : "never");
	} else {
		history_put_age(view, &cell, practice->last_well->began_at_us);
	}
	put_cell(columns, &cell);
	buf_done(&cell);
}

static void put_gate(const struct history_view *view, struct buf *out)
{
	static const struct column heads[] = {
	    {.head = "Runbook", .cut = true}, {.head = "Last went well"}};
	size_t lacking = history_lacking(view);
	struct columns *columns;

	if (!lacking) {
		buf_printf(out, "%s %zu runbook%s went well within ",
		    view->book_count == 1 ? "The" : "All", view->book_count,
		    view->book_count == 1 ? "" : "s");
		units_show_duration(out, view->max_age_us);
		buf_text(out, ", in a run or a rehearsal.\n");
		return;
	}
	buf_text(out, "Not run or rehearsed well within ");
	units_show_duration(out, view->max_age_us);
	buf_printf(out, " (%zu of %zu runbooks):\n", lacking, view->book_count);
	columns = columns_new(heads, sizeof(heads) / sizeof(*heads));
	for (size_t i = 0; i < view->book_count; i++) {
		enum history_lack lack = history_lack(view, &view->books[i]);

		if (lack != HISTORY_LATELY)
			put_lack(view, &view->books[i], lack, columns);
	}
	columns_show(columns, view->columns, view->color, out);
	columns_free(columns);
}

static void put_nothing(const struct history_view *view, struct buf *out)
{
	if (view->chosen) {
		buf_text(out, "No run is kept that this asks for.\n");
		return;
	}
	buf_text(out, "No run is kept in ");
	text_harmless(out, str_from(view->folder));
	buf_text(out,
	    " yet. `reprise run` and `reprise rehearse` keep\n"
	    "theirs there, unless --transcript says where; `--also PATH` counts such a record.\n");
}

void history_text(const struct history_view *view, struct buf *out)
{
	if (view->max_age_us) {
		put_gate(view, out);
		return;
	}
	if (view->runs->count)
		put_runs(view, out);
	else
		put_nothing(view, out);
	if (view->book_count) {
		buf_byte(out, '\n');
		put_books(view, out);
	}
	for (size_t i = 0; view->steps && i < view->book_count; i++)
		history_steps_text(view, &view->books[i], out);
}
