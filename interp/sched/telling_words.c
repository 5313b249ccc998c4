/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/telling_parts.h"

#include "base/units.h"
#include "lang/bind.h"

/* What is told of a run: by PagerDuty's words a summary, details, and a key that makes one incident of it all. */

/* A sentence names few. */
enum { QUESTIONS_NAMED = 5 };

static const struct runbook *book_of(const struct sched *sched)
{
	return sched->plan->runbook;
}

const struct action_spec *telling_sender(const struct sched *sched)
{
	return vocabulary_action(book_of(sched)->vocabulary, STR("notify.send"));
}

bool telling_is_over(const struct sched *sched, enum reason reason)
{
	return sched->telling->ended && reason == REASON_ENDED &&
	    (sched->telling->outcome == RUN_RECOVERED || sched->telling->outcome == RUN_REHEARSED);
}

static const char *severity_of(const struct sched *sched)
{
	static const char *const words[] = {"critical", "error", "warning", "info"};
	const struct severity_decl *decl = runbook_severity(book_of(sched));
	size_t rank = decl ? (size_t)(decl - book_of(sched)->severities) : 0;

	return words[rank < 4 ? rank : 3];
}

static struct str shown_duration(struct sched *sched, int64_t us)
{
	return units_duration_text(sched->scratch, us);
}

/* "approval of restore, cable to be done by hand": what nobody has answered. */
static struct str open_questions(struct sched *sched)
{
	static const char *const before[] = {
	    [ASK_APPROVAL] = "approval of ",
	    [ASK_MANUAL] = "",
	    [ASK_LOST] = "whether ",
	    [ASK_DIVERGED] = "whether it goes on after ",
	};
	static const char *const behind[] = {
	    [ASK_APPROVAL] = "",
	    [ASK_MANUAL] = " to be done by hand",
	    [ASK_LOST] = " was done",
	    [ASK_DIVERGED] = "",
	};
	const struct telling *telling = sched->telling;
	struct str text = {0};
	size_t i;

	for (i = 0; i < telling->question_count && i < QUESTIONS_NAMED; i++) {
		const struct question *question = &telling->questions[i];
		struct str node = value_text(store_get(sched->store, question->node));

		text = say(sched, "%.*s%s%s%.*s%s", STR_ARG(text), text.len ? ", " : "",
		    before[question->kind], STR_ARG(node.len ? node : STR("the runbook")),
		    behind[question->kind]);
	}
	if (i < telling->question_count)
		text = say(sched, "%.*s and %zu more", STR_ARG(text), telling->question_count - i);
	return text;
}

static struct str ending(struct sched *sched)
{
	static const char *const words[] = {
	    [RUN_RECOVERED] = "recovered",
	    [RUN_FAILED] = "FAILED",
	    [RUN_DENIED] = "was not approved, and did not recover",
	    [RUN_INTERRUPTED] = "was interrupted, and did not recover",
	    [RUN_REHEARSED] = "would have recovered",
	    [RUN_ALONE] = "",
	};
	struct str why = value_text(store_get(sched->store, sched->telling->why));

	return say(sched, "%s after %.*s%s%.*s", words[sched->telling->outcome],
	    STR_ARG(shown_duration(sched, sched->telling->ended_us)), why.len ? ": " : "",
	    STR_ARG(why));
}

static struct str sentence(struct sched *sched, enum reason reason)
{
	switch (reason) {
	case REASON_BEGUN:
		return STR("a recovery has begun");
	case REASON_LASTS: /* the step that was just reached */
		return say(sched, "has not recovered after %.*s",
		    STR_ARG(shown_duration(
			sched, book_of(sched)->escalation[sched->telling->reached - 1].after_us)));
	case REASON_WAITS:
		return say(sched, "waits for a person: %.*s", STR_ARG(open_questions(sched)));
	case REASON_ENDED:
		break;
	}
	return ending(sched);
}

/* What is done at the time. */
static struct str under_way(struct sched *sched)
{
	struct names names = {0};

