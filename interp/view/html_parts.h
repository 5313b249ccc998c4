/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_HTML_PARTS_H
#define VIEW_HTML_PARTS_H

#include "view/actual_path.h"
#include "view/chronicle.h"
#include "view/rendering.h"

/*
 * The report of a run as one page of HTML that needs nothing but itself. It is written so that it is well-formed XML
 * too: every element is closed, every attribute quoted. No name of an element or attribute, and no identifier, comes
 * from the record: its texts go through html_text() and html_lines() alone.
 */
struct html {
	struct rendering_about about;
	struct chronicle *chronicle;
	struct actual_path path;
	struct buf *out;
	size_t output_left; /* so many bytes of output may still be shown */
	size_t *first_part; /* of each step, index + 1: the first that is shown below it, or 0 */
	size_t *next_part; /* the next one below the same step */
	size_t first_top; /* the first step that is shown below none, index + 1 */
	int64_t end_t_us; /* of what is drawn over time */
};

/* How something stands: its word, its sign and its colour. */
enum look {
	LOOK_OK,
	LOOK_FAILED,
	LOOK_ALLOWED,
	LOOK_TIMED_OUT,
	LOOK_SKIPPED,
	LOOK_DENIED,
	LOOK_CANCELLED,
	LOOK_BLOCKED,
	LOOK_LOST,
	LOOK_REHEARSED,
	LOOK_OPEN,
	LOOKS
};

/* html_text.c */

/* Text from outside, on one line: what steers or is ill-formed is made visible, what HTML would read is escaped. */
void html_text(struct html *html, struct str text);

/* The same with its line breaks and tabs. */
void html_lines(struct html *html, struct str text);

/* At most so many columns of it. */
void html_fit(struct html *html, struct str text, size_t columns);

/* What the page itself says. */
void html_put(struct html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ": why", where there is one. */
void html_why(struct html *html, struct str why);

void html_duration(struct html *html, int64_t us);
void html_clock(struct html *html, int64_t at_us);
void html_value(struct html *html, const struct value *value);

/* A map as a list of names and such values. */
void html_map(struct html *html, const struct value *map);

/* Whether it is a check of the runbook itself, and no step's. */
bool html_is_own_check(const struct chronicle_op *op);

/* The name of a step, and which item it is for: "Load the dump (w03)". */
void html_name(struct html *html, size_t step);

enum look html_look(const struct summary_step *step);
enum look html_look_of_op(const struct chronicle_op *op);
enum look html_look_of_run(const struct summary *summary);

/* A word of a style sheet or a script for it; it holds no blank. */
const char *html_look_class(enum look look);

/* As people read it, of several steps: "failed (allowed)". */
const char *html_look_word(enum look look);

/* Its sign alone, which says nothing to who hears the page; and with a word behind it. */
void html_sign(struct html *html, enum look look);
void html_badge(struct html *html, enum look look, const char *word);

/* The definitions of the signs. */
void html_put_signs(struct html *html);

/* html_page.c */
void html_put_page(struct html *html);

/* html_asset.c: the style sheet and the script */
extern const char html_css[];
extern const char html_css_end[];
extern const char html_script[];
extern const char html_script_end[];

/* The sections, in their order. */
void html_put_summary(struct html *html);
void html_put_gantt(struct html *html);
void html_put_path(struct html *html);
void html_put_graph(struct html *html);
void html_put_steps(struct html *html);
void html_put_people(struct html *html);
void html_put_events(struct html *html);

/* html_op.c: what was begun of a step, or by the runbook itself, with its output */
void html_put_op(struct html *html, const struct chronicle_op *op, bool tried_again);

/* html_question.c: what a person was asked, and said */
void html_put_question(
    struct html *html, const struct chronicle_question *question, bool with_step);

#endif
