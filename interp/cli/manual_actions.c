/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "cli/action_words.h"
#include "cli/manual_parts.h"
#include "cli/roff.h"
#include "stdlib/registry.h"

static void subsection(struct buf *out, const char *name)
{
	buf_text(out, ".SS ");
	manual_text(out, name);
	buf_text(out, "\n");
}

/* The line above an entry, which must be one: the name, and what is said of it there. */
static void tag(struct buf *out, char font, const char *name, struct str said)
{
	buf_text(out, ".TP\n");
	roff_font(out, font, str_from(name));
	buf_text(out, " ");
	roff_font(out, 'R', said);
	buf_text(out, "\n");
}

static void params(struct buf *out, const struct param *rows)
{
	for (; rows->name; rows++) {
		struct buf said;

		buf_init(&said, BUF_UNBOUNDED);
		action_param_words(&said, rows);
		tag(out, 'B', rows->name, buf_view(&said));
		buf_clear(&said);
		buf_text(&said, rows->doc);
		if (rows->choices) {
			size_t at = said.len + 1;

			buf_byte(&said, ' ');
			action_choice_words(&said, rows);
			said.ptr[at] = (char)toupper((unsigned char)said.ptr[at]);
			buf_byte(&said, '.');
		}
		roff_text(out, buf_view(&said));
		buf_text(out, "\n");
		buf_done(&said);
	}
}

static void results(struct buf *out, const struct field *rows)
{
	if (!rows->name)
		return;
	buf_text(out, ".PP\nResult:\n");
	for (; rows->name; rows++) {
		tag(out, 'I', rows->name, str_from(type_noun(rows->type)));
		manual_text(out, rows->doc);
		buf_text(out, "\n");
	}
}

/* What `words` says of an action, as a paragraph; nothing where it says nothing. */
static void paragraph(struct buf *out,
    void (*words)(struct buf *out, const struct action_spec *spec), const struct action_spec *spec)
{
	struct buf said;

	buf_init(&said, BUF_UNBOUNDED);
	words(&said, spec);
	if (said.len) {
		buf_text(out, ".PP\n");
		said.ptr[0] = (char)toupper((unsigned char)said.ptr[0]);
		roff_text(out, buf_view(&said));
		buf_text(out, "\n");
	}
	buf_done(&said);
}

static void action(struct buf *out, const struct action_spec *spec)
{
	subsection(out, spec->name);
	manual_text(out, spec->summary);
	buf_text(out, "\n");
	buf_text(out, ".PP\nEffect: ");
	action_effect_words(out, spec);
	buf_text(out, "\n");
	params(out, spec->params);
	results(out, spec->results);
	if (spec->success_doc) {
		buf_text(out, ".PP\nSuccess: ");
		manual_text(out, spec->success_doc);
		buf_text(out, "\n");
	}
	paragraph(out, action_success_words, spec);
	paragraph(out, action_timeout_words, spec);
}

static void kinds(struct buf *out, const char *title, const struct connection_spec *const *specs)
{
	manual_section(out, title);
	for (; *specs; specs++) {
		subsection(out, (*specs)->kind);
		manual_text(out, (*specs)->summary);
		buf_text(out, "\n");
		params(out, (*specs)->params);
	}
}

void manual_actions(const struct manual_page *page, struct buf *out)
{
	const struct action_spec *const *spec = stdlib_vocabulary.actions;

	manual_head(page, "the standard library of runbooks", out);
	manual_section(out, "DESCRIPTION");
	roff_paragraphs(out,
	    "What a step or a check may do. Parameters stand in bold; what `expect` and `outputs` "
	    "may\n"
	    "read of the result is in italics. `reprise actions ACTION` shows one of them.");
	manual_section(out, "ACTIONS");
	for (; *spec; spec++)
		action(out, *spec);
	kinds(out, "CONNECTIONS", stdlib_vocabulary.connections);
	kinds(out, "CONTACTS", stdlib_vocabulary.channels);
	manual_see_also(page, out);
}
