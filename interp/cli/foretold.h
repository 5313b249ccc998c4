/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_FORETOLD_H
#define CLI_FORETOLD_H

#include "cli/command.h"
#include "history/forecast.h"

/*
 * How long a run of a plan will take, as far as its kept runs and its estimates tell. Those are looked through for a
 * moment and no longer, and nothing that is wrong with them stops anything. run: its id, or empty. What is approved or
 * answered beforehand, in an invocation of a command with DRIVER_OPTIONS, nobody is waited for; NULL: nothing is.
 */
struct forecast *foretold_new(const struct plan *plan, const struct value *params, struct str run,
    const struct invocation *invocation);

/* forecast_ask(), where it is worth a word; false of NULL. */
bool foretold_ask(struct forecast *forecast, int64_t t_us, struct outlook *ret_outlook);

/* Appends the same in a sentence, or nothing. */
void foretold_put(struct forecast *forecast, int64_t t_us, struct buf *out);

#endif
