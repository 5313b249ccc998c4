/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "stdlib/process_result.h"

/*
 * What programs say when the kernel refuses them a file, without the first letter, which some write large. They may
 * say it in another language: then only their own words tell. A read-only file system is none of it: it refuses all.
 */
static const char *const refusals[] = {"ermission denied", "peration not permitted",
    "nvalid cross-device link", "o new privileges", NULL};

/* What says by itself that something could not be written, for whatever reason. */
static const char *const unwritten[] = {"ailure writing", "ailed writing", NULL};

/* What says in a refusal that it was of writing: the verb right behind the failing. */
static const char *const failing[] = {
    "annot ", "an't ", "ouldn't ", "ould not ", "ailed to ", "nable to ", "rror ", NULL};
static const char *const verbs[] = {"creat", "touch", "remov", "mov", "renam", "unlink", "delet",
    "truncat", "overwrit", "writ", "mk", "make", "sav", NULL};
static const char *const phrases[] = {"for writing", "temporary file", "lock file", NULL};

/* As sqlite puts it. */
static const char *const written[] = {"write a readonly database", NULL};

static bool holds(struct str line, const char *const *texts)
{
	for (; *texts; texts++)
		if (str_find(line, str_from(*texts)) >= 0)
			return true;
	return false;
}

static bool holds_failing_verb(struct str line)
{
	for (const char *const *word = failing; *word; word++) {
		struct str rest = line;
		ptrdiff_t at;

		while ((at = str_find(rest, str_from(*word))) >= 0) {
			rest = str_sub(rest, (size_t)at + strlen(*word), rest.len);
			for (const char *const *verb = verbs; *verb; verb++)
				if (str_starts(rest, str_from(*verb)))
					return true;
		}
	}
	return false;
}

static void judge(struct process_denial *denial)
{
	struct str line = {denial->line, denial->len};
	bool refused = holds(line, refusals);

	if (holds(line, written) || (refused && (holds_failing_verb(line) || holds(line, phrases))))
		denial->heard = PROCESS_HEARD_WRITING;
	else if (denial->heard == PROCESS_HEARD_NOTHING && (refused || holds(line, unwritten)))
		denial->heard = PROCESS_HEARD_REFUSAL;
}

void process_hear(struct process_denial *denial, struct str bytes)
{
	enum { KEPT = sizeof(denial->line) / 2 };

	for (size_t i = 0; i < bytes.len && denial->heard != PROCESS_HEARD_WRITING; i++) {
		if (bytes.ptr[i] == '\n') {
			judge(denial);
			denial->len = 0;
			continue;
		}
		if (denial->len == sizeof(denial->line)) { /* of a long line the end is heard on */
			judge(denial);
			memmove(denial->line, denial->line + denial->len - KEPT, KEPT);
			denial->len = KEPT;
		}
		denial->line[denial->len++] = bytes.ptr[i];
	}
}

struct str process_advice(struct process_denial *denial, bool is_check)
{
	judge(denial);
	if (denial->heard == PROCESS_HEARD_NOTHING)
		return (struct str){0};
	if (denial->heard == PROCESS_HEARD_REFUSAL)
		return STR("it was confined to reading: `--no-confine` tells whether that is why");
	return is_check ? STR("a check may only read: if it is meant to write, make it a step")
			: STR("it may only read: if it is meant to write, say `effect: change`");
}
