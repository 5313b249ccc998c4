/* SPDX-License-Identifier: Apache-2.0 */
#include "view/terminal_parts.h"

#include "base/units.h"
#include "lang/bind.h"
#include "view/text.h"

/* Of a long action so many lines; of many steps so many names. */
enum { ASKED_LINES = 20, NAMES_SHOWN = 8 };

static const struct plan_node *node_of(
    const struct terminal *terminal, const struct terminal_question *question)
{
	return plan_at(terminal->options.plan, question->ask->ask.node);
}

/* Several lines, below one another; the first has its place already where the line is `begun`. */
static void show_lines(struct terminal *terminal, struct str text, bool begun)
{
	struct str rest = str_trim(text);
	struct str line;
	size_t more = 0;

	for (size_t i = 0; str_line(&rest, &line); i++) {
		if (i >= ASKED_LINES) {
			more++;
			continue;
		}
		buf_text(&terminal->out, i || !begun ? "              " : "");
		text_harmless(&terminal->out, line);
		buf_byte(&terminal->out, '\n');
	}
	if (more)
		buf_printf(&terminal->out,
		    "              … %zu more line%s, reprise plan shows all …\n", more,
		    more == 1 ? "" : "s");
}

/* A line of what else holds of an action, if it does. */
static void show_note(struct terminal *terminal, const char *before, struct str text)
{
	if (!text.len)
		return;
	buf_printf(&terminal->out, "              %s", before);
	text_lines(&terminal->out, text, 16);
	buf_byte(&terminal->out, '\n');
}

/* What is done by the step that the heading names needs no name. */
static void show_action(struct terminal *terminal, const struct value *action, bool named)
{
	bool destroys = str_is(value_text(value_get(action, "effect")), "destroy");
	struct str title = value_text(value_get(action, "title"));
	struct str step = value_text(value_get(action, "step"));

	buf_text(&terminal->out, "    ");
	terminal_painted(terminal, destroys ? RED : YELLOW, destroys ? "DESTROYS" : "changes ");
	buf_text(&terminal->out, "  ");
	if (named) {
		text_harmless(&terminal->out, step.len ? step : title);
		if (step.len && !str_eq(step, title)) {
			buf_text(&terminal->out, " (");
			text_harmless(&terminal->out, title);
			buf_byte(&terminal->out, ')');
		}
		buf_byte(&terminal->out, '\n');
	}
	show_lines(terminal, value_text(value_get(action, "action")), !named);
	show_lines(terminal, value_text(value_get(action, "around")), false);
	show_note(terminal, "for each ", value_text(value_get(action, "each")));
	show_note(terminal, "only when ", value_text(value_get(action, "when")));
	if (value_get(action, "asked"))
		show_note(terminal, "", STR("asked about once more, by itself, before it is done"));
	if (value_get(action, "unknown"))
		show_note(terminal, "",
		    STR("what stands as ${{ … }} is not known yet: it is done with what is found"));
}

/* Several lines stand deeper than what is ours, so that none of them can be taken for it. */
static void show_prompt(struct terminal *terminal, struct str prompt)
{
	bool several = str_find(prompt, STR("\n")) >= 0;

	if (!prompt.len)
		return;
	buf_text(&terminal->out, several ? "    " : "  ");
	terminal_paint(terminal, BOLD);
	text_lines(&terminal->out, prompt, 4);
	terminal_paint(terminal, PLAIN);
	buf_byte(&terminal->out, '\n');
}

/* What a precondition is kept under: its node's path and its number. */
static struct str check_key(struct terminal *terminal, struct str node, size_t index)
{
	return arena_printf(terminal->summary.arena, "%.*s#%zu", STR_ARG(node), index);
}

