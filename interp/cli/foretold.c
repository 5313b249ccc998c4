/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/foretold.h"

#include "cli/address.h"
#include "cli/answers.h"
#include "cli/approvals.h"
#include "cli/earlier.h"
#include "view/outlook.h"

/* Of what is over as soon as this nobody needs to be told when it will be. */
enum { WORTH_US = 5000000 };

/* What options say beforehand of a question. */
struct beforehand {
	const struct invocation *invocation;
	const struct plan *plan;
};

static bool is_answered(void *self, const struct plan_node *node)
{
	const struct beforehand *beforehand = self;
	struct arena *arena = arena_new();
	const struct value *inputs;
	struct str address;
	struct buf path;
	bool answered;

	buf_init(&path, BUF_UNBOUNDED);
	address_path(&path, beforehand->plan, node);
	if (node->step->manual.text)
		answered = answers_of(beforehand->invocation, node->step, buf_view(&path), arena,
			       &address, &inputs) != ANSWERS_NOTHING;
	else
		answered = approvals_given(beforehand->invocation, buf_view(&path)) != NULL;
	buf_done(&path);
	arena_free(arena);
	return answered;
}

struct forecast *foretold_new(const struct plan *plan, const struct value *params, struct str run,
    const struct invocation *invocation)
{
	struct beforehand beforehand = {invocation, plan};
	struct arena *arena = arena_new();
	struct past past;
	struct forecast_options options = {
	    .plan = plan, .params = params, .past = &past, .run = run};
	struct forecast *forecast;

	earlier_of(arena, plan->runbook->id, &past);
	if (invocation) {
		options.is_answered = is_answered;
		options.self = &beforehand;
		options.unattended = option_given(invocation, "non-interactive");
	}
	forecast = forecast_new(&options);
	arena_free(arena);
	return forecast;
}

bool foretold_ask(struct forecast *forecast, int64_t t_us, struct outlook *ret_outlook)
{
	return forecast && forecast_ask(forecast, t_us, ret_outlook) &&
	    ret_outlook->within_us >= WORTH_US;
}

void foretold_put(struct forecast *forecast, int64_t t_us, struct buf *out)
{
	struct outlook outlook;

	if (!foretold_ask(forecast, t_us, &outlook))
		return;
	outlook_put_brief(out, &outlook);
	buf_text(out, outlook.rto_us ? "; " : "");
	outlook_put_rto(out, &outlook);
}
