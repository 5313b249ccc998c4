/* SPDX-License-Identifier: Apache-2.0 */
#include "view/plan_parts.h"

#include <string.h>

#include "base/units.h"
#include "lang/contact.h"
#include "lang/critical_path.h"
#include "lang/trigger.h"
#include "view/outlook.h"
#include "view/plan_places.h"
#include "view/text.h"

enum { LABEL = 14, PARAM_LABEL = 16 };

static void label(struct page *page, const char *text)
{
	buf_printf(page->out, "%-*s", LABEL, text);
}

static bool does(const struct plan_node *node, enum effect_class class)
{
	return !node->step->is_block && node->effect == class && node->step->action.spec;
}

bool plan_destroys(const struct plan_node *node)
{
	return does(node, EFFECT_DESTROY);
}

bool plan_changes(const struct plan_node *node)
{
	return does(node, EFFECT_CHANGE);
}

bool plan_asks(const struct plan_node *node)
{
	return node->asks;
}

bool plan_is_by_hand(const struct plan_node *node)
{
	return node->step->manual.text != NULL;
}

bool plan_claims(const struct check *check)
{
	return action_is_process(&check->action);
}

static void list_steps(
    struct page *page, const char *title, bool (*wanted)(const struct plan_node *))
{
	struct buf list;

	buf_init(&list, BUF_UNBOUNDED);
	for (size_t i = 1; i < page->plan->count; i++) {
		if (!wanted(&page->plan->nodes[i]))
			continue;
		buf_text(&list, list.len ? ", " : "");
		labels_put(page->labels, &page->plan->nodes[i], &list);
	}
	if (list.len) {
		label(page, title);
		page_wrapped(page, LABEL, LABEL, buf_view(&list));
		buf_byte(page->out, '\n');
	}
	buf_done(&list);
}

static void list_places(struct page *page)
{
	size_t count;
	const struct str *places = plan_places(&page->scope, page->plan, page->arena, &count);

	for (size_t i = 0; i < count; i++) {
		label(page, i ? "" : "Goes to");
		page_wrapped(page, LABEL, LABEL, places[i]);
		buf_byte(page->out, '\n');
	}
}

static void on_failure(struct page *page)
{
	static const char *const words[] = {
	    [FAILURE_STOP] = "nothing new begins",
	    [FAILURE_ROLLBACK] = "nothing new begins, and what began is undone",
	};
	enum on_failure what = page->plan->runbook->on_failure;

	if (what == FAILURE_CONTINUE)
		return;
	label(page, "On failure");
	buf_printf(page->out, "%s\n", words[what]);
}

/* What the runbook says of all of it together stands there already. */
static void expected(struct page *page)
{
	struct buf text;

	if (!page->outlook || page->outlook->whole)
		return;
	buf_init(&text, BUF_UNBOUNDED);
	outlook_put(&text, page->outlook);
	label(page, "Forecast");
	page_wrapped(page, LABEL, LABEL, buf_view(&text));
	buf_byte(page->out, '\n');
	buf_done(&text);
}

static void longest_path(struct page *page)
{
	struct critical_path path;
	struct buf text;

	critical_path_init(&path, page->plan, page->scope.own);
	buf_init(&text, BUF_UNBOUNDED);
	if (path.us > 0) {
		units_show_duration(&text, path.us);
		if (path.open & OPEN_TIMEOUT)
			buf_text(&text, ", and what has no timeout");
		if (path.open & OPEN_LIST)
			buf_text(&text, ", and items of lists that are known only then");
		if (path.open & OPEN_PEOPLE)
			buf_text(&text, ", and what people take to answer");
		buf_text(&text, ", if everything takes as long as it may:");
		for (size_t i = 0; i < path.count; i++) {
			buf_text(&text, i ? " → " : " ");
			labels_put(page->labels, &page->plan->nodes[path.nodes[i]], &text);
		}
		label(page, "At most");
		page_wrapped(page, LABEL, LABEL, buf_view(&text));
		buf_byte(page->out, '\n');
	}
	buf_done(&text);
	critical_path_done(&path);
}

/* What many incidents together are measured by. */
static void lasting_objectives(struct page *page, const struct objectives *objectives)
{
	bool mttr = objectives->mttr_us != UNSET_US;

	if (!mttr && !objectives->availability.len)
		return;
	label(page, "On average");
	if (mttr) {
		buf_text(page->out, "recovered within ");
		units_show_duration(page->out, objectives->mttr_us);
	}
	if (objectives->availability.len)
		buf_printf(page->out, "%savailable %.*s of the time", mttr ? "; " : "",
		    STR_ARG(objectives->availability));
	buf_byte(page->out, '\n');
}

