/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SOURCES_H
#define CLI_SOURCES_H

#include "lang/load.h"
#include "value/value.h"

/* The files a runbook is made of, as a record has them. Both live in the arena, the texts in the load. */

/* A list of {name, sha256, size, path}, the runbook first. */
const struct value *sources_facts(struct arena *arena, const struct load *load);

/* load->source_count of them. */
const struct source *const *sources_of(struct arena *arena, const struct load *load);

/*
 * The first recorded file that lies on the disk as another one now; NULL when there is none. What is gone cannot have
 * become another; it is complained of, for what the record holds stands for it.
 */
const struct source *sources_changed(const struct load *load);

#endif