void terminal_note_check(struct terminal *terminal, const struct message *start)
{
	const struct plan_node *node = plan_at(terminal->options.plan, start->start.node);
	struct terminal_check *kept;
	struct str key;
	struct buf text;

	if (!node || !node->asks || start->start.index >= node->step->preconditions.count)
		return;
	key = check_key(terminal, start->start.node, start->start.index);
	kept = map_get(&terminal->checked, key);
	if (!kept) {
		kept = arena_alloc(terminal->summary.arena, sizeof(*kept));
		*kept = (struct terminal_check){.next = terminal->checks};
		terminal->checks = kept;
		map_put(&terminal->checked, key, kept);
	}
	kept->op = start->start.op;
	kept->expect = node->step->preconditions.items[start->start.index].expect;
	buf_init(&text, BUF_UNBOUNDED);
	text_action(&text, start, terminal->options.plan);
	text_at(&text, start);
	kept->text = arena_str(terminal->summary.arena, buf_view(&text));
	buf_done(&text);
}

void terminal_note_found(struct terminal *terminal, const struct message *finished)
{
	struct terminal_check *kept = terminal->checks;
	const struct value *age = value_get(finished->finished.result, "age");

	while (kept && kept->op != finished->finished.op)
		kept = kept->next;
	if (!kept)
		return;
	kept->seen = judge_seen(kept->expect, finished->finished.result, terminal->summary.arena);
	kept->since_us = age && age->type == VALUE_DURATION
	    ? finished->finished.now_us - value_us(age)
	    : 0;
}

/* "size is 7, age is 3h12m; from 2026-11-22 00:12:05 UTC": what came later is not in it. */
static void show_found(struct terminal *terminal, const struct terminal_check *kept)
{
	if (!kept->seen.len)
		return;
	buf_text(&terminal->out, "      found: ");
	text_lines(&terminal->out, kept->seen, 6);
	if (kept->since_us) {
		buf_text(&terminal->out, "; from ");
		text_day(&terminal->out, kept->since_us);
		buf_byte(&terminal->out, ' ');
		text_clock(&terminal->out, kept->since_us);
		buf_text(&terminal->out, " UTC");
	}
	buf_byte(&terminal->out, '\n');
}

/* "file.stat path=latest.sql.gz: size > 0", as it was asked; of a list as it is written. */
static void show_check(struct terminal *terminal, struct str node, const struct check *check)
{
	const struct terminal_check *kept = map_get(
	    &terminal->checked, check_key(terminal, node, check->index));
	struct buf text;

	buf_text(&terminal->out, "    ");
	buf_init(&text, BUF_UNBOUNDED);
	if (check->action.spec && kept && !check->each.list)
		buf_str(&text, kept->text);
	else if (check->action.spec)
		action_show_written(check->action.spec, check->action.args, &text);
	if (check->action.spec && check->expect)
		buf_text(&text, ": ");
	if (check->expect)
		buf_str(&text, expr_text(check->expect));
	if (check->each.list)
		buf_printf(&text, ", for each %.*s of %.*s", STR_ARG(check->each.as),
		    STR_ARG(expr_text(check->each.list)));
	text_lines(&terminal->out, buf_view(&text), 6);
	buf_text(&terminal->out,
	    check->poll.within_us != UNSET_US ? " (waited for, not checked again)\n" : "\n");
	buf_done(&text);
	if (kept && !check->each.list)
		show_found(terminal, kept);
}

/* What held before the question, and must hold once more. */
static void show_checks(struct terminal *terminal, struct str path, const struct plan_node *node)
{
	const struct checks *checks = &node->step->preconditions;

	if (checks->count)
		buf_text(&terminal->out, "  Checked before, and once more before it begins:\n");
	for (size_t i = 0; i < checks->count; i++)
		show_check(terminal, path, &checks->items[i]);
}

/* Names in a row, the first few of them. */
struct names {
	struct buf text;
	size_t count;
};

static void add_name(struct names *names, const char *before, struct str name)
{
	if (names->count < NAMES_SHOWN) {
		buf_text(&names->text, names->count ? ", " : before);
		text_harmless(&names->text, name);
	}
	names->count++;
}

static void put_names(struct terminal *terminal, struct names *names)
{
	buf_str(&terminal->out, buf_view(&names->text));
	if (names->count > NAMES_SHOWN)
		buf_printf(&terminal->out, " and %zu more", names->count - NAMES_SHOWN);
	buf_done(&names->text);
}

