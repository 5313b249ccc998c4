/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/explore_parts.h"

#include <stdarg.h>

/* Sentences of a story. What merely goes well is gathered into one. */

/* A sentence names so many. */
enum { SOME = 5 };

static void add_line(struct telling *telling, struct str line)
{
	telling->lines = arena_grow(telling->arena, telling->lines, telling->count,
	    &telling->capacity, sizeof(*telling->lines));
	telling->lines[telling->count++] = line;
}

static void add_name(struct telling *telling, struct str *names, size_t *count, struct str name)
{
	if ((*count)++ < SOME)
		*names = arena_printf(telling->arena, "%.*s%s%.*s", STR_ARG(*names),
		    names->len ? ", " : "", STR_ARG(name));
}

static void flush(
    struct telling *telling, struct str *names, size_t *count, const char *one, const char *several)
{
	struct str more = {0};

	if (!*count)
		return;
	if (*count > SOME)
		more = arena_printf(telling->arena, " and %zu more", *count - SOME);
	add_line(telling,
	    arena_printf(telling->arena, "%.*s%.*s %s", STR_ARG(*names), STR_ARG(more),
		*count == 1 ? one : several));
	*names = (struct str){0};
	*count = 0;
}

/* What was gathered. */
void tell_quiet(struct telling *telling)
{
	flush(telling, &telling->succeeded, &telling->succeeded_count, "succeeds", "succeed");
	flush(telling, &telling->skipped, &telling->skipped_count, "is skipped", "are skipped");
}

void tell(struct telling *telling, const char *format, ...)
{
	va_list args;
	struct str line;

	va_start(args, format);
	line = arena_vprintf(telling->arena, format, args);
	va_end(args);
	tell_quiet(telling);
	add_line(telling, line);
}

