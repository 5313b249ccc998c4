/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RECORDED_H
#define CLI_RECORDED_H

#include <stdbool.h>

#include "lang/load.h"

/*
 * Loads the runbook that a transcript was made with, with all that it includes and uses, from the record alone: its
 * `source` lines, of which a resumed run may have a second set that stands for the first. True when it is a runbook
 * that may be run; load_done() is due either way.
 */
bool recorded_load(const char *transcript, struct load *load);

#endif
