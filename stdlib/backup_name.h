/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STDLIB_BACKUP_NAME_H
#define STDLIB_BACKUP_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * The time in a file's name ("app-20260131_030405.sql.gz", "app.2026-01-31.dump"), taken for UTC; a day alone is its
 * beginning. *ret_at is where it stands. False when there is none.
 */
bool backup_name_time(struct str name, int64_t *ret_us, size_t *ret_at);

#endif
