/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_MISTAKES_H
#define CLI_MISTAKES_H

#include "lang/load.h"

/* Shows on standard error what was found wrong with a runbook, warnings too; all of it at once. */
void mistakes_show(struct load *load, bool color);

/* Whether what was loaded is a runbook; says that it is a file to include where it is one. */
bool load_is_runbook(const struct load *load, const char *path);

#endif
