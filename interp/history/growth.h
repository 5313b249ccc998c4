/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HISTORY_GROWTH_H
#define HISTORY_GROWTH_H

#include <stddef.h>

/*
 * Data grows, and what is done with it takes longer from run to run. `us` are times by run, the latest first, negative
 * where there is none. Where their logarithms rise or fall steadily (a straight line by least squares, whose slope is
 * more than GROWTH_CERTAIN times its own standard error), all are brought to what they would be in the next run; else
 * they are left as they are. A machine that is slow for a while makes times that wander, and look like growth: where
 * neighbours depart from the line alike, the error is as large as if there were fewer of them (Bayley and Hammersley,
 * "The effective number of independent observations in an autocorrelated time series", Supplement to the JRSS 8, 1946).
 */
enum { GROWTH_RUNS = 8, GROWTH_CERTAIN = 3 };

void growth_follow(double *us, size_t count);

#endif
