/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "history/index_parts.h"

/*
 * To be raised with every change of what is stored, and of what the fold makes of a transcript: an index of another
 * version is made anew.
 */
enum { SCHEMA_VERSION = 2, APPLICATION_ID = 0x52507273 };

static const char schema[] =
    "CREATE TABLE files(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, size INTEGER NOT NULL,"
    " mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL, inode INTEGER NOT NULL, why TEXT);"
    "CREATE TABLE runs(file INTEGER PRIMARY KEY, run TEXT NOT NULL, runbook TEXT NOT NULL,"
    " sha256 TEXT NOT NULL, texts TEXT NOT NULL, mode TEXT NOT NULL, alone TEXT NOT NULL,"
    " follows TEXT NOT NULL, flags INTEGER NOT NULL, outcome INTEGER NOT NULL, why TEXT NOT NULL,"
    " began_at_us INTEGER NOT NULL, heard_at_us INTEGER NOT NULL, duration_us INTEGER NOT NULL,"
    " open_us INTEGER NOT NULL, steps INTEGER NOT NULL, recovered_us INTEGER NOT NULL);"
    "CREATE INDEX runs_of ON runs(runbook, began_at_us);"
    "CREATE TABLE steps(file INTEGER NOT NULL, place INTEGER NOT NULL, node TEXT NOT NULL,"
    " outcome INTEGER NOT NULL, flags INTEGER NOT NULL, attempts INTEGER NOT NULL,"
    " began_us INTEGER NOT NULL, duration_us INTEGER NOT NULL, open_us INTEGER NOT NULL,"
    " PRIMARY KEY(file, place)) WITHOUT ROWID;"
    "CREATE TABLE objectives(texts TEXT PRIMARY KEY, rto_us INTEGER NOT NULL) WITHOUT ROWID;";

