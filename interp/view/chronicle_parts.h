/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_CHRONICLE_PARTS_H
#define VIEW_CHRONICLE_PARTS_H

#include "view/chronicle.h"

/* Operations: chronicle_ops.c */
void chronicle_see_start(struct chronicle *chronicle, const struct message *message);
void chronicle_see_started(struct chronicle *chronicle, const struct message *message);
void chronicle_see_stop(struct chronicle *chronicle, const struct message *message);
void chronicle_see_output(struct chronicle *chronicle, const struct message *message);
void chronicle_see_finished(struct chronicle *chronicle, const struct message *message);

struct str chronicle_keep(struct chronicle *chronicle, struct str text);

/* Accepts NULL, and gives it back. */
const struct value *chronicle_keep_value(struct chronicle *chronicle, const struct value *value);

#endif
