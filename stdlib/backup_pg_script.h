/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_PG_SCRIPT_H
#define STDLIB_BACKUP_PG_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "stdlib/backup_pg_rows.h"

/*
 * A script for psql, cut into what it is made of: comments and commands of a line, statements, rows of COPY. Texts,
 * names, bodies of functions and nested comments are passed over whole, so what stands in them is taken for nothing
 * else. Bytes are fed as they come; memory is bounded, for of anything only the beginning is kept.
 */
enum script_item {
	SCRIPT_NOTHING, /* all bytes were taken, and no item ended */
	SCRIPT_COMMENT, /* a line between statements that begins with "--"; text: what stands behind that */
	SCRIPT_COMMAND, /* one that begins with a backslash; text: the line */
	SCRIPT_STATEMENT, /* up to its semicolon; text: its beginning */
	SCRIPT_ROWS, /* of a COPY, the last included; see rows */
	SCRIPT_WRONG_ROW, /* one that has not as many columns as the others; see rows */
	SCRIPT_NOISE /* what is no statement: it does not begin with a word in capitals; text: the line */
};

enum { SCRIPT_TEXT = 160, SCRIPT_TAG = 64 };

enum script_state {
	BETWEEN, /* statements */
	DASH, /* one dash stands between statements */
	COMMENT,
	COMMAND,
	WORD, /* the first of a statement */
	NOISE,
	STATEMENT,
	QUOTED, /* 'text' */
	NAMED, /* "name" */
	TAG, /* $tag: perhaps the begin of $tag$text$tag$ */
	BODY,
	REMARK, /* a comment within a statement, to the end of the line */
	NESTED, /* comment of slash and star */
	BEFORE_ROWS, /* COPY was read, its line not to the end */
	ROWS,
	SCRIPT_STATES
};

struct script {
	enum script_state state;
	struct pg_rows rows; /* of the last COPY */
	uint64_t at; /* bytes fed so far */
	uint64_t item_at; /* where the present item began */
	char text[SCRIPT_TEXT]; /* of it, its beginning */
	size_t text_len;
	char tail[24]; /* the last bytes of what may be a COPY */
	char last; /* the byte before */
	bool plain_quotes; /* a backslash in 'text' is only a backslash */
	bool escapes; /* the present 'text' has escapes */
	bool escaped; /* by the byte before */
	unsigned depth; /* of parentheses, or of nested comments */
	int columns; /* between the commas of its parentheses; 0: it has none */
	size_t word; /* length of the name that ends here */
	char tag[SCRIPT_TAG]; /* between its dollars */
	size_t tag_len;
	size_t match; /* how many bytes of $tag$ were seen */
};

void script_init(struct script *script);

/* Takes bytes off *bytes until an item ends, or all. */
enum script_item script_feed(struct script *script, struct str *bytes);

/* The text of the item; valid until more is fed. */
struct str script_text(const struct script *script);

/* What is still open where the script ends: "a statement"; NULL when nothing is. */
const char *script_open(const struct script *script);

#endif
