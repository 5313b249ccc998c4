/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_COMMAND_H
#define LAUNCH_COMMAND_H

#include <stdbool.h>

/*
 * Whether an argument list runs a program of that name, by any path: as its first word, behind a program that runs
 * another one (`env`, `timeout`, `xargs`, …), or as a command of a script that a shell is handed (`sh -c`). It reads
 * words as a shell's grammar places them, roughly: a word that is only an argument (`echo su`) is none. What other
 * languages and files run it does not see.
 */
bool command_runs(char *const *argv, const char *name);

#endif
