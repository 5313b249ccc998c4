/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_SECRET_MARKS_H
#define RUN_SECRET_MARKS_H

#include <stdbool.h>

#include "run/secrets.h"

/*
 * Whether a run's secrets are what they were when an earlier life of it began: a process of that life prints the old
 * ones, which nobody could mask any more. Marks are a file `secrets` in the run's folder, for its owner only: a salt,
 * and of each declared secret the SHA-256 of salt, name and value. It holds no more than the folder does anyway, and
 * goes when the run has finished.
 */

/* Writes the marks of these secrets; `changed`: others were in force before. False when they cannot be written. */
bool secret_marks_write(const char *dir, const struct secrets *secrets, bool changed);

/* Whether the marks there are of other secrets, or of none that can be known; no secret at all changes nothing. */
bool secret_marks_differ(const char *dir, const struct secrets *secrets);

void secret_marks_remove(const char *dir);

#endif
