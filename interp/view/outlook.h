/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_OUTLOOK_H
#define VIEW_OUTLOOK_H

#include "base/buf.h"
#include "base/json.h"
#include "sched/outlook.h"

/*
 * What is to be expected of a run, in words: "expected 14m, 90% within 31m, as 12 earlier runs went; the RTO of 4h will
 * be met". No line break, no full stop at its end. Durations are rounded to what can be meant.
 */
void outlook_put(struct buf *out, const struct outlook *outlook);

/* In few words, for a line that is drawn again and again: "expected 12m more, 90% within 29m". */
void outlook_put_brief(struct buf *out, const struct outlook *outlook);

/* The same under the keys of the transcript's `outlook`, as an object. */
void outlook_json(struct json *json, const struct outlook *outlook);

/* A time that was foretold: "14m", never "14m07s". */
void outlook_put_time(struct buf *out, int64_t us);

/*
 * Of the objective alone: "will be met", "will be met if nothing fails", "may be missed (1 in 5)"; nothing where there
 * is none.
 */
void outlook_put_rto(struct buf *out, const struct outlook *outlook);

#endif
