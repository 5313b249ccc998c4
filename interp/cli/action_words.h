/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ACTION_WORDS_H
#define CLI_ACTION_WORDS_H

#include "base/buf.h"
#include "value/action.h"

/* What the tables of an action say, in words: for `reprise actions`, and for the manual page of all of them. */

/* "change, or less: by its parameters". */
void action_effect_words(struct buf *out, const struct action_spec *spec);

/* "duration, 5s by default, may stand bare". */
void action_param_words(struct buf *out, const struct param *param);

/* "one of a, b"; nothing where there is no choice. */
void action_choice_words(struct buf *out, const struct param *param);

/* "an expect decides alone when it names one of: a, b"; nothing where none does. */
void action_success_words(struct buf *out, const struct action_spec *spec);

/* "timeout, unless the step sets one: 30s"; nothing where there is none. */
void action_timeout_words(struct buf *out, const struct action_spec *spec);

#endif
