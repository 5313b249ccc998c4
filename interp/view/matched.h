/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_MATCHED_H
#define VIEW_MATCHED_H

#include "lang/response.h"

/* What `reprise match` found out, for people and for programs. */

struct matched_alert {
	const struct alert *alert;
	struct response *responses; /* most specific first; of a resolved alert none */
	size_t count;
};

struct matched {
	struct matched_alert *alerts;
	size_t count;
	int64_t truncated; /* alerts that the sender left out */
	const char *const *places; /* that were looked at */
	size_t place_count;
	size_t runbooks; /* found there, */
	size_t with_triggers; /* and so many of them name alerts */
	const char *verb; /* of the command lines: run, rehearse */
	bool color;
};

void matched_text(const struct matched *matched, struct buf *out);

/* The form is told in schema/language.md. */
void matched_json(const struct matched *matched, struct buf *out);

#endif
