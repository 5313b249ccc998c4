/* SPDX-License-Identifier: Apache-2.0 */
#include "history/spread.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* No clock and no scheduler tells less apart. */
#define SHORTEST_US 100.0

/* The quantile of 0.9 of Student's t with SPREAD_PRIOR degrees of freedom. */
#define STUDENT_90 1.6377443536962102

/* Beyond the most extreme of many times, the mean excess of a normal one is about half a deviation. */
#define TAIL 0.5

/* What outlasted all expectation: however alike the times were, so much is not known of what comes now. */
#define LEAST_TAIL 0.1

static double share_at(size_t point)
{
	return ((double)point + 0.5) / SPREAD_POINTS;
}

/*
 * The share of Student's t below t >= 0, of whole degrees of freedom (Abramowitz and Stegun, Handbook of Mathematical
 * Functions, 26.7.3 and 26.7.4).
 */
static double student_below(double t, size_t freedom)
{
	double theta = atan(t / sqrt((double)freedom));
	double square = cos(theta) * cos(theta);
	bool odd = freedom % 2;
	double term = odd ? cos(theta) : 1;
	double sum = freedom > 1 ? term : 0;

	for (size_t i = odd ? 3 : 2; i < freedom; i += 2) {
		term *= square * (double)(i - 1) / (double)i;
		sum += term;
	}
	if (odd)
		return 0.5 + (theta + sin(theta) * sum) / M_PI;
	return 0.5 + sin(theta) * sum / 2;
}

/* The quantile, by halving; u above one half. */
static double student_at(double u, size_t freedom)
{
	double low = 0;
	double high = 1;

	while (student_below(high, freedom) < u)
		high *= 2;
	for (unsigned i = 0; i < 40; i++) {
		double middle = (low + high) / 2;

		*(student_below(middle, freedom) < u ? &low : &high) = middle;
	}
	return (low + high) / 2;
}

static double logarithm(double us)
{
	return log(us > SHORTEST_US ? us : SHORTEST_US);
}

/* Few degrees of freedom are asked for, again and again. */
static void student(struct spread *spread, double mean, double scale, size_t freedom)
{
	static _Thread_local double table[SPREAD_PRIOR + SPREAD_MANY][SPREAD_POINTS / 2];
	static _Thread_local bool has[SPREAD_PRIOR + SPREAD_MANY];

	assert(freedom < SPREAD_PRIOR + SPREAD_MANY);
	for (size_t i = 0; i < SPREAD_POINTS / 2 && !has[freedom]; i++)
		table[freedom][i] = student_at(share_at(SPREAD_POINTS / 2 + i), freedom);
	has[freedom] = true;
	for (size_t i = 0; i < SPREAD_POINTS / 2; i++) {
		spread->at_us[SPREAD_POINTS / 2 + i] = exp(mean + scale * table[freedom][i]);
		spread->at_us[SPREAD_POINTS / 2 - 1 - i] = exp(mean - scale * table[freedom][i]);
	}
}

static void by_ranks(struct spread *spread, const double *logs, size_t count)
{
	double tail = TAIL * spread->deviation;

	for (size_t i = 0; i < SPREAD_POINTS; i++) {
		double place = share_at(i) * (double)(count + 1);
		size_t below = (size_t)place;
		double at;

		if (below == 0)
			at = logs[0] + tail * log(place);
		else if (below >= count)
			at = logs[count - 1] - tail * log((double)(count + 1) - place);
		else
			at = logs[below - 1] +
			    (place - (double)below) * (logs[below] - logs[below - 1]);
		spread->at_us[i] = exp(at);
	}
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a;
	double right = *(const double *)b;

	return left < right ? -1 : left > right;
}

void spread_of_times(struct spread *spread, double *times, size_t count, double usual)
{
	double mean = 0;
	double squares = 0;
	double variance;

	assert(count > 0);
	for (size_t i = 0; i < count; i++) {
		times[i] = logarithm(times[i]);
		mean += times[i] / (double)count;
	}
	for (size_t i = 0; i < count; i++)
		squares += (times[i] - mean) * (times[i] - mean);
	qsort(times, count, sizeof(*times), compare);
	spread->known = true;
	if (count >= SPREAD_MANY) {
		spread->deviation = sqrt(squares / (double)(count - 1));
		by_ranks(spread, times, count);
		return;
	}
	variance = (SPREAD_PRIOR * usual * usual + squares) / (double)(SPREAD_PRIOR + count - 1);
	spread->deviation = sqrt(variance);
	student(spread, mean, sqrt(variance * (1 + 1 / (double)count)), SPREAD_PRIOR + count - 1);
}

void spread_of_estimate(struct spread *spread, int64_t low_us, int64_t high_us)
{
	double low = logarithm((double)low_us);
	double high = logarithm((double)high_us);
	double deviation = (high - low) / 2 / STUDENT_90;

	spread->known = true;
	spread->deviation = low_us == high_us ? SPREAD_DEFAULT : deviation;
	student(spread, (low + high) / 2, spread->deviation, SPREAD_PRIOR);
}

double spread_at(const struct spread *spread, double u)
{
	double place = u * SPREAD_POINTS - 0.5;
	size_t below;

	if (place <= 0)
		return spread->at_us[0];
	if (place >= SPREAD_POINTS - 1)
		return spread->at_us[SPREAD_POINTS - 1];
	below = (size_t)place;
	return spread->at_us[below] +
	    (place - (double)below) * (spread->at_us[below + 1] - spread->at_us[below]);
}

double spread_below(const struct spread *spread, double us)
{
	size_t low = 0;
	size_t high = SPREAD_POINTS - 1;

	if (us < spread->at_us[low])
		return 0;
	if (us >= spread->at_us[high])
		return 1;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		*(spread->at_us[middle] <= us ? &low : &high) = middle;
	}
	return share_at(low) +
	    (us - spread->at_us[low]) / (spread->at_us[high] - spread->at_us[low]) / SPREAD_POINTS;
}

double spread_left(const struct spread *spread, double lasted_us, double below, double u)
{
	double tail = TAIL * spread->deviation;
	double left;

	if (below < 1) {
		left = spread_at(spread, below + (1 - below) * u) - lasted_us;
		return left > 0 ? left : 0;
	}
	tail = tail > LEAST_TAIL ? tail : LEAST_TAIL;
	return lasted_us * (exp(-tail * log(u < 0.999 ? 1 - u : 0.001)) - 1);
}

double spread_usual(double squares, size_t freedom, size_t runs)
{
	size_t counted = runs > 0 && freedom > runs - 1 ? runs - 1 : freedom;

	if (!counted)
		return SPREAD_DEFAULT;
	return sqrt((SPREAD_PRIOR * SPREAD_DEFAULT * SPREAD_DEFAULT +
			squares / (double)freedom * (double)counted) /
	    (double)(SPREAD_PRIOR + counted));
}
