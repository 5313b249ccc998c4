/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "view/incident.h"

/* A file of answers to be filled in: what is open stands there, what the record knows behind a "#". */

struct answers {
	struct rendering_about about;
	struct chronicle *chronicle;
};

static void *new (const struct rendering_about *about)
{
	struct answers *answers = mem_alloc(sizeof(*answers));

	answers->about = *about;
	answers->chronicle = chronicle_new(about->plan);
	return answers;
}

static void see(void *self, const struct message *message)
{
	struct answers *answers = self;

	chronicle_see(answers->chronicle, message);
}

static void release(void *self)
{
	struct answers *answers = self;

	chronicle_free(answers->chronicle);
	free(answers);
}

static void put_row(enum incident_key key, bool open, struct buf *out)
{
	static const char *const forms[] = {
	    [INCIDENT_TEXT] = "",
	    [INCIDENT_TIME] = "; HH:MM, or YYYY-MM-DD HH:MM",
	    [INCIDENT_TEXTS] = "; a list",
	    [INCIDENT_EVENTS] = "; a list",
	};
	const struct incident_row *row = &incident_rows[key];
	const char *margin = row->map ? "  " : "";

	buf_printf(out, "%s# %s%s\n", margin, row->hint, forms[row->form]);
	buf_printf(out, "%s%s%s:\n", margin, open ? "" : "# ", row->name);
}

static void put(void *self, struct buf *out)
{
	struct answers *answers = self;
	const struct summary *summary = &answers->chronicle->summary;
	bool open[INCIDENT_KEYS] = {0};
	struct buf report;

	buf_init(&report, BUF_UNBOUNDED);
	chronicle_weigh(answers->chronicle);
	incident_put(&answers->about, answers->chronicle, open, &report);
	buf_done(&report);
	buf_text(out, "# What only people know of the run ");
	for (size_t i = 0; i < summary->run.len; i++) /* nothing may end the comment */
		if (summary->run.ptr[i] > ' ' && summary->run.ptr[i] <= '~')
			buf_byte(out, summary->run.ptr[i]);
	buf_text(out,
	    "\n# `reprise report RUN --answers FILE` puts it into the report. Texts are Markdown, "
	    "of several\n"
	    "# lines behind `|`; times are UTC. What is empty stays a marked blank. What stands "
	    "behind a # is\n"
	    "# known, or need not be said: said all the same, it stands beside what the record "
	    "knows.\n");
	for (size_t i = 0; i < INCIDENT_KEYS; i++) {
		const char *map = incident_rows[i].map;

		if (map &&
		    (i == 0 || !incident_rows[i - 1].map ||
			strcmp(incident_rows[i - 1].map, map) != 0))
			buf_printf(out, "\n%s:\n", map);
		else if (!map)
			buf_byte(out, '\n');
		put_row((enum incident_key)i, open[i], out);
	}
}

const struct rendering rendering_answers = {
    .format = "answers",
    .new = new,
    .see = see,
    .put = put,
    .free = release,
};
