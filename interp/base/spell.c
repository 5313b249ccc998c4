/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spell.h"

#include <string.h>

enum { LONGEST = 64 };

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Optimal string alignment distance (Damerau 1964, without edits inside a swap), row by row. */
static size_t distance(struct str a, struct str b)
{
	size_t rows[3][LONGEST + 1];
	size_t *older = rows[0];
	size_t *old = rows[1];
	size_t *row = rows[2];

	memset(rows, 0, sizeof(rows));
	for (size_t j = 0; j <= b.len; j++)
		old[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *spare = older;

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t cost = a.ptr[i - 1] != b.ptr[j - 1];

			row[j] = min3(row[j - 1] + 1, old[j] + 1, old[j - 1] + cost);
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] &&
			    a.ptr[i - 2] == b.ptr[j - 1] && older[j - 2] + 1 < row[j])
				row[j] = older[j - 2] + 1;
		}
		older = old;
		old = row;
		row = spare;
	}
	return old[b.len];
}

void spell_init(struct spell *spell, struct str wrong)
{
	*spell = (struct spell){.wrong = wrong, .distance = wrong.len / 3 + 1};
	if (spell->distance < 2)
		spell->distance = 2;
}

void spell_try(struct spell *spell, struct str candidate)
{
	size_t edits;

	if (candidate.len > LONGEST || spell->wrong.len > LONGEST)
		return;
	edits = distance(spell->wrong, candidate);
	if (edits < spell->distance) {
		spell->distance = edits;
		spell->best = candidate;
	}
}

struct str spell_best(const struct spell *spell)
{
	return spell->best;
}
