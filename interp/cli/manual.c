/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/manual.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/manual_parts.h"
#include "cli/roff.h"
#include "cli/surroundings.h"

void manual_section(struct buf *out, const char *title)
{
	buf_printf(out, ".SH %s\n", title);
}

void manual_text(struct buf *out, const char *words)
{
	roff_text(out, str_from(words));
}

void manual_head(const struct manual_page *page, const char *summary, struct buf *out)
{
	char title[sizeof(page->name)];
	size_t len = strlen(page->name);

	for (size_t i = 0; i <= len; i++)
		title[i] = (char)toupper((unsigned char)page->name[i]);
	buf_text(out, ".\\\" Made by `reprise manual` of its own tables.\n.TH ");
	manual_text(out, title);
	buf_printf(out, " %d ", page->section);
	buf_str(out, page->date);
	/* Words are neither divided nor drawn apart: many of them are to be typed. groff asks the
	 * register HY at every paragraph. */
	buf_text(out, " \"Reprise " REPRISE_VERSION "\" \"Reprise\"\n.nr HY 0\n.nh\n.ad l\n");
	manual_section(out, "NAME");
	manual_text(out, page->name);
	buf_text(out, " \\- ");
	manual_text(out, summary);
	buf_text(out, "\n");
}

void manual_entry(struct buf *out, const char *name, const char *doc)
{
	buf_text(out, ".TP\n");
	roff_font(out, 'B', str_from(name));
	buf_text(out, "\n");
	manual_text(out, doc);
	buf_text(out, "\n");
}

static void surroundings(struct buf *out, const char *title, const struct surrounding *rows)
{
	manual_section(out, title);
	for (; rows->name; rows++)
		manual_entry(out, rows->name, rows->doc);
}

/* Words to be typed as they are stand in bold, what stands for something in italics. */
static void value_font(struct buf *out, const char *value)
{
	buf_text(out, " ");
	roff_font(out, islower((unsigned char)value[0]) ? 'B' : 'I', str_from(value));
}

static void option(struct buf *out, const struct option_row *row)
{
	char name[64];

	buf_text(out, ".TP\n");
	if (row->letter) {
		snprintf(name, sizeof(name), "-%c", row->letter);
		roff_font(out, 'B', str_from(name));
		buf_text(out, ", ");
	}
	snprintf(name, sizeof(name), "--%s", row->name);
	roff_font(out, 'B', str_from(name));
	if (row->value)
		value_font(out, row->value);
	buf_text(out, "\n");
	manual_text(out, row->doc);
	buf_text(out, "\n");
}

static void examples(struct buf *out, const struct example_row *rows)
{
	if (!rows)
		return;
	manual_section(out, "EXAMPLES");
	for (; rows->line; rows++) {
		buf_text(out, ".TP\n");
		roff_font(out, 'B', str_from(rows->line));
		buf_text(out, "\n");
		manual_text(out, rows->doc);
		buf_text(out, "\n");
	}
}

static bool is_told_of(const struct manual_page *page, const struct manual_page *other)
{
	bool is_first = strcmp(page->name, "reprise") == 0;

	return strcmp(page->file, other->file) != 0 && (is_first || !other->command);
}

void manual_see_also(const struct manual_page *page, struct buf *out)
{
	struct manual_page pages[MANUAL_PAGES_MOST];
	size_t count = manual_pages(pages);
	size_t left = 0;

	for (size_t i = 0; i < count; i++)
		left += is_told_of(page, &pages[i]);
	manual_section(out, "SEE ALSO");
	for (size_t i = 0; i < count; i++)
		if (is_told_of(page, &pages[i])) {
			buf_text(out, ".BR ");
			manual_text(out, pages[i].name);
			buf_printf(out, " (%d)%s\n", pages[i].section, --left ? " ," : "");
		}
}

static void write_command(const struct manual_page *page, struct buf *out)
{
	const struct command *command = page->command;

	manual_head(page, command->summary, out);
	manual_section(out, "SYNOPSIS");
	buf_text(out, ".B reprise ");
	manual_text(out, command->name);
	buf_text(out, "\n");
	if (command->options)
		buf_text(out, "[\\fIOPTIONS\\fR]\n");
	if (*command->arguments) {
		roff_font(out, 'I', str_from(command->arguments));
		buf_text(out, "\n");
	}
	if (command->details) {
		manual_section(out, "DESCRIPTION");
		roff_paragraphs(out, command->details);
	}
	manual_section(out, "OPTIONS");
	for (const struct option_row *row = command->options; row && row->name; row++)
		option(out, row);
	option(out, &option_help);
	examples(out, command->examples);
	surroundings(out, "EXIT STATUS", exit_statuses);
	manual_see_also(page, out);
}

static void write_overall(const struct manual_page *page, struct buf *out)
{
	manual_head(page, overall_summary, out);
	manual_section(out, "SYNOPSIS");
	buf_text(out, ".B reprise\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]\n");
	manual_section(out, "DESCRIPTION");
	roff_paragraphs(out, overall_details);
	manual_section(out, "COMMANDS");
	for (size_t i = 0; commands[i]; i++)
		manual_entry(out, commands[i]->name, commands[i]->summary);
	examples(out, overall_examples);
	surroundings(out, "EXIT STATUS", exit_statuses);
	surroundings(out, "ENVIRONMENT", environment);
	surroundings(out, "FILES", files);
	manual_see_also(page, out);
}

size_t manual_pages(struct manual_page pages[MANUAL_PAGES_MOST])
{
	static const struct manual_page general[] = {
	    {"reprise", "reprise.1", "reprise", 1, NULL, {0}, write_overall},
	    {"reprise-runbook", "reprise-runbook.5", "runbook", 5, NULL, {0}, manual_runbook},
	    {"reprise-actions", "reprise-actions.7", "actions.7", 7, NULL, {0}, manual_actions},
	};
	size_t count = sizeof(general) / sizeof(*general);

	memcpy(pages, general, sizeof(general));
	for (size_t i = 0; commands[i]; i++) {
		struct manual_page *page = &pages[count++];
		const char *name = commands[i]->name;

		assert(count < MANUAL_PAGES_MOST);
		*page = (struct manual_page){
		    .word = name, .section = 1, .command = commands[i], .write = write_command};
		snprintf(page->name, sizeof(page->name), "reprise-%s", name);
		snprintf(page->file, sizeof(page->file), "reprise-%s.1", name);
	}
	return count;
}

void manual_write(const struct manual_page *page, struct str date, struct buf *out)
{
	struct manual_page dated = *page;

	dated.date = date;
	page->write(&dated, out);
}
