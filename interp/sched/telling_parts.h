/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHED_TELLING_PARTS_H
#define SCHED_TELLING_PARTS_H

#include "lang/contact.h"
#include "sched/telling.h"

/* What telling.c, which says when and to whom, and telling_words.c, which says what, share. */

enum reason { REASON_BEGUN, REASON_LASTS, REASON_WAITS, REASON_ENDED };

/* The action that tells: NULL, there is none. */
const struct action_spec *telling_sender(const struct sched *sched);

/* Whether that is the news that it is over. */
bool telling_is_over(const struct sched *sched, enum reason reason);

/* What the sender is given; in the scratch. NULL with a sentence, which would be a mistake of ours. */
const struct value *telling_arguments(
    struct sched *sched, const struct contact *contact, enum reason reason, struct str *ret_why);

#endif
