/* SPDX-License-Identifier: Apache-2.0 */
#include "history/growth.h"

#include <math.h>

struct line {
	double count;
	double x;
	double y;
	double xx;
	double xy;
	double yy;
};

/* A run is a step back; what took no time at all is no sign of anything. */
static struct line sums_of(const double *us, size_t count)
{
	struct line sums = {0};

	for (size_t i = 0; i < count; i++) {
		double x = -(double)i;
		double y = log(us[i] + 1);

		if (us[i] < 0)
			continue;
		sums.count += 1;
		sums.x += x;
		sums.y += y;
		sums.xx += x * x;
		sums.xy += x * y;
		sums.yy += y * y;
	}
	return sums;
}

/* How much the departures from the line are like those of the run before: from 0 to 1. */
static double likeness(const double *us, size_t count, const struct line *sums, double slope)
{
	double squares = 0;
	double products = 0;
	double before = 0;

	for (size_t i = 0; i < count; i++) {
		double off;

		if (us[i] < 0)
			continue;
		off = log(us[i] + 1) - sums->y / sums->count +
		    slope * ((double)i + sums->x / sums->count);
		squares += off * off;
		products += off * before;
		before = off;
	}
	return squares > 0 && products > 0 ? fmin(products / squares, 0.95) : 0;
}

void growth_follow(double *us, size_t count)
{
	struct line sums = sums_of(us, count);
	double spread = sums.xx - sums.x * sums.x / sums.count;
	double rise = sums.xy - sums.x * sums.y / sums.count;
	double all = sums.yy - sums.y * sums.y / sums.count;
	double slope;
	double error;
	double alike;

	if (sums.count < GROWTH_RUNS)
		return;
	slope = rise / spread;
	alike = likeness(us, count, &sums, slope);
	error = sqrt(
	    fmax(all - slope * rise, 0) / (sums.count - 2) / spread * (1 + alike) / (1 - alike));
	if (fabs(slope) <= GROWTH_CERTAIN * error)
		return;
	for (size_t i = 0; i < count; i++)
		if (us[i] >= 0)
			us[i] *= exp(slope * (double)(i + 1));
}