static void objectives(struct page *page)
{
	const struct objectives *objectives = &page->plan->runbook->objectives;

	if (objectives->estimate_low_us != UNSET_US) {
		label(page, "Usually");
		units_show_duration(page->out, objectives->estimate_low_us);
		if (objectives->estimate_high_us != objectives->estimate_low_us) {
			buf_text(page->out, " to ");
			units_show_duration(page->out, objectives->estimate_high_us);
		}
		buf_byte(page->out, '\n');
	}
	if (objectives->rto_us != UNSET_US) {
		label(page, "Objective");
		buf_text(page->out, "recovered within ");
		units_show_duration(page->out, objectives->rto_us);
		if (objectives->rpo_us != UNSET_US) {
			buf_text(page->out, ", and at most ");
			units_show_duration(page->out, objectives->rpo_us);
			buf_text(page->out, " of data lost");
		}
		buf_byte(page->out, '\n');
	}
	lasting_objectives(page, objectives);
}

/* "P1, an answer within 15m" */
static void severity(struct page *page)
{
	const struct severity_decl *decl = runbook_severity(page->plan->runbook);

	if (!decl)
		return;
	label(page, "Severity");
	text_harmless(page->out, decl->name);
	if (decl->title.len) {
		buf_text(page->out, ", ");
		text_harmless(page->out, decl->title);
	}
	if (decl->response_us == 0) {
		buf_text(page->out, ": somebody begins at once");
	} else if (decl->response_us != UNSET_US) {
		buf_text(page->out, ": somebody begins within ");
		units_show_duration(page->out, decl->response_us);
	}
	buf_byte(page->out, '\n');
}

static void put_contact(struct buf *out, const struct contact *contact)
{
	buf_printf(out, "%.*s (", STR_ARG(contact->name));
	if (contact->channel)
		buf_text(out, contact->channel->kind);
	else
		buf_text(out, "to be called: ");
	text_harmless(out, contact->person);
	buf_byte(out, ')');
}

/* Whom the run tells, and when. */
static void escalation(struct page *page)
{
	const struct runbook *runbook = page->plan->runbook;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	for (size_t i = 0; i < runbook->escalation_count; i++) {
		const struct escalation *step = &runbook->escalation[i];

		buf_clear(&text);
		if (step->after_us) {
			buf_text(&text, "after ");
			units_show_duration(&text, step->after_us);
		} else {
			buf_text(&text, "at its beginning");
		}
		for (size_t k = 0; k < step->count; k++) {
			buf_text(&text, k ? ", " : ": ");
			put_contact(&text, step->contacts[k]);
		}
		label(page, i ? "" : "Tells");
		page_wrapped(page, LABEL, LABEL, buf_view(&text));
		buf_byte(page->out, '\n');
	}
	buf_done(&text);
	if (!runbook->escalation_count)
		return;
	label(page, "");
	page_wrapped(page, LABEL, LABEL,
	    STR("when it waits for a person: those told so far; when it fails: the next as well"));
	buf_byte(page->out, '\n');
}

static void symptoms(struct page *page)
{
	const struct runbook *runbook = page->plan->runbook;

	for (size_t i = 0; i < runbook->symptom_count; i++) {
		label(page, i ? "" : "Symptoms");
		text_harmless(page->out, runbook->symptoms[i]);
		buf_byte(page->out, '\n');
	}
}

/* "PostgresDown, severity critical; tells host = ${{ labels.instance }}" */
static void triggers(struct page *page)
{
	const struct runbook *runbook = page->plan->runbook;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	for (size_t i = 0; i < runbook->trigger_count; i++) {
		const struct trigger *trigger = &runbook->triggers[i];

		trigger_show(trigger, &text);
		for (size_t k = 0; k < trigger->param_count; k++) {
			buf_printf(&text, "%s%.*s = ", k ? ", " : "; tells ",
			    STR_ARG(trigger->params[k].name));
			template_show(trigger->params[k].value, &text);
		}
		label(page, i ? "" : "Answers");
		page_wrapped(page, LABEL, LABEL, buf_view(&text));
		buf_byte(page->out, '\n');
		buf_clear(&text);
	}
	buf_done(&text);
}

