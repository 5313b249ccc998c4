/* SPDX-License-Identifier: Apache-2.0 */
#include "view/history.h"

int64_t history_days(const struct history_view *view, int64_t at_us)
{
	const int64_t day_us = INT64_C(86400) * 1000000;

	return at_us < view->now_us ? (view->now_us - at_us) / day_us : 0;
}

enum history_lack history_lack(const struct history_view *view, const struct history_book *book)
{
	const struct practice *practice = &book->practice;

	if (practice->failed_since)
		return HISTORY_FAILED;
	if (!practice->last_well)
		return HISTORY_NEVER;
	if (view->now_us - practice->last_well->began_at_us > view->max_age_us)
		return HISTORY_NOT_LATELY;
	return HISTORY_LATELY;
}

size_t history_lacking(const struct history_view *view)
{
	size_t count = 0;

	for (size_t i = 0; i < view->book_count; i++)
		count += history_lack(view, &view->books[i]) != HISTORY_LATELY;
	return count;
}

struct str history_mode(const struct past_run *run)
{
	static const char *const modes[] = {[MODE_RUN] = "run",
	    [MODE_REPLAY] = "replay",
	    [MODE_REHEARSAL] = "rehearsal",
	    [MODE_ALONE] = "alone"};
	enum practice_mode mode = practice_mode(run);

	return mode == MODE_OTHER ? run->mode : str_from(modes[mode]);
}

const char *history_outcome(const struct past_run *run)
{
	return run->finished ? run_outcome_names[run->outcome] : "unfinished";
}
