/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_STOPPED_H
#define CLI_STOPPED_H

/*
 * How often this process has gone on after it was stopped, by ^Z perhaps, counted from the first call. It is counted
 * before anything else is done: whoever finds the same number again has missed nothing that was typed meanwhile.
 */
unsigned stopped_count(void);

#endif