/* Whether a step, or a block around it, has steps that undo it when the run fails. */
static bool is_undone(const struct plan *plan, const struct plan_node *node)
{
	for (; plan->runbook->on_failure == FAILURE_ROLLBACK; node = &plan->nodes[node->parent]) {
		if (node->rollback_count)
			return true;
		if (node->parent == PLAN_NONE)
			break;
	}
	return false;
}

static void add_lasting(struct names *names, const struct plan *plan, const struct plan_node *node,
    enum effect_class effect)
{
	for (uint32_t i = node->index; i < plan->count && plan_within(plan, i, node->index); i++) {
		const struct plan_node *at = &plan->nodes[i];

		if (at->effect == effect && at->part != PART_ROLLBACK && !at->step->is_block &&
		    !is_undone(plan, at))
			add_name(names, "  Nothing in this runbook undoes: ", at->step->id);
	}
}

/* What is gone for good, and behind it what stays as it was made. */
static void show_lasting(struct terminal *terminal, const struct plan_node *node)
{
	const struct plan *plan = terminal->options.plan;
	struct names names = {0};

	buf_init(&names.text, BUF_UNBOUNDED);
	add_lasting(&names, plan, node, EFFECT_DESTROY);
	add_lasting(&names, plan, node, EFFECT_CHANGE);
	put_names(terminal, &names);
	if (names.count)
		buf_byte(&terminal->out, '\n');
}

/* What is not done when this is not: the steps, and whole blocks, that need it. */
static void show_needing(
    struct terminal *terminal, const char *before, const struct plan_node *node)
{
	const struct plan *plan = terminal->options.plan;
	struct names names = {0};

	buf_init(&names.text, BUF_UNBOUNDED);
	for (uint32_t i = 1; i < plan->count; i++) {
		const struct plan_node *at = &plan->nodes[i];

		if (at->part == PART_STEPS && plan_needs(plan, i, node->index) &&
		    (at->parent == PLAN_ROOT || !plan_needs(plan, at->parent, node->index)))
			add_name(&names, before, at->step->id);
	}
	put_names(terminal, &names);
}

/* What follows from "no", "failed" or "left". */
static void show_refusal(struct terminal *terminal, const struct terminal_question *question)
{
	static const char *const words[] = {
	    [ASK_APPROVAL] = "  On no, nothing of this is done",
	    [ASK_MANUAL] = "  If it cannot be done, the step fails",
	    [ASK_LOST] = "  Where it is left, the step stays lost",
	};
	const struct plan_node *node = node_of(terminal, question);
	enum ask_kind kind = question->ask->ask.kind;
	bool manual = kind == ASK_MANUAL;

	if (manual && node->step->allow_failure) {
		buf_text(&terminal->out, "  If it cannot be done, the run goes on.\n");
		return;
	}
	buf_text(&terminal->out, words[kind]);
	show_needing(terminal,
	    kind == ASK_APPROVAL ? ", nor what needs it: " : ", and what needs it is not done: ",
	    node);
	text_items_left(&terminal->out, &node->step->each);
	if (terminal->options.plan->runbook->on_failure == FAILURE_STOP)
		buf_text(&terminal->out, "; nothing new begins");
	if (terminal->options.plan->runbook->on_failure == FAILURE_ROLLBACK)
		buf_text(&terminal->out, "; nothing new begins, and what began is rolled back");
	buf_text(&terminal->out, ".\n");
}

/* Of a departure from the record: what is done meanwhile, and what follows from "stop". */
static void show_stop(struct terminal *terminal)
{
	buf_printf(&terminal->out,
	    "  Nothing new begins before this is answered. On stop, what runs is ended%s.\n",
	    terminal_has_finally(terminal) ? ", then the finally steps run" : "");
}

