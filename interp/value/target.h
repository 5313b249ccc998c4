/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VALUE_TARGET_H
#define VALUE_TARGET_H

#include "base/arena.h"
#include "value/value.h"

/*
 * Where a process runs, as its arguments say it: `target` is {name, ssh: {host, …}, become, docker: {container, …}}
 * with what was given alone; of a pipe `targets`, a list of such maps and nulls (here), one for each stage.
 */
enum { TARGET_PORT_MAX = 65535 };

/* What is wrong with a text that becomes a word of its own for ssh and its like, "is empty"; NULL: nothing. */
const char *target_word_wrong(struct str text);

/* Whether a text can name an option of ssh. */
bool target_option_name(struct str text);

/*
 * For people, with all that decides where it leads: "deploy@db1:2222, as root, in the container app-1"; of a list, what
 * a pipe has, "here | deploy@db1". NULL and null are here.
 */
struct str target_text(struct arena *arena, const struct value *target);

/* The same behind what is done: "at deploy@db1", "in the container app-1", "as postgres". */
struct str target_place(struct arena *arena, const struct value *target);

/* Briefly, where and as whom: "deploy@db1:2222 as root", "app-1 at db1", "web-0", "here as postgres", "here". */
struct str target_short(struct arena *arena, const struct value *target);

/* What the arguments of a process say of it: `target`, or `targets`; NULL: it runs here. */
const struct value *target_of(const struct value *args);

#endif
