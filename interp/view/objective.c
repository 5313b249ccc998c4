/* SPDX-License-Identifier: Apache-2.0 */
#include "view/objective.h"

#include "base/units.h"
#include "lang/model.h"

bool objective_met(const struct summary *summary, int64_t rto_us)
{
	return summary->recovered_us <= rto_us;
}

void objective_put(const struct summary *summary, int64_t rto_us, struct buf *out)
{
	if (summary->rehearsal || rto_us == UNSET_US)
		return;
	buf_text(out, " (objective: ");
	units_show_duration(out, rto_us);
	if (summary->outcome == RUN_RECOVERED)
		buf_text(out, objective_met(summary, rto_us) ? ", met" : ", MISSED");
	if (summary->outcome == RUN_RECOVERED && objective_met(summary, rto_us) &&
	    summary->duration_us > rto_us) {
		buf_text(out, ": it had recovered after ");
		units_show_duration(out, summary->recovered_us);
	}
	buf_byte(out, ')');
}
