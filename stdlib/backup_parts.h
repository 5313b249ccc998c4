/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_PARTS_H
#define STDLIB_BACKUP_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * What an archive's table of contents promises, and what was found: both are noted as they come, and compared at the
 * end. A part is named by its file ("4012.dat") or number. Owned by its holder, and bounded.
 */
enum { PARTS_MAX = 300000, PART_NAME = 32, PART_TITLE = 48 };

/* How the data of a part must end, and how they do. */
enum part_end {
	PART_END_ANY, /* nothing is wanted; it was not looked at */
	PART_END_COPY, /* rows, then "\.": what COPY reads */
	PART_END_BLANK, /* statements, then an empty line */
	PART_END_TORN /* found: in the middle of a line, or without its end */
};

struct part {
	char name[PART_NAME];
	char title[PART_TITLE]; /* of a promised one, for a sentence: "table orders" */
	bool promised;
	bool found;
	enum part_end end;
	uint64_t offset; /* promised, 0 if not known; found, 0 if it does not matter */
};

struct parts {
	struct part *parts;
	size_t count;
	size_t capacity;
};

void parts_done(struct parts *parts);

/* A copy of it is noted; false when there are too many. */
bool parts_add(struct parts *parts, const struct part *part);

/* What a name was promised to be, for a sentence; the name itself when nobody promised it. */
const char *parts_title(const struct parts *parts, const char *name);

/*
 * Whether every promise is kept and nothing else was found; false with a sentence. Sorts them.
 */
bool parts_fit(struct parts *parts, char *ret_why, size_t size);

#endif