/* "Agreed so far: root on /dev/pts/3 (logged in as alice)" */
static void show_agreed(struct terminal *terminal, const struct value *agreed)
{
	buf_text(&terminal->out, "  Agreed so far: ");
	for (size_t i = 0; agreed->type == VALUE_LIST && i < agreed->list.count; i++) {
		const struct value *one = agreed->list.items[i];

		buf_text(&terminal->out, i ? "; " : "");
		text_harmless(&terminal->out, value_text(value_get(one, "who")));
		text_login(&terminal->out, value_get(one, "person"));
	}
	buf_byte(&terminal->out, '\n');
}

/* Where the author says for how long one person's word holds. */
static void show_holding(struct terminal *terminal, const struct terminal_question *question)
{
	const struct message *ask = question->ask;
	int64_t holds_us = node_of(terminal, question)->step->approve.expires_us;

	if (ask->ask.kind != ASK_APPROVAL || ask->ask.by > 1 || holds_us == APPROVAL_HOLDS_US)
		return;
	terminal_duration(terminal, "  What has not begun within ", holds_us);
	buf_text(&terminal->out, " of the answer is asked about again.\n");
}

/* Where one person's word is not enough. */
static void show_people(struct terminal *terminal, const struct terminal_question *question)
{
	const struct message *ask = question->ask;
	const struct value *agreed = ask->ask.agreed;
	int64_t holds_us = node_of(terminal, question)->step->approve.expires_us;

	if (ask->ask.kind != ASK_APPROVAL || ask->ask.by < 2)
		return;
	if (agreed)
		show_agreed(terminal, agreed);
	buf_printf(&terminal->out, "  It needs %lld different people; what each says holds ",
	    (long long)ask->ask.by);
	terminal_duration(terminal, "for ", holds_us);
	buf_text(&terminal->out, ".\n  Others answer, on a terminal of their own, by\n    ");
	buf_printf(&terminal->out, "reprise watch %s\n", question->run);
}

static void show_time_left(struct terminal *terminal, const struct terminal_question *question)
{
	const struct message *ask = question->ask;
	int64_t left_us = ask->ask.expires_us - question->now_us;

	if (!ask->ask.expires_us) {
		buf_text(&terminal->out, "  It stays open until it is answered.\n");
		return;
	}
	left_us = left_us > 0 ? (left_us + 500000) / 1000000 * 1000000 : 0;
	buf_text(&terminal->out, "  It stays open until ");
	text_clock(&terminal->out, ask->at_us + ask->ask.expires_us - ask->t_us);
	terminal_duration(terminal, " UTC, ", left_us);
	buf_text(&terminal->out, " from now.\n");
}

/* What only a person who will answer must know. */
static void show_for_person(struct terminal *terminal, const struct terminal_question *question)
{
	const struct message *ask = question->ask;
	const struct plan_node *node = node_of(terminal, question);

	if (!node)
		return;
	show_people(terminal, question);
	if (ask->ask.kind == ASK_APPROVAL && !question->agreed)
		show_checks(terminal, ask->ask.node, node);
	if ((ask->ask.kind == ASK_APPROVAL && !question->agreed) || ask->ask.kind == ASK_LOST)
		show_lasting(terminal, node);
	if (ask->ask.kind == ASK_DIVERGED)
		show_stop(terminal);
	else
		show_refusal(terminal, question);
	show_holding(terminal, question);
	show_time_left(terminal, question);
	terminal_objective(terminal, question->ask, question->now_us);
	if (terminal->under_way && question->asking == TERMINAL_ASKS && !terminal->apart &&
	    !terminal->options.quiet)
		buf_text(&terminal->out,
		    "  Other steps go on: what they say is shown after the answer, or on an empty "
		    "line.\n");
}

