/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HISTORY_SPREAD_H
#define HISTORY_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How long something will take, as far as that is known: a distribution of the next time, given earlier ones. Times are
 * compared by their logarithms: what takes long varies by more seconds, and not by a larger share.
 *
 * Of SPREAD_MANY times and more the distribution is that of their ranks: the next one is as likely to lie before,
 * between or behind any two of them, whatever they are distributed like (the quantiles k/(n+1) of Hyndman and Fan,
 * "Sample quantiles in statistical packages", The American Statistician 50, 1996, type 6). Beyond the ends it falls
 * exponentially.
 *
 * Of fewer it is Student's t of the logarithms, widened by sqrt(1+1/n) since their mean is not known either (Gelman et
 * al., Bayesian Data Analysis, 3rd ed., section 3.3). What is not known of their spread is taken from `usual`: what the
 * steps of this runbook vary by, counted as SPREAD_PRIOR observations of it.
 */
enum { SPREAD_POINTS = 128, SPREAD_MANY = 9, SPREAD_PRIOR = 3 };

/* What nothing is known of varies by: about two of three within a factor of e^0.5, and nine of ten within 2.3. */
#define SPREAD_DEFAULT 0.5

struct spread {
	bool known;
	double at_us[SPREAD_POINTS]; /* the time at (k + 1/2) / SPREAD_POINTS */
	double deviation; /* of the logarithms */
};

/* `times`, of one and more, in microseconds; they are sorted. */
void spread_of_times(struct spread *spread, double *times, size_t count, double usual);

/*
 * Of an estimate, which is taken to hold in eight of ten runs, with one in ten below and one above; of a single figure,
 * to be as likely too high as too low.
 */
void spread_of_estimate(struct spread *spread, int64_t low_us, int64_t high_us);

/* The time that is exceeded by a share of 1 - u, from 0 to 1. */
double spread_at(const struct spread *spread, double u);

/* How much of it lies below a time: from 0 to 1. */
double spread_below(const struct spread *spread, double us);

/*
 * What is left of something that has lasted so long already, `below` being spread_below() of that: at least so much
 * with a share of 1 - u. What has outlasted all that was expected of it lasts by shares of its time longer.
 */
double spread_left(const struct spread *spread, double lasted_us, double below, double u);

/*
 * What samples of several things vary by, as logarithms, where each thing has its own mean: from the sum of squared
 * deviations from those means, and the degrees of freedom; `runs` that they all come from, since what shares a run is
 * not independent.
 */
double spread_usual(double squares, size_t freedom, size_t runs);

#endif
