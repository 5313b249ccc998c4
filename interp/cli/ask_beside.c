/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask_parts.h"

#include "sched/person.h"
#include "view/text.h"

/* Answers from other terminals than the run's own: how they are given there, and how they are taken here. */

/* One that was not taken is asked again, as long as it is open. */
void ask_beside_answer(struct ask *ask, const struct question *question, struct message *message)
{
	struct buf why;

	buf_init(&why, BUF_UNBOUNDED);
	buf_text(&why, "  Not taken: ");
	if (!ask->options.beside.take(ask->options.beside.self, message, &why)) {
		buf_text(&why, ".\n");
		ask_say(ask, buf_view(&why));
		questions_add(&ask->questions, ask_question(ask, &question->ask));
	}
	buf_done(&why);
}

void ask_hear(struct ask *ask, const struct message *answered)
{
	uint32_t id = answered->answered.id;
	struct buf text;

	if (!ask->shown || ask->shown->ask.ask.id != id) {
		ask_forget(ask, id);
		return;
	}
	buf_init(&text, BUF_UNBOUNDED);
	buf_printf(&text, "\n  Answered meanwhile: %s",
	    text_answer(ask->shown->ask.ask.kind, answered->answered.answer, false));
	text_harmless(&text, answered->answered.who);
	buf_text(&text, ".\n");
	ask_say(ask, buf_view(&text));
	buf_done(&text);
	ask->stale = true;
	question_free(ask_close(ask));
}

static const struct question *find(const struct ask *ask, uint32_t id)
{
	const struct question *question = ask->questions;

	while (question && question->ask.ask.id != id)
		question = question->next;
	if (!question)
		question = ask->parked;
	while (question && question->ask.ask.id != id)
		question = question->next;
	return question;
}

static bool take_from_beside(void *self, struct message *answered, struct buf *why)
{
	struct ask *ask = self;
	const struct question *question = find(ask, answered->answered.id);
	struct str doubt = {0};

	if (question && answered->answered.answer == ANSWER_APPROVED)
		doubt = person_doubt(
		    question->arena, question->ask.ask.agreed, answered->answered.person);
	if (!question)
		buf_text(why, "that question is not open any more");
	else if (!question_is_open_to_all(&question->ask))
		buf_text(why, "that is answered where the run was started");
	else if (!str_eq(question->ask.ask.digest, answered->answered.digest))
		buf_text(why, "what is asked is not what was answered");
	else
		buf_str(why, doubt);
	if (!question || why->len)
		return false;
	ask_hear(ask, answered);
	engine_post(ask->engine, answered);
	return true;
}

bool ask_is_asking(const struct ask *ask)
{
	return ask->shown != NULL;
}

struct answers_taker ask_taker(struct ask *ask)
{
	return (struct answers_taker){take_from_beside, ask};
}
