/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REACH_LINES_H
#define REACH_LINES_H

#include "base/buf.h"
#include "reach/told.h"

/*
 * The lines of shell code that a far `sh` evaluates. It may be any POSIX shell, as any user, in any state of repair;
 * each line ends in a newline and holds no other, and no variable of theirs is without "rp_" in front. They answer with
 * marks (launch/wire.h).
 */

/* Runs reprise-launch where an earlier step left it; else says `absent SYSTEM MACHINE` and waits for another line. */
void line_call(struct buf *line, const struct told *order);

/* Runs the one that was stored at a path. */
void line_run(struct buf *line, const struct told *order, const char *path);

/*
 * Keeps what follows the line, to the end of file, as reprise-launch, in a folder of the user's own where programs may
 * be run: `stored PATH`, or `refused`.
 */
void line_store(struct buf *line, const struct told *order);

/*
 * Ends what runs under a far end with this number, waits as long as that may take, and says what came of it: `told
 * TEXT`, the last mark that this far end could not deliver; `ended`, it was there and is gone; `gone`, it was not there
 * any more; `alive`.
 */
void line_inquire(struct buf *line, const struct told *order, long pid);

/* A function rp_l8 that puts the locale back that the login had. */
#define LINE_LOCALE "rp_l8(){ case $rp_c in x*)LC_ALL=${rp_c#x};;*)unset LC_ALL;;esac;};"

/* A text as a word of shell code. A newline becomes the variable rp_l. */
void line_word(struct buf *line, const char *text);

#endif
