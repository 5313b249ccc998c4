/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_SECRETS_H
#define RUN_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "lang/plan.h"
#include "record/redact.h"

/*
 * The secrets of a run: read once, before anything runs, held in memory that is wiped when it is freed. Only an
 * executor opens values with them.
 */
struct secrets;

/*
 * Reads every secret that the runbook's own file declares, and of those that it includes the ones that something in
 * the plan asks for: what many runbooks share need not be there for one that has no use for it. A secret is a variable
 * of the environment, a file (one trailing newline is cut off), or a command's standard output (likewise; it must exit
 * with 0 within 30 s). Relative paths are meant from `folder`. Errors name the declaration; a short secret is a
 * warning, and so is the lack of one that serves only to tell contacts: then it is not known here,
 * secrets_missing(). NULL after errors.
 *
 * `told` is what the record holds in the clear anyway: the runbook's text and the parameters. A secret that stands in
 * there (a password that is the project's name) is no secret any more. Masking it would not hide it, but would put
 * holes into names and paths that later steps are given; so it is not masked, and that is a warning.
 */
struct secrets *secrets_read(
    const struct plan *plan, const char *folder, struct str told, struct diags *diags);
void secrets_free(struct secrets *secrets);

/*
 * One more, that a sensitive step gave: opened by its name like the others, and masked from now on in whatever begins
 * to be masked. Name and value are copied.
 */
void secrets_add(struct secrets *secrets, struct str name, struct str value);

/* What masks them, at this time; lives as long as the secrets. */
const struct redactor *secrets_redactor(const struct secrets *secrets);

/* Those that the runbook declares, by number. */
size_t secrets_declared(const struct secrets *secrets);
const struct secret_text *secrets_at(const struct secrets *secrets, size_t number);

/* Whether a value has what a sensitive step gave in it. */
bool secrets_has_given(const struct secrets *secrets, const struct value *value);

/*
 * The name of the first secret within a value that is not known here: what a sensitive step gave in an earlier life of
 * the run. Empty when all are.
 */
struct str secrets_missing(const struct secrets *secrets, const struct value *value);

/* The value with every VALUE_SECRET in it made plain text, in the arena. Never to be recorded or shown. */
const struct value *secrets_open(
    const struct secrets *secrets, struct arena *arena, const struct value *value);

#endif
