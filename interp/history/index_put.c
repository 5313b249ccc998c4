/* SPDX-License-Identifier: Apache-2.0 */
#include "history/index_parts.h"
#include "history/index_row.h"
#include "lang/model.h"

static void bind_text(sqlite3_stmt *statement, int at, struct str text)
{
	sqlite3_bind_text(statement, at, text.len ? text.ptr : "", (int)text.len, SQLITE_STATIC);
}

static int perform_on(struct run_index *index, enum index_statement which, struct str text)
{
	sqlite3_stmt *statement = index_statement(index, which);

	bind_text(statement, 1, text);
	return index_perform(index, statement);
}

int index_forget(struct run_index *index, const char *name)
{
	int error = perform_on(index, INDEX_DROP_STEPS, str_from(name));

	if (error == SQLITE_OK)
		error = perform_on(index, INDEX_DROP_RUN, str_from(name));
	if (error == SQLITE_OK)
		error = perform_on(index, INDEX_DROP_FILE, str_from(name));
	return error;
}

static int put_file(
    struct run_index *index, const char *name, const struct stamp *stamp, const struct str *why)
{
	sqlite3_stmt *statement = index_statement(index, INDEX_PUT_FILE);

	bind_text(statement, 1, str_from(name));
	sqlite3_bind_int64(statement, 2, stamp->size);
	sqlite3_bind_int64(statement, 3, stamp->mtime_ns);
	sqlite3_bind_int64(statement, 4, stamp->ctime_ns);
	sqlite3_bind_int64(statement, 5, stamp->inode);
	if (why)
		bind_text(statement, 6, *why);
	return index_perform(index, statement);
}

static int put_run(struct run_index *index, int64_t file, const struct past_run *run)
{
	sqlite3_stmt *statement = index_statement(index, INDEX_PUT_RUN);
	int flags = 0;

	flags |= run->rehearsal ? RUN_IS_REHEARSAL : 0;
	flags |= run->resumed ? RUN_WAS_RESUMED : 0;
	flags |= run->finished ? RUN_HAS_FINISHED : 0;
	sqlite3_bind_int64(statement, 1, file);
	bind_text(statement, 2, run->run);
	bind_text(statement, 3, run->runbook);
	bind_text(statement, 4, run->sha256);
	bind_text(statement, 5, run->texts);
	bind_text(statement, 6, run->mode);
	bind_text(statement, 7, run->alone);
	bind_text(statement, 8, run->follows);
	sqlite3_bind_int(statement, 9, flags);
	sqlite3_bind_int(statement, 10, (int)run->outcome);
	bind_text(statement, 11, run->why);
	sqlite3_bind_int64(statement, 12, run->began_at_us);
	sqlite3_bind_int64(statement, 13, run->heard_at_us);
	sqlite3_bind_int64(statement, 14, run->duration_us);
	sqlite3_bind_int64(statement, 15, run->open_us);
	sqlite3_bind_int64(statement, 16, (int64_t)run->step_count);
	sqlite3_bind_int64(statement, 17, run->recovered_us);
	return index_perform(index, statement);
}

static int put_step(
    struct run_index *index, int64_t file, size_t place, const struct past_step *step)
{
	sqlite3_stmt *statement = index_statement(index, INDEX_PUT_STEP);
	int flags = 0;

	flags |= step->allowed ? STEP_IS_ALLOWED : 0;
	flags |= step->performed ? STEP_WAS_PERFORMED : 0;
	flags |= step->checked ? STEP_WAS_CHECKED : 0;
	flags |= step->assumed ? STEP_IS_ASSUMED : 0;
	flags |= step->is_block ? STEP_IS_BLOCK : 0;
	flags |= step->is_loop ? STEP_IS_LOOP : 0;
	flags |= step->is_manual ? STEP_IS_MANUAL : 0;
	sqlite3_bind_int64(statement, 1, file);
	sqlite3_bind_int64(statement, 2, (int64_t)place);
	bind_text(statement, 3, step->node);
	sqlite3_bind_int(statement, 4, (int)step->outcome);
	sqlite3_bind_int(statement, 5, flags);
	sqlite3_bind_int64(statement, 6, step->attempts);
	sqlite3_bind_int64(statement, 7, step->began_us);
	sqlite3_bind_int64(statement, 8, step->duration_us);
	sqlite3_bind_int64(statement, 9, step->open_us);
	return index_perform(index, statement);
}

/* Asks for it where nobody has yet. */
static int put_objective(struct run_index *index, const struct past_run *run, const char *path)
{
	sqlite3_stmt *statement = index_statement(index, INDEX_OBJECTIVE);
	int error;

	if (!run->texts.len || !index->help.rto_us)
		return SQLITE_OK;
	bind_text(statement, 1, run->texts);
	error = index_step(index, statement);
	if (error == SQLITE_ROW)
		return sqlite3_reset(statement);
	if (error != SQLITE_DONE)
		return error;
	statement = index_statement(index, INDEX_PUT_OBJECTIVE);
	bind_text(statement, 1, run->texts);
	sqlite3_bind_int64(statement, 2, index->help.rto_us(path));
	return index_perform(index, statement);
}

int index_put(struct run_index *index, const char *name, const struct stamp *stamp,
    const struct past_run *run, const struct str *why)
{
	int error = index_forget(index, name);
	int64_t file;

	if (error == SQLITE_OK)
		error = put_file(index, name, stamp, why);
	if (error != SQLITE_OK || !run)
		return error;
	file = sqlite3_last_insert_rowid(index->db);
	error = put_run(index, file, run);
	if (error == SQLITE_OK)
		error = put_objective(index, run, arena_cstr(index->arena, run->path));
	for (size_t i = 0; i < run->step_count && error == SQLITE_OK; i++)
		error = put_step(index, file, i, &run->steps[i]);
	return error;
}
