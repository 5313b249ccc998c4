/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_PAINT_H
#define VIEW_PAINT_H

#include <stdbool.h>

#include "base/buf.h"

/* Colours of a terminal. Nothing is said by one alone: whoever sees none reads the same. */
enum paint { PLAIN, BOLD, DIM, RED, GREEN, YELLOW };

/* From here on; nothing where there is to be no colour. */
void paint_put(struct buf *out, bool color, enum paint paint);

#endif
