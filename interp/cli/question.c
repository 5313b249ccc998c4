/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/question.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/address.h"
#include "cli/answers.h"
#include "cli/approvals.h"
#include "cli/losses.h"
#include "sched/person.h"
#include "view/text.h"

static bool is_no(struct str line)
{
	return str_is(line, "no") || str_is(line, "n");
}

static void look_for_approval(
    struct question *question, const struct invocation *invocation, const struct answerer *answerer)
{
	const char *word = approvals_given(invocation, question->ask.ask.node);

	question->doubt = person_doubt(question->arena, question->ask.ask.agreed, answerer->person);
	question->word = question->address;
	if (is_no(question->address)) /* a step may be called so */
		question->word = arena_printf(
		    question->arena, "approve %.*s", STR_ARG(question->address));
	question->given = word != NULL && !question->doubt.len; /* it counts once */
	question->answer = ANSWER_APPROVED;
	if (word)
		question->who = arena_printf(
		    question->arena, "--approve %s, given by %s", word, answerer->name);
}

static void look_for_loss(
    struct question *question, const struct invocation *invocation, const char *user)
{
	const char *word = losses_given(invocation, question->ask.ask.node, &question->answer);

	question->word = arena_printf(question->arena, "again %.*s", STR_ARG(question->address));
	question->given = word != NULL;
	if (word)
		question->who = arena_printf(question->arena, "--lost %s, given by %s", word, user);
}

static void look_for_answer(
    struct question *question, const struct invocation *invocation, const char *user)
{
	struct str address = {0};
	enum answers_said said = answers_of(invocation, question->manual, question->ask.ask.node,
	    question->arena, &address, &question->values);

	question->given = said != ANSWERS_NOTHING;
	question->answer = said == ANSWERS_FAILED ? ANSWER_DENIED : ANSWER_APPROVED;
	question->who = arena_printf(
	    question->arena, "--answer %.*s, given by %s", STR_ARG(address), user);
}

/* What was answered before, where it was the same question. */
static void look_for_recorded(struct question *question, const struct followed *followed)
{
	const struct message *answer = question->given
	    ? NULL
	    : followed_answer(followed, question->manual, &question->ask);

	if (!answer)
		return;
	question->given = question->recorded = true;
	question->answer = answer->answered.answer;
	question->values = answer->answered.inputs;
	question->who = arena_printf(
	    question->arena, "the recording: %.*s", STR_ARG(answer->answered.who));
}

struct question *question_new(const struct message *ask, const struct plan *plan,
    const struct invocation *invocation, const struct followed *followed,
    const struct answerer *answerer)
{
	struct question *question = mem_alloc(sizeof(*question));
	const struct plan_node *node = plan_at(plan, ask->ask.node);

	assert(node);
	question->arena = arena_new();
	question->ask = message_copy(question->arena, ask);
	question->address = address_of(question->arena, plan, ask->ask.node, ask->ask.step);
	map_begin(&question->inputs, question->arena);
	if (ask->ask.kind == ASK_MANUAL) {
		question->manual = node->step;
		look_for_answer(question, invocation, answerer->name);
		look_for_recorded(question, followed);
	} else if (ask->ask.kind == ASK_LOST) {
		question->gives = node->step->output_count > 0;
		look_for_loss(question, invocation, answerer->name);
	} else if (ask->ask.kind == ASK_APPROVAL) {
		look_for_approval(question, invocation, answerer);
	}
	return question;
}

void question_free(struct question *question)
{
	if (!question)
		return;
	arena_free(question->arena);
	free(question);
}

void questions_add(struct question **list, struct question *question)
{
	while (*list)
		list = &(*list)->next;
	question->next = NULL;
	*list = question;
}

struct question *questions_take(struct question **list, uint32_t id)
{
	struct question *question;

	while (*list && (*list)->ask.ask.id != id)
		list = &(*list)->next;
	question = *list;
	if (question)
		*list = question->next;
	return question;
}

void questions_free(struct question *list)
{
	while (list) {
		struct question *after = list->next;

		question_free(list);
		list = after;
	}
}

