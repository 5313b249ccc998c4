/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_BIND_H
#define LANG_BIND_H

#include "base/arena.h"
#include "base/buf.h"
#include "expr/template.h"
#include "value/action.h"
#include "value/value.h"

/*
 * Makes evaluated arguments what an action's parameters ask for: presets filled in, "30s" a duration, "8GiB" a number
 * of bytes, scalars text where text is wanted, connections completed. The order is that of the parameter table, so
 * equal arguments give equal bytes. NULL with a sentence in *ret_why when one does not fit; both live in the arena.
 */
const struct value *bind_args(struct arena *arena, const struct vocabulary *vocabulary,
    const struct action_spec *spec, const struct value *args, struct str *ret_why);

/*
 * The value of one parameter as text: what a preset, or `-p name=value`, says. NULL when it is not of that kind.
 */
const struct value *bind_text(struct arena *arena, enum param_kind kind, struct str text);

/* "a duration such as 30s", "text", "a number of bytes such as 8MiB": what a kind wants, for messages. */
const char *param_kind_noun(enum param_kind kind);

/* A word as a shell wants it: in single quotes where it needs any. */
void word_show(struct buf *out, struct str word);

/*
 * An action with its arguments on one line, as a person would type it: an argv quoted for a shell, a pipe with its
 * bars, a script as it is, a library action with its arguments. Secrets print as ${{ secrets.x }}.
 */
void action_show(const struct action_spec *spec, const struct value *args, struct buf *out);

/*
 * What stands around a process and decides what it does: its environment as far as the runbook sets it, its folder,
 * where its input comes from and its output goes. A line each; nothing for what is no process.
 */
void action_show_around(const struct value *args, struct buf *out);

/* The same before anything is known: templates as the author wrote them. */
void action_show_written(
    const struct action_spec *spec, const struct template *args, struct buf *out);

#endif
