/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "history/index_parts.h"
#include "history/index_row.h"
#include "lang/model.h"
#include "sched/node_path.h"

static struct str column(sqlite3_stmt *row, int at, struct arena *arena)
{
	const char *text = (const char *)sqlite3_column_text(row, at);

	return arena_str(arena, (struct str){text, (size_t)sqlite3_column_bytes(row, at)});
}

/* A file that is known by more than its name lies elsewhere. */
static struct str path_of(const struct run_index *index, struct arena *arena, struct str name)
{
	if (!index->folder || memchr(name.ptr, '/', name.len))
		return name;
	return arena_printf(arena, "%s/%.*s", index->folder, STR_ARG(name));
}

static struct past_run run_of(const struct run_index *index, sqlite3_stmt *row, struct arena *arena)
{
	int flags = sqlite3_column_int(row, 8);

	return (struct past_run){
	    .run = column(row, 1, arena),
	    .runbook = column(row, 2, arena),
	    .sha256 = column(row, 3, arena),
	    .texts = column(row, 4, arena),
	    .mode = column(row, 5, arena),
	    .alone = column(row, 6, arena),
	    .follows = column(row, 7, arena),
	    .rehearsal = flags & RUN_IS_REHEARSAL,
	    .resumed = flags & RUN_WAS_RESUMED,
	    .finished = flags & RUN_HAS_FINISHED,
	    .outcome = (enum run_outcome)sqlite3_column_int(row, 9),
	    .why = column(row, 10, arena),
	    .began_at_us = sqlite3_column_int64(row, 11),
	    .heard_at_us = sqlite3_column_int64(row, 12),
	    .duration_us = sqlite3_column_int64(row, 13),
	    .open_us = sqlite3_column_int64(row, 14),
	    .path = path_of(index, arena, column(row, 16, arena)),
	    .rto_us = sqlite3_column_int64(row, 17),
	    .recovered_us = sqlite3_column_int64(row, 18),
	};
}

static struct past_step step_of(sqlite3_stmt *row, struct arena *arena)
{
	struct str node = column(row, 0, arena);
	int flags = sqlite3_column_int(row, 2);

	return (struct past_step){
	    .node = node,
	    .path = node_written(arena, node),
	    .outcome = (enum outcome)sqlite3_column_int(row, 1),
	    .allowed = flags & STEP_IS_ALLOWED,
	    .performed = flags & STEP_WAS_PERFORMED,
	    .checked = flags & STEP_WAS_CHECKED,
	    .assumed = flags & STEP_IS_ASSUMED,
	    .is_block = flags & STEP_IS_BLOCK,
	    .is_loop = flags & STEP_IS_LOOP,
	    .is_manual = flags & STEP_IS_MANUAL,
	    .attempts = (uint32_t)sqlite3_column_int64(row, 3),
	    .began_us = sqlite3_column_int64(row, 4),
	    .duration_us = sqlite3_column_int64(row, 5),
	    .open_us = sqlite3_column_int64(row, 6),
	};
}

/* How many there must be is known: some may be missing where the index is damaged. */
static int read_steps(
    struct run_index *index, struct arena *arena, int64_t file, int64_t count, struct past_run *run)
{
	sqlite3_stmt *row = index_statement(index, INDEX_STEPS);
	size_t capacity = 0;
	int error;

	sqlite3_bind_int64(row, 1, file);
	while ((error = index_step(index, row)) == SQLITE_ROW) {
		struct past_step step = step_of(row, arena);

		if (step.outcome > OUTCOME_REHEARSED)
			break;
		run->steps = arena_grow(
		    arena, run->steps, run->step_count, &capacity, sizeof(*run->steps));
		run->steps[run->step_count++] = step;
	}
	sqlite3_reset(row);
	if (error != SQLITE_DONE && error != SQLITE_ROW)
		return error;
	return (int64_t)run->step_count == count ? SQLITE_OK : SQLITE_CORRUPT;
}

static void turn_round(struct past *past)
{
	for (size_t i = 0; i < past->count / 2; i++) {
		struct past_run run = past->runs[i];

		past->runs[i] = past->runs[past->count - 1 - i];
		past->runs[past->count - 1 - i] = run;
	}
}

/* Copies of one transcript stand side by side, and the one that knows most is the first of them. */
static bool is_again(const struct past *past, sqlite3_stmt *row)
{
	const struct past_run *last = past->count ? &past->runs[past->count - 1] : NULL;
	const char *run = (const char *)sqlite3_column_text(row, 1);
	size_t len = (size_t)sqlite3_column_bytes(row, 1);

	return last && last->began_at_us == sqlite3_column_int64(row, 11) &&
	    str_eq(last->run, (struct str){run, len});
}

static int read_runs(
    struct run_index *index, struct arena *arena, const struct past_query *query, struct past *past)
{
	sqlite3_stmt *row = index_statement(index, INDEX_RUNS);
	size_t capacity = 0;
	int error;

	*past = (struct past){0};
	sqlite3_bind_text(row, 1, query->runbook.len ? query->runbook.ptr : "",
	    (int)query->runbook.len, SQLITE_STATIC);
	sqlite3_bind_int64(row, 2, query->since_us ? query->since_us : INT64_MIN);
	sqlite3_bind_int64(row, 3, UNSET_US);
	while ((error = index_step(index, row)) == SQLITE_ROW) {
		struct past_run run;

		if (is_again(past, row))
			continue;
		if (query->newest && past->count == query->newest)
			break;
		run = run_of(index, row, arena);
		error = run.outcome > RUN_ALONE ? SQLITE_CORRUPT : SQLITE_OK;
		if (error == SQLITE_OK && query->steps)
			error = read_steps(index, arena, sqlite3_column_int64(row, 0),
			    sqlite3_column_int64(row, 15), &run);
		if (error != SQLITE_OK)
			break;
		past->runs = arena_grow(
		    arena, past->runs, past->count, &capacity, sizeof(*past->runs));
		past->runs[past->count++] = run;
	}
	sqlite3_reset(row);
	turn_round(past);
	return error == SQLITE_DONE || error == SQLITE_ROW ? SQLITE_OK : error;
}

void index_past(struct run_index *index, struct arena *arena, const struct past_query *query,
    struct past *ret_past)
{
	int error;

	do
		error = read_runs(index, arena, query, ret_past);
	while (error != SQLITE_OK && index_restore(index, error));
}

void past_of(
    struct run_index *index, struct arena *arena, struct str runbook, struct past *ret_past)
{
	struct past_query query = {.runbook = runbook, .steps = true};

	index_past(index, arena, &query, ret_past);
}

struct index_trouble *index_troubles(
    struct run_index *index, struct arena *arena, size_t *ret_count)
{
	sqlite3_stmt *row = index_statement(index, INDEX_TROUBLES);
	struct index_trouble *troubles = NULL;
	size_t capacity = 0;

	*ret_count = 0;
	while (index_step(index, row) == SQLITE_ROW) {
		troubles = arena_grow(arena, troubles, *ret_count, &capacity, sizeof(*troubles));
		troubles[*ret_count].path = path_of(index, arena, column(row, 0, arena));
		troubles[(*ret_count)++].why = column(row, 1, arena);
	}
	sqlite3_reset(row);
	return troubles;
}
