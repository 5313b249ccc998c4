/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINT_LINT_H
#define LINT_LINT_H

#include "lang/load.h"

/*
 * Lints: what a runbook is allowed to say and would be sorry for. They are warnings, each with a code of its own, and a
 * comment in the source silences one: `# reprise: allow CODE reason`, on its line, on the line above, or at the head of
 * its step or script. schema/lint.md explains every code.
 */

/*
 * Looks through a load that has no errors, its unused templates too, and appends what it finds to its diagnostics;
 * takes away the warnings that were there and that a comment allows.
 */
void lint_run(struct load *load);

/* Code and summary of lint number i, in the order of schema/lint.md; false past the last. */
bool lint_row(size_t i, const char **ret_code, const char **ret_summary);

#endif
