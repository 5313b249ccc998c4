/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/outcome.h"

enum status outcome_status(enum run_outcome outcome, bool whole)
{
	static const enum status statuses[] = {
	    [RUN_RECOVERED] = STATUS_OK,
	    [RUN_FAILED] = STATUS_FAILED,
	    [RUN_DENIED] = STATUS_DENIED,
	    [RUN_INTERRUPTED] = STATUS_INTERRUPTED,
	    [RUN_REHEARSED] = STATUS_OK,
	    [RUN_ALONE] = STATUS_OK,
	};

	return statuses[outcome] == STATUS_OK && !whole ? STATUS_DAMAGED : statuses[outcome];
}
