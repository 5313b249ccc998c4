/* SPDX-License-Identifier: Apache-2.0 */
#include "history/quantile.h"

#include <assert.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
	int64_t one = *(const int64_t *)a;
	int64_t other = *(const int64_t *)b;

	return one < other ? -1 : one > other;
}

int64_t quantile_of(int64_t *values, size_t count, unsigned percent)
{
	size_t rank = (count * percent + 99) / 100;

	assert(count && percent <= 100);
	qsort(values, count, sizeof(*values), by_value);
	return values[rank ? rank - 1 : 0];
}
