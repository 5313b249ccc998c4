/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "cli/command.h"

/* What --help prints: made of the tables of the commands, and in lines of 80 columns. */

/* Of one command, on standard output. */
void help_command(const struct command *command);

/* Of all of them. */
void help_overall(FILE *file);

#endif
