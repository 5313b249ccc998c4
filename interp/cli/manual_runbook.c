/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "cli/manual_parts.h"
#include "cli/roff.h"
#include "lang/keys.h"
#include "lang/schema.h"

enum { TITLE_MOST = 64 };

/* "a step" -> "A STEP", for a title. */
static void title_of(const struct key_table *table, char title[TITLE_MOST])
{
	size_t len = 0;

	for (const char *at = table->noun; *at && len + 1 < TITLE_MOST; at++)
		if (*at != '`')
			title[len++] = (char)toupper((unsigned char)*at);
	title[len] = '\0';
}

static bool says(const char *doc, const char *const *words)
{
	for (size_t i = 0; doc && words[i]; i++)
		if (!strstr(doc, words[i]))
			return false;
	return doc;
}

/* The only words that a value may be, where that is not said yet. */
static void words(struct buf *out, const struct key *key)
{
	const char *const *words_of = key->shape->words;
	struct buf said;

	if (!words_of || says(key->doc, words_of) || says(key->shape->doc, words_of))
		return;
	buf_init(&said, BUF_UNBOUNDED);
	for (size_t i = 0; words_of[i]; i++)
		buf_printf(&said, "%s`%s`", i ? ", " : "One of ", words_of[i]);
	buf_text(&said, ".\n");
	roff_text(out, buf_view(&said));
	buf_done(&said);
}

/* Behind what the key means: how its value is written, and where the keys of its maps stand. */
static void value(struct buf *out, const struct key *key)
{
	char title[TITLE_MOST];

	if (key->shape->doc) {
		manual_text(out, key->shape->doc);
		buf_text(out, "\n");
	}
	words(out, key);
	if (key->shape->of) {
		title_of(key->shape->of, title);
		buf_text(out, "See ");
		roff_font(out, 'B', str_from(title));
		buf_text(out, ".\n");
	}
}

static void keys(struct buf *out, const struct key_table *table)
{
	char title[TITLE_MOST];

	title_of(table, title);
	manual_section(out, title);
	for (const struct key *key = table->keys; key->name; key++) {
		if (!key->shape)
			continue;
		buf_text(out, ".TP\n");
		roff_font(out, 'B', str_from(key->name));
		buf_text(out, key->flags & KEY_REQUIRED ? " (required)\n" : "\n");
		manual_text(out, key->doc);
		buf_text(out, "\n");
		value(out, key);
	}
	if (table->actions)
		buf_text(out,
		    ".PP\nThe name of an action is a key, too: see\n.BR reprise\\-actions (7).\n");
	if (table->channels)
		buf_text(
		    out, ".PP\nA kind of contact is a key, too: see\n.BR reprise\\-actions (7).\n");
}

void manual_runbook(const struct manual_page *page, struct buf *out)
{
	const struct key_table *tables[SCHEMA_TABLES_MOST];
	size_t count = schema_tables(tables);

	manual_head(page, "the keys of a runbook", out);
	manual_section(out, "DESCRIPTION");
	roff_paragraphs(out,
	    "A runbook is a map in YAML. Here is every key of it, and of the maps within, a "
	    "section for\n"
	    "each kind of map. `share/doc/reprise/language.md` tells how they are used, with "
	    "examples;\n"
	    "the schema that `reprise schema` prints says the same to an editor.");
	for (size_t i = 0; i < count; i++)
		keys(out, tables[i]);
	manual_see_also(page, out);
}
