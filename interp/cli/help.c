/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include "base/utf8.h"
#include "cli/surroundings.h"
#include "view/text.h"

enum {
	WIDTH = 80,
	COMMAND_INDENT = 13, /* where the summaries of commands begin, */
	OPTION_INDENT = 32, /* what an option is, */
	SURROUNDING_INDENT = 20 /* and a status or variable */
};

/* The words of a text behind `at` columns of a line; its further lines begin at `indent`. */
static void put_words(FILE *file, size_t indent, size_t at, struct str text)
{
	struct str word = text_word(&text);

	for (bool first = true; word.len; word = text_word(&text), first = false) {
		size_t columns = utf8_columns(word);

		if (!first && at + 1 + columns > WIDTH) {
			fprintf(file, "\n%*s", (int)indent, "");
			at = indent;
		} else if (!first) {
			fputc(' ', file);
			at++;
		}
		fprintf(file, "%.*s", STR_ARG(word));
		at += columns;
	}
	fputc('\n', file);
}

/* What is called `name`, whose columns are `used` with those before it, is told behind it, or below it. */
static void put_doc(FILE *file, size_t indent, size_t used, const char *doc)
{
	if (used < indent)
		fprintf(file, "%*s", (int)(indent - used), "");
	else
		fprintf(file, "\n%*s", (int)indent, "");
	put_words(file, indent, indent, str_from(doc));
}

static void put_row(FILE *file, size_t indent, const char *name, const char *doc)
{
	int used = fprintf(file, "  %s", name);

	put_doc(file, indent, (size_t)used, doc);
}

static void put_option(const struct option_row *row)
{
	int used = row->letter ? printf("  -%c, ", row->letter) : printf("      ");

	used += printf("--%s%s%s", row->name, row->value ? " " : "", row->value ? row->value : "");
	put_doc(stdout, OPTION_INDENT, (size_t)used, row->doc);
}

/* Paragraphs are set anew; a line that begins with two blanks stands as it is. */
static void put_paragraphs(FILE *file, struct str text)
{
	struct str line;
	struct str prose = {0};

	while (str_line(&text, &line)) {
		bool is_prose = line.len && !str_starts(line, STR("  "));

		if (is_prose) {
			prose.ptr = prose.len ? prose.ptr : line.ptr;
			prose.len = (size_t)(line.ptr + line.len - prose.ptr);
			continue;
		}
		if (prose.len)
			put_words(file, 0, 0, prose);
		prose.len = 0;
		fprintf(file, "%.*s\n", STR_ARG(line));
	}
	if (prose.len)
		put_words(file, 0, 0, prose);
}

void help_command(const struct command *command)
{
	printf("usage: reprise %s%s%s%s\n\n", command->name, command->options ? " [OPTIONS]" : "",
	    *command->arguments ? " " : "", command->arguments);
	put_words(stdout, 0, 0, str_from(command->summary));
	if (command->details) {
		putchar('\n');
		put_paragraphs(stdout, str_from(command->details));
	}
	printf("\noptions:\n");
	for (const struct option_row *row = command->options; row && row->name; row++)
		put_option(row);
	put_option(&option_help);
	if (command->examples)
		printf("\nexamples:\n");
	for (const struct example_row *row = command->examples; row && row->line; row++) {
		printf("  %s\n      ", row->line);
		put_words(stdout, 6, 6, str_from(row->doc));
	}
}

static void put_surroundings(FILE *file, const char *title, const struct surrounding *rows)
{
	fprintf(file, "\n%s:\n", title);
	for (; rows->name; rows++)
		put_row(file, SURROUNDING_INDENT, rows->name, rows->doc);
}

void help_overall(FILE *file)
{
	fprintf(file, "usage: %s\n\n", overall_usage);
	put_paragraphs(file, str_from(overall_details));
	fprintf(file, "\ncommands:\n");
	for (size_t i = 0; commands[i]; i++)
		put_row(file, COMMAND_INDENT, commands[i]->name, commands[i]->summary);
	fprintf(file,
	    "\nreprise COMMAND --help tells more of one; reprise --version says which this is.\n");
	put_surroundings(file, "exit status", exit_statuses);
	put_surroundings(file, "environment", environment);
}