static void show_heading(struct terminal *terminal, const struct terminal_question *question)
{
	static const char *const words[][3] = {
	    [ASK_APPROVAL] = {"APPROVAL NEEDED", "APPROVAL GIVEN BEFOREHAND",
		"APPROVAL WOULD BE NEEDED"},
	    [ASK_MANUAL] = {"PLEASE DO THIS", "ANSWERED BEFOREHAND", "A PERSON WOULD DO THIS"},
	    [ASK_LOST] = {"WAS THIS DONE?", "DECIDED BEFOREHAND", ""},
	    [ASK_DIVERGED] = {"NOT AS RECORDED. GO ON?", "DECIDED BEFOREHAND", ""},
	};
	unsigned tense = question->asking == TERMINAL_ASKED ? 1u
	    : question->asking == TERMINAL_WOULD_ASK        ? 2u
							    : 0u;
	const struct message *ask = question->ask;
	const struct step *step = terminal_step(terminal, ask->ask.node);

	buf_byte(&terminal->out, '\n');
	terminal_painted(terminal, YELLOW,
	    question->agreed && question->asking != TERMINAL_ASKED ? "ANOTHER PERSON MUST AGREE"
								   : words[ask->ask.kind][tense]);
	buf_text(&terminal->out, " for ");
	terminal_paint(terminal, BOLD);
	text_harmless(&terminal->out,
	    question->address.len ? question->address : terminal->options.plan->runbook->id);
	terminal_paint(terminal, PLAIN);
	if (ask->ask.item.len) {
		buf_text(&terminal->out, " (");
		text_harmless(&terminal->out, ask->ask.item);
		buf_byte(&terminal->out, ')');
	}
	if (step && !str_eq(step->title, step->id)) {
		buf_text(&terminal->out, ": ");
		text_harmless(&terminal->out, step->title);
	}
	buf_byte(&terminal->out, '\n');
}

static void show_elsewhere(struct terminal *terminal, const struct terminal_question *question)
{
	buf_text(&terminal->out, "  To be answered where the run was started: ");
	text_harmless(&terminal->out, question->elsewhere);
	if (question->ask->ask.kind == ASK_APPROVAL)
		buf_text(
		    &terminal->out, "\n  or by whoever watches it on a terminal, without --tail");
	buf_byte(&terminal->out, '\n');
}

void terminal_withdraw(struct terminal *terminal, struct str why)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	buf_text(&text, "\n  The question is withdrawn");
	buf_text(&text, why.len ? ": " : "");
	text_lines(&text, why, 2);
	buf_text(&text, ".\n");
	terminal_say(terminal, buf_view(&text));
	buf_done(&text);
}

void terminal_ask(struct terminal *terminal, const struct terminal_question *question)
{
	const struct message *ask = question->ask;
	const struct value *actions = ask->ask.actions;
	bool is_open = question->asking == TERMINAL_ASKS ||
	    question->asking == TERMINAL_ASKS_ELSEWHERE;
	bool brief = question->agreed; /* they have just seen it */

	show_heading(terminal, question);
	if (question->asking == TERMINAL_WOULD_ASK && ask->ask.by > 1)
		buf_printf(&terminal->out, "  %lld different people would have to agree.\n",
		    (long long)ask->ask.by);
	if (ask->ask.kind != ASK_APPROVAL)
		show_prompt(terminal, ask->ask.prompt);
	if (!brief && (ask->ask.kind == ASK_APPROVAL || ask->ask.kind == ASK_LOST))
		buf_text(&terminal->out,
		    ask->ask.kind == ASK_LOST ? "  What it does:\n" : "  What it will do:\n");
	for (size_t i = 0; !brief && actions && i < actions->list.count; i++) {
		struct str step = value_text(value_get(actions->list.items[i], "step"));

		show_action(terminal, actions->list.items[i],
		    actions->list.count > 1 || !str_eq(step, ask->ask.step));
	}
	if (is_open)
		show_for_person(terminal, question);
	if (ask->ask.kind == ASK_APPROVAL) /* the last words before the answer */
		show_prompt(terminal, ask->ask.prompt);
	if (question->asking == TERMINAL_ASKS_ELSEWHERE)
		show_elsewhere(terminal, question);
	if (question->asking == TERMINAL_ASKS) {
		terminal_ring(terminal, ask);
		terminal_say(terminal, buf_view(&terminal->out));
	}
	/* what is put to a person on another terminal belongs to the other lines too */
	if (question->asking != TERMINAL_ASKS || (terminal->apart && !terminal->options.quiet))
		terminal_write(terminal);
	buf_clear(&terminal->out);
}