static int perform(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int set_number(sqlite3 *db, const char *pragma, int number)
{
	char sql[64];

	sqlite3_snprintf((int)sizeof(sql), sql, "PRAGMA %s=%d", pragma, number);
	return perform(db, sql);
}

static int number_of(sqlite3 *db, const char *sql, int *ret_number)
{
	sqlite3_stmt *statement = NULL;
	int error = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	*ret_number = 0;
	if (error == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		*ret_number = sqlite3_column_int(statement, 0);
	return error == SQLITE_OK ? sqlite3_finalize(statement) : error;
}

/* Whose it is, and of which version. */
static int whose(sqlite3 *db, int *ret_version, bool *ret_foreign)
{
	int application;
	int things = 0;
	int error = number_of(db, "PRAGMA application_id", &application);

	if (error == SQLITE_OK)
		error = number_of(db, "SELECT count(*) FROM sqlite_schema", &things);
	if (error == SQLITE_OK)
		error = number_of(db, "PRAGMA user_version", ret_version);
	if (error == SQLITE_OK)
		*ret_foreign = things > 0 && application != APPLICATION_ID;
	return error;
}

static int make(sqlite3 *db)
{
	static const char drop[] = "DROP TABLE IF EXISTS files; DROP TABLE IF EXISTS runs;"
				   "DROP TABLE IF EXISTS steps; DROP TABLE IF EXISTS objectives;";
	int error = perform(db, drop);

	if (error == SQLITE_OK)
		error = perform(db, schema);
	if (error == SQLITE_OK)
		error = set_number(db, "application_id", APPLICATION_ID);
	if (error == SQLITE_OK)
		error = set_number(db, "user_version", SCHEMA_VERSION);
	return error;
}

/* Another process may do the same: who comes second finds it made. */
static int make_once(sqlite3 *db)
{
	bool foreign = false;
	int version = 0;
	int error = perform(db, "BEGIN IMMEDIATE");

	if (error != SQLITE_OK)
		return error;
	error = whose(db, &version, &foreign);
	if (error == SQLITE_OK && version != SCHEMA_VERSION)
		error = make(db);
	if (error == SQLITE_OK)
		error = perform(db, "COMMIT");
	if (error != SQLITE_OK)
		perform(db, "ROLLBACK");
	return error;
}

static int prepare(sqlite3 *db)
{
	bool foreign = false;
	int version = 0;
	int error = whose(db, &version, &foreign);

	if (error == SQLITE_OK && foreign)
		return SQLITE_PERM; /* a database of something else: it is left alone */
	if (error == SQLITE_OK && version != SCHEMA_VERSION)
		error = make_once(db);
	return error;
}

/* Whether it is there, for its owner alone, and nobody else's. In the folder of somebody else none is made. */
static bool is_ours(const struct run_index *index)
{
	struct stat found;
	int fd;

	if (stat(index->home, &found) != 0 || found.st_uid != geteuid())
		return false;
	fd = open(index->file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		close(fd);
		return true;
	}
	if (errno != EEXIST || lstat(index->file, &found) != 0 || !S_ISREG(found.st_mode) ||
	    found.st_uid != geteuid())
		return false;
	return (found.st_mode & 077) == 0 || chmod(index->file, 0600) == 0;
}

static void done(struct run_index *index)
{
	for (size_t i = 0; i < INDEX_STATEMENTS; i++) {
		sqlite3_finalize(index->statements[i]);
		index->statements[i] = NULL;
	}
	sqlite3_close(index->db);
	index->db = NULL;
}

static int open_file(struct run_index *index)
{
	int error;

	if (!is_ours(index))
		return SQLITE_CANTOPEN;
	error = sqlite3_open_v2(
	    index->file, &index->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (error == SQLITE_OK)
		error = sqlite3_busy_timeout(index->db, index->help.patience_ms);
	if (error == SQLITE_OK)
		error = prepare(index->db);
	return error;
}

/* Whether it is not as it must be; else it cannot be had, or not be written. */
static bool is_damage(int error)
{
	switch (error & 0xFF) {
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
	case SQLITE_ERROR: /* a table or a column is missing */
	case SQLITE_SCHEMA:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
		return true;
	default:
		return false;
	}
}

/*
 * Makes it empty where it lies, under the locks that others know. What is no database at all is in nobody's hands as
 * one, and may be removed.
 */
static void throw_away(struct run_index *index)
{
	static const char *const behind[] = {"", "-journal", "-wal", "-shm"};
	int error = SQLITE_ERROR;

	if (index->db) {
		sqlite3_db_config(index->db, SQLITE_DBCONFIG_RESET_DATABASE, 1, NULL);
		error = perform(index->db, "VACUUM");
		sqlite3_db_config(index->db, SQLITE_DBCONFIG_RESET_DATABASE, 0, NULL);
	}
	done(index);
	for (size_t i = 0; error != SQLITE_OK && i < sizeof(behind) / sizeof(*behind); i++)
		unlink(arena_printf(index->arena, "%s%s", index->file, behind[i]).ptr);
}

static bool copy(sqlite3 *to, sqlite3 *from)
{
	sqlite3_backup *backup = from ? sqlite3_backup_init(to, "main", from, "main") : NULL;
	bool foreign = false;
	int version = 0;

	if (!backup)
		return false;
	sqlite3_backup_step(backup, -1);
	return sqlite3_backup_finish(backup) == SQLITE_OK &&
	    whose(to, &version, &foreign) == SQLITE_OK && !foreign && version == SCHEMA_VERSION;
}

/* Without memory for it there is nothing that could be done instead: it asserts, as mem.h does. */
static sqlite3 *open_memory(void)
{
	sqlite3 *db = NULL;
	int error = sqlite3_open_v2(":memory:", &db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);

	(void)error;
	assert(error == SQLITE_OK);
	return db;
}

static void go_to_memory(struct run_index *index)
{
	sqlite3 *memory = open_memory();

	if (!copy(memory, index->db)) {
		sqlite3_close(memory);
		memory = open_memory();
		make(memory);
	}
	done(index);
	index->db = memory;
	index->file = NULL;
}

void index_file_open(struct run_index *index)
{
	int error = index->file ? open_file(index) : SQLITE_CANTOPEN;

	if (is_damage(error)) {
		throw_away(index);
		error = open_file(index);
	}
	if (error != SQLITE_OK)
		go_to_memory(index);
}

void index_file_close(struct run_index *index)
{
	done(index);
}

bool index_mend(struct run_index *index, int error)
{
	index_roll_back(index);
	if (!index->file)
		return false;
	if (is_damage(error)) {
		throw_away(index);
		index_file_open(index);
	} else {
		go_to_memory(index);
	}
	return true;
}
