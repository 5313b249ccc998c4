/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_OFFER_H
#define CLI_OFFER_H

#include "base/buf.h"
#include "cli/command.h"

/*
 * What may stand in the place of a word on a command line, for the completion of shells: lines of
 *
 *     WORD<tab>WHAT IT IS      a word; one that ends with = goes on
 *     :files [EXTENSION…]      files, of these kinds
 *     :folders                 folders
 */
struct offer {
	const struct command *command;
	const struct option_row *option; /* whose value it is; NULL: an argument */
	const char *runbook; /* on the same line: of what it has steps and parameters; or NULL */
	const char *run; /* the same, a recorded run */
	struct str prefix; /* what stands before the words, "--color=" */
	struct str begin; /* they begin so; what does not is left out */
	struct buf *out;
};

/* One word, where it begins as it must. */
void offer_word(const struct offer *offer, struct str word, struct str doc);

/* All that a value may be of which the help says "text|json", "RUN", "STEP=done|failed". */
void offer_value(const struct offer *offer, struct str value);

#endif
