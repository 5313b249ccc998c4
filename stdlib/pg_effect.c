/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/pg_effect.h"

#include <string.h>
#include <strings.h>

/*
 * PostgreSQL's own functions, of all its versions, whose work no ROLLBACK takes back; some of its extensions' too. A *
 * stands for any end.
 */
static const char *const acting[] = {"autoprewarm_*", "brin_desummarize_range", "brin_summarize_*",
    "dblink*", "gin_clean_pending_list", "heap_force_*", "lo_export", "pg_advisory_lock*",
    "pg_advisory_unlock*", "pg_backup_start", "pg_backup_stop", "pg_buffercache_evict*",
    "pg_cancel_backend", "pg_copy_*", "pg_create_*", "pg_drop_*", "pg_file_rename", "pg_file_sync",
    "pg_file_unlink", "pg_file_write", "pg_log_*", "pg_logical_emit_message",
    "pg_logical_slot_get_*", "pg_promote", "pg_reload_conf", "pg_replication_origin_*",
    "pg_replication_slot_advance", "pg_rotate_logfile*", "pg_start_backup", "pg_stat_reset*",
    "pg_stat_statements_reset", "pg_stop_backup", "pg_stop_making_pinned_objects", "pg_switch_*",
    "pg_sync_replication_slots", "pg_terminate_backend", "pg_truncate_visibility_map",
    "pg_try_advisory_lock*", "pg_wal_replay_pause", "pg_wal_replay_resume", "pg_xlog_replay_pause",
    "pg_xlog_replay_resume", NULL};

/* What those above take in and yet only tells something. */
static const char *const telling[] = {"dblink_error_message", "dblink_get_connections",
    "dblink_get_notify", "dblink_get_pkey", "dblink_is_busy", "pg_replication_origin_oid",
    "pg_replication_origin_progress", "pg_replication_origin_session_is_setup",
    "pg_replication_origin_session_progress", NULL};

/*
 * Statements that begin so: they write files, run code that is not seen here, or end the transaction. COPY … TO STDOUT
 * is among them since a query cannot take it either.
 */
static const char *const commands[] = {
    "call", "checkpoint", "commit", "copy", "do", "end", "execute", "load", NULL};

enum token { END, OTHER, NAME, OPEN }; /* OPEN: a round bracket */

struct scan {
	const char *at;
	const char *end;
	struct str name; /* of the last NAME, without its quotes */
};

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool begins_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) ||
	    c == EFFECT_HOLE;
}

static bool goes_on_name(char c)
{
	return begins_name(c) || (c >= '0' && c <= '9') || c == '$';
}

static bool starts(const struct scan *scan, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(scan->end - scan->at) >= len && memcmp(scan->at, text, len) == 0;
}

/* Comments may hold comments. */
static void skip_comment(struct scan *scan)
{
	unsigned depth = 0;

	do {
		if (starts(scan, "/*"))
			depth++;
		else if (starts(scan, "*/"))
			depth--;
		else {
			scan->at++;
			continue;
		}
		scan->at += 2;
	} while (depth && scan->at < scan->end);
}

static void skip_blank(struct scan *scan)
{
	while (scan->at < scan->end)
		if (is_space(*scan->at))
			scan->at++;
		else if (starts(scan, "--"))
			while (scan->at < scan->end && *scan->at != '\n' && *scan->at != '\r')
				scan->at++;
		else if (starts(scan, "/*"))
			skip_comment(scan);
		else
			return;
}

/* From one quote behind the other; a quote that is doubled is none. Gives what is between. */
static struct str skip_quoted(struct scan *scan, bool escapes)
{
	const char quote = *scan->at++;
	const char *from = scan->at;

	for (; scan->at < scan->end; scan->at++) {
		if (escapes && *scan->at == '\\' && scan->at + 1 < scan->end)
			scan->at++;
		else if (*scan->at != quote)
			continue;
		else if (scan->at + 1 < scan->end && scan->at[1] == quote)
			scan->at++;
		else
			return (struct str){from, (size_t)(scan->at++ - from)};
	}
	return (struct str){from, (size_t)(scan->end - from)};
}

/* $$ … $$, $tag$ … $tag$; or $1, or a $ that means nothing here. */
static void skip_dollar(struct scan *scan)
{
	const char *from = scan->at++;
	size_t len;

	if (scan->at < scan->end && begins_name(*scan->at))
		while (scan->at < scan->end && goes_on_name(*scan->at) && *scan->at != '$')
			scan->at++;
	if (scan->at == scan->end || *scan->at != '$')
		return;
	len = (size_t)(++scan->at - from);
	for (; (size_t)(scan->end - scan->at) >= len; scan->at++)
		if (memcmp(scan->at, from, len) == 0) {
			scan->at += len;
			return;
		}
	scan->at = scan->end;
}

/* A name, or what a literal begins with: E'…' has escapes, U&"…" is a name that is not looked into. */
static enum token next_word(struct scan *scan)
{
	const char *from = scan->at;

	while (scan->at < scan->end && goes_on_name(*scan->at))
		scan->at++;
	scan->name = (struct str){from, (size_t)(scan->at - from)};
	if (scan->name.len != 1)
		return NAME;
	if ((*from == 'e' || *from == 'E') && starts(scan, "'")) {
		skip_quoted(scan, true);
		return OTHER;
	}
	if ((*from == 'u' || *from == 'U') && starts(scan, "&\"")) {
		scan->at++;
		skip_quoted(scan, false);
		scan->name = (struct str){from, (size_t)(scan->at - from)};
	}
	return NAME;
}

static enum token next(struct scan *scan)
{
	skip_blank(scan);
	if (scan->at == scan->end)
		return END;
	if (begins_name(*scan->at))
		return next_word(scan);
	if (*scan->at == '"') {
		scan->name = skip_quoted(scan, false);
		return NAME;
	}
	if (*scan->at == '\'')
		skip_quoted(scan, false);
	else if (*scan->at == '$')
		skip_dollar(scan);
	else
		return *scan->at++ == '(' ? OPEN : OTHER;
	return OTHER;
}

static bool lists(const char *const *table, struct str name)
{
	for (size_t i = 0; table[i]; i++) {
		size_t len = strlen(table[i]);
		bool any = table[i][len - 1] == '*';

		len -= any;
		if ((any ? name.len >= len : name.len == len) &&
		    strncasecmp(name.ptr, table[i], len) == 0)
			return true;
	}
	return false;
}

/* Whether it acts outside of the transaction, or nobody can say what it is. */
static bool acts(struct str name)
{
	if (memchr(name.ptr, EFFECT_HOLE, name.len) || memchr(name.ptr, '&', name.len))
		return true;
	return lists(acting, name) && !lists(telling, name);
}

enum effect_class pg_effect(struct str sql, struct str *ret_what)
{
	struct scan scan = {.at = sql.ptr, .end = sql.ptr + sql.len};
	bool begins = true; /* nothing but brackets yet */
	enum token last = OTHER;
	enum token token;
	struct str what;

	if (!ret_what)
		ret_what = &what;
	while ((token = next(&scan)) != END) {
		*ret_what = scan.name;
		if (token == NAME && begins && lists(commands, scan.name))
			return EFFECT_CHANGE;
		if (token == OPEN && last == NAME && acts(scan.name))
			return EFFECT_CHANGE;
		begins = begins && token == OPEN;
		last = token;
	}
	*ret_what = STR("");
	return EFFECT_READ;
}
