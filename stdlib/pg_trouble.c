/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/pg_trouble.h"

#include <string.h>

/* What a server's code means, and how a sentence begins that the server's own words end. */
struct meaning {
	const char *prefix;
	enum trouble_class class;
	const char *says;
};

/* The first prefix that fits. */
static const struct meaning *meaning_of(const char *sqlstate)
{
	static const struct meaning table[] = {
	    {"28", TROUBLE_AUTH, "does not let us in"}, /* invalid authorization */
	    {"3D000", TROUBLE_SERVER, "does not have that database"},
	    {"53300", TROUBLE_SERVER, "has no connection left for us"},
	    {"57P03", TROUBLE_UNREADY, "does not serve now"}, /* starts, stops, recovers */
	    {"57P01", TROUBLE_SERVER, "ended the connection"}, /* admin_shutdown */
	    {"57P02", TROUBLE_SERVER, "ended the connection"}, /* crash_shutdown */
	    {"57014", TROUBLE_TIMEOUT, "says"}, /* query_canceled: what statement_timeout gives */
	    {"55P03", TROUBLE_TIMEOUT, "says"}, /* lock_not_available: what lock_timeout gives */
	    {"", TROUBLE_SERVER, "says"},
	};
	size_t i = 0;

	while (strncmp(sqlstate, table[i].prefix, strlen(table[i].prefix)) != 0)
		i++;
	return &table[i];
}

static bool holds(struct str text, const char *needle)
{
	return str_find(text, str_from(needle)) >= 0;
}

/* "FATAL:  28P01: text", with libpq's two blanks: finds the code and cuts the text behind it. */
static bool find_sqlstate(struct str *text, char ret_sqlstate[PG_SQLSTATE + 1])
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	ptrdiff_t at = str_find(*text, STR(":  "));
	struct str code;

	if (at < 0)
		return false;
	code = str_sub(*text, (size_t)at + 3, PG_SQLSTATE + 2);
	if (code.len < PG_SQLSTATE + 2 || !str_ends(code, STR(": ")))
		return false;
	for (size_t i = 0; i < PG_SQLSTATE; i++)
		if (!code.ptr[i] || !strchr(digits, code.ptr[i]))
			return false;
	memcpy(ret_sqlstate, code.ptr, PG_SQLSTATE);
	ret_sqlstate[PG_SQLSTATE] = 0;
	*text = str_sub(*text, (size_t)at + 3 + code.len, text->len);
	return true;
}

/* What the server adds on a line of its own: "DETAIL:  Hot standby mode is disabled." */
static struct str detail_of(struct arena *arena, struct str text)
{
	static const char mark[] = "\nDETAIL:  ";
	ptrdiff_t at = str_find(text, str_from(mark));
	struct str detail = {0};

	if (at >= 0)
		detail = trouble_line(
		    arena, str_sub(text, (size_t)at + sizeof(mark) - 1, text.len));
	return str_ends(detail, STR(".")) ? str_sub(detail, 0, detail.len - 1) : detail;
}

/* libpq's own complaints, by their words: it gives no code. */
static struct trouble trouble_of_words(struct arena *arena, struct str text, struct str peer)
{
	static const struct {
		const char *words;
		enum trouble_class class;
		const char *says; /* behind the peer; NULL: libpq's own line */
	} table[] = {
	    {"no password supplied", TROUBLE_AUTH, "wants a password, and none is given"},
	    {"server closed the connection", TROUBLE_SERVER, "closed the connection"},
	    {"SSL SYSCALL error: EOF", TROUBLE_SERVER, "closed the connection"},
	    {"server does not support SSL", TROUBLE_TLS, "does not offer encryption"},
	    {"invalid response to SSL negotiation", TROUBLE_PROTOCOL,
		"does not speak PostgreSQL's protocol"},
	    {"expected authentication request", TROUBLE_PROTOCOL,
		"does not speak PostgreSQL's protocol"},
	    {"certificate", TROUBLE_TLS, NULL},
	    {"SSL", TROUBLE_TLS, NULL},
	    {"private key", TROUBLE_TLS, NULL},
	    {"password", TROUBLE_AUTH, NULL},
	    {"authentication", TROUBLE_AUTH, NULL},
	    {"SCRAM", TROUBLE_AUTH, NULL},
	};
	enum trouble_class class = TROUBLE_SERVER;

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (!holds(text, table[i].words))
			continue;
		if (table[i].says)
			return trouble_of(
			    arena, table[i].class, "%.*s %s", STR_ARG(peer), table[i].says);
		class = table[i].class;
		break;
	}
	return trouble_of(arena, class, "the connection to %.*s failed: %.*s", STR_ARG(peer),
	    STR_ARG(trouble_line(arena, text)));
}

/* Of several addresses or ways that were tried, what the last one said. */
static struct str last_said(struct str text)
{
	static const char before[] = " failed: ";
	ptrdiff_t at;

	while ((at = str_find(text, STR("connection to server "))) >= 0) {
		text = str_sub(text, (size_t)at + sizeof("connection to server ") - 1, text.len);
		if (str_find(text, STR("connection to server ")) >= 0)
			continue;
		at = str_find(text, str_from(before));
		if (at >= 0)
			text = str_sub(text, (size_t)at + sizeof(before) - 1, text.len);
		break;
	}
	return str_trim(text);
}

struct trouble pg_trouble_of_connection(
    struct arena *arena, const PGconn *conn, struct str peer, char ret_sqlstate[PG_SQLSTATE + 1])
{
	struct str text = last_said(str_from(PQerrorMessage(conn)));
	int error;

	if (find_sqlstate(&text, ret_sqlstate)) {
		const struct meaning *meaning = meaning_of(ret_sqlstate);
		struct str detail = detail_of(arena, text);

		return trouble_of(arena, meaning->class, "%.*s %s: %.*s%s%.*s%s", STR_ARG(peer),
		    meaning->says, STR_ARG(trouble_line(arena, text)), detail.len ? " (" : "",
		    STR_ARG(detail), detail.len ? ")" : "");
	}
	if (trouble_find_errno(text, &error))
		return trouble_of_errno(arena, error, peer);
	return trouble_of_words(arena, text, peer);
}

struct trouble pg_trouble_of_result(struct arena *arena, const PGresult *result, struct str peer,
    char ret_sqlstate[PG_SQLSTATE + 1])
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	struct str primary = str_from(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
	const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
	const struct meaning *meaning;
	int error;

	if (!sqlstate || strlen(sqlstate) != PG_SQLSTATE) {
		struct str text = str_from(PQresultErrorMessage(result));

		if (trouble_find_errno(text, &error))
			return trouble_of_errno(arena, error, peer);
		return trouble_of_words(arena, text, peer);
	}
	memcpy(ret_sqlstate, sqlstate, PG_SQLSTATE + 1);
	/* 42601 is any syntax error; only the message tells this one. */
	if (holds(primary, "cannot insert multiple commands"))
		return trouble_of(
		    arena, TROUBLE_SERVER, "the SQL holds more than one statement; a query is one");
	meaning = meaning_of(sqlstate);
	return trouble_of(arena, meaning->class, "%.*s %s: %.*s%s%s%s", STR_ARG(peer),
	    meaning->says, STR_ARG(trouble_line(arena, primary)), position ? " (at character " : "",
	    position ? position : "", position ? ")" : "");
}