bool question_is_open_to_all(const struct message *ask)
{
	return ask->ask.kind == ASK_APPROVAL || (ask->ask.kind == ASK_MANUAL && !ask->ask.inputs);
}

/* The input, its type, what it is for, and what an empty line means. */
static void prompt_input(const struct question *question, struct buf *out)
{
	const struct param_decl *decl = &question->manual->manual.inputs[question->input];

	buf_printf(out, "  %.*s.%.*s (%s", STR_ARG(question->address), STR_ARG(decl->name),
	    param_kind_name(decl->kind));
	if (decl->description.len) {
		buf_text(out, ", ");
		text_harmless(out, decl->description);
	}
	for (size_t i = 0; decl->choices && i < decl->choices->list.count; i++) {
		buf_text(out, i ? ", " : ", one of ");
		value_show(decl->choices->list.items[i], out);
	}
	buf_text(out, ")");
	if (decl->preset) {
		buf_text(out, ", or nothing for ");
		value_show(decl->preset, out);
	}
	buf_text(out, ": ");
}

void question_prompt(const struct question *question, struct buf *out)
{
	if (question->ask.ask.kind == ASK_LOST && question->gives)
		buf_printf(out,
		    "  What it gave is lost, so that it was done is not enough. Type %.*s to have "
		    "it done again, left to leave it lost, ^D to say it later: ",
		    STR_ARG(question->word));
	else if (question->ask.ask.kind == ASK_LOST)
		buf_printf(out,
		    "  Type done if %.*s was done, %.*s to have it done again, left to leave it "
		    "lost, ^D to say it later: ",
		    STR_ARG(question->address), STR_ARG(question->word));
	else if (question->ask.ask.kind == ASK_DIVERGED)
		buf_text(out, "  Type go on to go on all the same, stop to stop here: ");
	else if (question->doubt.len)
		buf_text(out, "  Another person must approve it now. Type no to deny: ");
	else if (!question->manual)
		buf_printf(out, "  Type %.*s to approve, no to deny: ", STR_ARG(question->word));
	else if (!question->did)
		buf_printf(out, "  Type done once %.*s is done, failed if it cannot be done: ",
		    STR_ARG(question->address));
	else
		prompt_input(question, out);
}

static enum question_state take_approval(
    struct question *question, struct str line, struct buf *said)
{
	if (str_eq(line, question->word) && question->doubt.len) {
		buf_text(said, "  ");
		text_harmless(said, question->doubt);
		buf_text(said,
		    ".\n  Another person answers as another user, or with a login of their own: "
		    "under\n  one user nothing else tells two people apart.\n");
		return QUESTION_AGAIN;
	}
	if (str_eq(line, question->word)) {
		question->answer = ANSWER_APPROVED;
		return QUESTION_ANSWERED;
	}
	if (is_no(line)) {
		question->answer = ANSWER_DENIED;
		return QUESTION_ANSWERED;
	}
	if (str_eq(line, question->ask.ask.step))
		buf_printf(said, "  %.*s alone says too little, this is about %.*s.\n",
		    STR_ARG(line), STR_ARG(question->address));
	else if (line.len)
		buf_text(said, "  That is neither.\n");
	return QUESTION_AGAIN;
}

static enum question_state take_loss(struct question *question, struct str line, struct buf *said)
{
	if (str_is(line, "done") && !question->gives)
		question->answer = ANSWER_APPROVED;
	else if (str_eq(line, question->word))
		question->answer = ANSWER_AGAIN;
	else if (str_is(line, "left")) /* "no" could mean that it was not done */
		question->answer = ANSWER_DENIED;
	else {
		if (str_is(line, "again"))
			buf_printf(
			    said, "  again alone says too little: it would do this twice.\n");
		else if (line.len)
			buf_text(said, "  That is none of these.\n");
		return QUESTION_AGAIN;
	}
	return QUESTION_ANSWERED;
}