static void put_value(struct buf *out, const struct value *value, enum param_kind kind)
{
	struct json json;

	if (kind == PARAM_SIZE && value->type == VALUE_INT) {
		units_show_size(out, value->integer);
	} else if (kind == PARAM_DURATION && value->type == VALUE_DURATION) {
		units_show_duration(out, value_us(value));
	} else if (value->type == VALUE_LIST) {
		buf_byte(out, '[');
		for (size_t i = 0; i < value->list.count; i++) {
			buf_text(out, i ? ", " : "");
			put_value(out, value->list.items[i], PARAM_ANY);
		}
		buf_byte(out, ']');
	} else if (!value_show(value, out)) {
		json_init(&json, out);
		value_to_json(&json, value);
	}
}

static void show_value(struct page *page, const struct param_decl *param, const struct value *value)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	put_value(&text, value, param->kind);
	if (text.len == 0)
		buf_text(&text, "(empty)");
	page_wrapped(page, PARAM_LABEL, PARAM_LABEL, buf_view(&text));
	buf_done(&text);
}

static void params(struct page *page)
{
	const struct runbook *runbook = page->plan->runbook;
	bool any = false;

	for (size_t i = 0; i < runbook->param_count; i++) {
		const struct param_decl *param = &runbook->params[i];
		const struct value *value = value_get(
		    page->scope.own, arena_cstr(page->arena, param->name));

		if (!plan_has_param(page->plan, param))
			continue;
		if (!any)
			buf_text(page->out, "\nParameters, each changed by -p NAME=VALUE\n");
		any = true;
		buf_printf(page->out, "  %-*.*s", PARAM_LABEL - 2, STR_ARG(param->name));
		if (param->name.len > PARAM_LABEL - 3)
			buf_printf(page->out, "\n%*s", PARAM_LABEL, "");
		if (value)
			show_value(page, param, value);
		else
			page_painted(page, "\033[1;31m", "must be given");
		if (param->description.len) {
			buf_printf(page->out, "\n%*s", PARAM_LABEL, "");
			page_wrapped(page, PARAM_LABEL, PARAM_LABEL, param->description);
		}
		buf_byte(page->out, '\n');
	}
}

static void secrets(struct page *page)
{
	static const char *const sources[] = {
	    [SECRET_ENV] = "from the environment variable",
	    [SECRET_FILE] = "from the file",
	    [SECRET_COMMAND] = "from the command",
	};
	const struct runbook *runbook = page->plan->runbook;

	bool any = false;

	for (size_t i = 0; i < runbook->secret_count; i++) {
		const struct secret_decl *secret = &runbook->secrets[i];

		if (!plan_has_secret(page->plan, runbook, secret))
			continue;
		label(page, any ? "" : "Secrets");
		any = true;
		buf_printf(page->out, "%.*s, %s", STR_ARG(secret->name), sources[secret->from]);
		if (secret->from != SECRET_COMMAND) {
			buf_byte(page->out, ' ');
			text_harmless(page->out, secret->env);
		}
		for (size_t k = 0; secret->from == SECRET_COMMAND && k < secret->argc; k++) {
			buf_byte(page->out, ' ');
			text_harmless(page->out, secret->argv[k]);
		}
		if (plan_secret_is_spare(page->plan, secret->name))
			buf_text(page->out, "; may be missing: it is only to tell people");
		buf_byte(page->out, '\n');
	}
}

void page_head(struct page *page)
{
	const struct runbook *runbook = page->plan->runbook;

	buf_text(page->out, page->color ? "\033[1m" : "");
	text_harmless(page->out, runbook->title);
	buf_text(page->out, page->color ? "\033[0m" : "");
	buf_printf(page->out, " (%.*s)", STR_ARG(runbook->id));
	if (runbook->severity.len)
		buf_printf(page->out, ", %.*s", STR_ARG(runbook->severity));
	buf_text(page->out, "\n\n");
	symptoms(page);
	triggers(page);
	severity(page);
	objectives(page);
	list_steps(page, "Destroys", plan_destroys);
	list_steps(page, "Asks before", plan_asks);
	list_steps(page, "By hand", plan_is_by_hand);
	list_steps(page, "Changes", plan_changes);
	list_places(page);
	on_failure(page);
	escalation(page);
	expected(page);
	longest_path(page);
	secrets(page);
	params(page);
}
