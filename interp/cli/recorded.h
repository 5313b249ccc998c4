/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RECORDED_H
#define CLI_RECORDED_H

#include <stdbool.h>

#include "lang/load.h"

/*
 * Loads the runbook that a transcript was made with, with all that it includes and uses, from the record alone: its
 * `source` lines, of which a resumed run may have a second set that stands for the first. False when the record does
 * not have them whole: then nothing was loaded. Otherwise load_done() is due; there is no plan where this version
 * finds mistakes in them.
 */
bool recorded_load(const char *transcript, struct load *ret_load);

#endif
