/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_REASON_H
#define VIEW_REASON_H

#include "view/summary.h"

/*
 * Why a step ended as it did, as people are told. A record's sentence stays what it is, for a replay compares it: what
 * it leaves out is put into it here.
 */
void reason_put(const struct summary *summary, const struct summary_step *step, struct buf *out);

#endif
