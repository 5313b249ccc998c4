/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HISTORY_QUANTILE_H
#define HISTORY_QUANTILE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Of what was measured, the smallest value that at least so many per cent do not exceed: the nearest rank. It is always
 * one that was there, and nothing between two of them. The values, one or more, are sorted.
 */
int64_t quantile_of(int64_t *values, size_t count, unsigned percent);

#endif
