/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_DIFF_PARTS_H
#define VIEW_DIFF_PARTS_H

#include "view/diff.h"

/* What the files diff_*.c share and nobody else sees. */

enum { DIFF_COLUMNS = 100 };

extern const char *const diff_side_names[SIDES];

/* How the two compare, in one breath. Not harmless yet. */
void diff_sentence(const struct comparison *comparison, struct buf *out);

/* "exit_code", "param host": what differs. Not harmless yet. */
void diff_put_name(struct buf *out, const struct difference *difference);

/* "when: true in A, false in B": what differs, for a sentence, with what stands behind each side. Not harmless yet. */
void diff_put_brief(
    struct buf *out, const struct difference *difference, const char *const sides[SIDES]);

/* The values of a difference, each on one line, with what tells them apart in sight. Not harmless yet. */
void diff_show_values(const struct difference *difference, struct buf outs[SIDES]);

/* "3.2x slower": how long B took beside A; nothing where durations_ratio() says nothing. */
void diff_put_ratio(struct buf *out, int64_t a_us, int64_t b_us);

/* What a step is called; the runbook itself has a name too. */
struct str diff_label(const struct compared_step *step);

/* Every difference with its values, under a title; nothing, and false, where none is worth a line. */
bool diff_list(const struct diff_view *view, struct str title,
    const struct differences *differences, struct buf *out);

/* The table of steps. */
void diff_table(const struct diff_view *view, struct buf *out);

#endif
