/* SPDX-License-Identifier: Apache-2.0 */
#include "history/index_parts.h"

static const char *const texts[INDEX_STATEMENTS] = {
    [INDEX_FILES] = "SELECT name, size, mtime_ns, ctime_ns, inode FROM files ORDER BY name",
    [INDEX_FILE] = "SELECT name, size, mtime_ns, ctime_ns, inode FROM files WHERE name = ?1",
    [INDEX_DROP_STEPS] = "DELETE FROM steps WHERE file = (SELECT id FROM files WHERE name = ?1)",
    [INDEX_DROP_RUN] = "DELETE FROM runs WHERE file = (SELECT id FROM files WHERE name = ?1)",
    [INDEX_DROP_FILE] = "DELETE FROM files WHERE name = ?1",
    [INDEX_PUT_FILE] = "INSERT INTO files(name, size, mtime_ns, ctime_ns, inode, why)"
		       " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [INDEX_PUT_RUN] =
	"INSERT INTO runs VALUES"
	"(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
    [INDEX_PUT_STEP] = "INSERT INTO steps VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [INDEX_OBJECTIVE] = "SELECT rto_us FROM objectives WHERE texts = ?1",
    [INDEX_PUT_OBJECTIVE] = "INSERT OR REPLACE INTO objectives VALUES(?1, ?2)",
    [INDEX_TIDY_OBJECTIVES] = "DELETE FROM objectives WHERE texts NOT IN (SELECT texts FROM runs)",
    [INDEX_RUNS] =
	"SELECT file, run, runbook, sha256, texts, mode, alone, follows, flags, outcome,"
	" runs.why, began_at_us, heard_at_us, duration_us, open_us, steps, name,"
	" ifnull((SELECT rto_us FROM objectives WHERE texts = runs.texts), ?3), recovered_us"
	" FROM runs JOIN files ON id = file"
	" WHERE (?1 = '' OR runbook = ?1) AND began_at_us >= ?2"
	" ORDER BY began_at_us DESC, run DESC, heard_at_us DESC, name",
    [INDEX_STEPS] = "SELECT node, outcome, flags, attempts, began_us, duration_us, open_us"
		    " FROM steps WHERE file = ?1 ORDER BY place",
    [INDEX_TROUBLES] = "SELECT name, why FROM files WHERE why IS NOT NULL ORDER BY name",
    [INDEX_BEGIN] = "BEGIN IMMEDIATE",
    [INDEX_COMMIT] = "COMMIT",
};

sqlite3_stmt *index_statement(struct run_index *index, enum index_statement which)
{
	sqlite3_stmt **statement = &index->statements[which];

	if (!*statement)
		sqlite3_prepare_v3(
		    index->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
	if (!*statement)
		return NULL;
	sqlite3_reset(*statement);
	sqlite3_clear_bindings(*statement);
	return *statement;
}

int index_step(struct run_index *index, sqlite3_stmt *statement)
{
	return statement ? sqlite3_step(statement) : sqlite3_errcode(index->db);
}

int index_perform(struct run_index *index, sqlite3_stmt *statement)
{
	int error = index_step(index, statement);
	int after = sqlite3_reset(statement);

	if (error == SQLITE_DONE || error == SQLITE_ROW)
		return SQLITE_OK;
	return statement ? after : error;
}

int index_begin(struct run_index *index)
{
	return index_perform(index, index_statement(index, INDEX_BEGIN));
}

int index_commit(struct run_index *index)
{
	return index_perform(index, index_statement(index, INDEX_COMMIT));
}

void index_roll_back(struct run_index *index)
{
	if (!sqlite3_get_autocommit(index->db))
		sqlite3_exec(index->db, "ROLLBACK", NULL, NULL, NULL);
}

int index_is_known(
    struct run_index *index, const char *name, const struct stamp *stamp, bool *ret_known)
{
	sqlite3_stmt *row = index_statement(index, INDEX_FILE);
	struct stamp known;
	int error;

	*ret_known = false;
	sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC);
	error = index_step(index, row);
	if (error == SQLITE_ROW) {
		known = index_stamp(row);
		*ret_known = stamp_eq(&known, stamp);
	}
	sqlite3_reset(row);
	return error == SQLITE_ROW || error == SQLITE_DONE ? SQLITE_OK : error;
}

struct stamp index_stamp(sqlite3_stmt *row)
{
	return (struct stamp){sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2),
	    sqlite3_column_int64(row, 3), sqlite3_column_int64(row, 4)};
}