/* Continues the last sentence, where nothing was gathered since. */
static void tell_on(struct telling *telling, const char *joint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void tell_on(struct telling *telling, const char *joint, const char *format, ...)
{
	va_list args;
	struct str more;
	struct str *last;

	va_start(args, format);
	more = arena_vprintf(telling->arena, format, args);
	va_end(args);
	if (!telling->count || telling->succeeded_count || telling->skipped_count) {
		tell(telling, "%.*s", STR_ARG(more));
		return;
	}
	last = &telling->lines[telling->count - 1];
	*last = arena_printf(telling->arena, "%.*s%s%.*s", STR_ARG(*last), joint, STR_ARG(more));
}

/* An instance as a person calls it; the root is the runbook. */
static struct str called(struct telling *telling, struct sched *sched, uint32_t index)
{
	struct str path = path_of(sched, index);

	return arena_str(telling->arena, path.len ? path : STR("the runbook"));
}

static struct str check_called(struct telling *telling, struct sched *sched, uint32_t index)
{
	return arena_printf(telling->arena, "%s %u of %.*s",
	    start_what_names[check_asked(sched, index)], instance_at(sched, index)->check + 1,
	    STR_ARG(called(telling, sched, index)));
}

static const char *tried_again(const struct sched *sched, const struct reply *reply)
{
	return reply->retry && tries_left(sched, reply->instance) ? ", and is tried again" : "";
}

static void tell_answer(
    struct telling *telling, const struct sched *sched, const struct reply *reply, struct str name)
{
	enum stage stage = instance_at(sched, reply->instance)->stage;
	bool lost = stage == STAGE_LOST;

	if (reply->kind == REPLY_APPROVED && lost)
		tell(telling, "somebody says that %.*s was done", STR_ARG(name));
	else if (reply->kind == REPLY_APPROVED && stage == STAGE_APPROVAL)
		tell(telling, "%.*s is approved", STR_ARG(name));
	else if (reply->kind == REPLY_DENIED && lost)
		tell(telling, "nobody knows whether %.*s was done, and it is left so",
		    STR_ARG(name));
	else if (reply->kind == REPLY_DENIED && stage == STAGE_APPROVAL)
		tell(telling, "%.*s is not approved", STR_ARG(name));
	else if (reply->kind == REPLY_DENIED)
		tell(telling, "%.*s could not be done", STR_ARG(name));
	else if (reply->kind == REPLY_GONE)
		tell(telling, "nobody can be asked about %.*s", STR_ARG(name));
	else if (reply->kind == REPLY_AGAIN)
		tell(telling, "%.*s is done again", STR_ARG(name));
	else if (reply->kind == REPLY_EXPIRED)
		tell(telling, "nobody does %.*s in time", STR_ARG(name));
}

/* "steps.find.outputs.n == 0": an atom as it was written. */
static void tell_fact(struct telling *telling, const struct fact *fact)
{
	const struct atom *atom = &telling->explorer->atoms[fact->atom];

	if (atom->sign == 'n')
		tell(telling, "`%.*s` has %s", STR_ARG(atom->a),
		    fact->answer == 0       ? "no item"
			: fact->answer == 1 ? "one item"
					    : "two items");
	else if (atom->sign)
		tell(telling, "`%.*s %s %.*s` is %s", STR_ARG(atom->a),
		    atom->sign == '='       ? "=="
			: atom->sign == '<' ? "<"
					    : ">",
		    STR_ARG(atom->b), fact->answer ? "true" : "false");
	else
		tell(telling, "`%.*s` is %s", STR_ARG(atom->a), fact->answer ? "true" : "false");
}

static void tell_choice(struct telling *telling, struct sched *sched, const struct reply *reply)
{
	const struct instance *instance = instance_at(sched, reply->instance);
	bool holds = reply->value->type == VALUE_BOOL && reply->value->boolean;

	for (size_t i = 0; i < reply->fact_count; i++)
		tell_fact(telling, &reply->facts[i]);
	if (instance->asks_list)
		return;
	if (!reply->fact_count) /* it was answered before */
		tell(telling, "`%.*s` is %s",
		    STR_ARG(expr_line(choice_expr(sched, reply->instance), telling->arena)),
		    holds ? "true" : "false");
	if (instance->stage == STAGE_CHOICE && reply->value->type == VALUE_BOOL)
		tell_on(telling, ", so ", "%.*s %s",
		    STR_ARG(called(telling, sched, reply->instance)),
		    holds ? "begins" : "is skipped");
	else if (!holds && instance->stage != STAGE_UNLESS && instance->stage != STAGE_CHOICE)
		tell_on(telling, ", so ", "%.*s does not hold",
		    STR_ARG(check_called(telling, sched, reply->instance)));
}

void tell_reply(struct telling *telling, struct sched *sched, const struct reply *reply)
{
	struct str name = {0};

	telling->told = (struct str){0};
	if (reply->kind != REPLY_BEGIN)
		name = called(telling, sched, reply->instance);
	switch (reply->kind) {
	case REPLY_FAILED:
		telling->told = name;
		tell(telling, "%.*s fails%s", STR_ARG(name), tried_again(sched, reply));
		break;
	case REPLY_TIMED_OUT:
		telling->told = name;
		tell(telling, "%.*s does not end in time%s", STR_ARG(name),
		    tried_again(sched, reply));
		break;
	case REPLY_LOST:
		tell(telling, "whoever drives the run dies while %.*s is under way", STR_ARG(name));
		break;
	case REPLY_FAILS:
		if (instance_at(sched, reply->instance)->stage == STAGE_UNLESS)
			break;
		telling->told = name;
		tell(telling, "%.*s does not hold",
		    STR_ARG(check_called(telling, sched, reply->instance)));
		break;
	case REPLY_NOT_BEGUN:
		telling->told = name;
		tell(telling, "the process beside %.*s cannot be begun", STR_ARG(name));
		break;
	case REPLY_ENDED:
		telling->told = name;
		tell(telling, "the process beside %.*s ends too early", STR_ARG(name));
		break;
	case REPLY_DEADLINE:
		telling->told = name;
		tell(telling, "the time of %.*s is up", STR_ARG(name));
		break;
	case REPLY_LOCKED_OUT:
		telling->told = name;
		tell(telling, "the lock of %.*s cannot be taken", STR_ARG(name));
		break;
	case REPLY_CHOSEN:
		tell_choice(telling, sched, reply);
		break;
	case REPLY_APPROVED:
	case REPLY_DENIED:
	case REPLY_GONE:
	case REPLY_AGAIN:
	case REPLY_EXPIRED:
		telling->told = reply->kind == REPLY_APPROVED ? telling->told : name;
		tell_answer(telling, sched, reply, name);
		break;
	default:
		break;
	}
}

static void tell_finished(
    struct telling *telling, const struct sched *sched, const struct message *effect)
{
	struct str node = arena_str(telling->arena, effect->step_finished.node);
	const struct step *step = plan_at(sched->plan, node)->step;

	switch (effect->step_finished.outcome) {
	case OUTCOME_SUCCEEDED:
		if (!step->is_block && !step->each.list)
			add_name(telling, &telling->succeeded, &telling->succeeded_count, node);
		break;
	case OUTCOME_SKIPPED:
		if (!str_is(effect->step_finished.why, "chosen"))
			add_name(telling, &telling->skipped, &telling->skipped_count, node);
		break;
	case OUTCOME_FAILED:
	case OUTCOME_TIMED_OUT:
		if (!str_eq(telling->told, node))
			tell_on(telling, ", so ", "%.*s fails", STR_ARG(node));
		if (effect->step_finished.allowed)
			tell_on(telling, ", which ", "it may");
		break;
	default:
		break;
	}
}

void tell_effect(void *self, struct sched *sched, const struct message *effect)
{
	struct telling *telling = self;
	struct str node;

	if (effect->type == MESSAGE_STEP_FINISHED) {
		tell_finished(telling, sched, effect);
	} else if (effect->type == MESSAGE_DECIDED) {
		node = arena_str(telling->arena, effect->decided.node);
		if (str_is(effect->decided.what, "when") && effect->decided.value->boolean &&
		    !str_is(effect->decided.why, "chosen"))
			tell(telling, "`%.*s` is true, so %.*s begins",
			    STR_ARG(effect->decided.why), STR_ARG(node));
		else if (str_is(effect->decided.what, "rollback"))
			tell(telling, "%.*s is rolled back", STR_ARG(node));
	} else if (effect->type == MESSAGE_RUN_FINISHED) {
		tell(telling, "the run ends: %s", run_outcome_names[effect->run_finished.outcome]);
	}
}
