/* SPDX-License-Identifier: Apache-2.0 */
#include "view/paint.h"

void paint_put(struct buf *out, bool color, enum paint paint)
{
	static const char *const sequences[] = {
	    "\033[0m", "\033[1m", "\033[2m", "\033[1;31m", "\033[32m", "\033[1;33m"};

	if (color)
		buf_text(out, sequences[paint]);
}
