/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VALUE_VALUE_SHOW_H
#define VALUE_VALUE_SHOW_H

#include "base/buf.h"
#include "value/value.h"

/* As CEL's string() writes it: "1", "0.1", "1e+06", "NaN", "+Inf". */
void double_show(struct buf *out, double real);

#endif