	for (uint32_t i = 0; i < sched->instance_count; i++)
		if (instance_at(sched, i)->op != NONE && instance_at(sched, i)->parent != NONE)
			names_add(sched, &names, i);
	return names.count ? names_text(sched, &names) : STR("");
}

static struct str details(struct sched *sched)
{
	struct str steps = under_way(sched);
	int64_t rto_us = book_of(sched)->objectives.rto_us;
	struct str text = say(
	    sched, "run %.*s", STR_ARG(value_text(store_get(sched->store, sched->run.id))));

	if (steps.len)
		text = say(sched, "%.*s\nunder way: %.*s", STR_ARG(text), STR_ARG(steps));
	if (rto_us != UNSET_US && !sched->telling->ended)
		text = say(sched, "%.*s\nobjective: recovered within %.*s", STR_ARG(text),
		    STR_ARG(shown_duration(sched, rto_us)));
	return text;
}

static void put(struct sched *sched, struct map_builder *map, const char *key, struct str text)
{
	if (text.len)
		map_add(map, key, value_string(sched->scratch, text));
}

static const struct value *custom(struct sched *sched, enum reason reason)
{
	static const char *const reasons[] = {"begun", "lasts", "waits", "ended"};
	struct map_builder map;

	map_begin(&map, sched->scratch);
	put(sched, &map, "run", value_text(store_get(sched->store, sched->run.id)));
	put(sched, &map, "runbook", book_of(sched)->id);
	put(sched, &map, "severity", book_of(sched)->severity);
	put(sched, &map, "reason", str_from(reasons[reason]));
	if (reason == REASON_ENDED)
		put(sched, &map, "outcome", str_from(run_outcome_names[sched->telling->outcome]));
	return map_end(&map);
}

/* A contact as it is told now; one that cannot be made says why in its place. */
static const struct value *contact_value(struct sched *sched, const struct contact *contact)
{
	struct sched_scope scope;
	const struct value *value;
	const struct value *bound = NULL;
	struct map_builder map;
	struct str why = {0};

	scope_init(&scope, sched, PLAN_ROOT, sched->at_us);
	value = template_eval(contact->told, &scope.scope, sched->scratch);
	if (value->type == VALUE_MAP)
		bound = contact_bind(sched->scratch, book_of(sched)->vocabulary, value, &why);
	if (bound && value_fits(bound, MESSAGE_VALUE))
		return bound;
	if (value->type == VALUE_ERROR)
		why = value->error.message;
	map_begin(&map, sched->scratch);
	put(sched, &map, "name", contact->name);
	put(sched, &map, "title", contact->title);
	put(sched, &map, "untold", why.len ? why : STR("what it is made of is not known"));
	return map_end(&map);
}

const struct value *telling_arguments(
    struct sched *sched, const struct contact *contact, enum reason reason, struct str *ret_why)
{
	const struct runbook *book = book_of(sched);
	const struct value **to = arena_alloc(sched->scratch, sizeof(*to));
	struct map_builder map;

	*to = contact_value(sched, contact);
	map_begin(&map, sched->scratch);
	map_add(&map, "to", value_list(sched->scratch, to, 1));
	put(sched, &map, "summary",
	    brief(sched,
		say(sched, "%.*s%s%.*s: %.*s", STR_ARG(book->severity),
		    book->severity.len ? " " : "", STR_ARG(book->title),
		    STR_ARG(sentence(sched, reason)))));
	put(sched, &map, "details", details(sched));
	put(sched, &map, "event", telling_is_over(sched, reason) ? STR("resolve") : STR("trigger"));
	put(sched, &map, "severity", str_from(severity_of(sched)));
	put(sched, &map, "dedup_key", value_text(store_get(sched->store, sched->telling->key)));
	put(sched, &map, "component", book->id);
	put(sched, &map, "class", STR("recovery"));
	map_add(&map, "custom_details", custom(sched, reason));
	return bind_args(
	    sched->scratch, book->vocabulary, telling_sender(sched), map_end(&map), ret_why);
}