static enum question_state take_departure(
    struct question *question, struct str line, struct buf *said)
{
	if (str_is(line, "go on"))
		question->answer = ANSWER_APPROVED;
	else if (str_is(line, "stop") || is_no(line))
		question->answer = ANSWER_DENIED;
	else {
		buf_text(said, line.len ? "  That is neither.\n" : "");
		return QUESTION_AGAIN;
	}
	return QUESTION_ANSWERED;
}

/* A value that was asked for; what is wrong with it is said, and it is asked for again. */
static enum question_state take_input(struct question *question, struct str line, struct buf *said)
{
	const struct manual *manual = &question->manual->manual;
	const struct param_decl *decl = &manual->inputs[question->input];
	const struct value *value = line.len ? NULL : decl->preset;
	struct diags diags;

	diags_init(&diags);
	if (!value)
		value = decl_read(question->arena, decl, arena_str(question->arena, line), &diags);
	if (!value && diags.count) {
		buf_text(said, "  ");
		text_harmless(said, diags.items[0].message);
		buf_text(said, diags.items[0].help.len ? "; " : "");
		text_harmless(said, diags.items[0].help);
		buf_byte(said, '\n');
	}
	diags_done(&diags);
	if (!value)
		return QUESTION_AGAIN;
	map_add_str(&question->inputs, decl->name, value);
	if (++question->input < manual->input_count)
		return QUESTION_ONWARD;
	question->values = map_end(&question->inputs);
	return QUESTION_ANSWERED;
}

static enum question_state take_manual(struct question *question, struct str line, struct buf *said)
{
	if (question->did)
		return take_input(question, line, said);
	if (str_is(line, "failed")) {
		question->answer = ANSWER_DENIED;
		return QUESTION_ANSWERED;
	}
	if (!str_is(line, "done")) {
		buf_text(said, line.len ? "  That is neither.\n" : "");
		return QUESTION_AGAIN;
	}
	question->answer = ANSWER_APPROVED;
	question->values = NULL;
	question->did = true;
	return question->manual->manual.input_count ? QUESTION_ONWARD : QUESTION_ANSWERED;
}

enum question_state question_take(struct question *question, struct str line, struct buf *said)
{
	if (question->ask.ask.kind == ASK_LOST)
		return take_loss(question, line, said);
	if (question->ask.ask.kind == ASK_DIVERGED)
		return take_departure(question, line, said);
	return question->manual ? take_manual(question, line, said)
				: take_approval(question, line, said);
}

void question_way_out(const struct question *question, struct buf *out)
{
	/* a shell would take the brackets for a pattern */
	const char *quote = str_find(question->address, STR("[")) >= 0 ? "'" : "";

	if (question->ask.ask.kind == ASK_LOST && !question->gives)
		buf_printf(
		    out, "--lost %s%.*s=done%s or ", quote, STR_ARG(question->address), quote);
	if (question->ask.ask.kind == ASK_LOST) {
		buf_printf(
		    out, "--lost %s%.*s=again%s says it", quote, STR_ARG(question->address), quote);
		return;
	}
	if (question->ask.ask.kind == ASK_DIVERGED) {
		buf_text(out, "--on-divergence continue says beforehand that it goes on");
		return;
	}
	if (!question->manual && question->ask.ask.by > 1) {
		buf_printf(out,
		    "%lld people must agree, and --approve %s%.*s%s stands for one of them: run it "
		    "on a terminal, others then answer by reprise watch",
		    (long long)question->ask.ask.by, quote, STR_ARG(question->address), quote);
		return;
	}
	if (!question->manual) {
		buf_printf(out, "--approve %s%.*s%s gives it beforehand", quote,
		    STR_ARG(question->address), quote);
		return;
	}
	buf_printf(out, "--answer %s%.*s=done%s", quote, STR_ARG(question->address), quote);
	for (size_t i = 0; i < question->manual->manual.input_count; i++) {
		const struct param_decl *decl = &question->manual->manual.inputs[i];

		if (!decl->preset)
			buf_printf(out, " --answer %s%.*s.%.*s=…%s", quote,
			    STR_ARG(question->address), STR_ARG(decl->name), quote);
	}
	buf_text(out, " says beforehand that it is done");
}
