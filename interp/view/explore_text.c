/* SPDX-License-Identifier: Apache-2.0 */
#include "view/explore.h"

#include <assert.h>
#include <stdio.h>

#include "view/text.h"

static struct str id_of(const struct plan *plan, uint32_t node)
{
	return node == PLAN_ROOT ? STR("the runbook's own verify") : plan->nodes[node].step->id;
}

void explore_sentence(const struct plan *plan, const struct finding *finding, struct buf *out)
{
	struct str id = id_of(plan, finding->node);
	struct str culprit = finding->culprit == PLAN_NONE ? (struct str){0}
							   : id_of(plan, finding->culprit);

	switch (finding->kind) {
	case FINDING_UNREACHED:
		buf_printf(out, "no way leads to %.*s", STR_ARG(id));
		break;
	case FINDING_UNNOTICED:
		buf_printf(out,
		    "the run ends as recovered although %.*s failed, and nothing looks at that "
		    "afterwards",
		    STR_ARG(id));
		break;
	case FINDING_BLIND:
		buf_printf(out, "%.*s destroys, and no check before it has held", STR_ARG(id));
		break;
	case FINDING_LEFT:
	case FINDINGS:
		buf_printf(out,
		    "when %.*s does not succeed, what %.*s changed stays: nothing rolls it back",
		    STR_ARG(culprit), STR_ARG(id));
		break;
	}
}

const char *explore_help(enum finding_kind kind)
{
	static const char *const helps[FINDINGS] = {
	    [FINDING_UNREACHED] = "mend the conditions that keep it from beginning, or remove it",
	    [FINDING_UNNOTICED] = "let a `verify` behind it say whether that matters, or ask for "
				  "its outcome in a `when`",
	    [FINDING_BLIND] = "give it a precondition, or let a step before it say in `expect` "
			      "what must hold; an approval is no check",
	    [FINDING_LEFT] = "give it, or a block around it, a `rollback`",
	};

	assert(kind < FINDINGS);
	return helps[kind];
}

static void put_place(const struct plan *plan, uint32_t node, bool color, struct buf *out)
{
	struct span span = plan->nodes[node].step->span;
	struct position at;

	if (!span.source)
		return;
	at = source_position(span.source, span.start);
	buf_text(out, color ? "\033[1m" : "");
	text_harmless(out, str_from(span.source->name));
	buf_printf(out, ":%zu:%zu:%s ", at.line, at.column, color ? "\033[0m" : "");
}

static void show_finding(
    const struct plan *plan, const struct finding *finding, bool color, struct buf *out)
{
	put_place(plan, finding->node, color, out);
	explore_sentence(plan, finding, out);
	buf_printf(out, " [%s]\n", finding_kind_names[finding->kind]);
	for (size_t i = 0; i < finding->story_count; i++) {
		buf_printf(out, "%6zu. ", i + 1);
		text_harmless(out, finding->story[i]);
		buf_byte(out, '\n');
	}
	buf_printf(out, "     = help: %s\n", explore_help(finding->kind));
}

/* "1,234,567" */
static void put_count(struct buf *out, uint64_t count)
{
	if (count >= 1000) {
		put_count(out, count / 1000);
		buf_printf(out, ",%03u", (unsigned)(count % 1000));
	} else {
		buf_printf(out, "%u", (unsigned)count);
	}
}

/* Counted exactly up to 2^53. */
#define EXACT 9007199254740992.0

static void put_ways(struct buf *out, const struct exploration *exploration)
{
	if (!exploration->complete)
		buf_text(out, "at least ");
	if (exploration->ways < EXACT)
		put_count(out, (uint64_t)exploration->ways);
	else
		buf_printf(out, "about %.1e", exploration->ways);
	buf_text(out, exploration->ways == 1 ? " way to recover" : " ways to recover");
}

void explore_text(const struct plan *plan, const struct exploration *exploration, const char *name,
    bool color, struct buf *out)
{
	for (size_t i = 0; i < exploration->count; i++) {
		show_finding(plan, &exploration->findings[i], color, out);
		buf_byte(out, '\n');
	}
	text_harmless(out, str_from(name));
	buf_text(out, ": looked at ");
	put_count(out, exploration->states);
	buf_text(out, exploration->states == 1 ? " state: " : " states: ");
	buf_text(out,
	    exploration->complete ? "every way it can go"
		: exploration->crowded
		? "NOT every way it can go, for too many were open at once; "
		  "what is never reached is not known"
		: "NOT every way it can go (more with --max-states); what is "
		  "never reached is not known");
	buf_text(out, "; ");
	put_ways(out, exploration);
	if (exploration->count == 0)
		buf_text(out, "; nothing found\n");
	else
		buf_printf(out, "; %zu finding%s\n", exploration->count,
		    exploration->count == 1 ? "" : "s");
}
