/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_DIFF_H
#define VIEW_DIFF_H

#include <stdbool.h>

#include "base/buf.h"
#include "view/comparison.h"

/* What `reprise diff` shows of two runs: a sentence, a table and every difference, or all of it as a document. */
struct diff_view {
	const struct comparison *comparison;
	const char *paths[SIDES]; /* of the transcripts */
	bool color;
	bool all; /* steps that do not differ stand in the table too */
	const char *names[SIDES]; /* what the sides are called; NULL: A and B */
};

void diff_text(const struct diff_view *view, struct buf *out);

/* One document: {version, same, sentence, a, b, parting, differences, steps}. */
void diff_json(const struct diff_view *view, struct buf *out);

#endif
