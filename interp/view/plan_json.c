/* SPDX-License-Identifier: Apache-2.0 */
#include "view/plan_json.h"

#include "lang/contact.h"
#include "lang/critical_path.h"
#include "lang/trigger.h"
#include "view/outlook.h"
#include "view/plan_json_parts.h"
#include "view/plan_places.h"

/*
 * {version, runbook, files, params, secrets, escalation, summary, order, steps, verify}. What was not said is left out.
 */
enum { VERSION = 1 };

void plan_doc_us(struct json *json, const char *key, int64_t us)
{
	if (us != UNSET_US)
		json_put_int(json, key, us);
}

void plan_doc_text(struct json *json, const char *key, struct str text)
{
	if (text.len)
		json_put_str(json, key, text);
}

void plan_doc_estimate(struct json *json, const char *key, int64_t low_us, int64_t high_us)
{
	if (low_us == UNSET_US)
		return;
	json_key(json, key);
	json_open_map(json);
	json_put_int(json, "low_us", low_us);
	json_put_int(json, "high_us", high_us);
	json_close_map(json);
}

/* Parents stand before their children. */
static void name_paths(struct plan_doc *doc)
{
	doc->paths = arena_array(doc->arena, doc->plan->count, sizeof(*doc->paths));
	for (size_t i = 1; i < doc->plan->count; i++) {
		const struct plan_node *node = &doc->plan->nodes[i];
		struct str above = doc->paths[node->parent];

		doc->paths[i] = arena_printf(doc->arena, "%.*s%s%.*s", STR_ARG(above),
		    above.len ? "/" : "", STR_ARG(node->step->id));
	}
}

static void put_matcher(struct json *json, const struct matcher *matcher)
{
	static const char *const words[2][2] = {{"is", "is_not"}, {"matches", "does_not_match"}};

	json_open_map(json);
	json_put_str(json, "label", matcher->label);
	json_key(json, words[matcher->regex != NULL][matcher->negated]);
	if (matcher->regex) {
		json_str(json, matcher->pattern);
	} else {
		json_open_list(json);
		for (size_t i = 0; i < matcher->count; i++)
			json_str(json, matcher->values[i]);
		json_close_list(json);
	}
	json_close_map(json);
}

static void put_triggers(struct json *json, const struct runbook *runbook)
{
	struct buf text;

	if (!runbook->trigger_count)
		return;
	buf_init(&text, BUF_UNBOUNDED);
	json_key(json, "triggers");
	json_open_list(json);
	for (size_t i = 0; i < runbook->trigger_count; i++) {
		const struct trigger *trigger = &runbook->triggers[i];

		json_open_map(json);
		json_key(json, "labels");
		json_open_list(json);
		for (size_t k = 0; k < trigger->count; k++)
			put_matcher(json, &trigger->matchers[k]);
		json_close_list(json);
		json_key(json, "params");
		json_open_map(json);
		for (size_t k = 0; k < trigger->param_count; k++) {
			buf_clear(&text);
			template_show(trigger->params[k].value, &text);
			json_key_str(json, trigger->params[k].name);
			json_str(json, buf_view(&text));
		}
		json_close_map(json);
		json_close_map(json);
	}
	json_close_list(json);
	buf_done(&text);
}

static void put_runbook(struct plan_doc *doc)
{
	static const char *const on_failure[] = {
	    [FAILURE_CONTINUE] = "continue",
	    [FAILURE_STOP] = "stop",
	    [FAILURE_ROLLBACK] = "rollback",
	};
	const struct runbook *runbook = doc->plan->runbook;
	const struct severity_decl *severity = runbook_severity(runbook);
	struct json *json = &doc->json;

	json_key(json, "runbook");
	json_open_map(json);
	json_put_str(json, "id", runbook->id);
	json_put_str(json, "title", runbook->title);
	plan_doc_text(json, "severity", runbook->severity);
	if (severity)
		plan_doc_text(json, "severity_title", severity->title);
	if (severity)
		plan_doc_us(json, "response_us", severity->response_us);
	plan_doc_text(json, "description", runbook->description);
	json_key(json, "symptoms");
	json_open_list(json);
	for (size_t i = 0; i < runbook->symptom_count; i++)
		json_str(json, runbook->symptoms[i]);
	json_close_list(json);
	put_triggers(json, runbook);
	json_key(json, "objectives");
	json_open_map(json);
	plan_doc_us(json, "rto_us", runbook->objectives.rto_us);
	plan_doc_us(json, "rpo_us", runbook->objectives.rpo_us);
	plan_doc_us(json, "mttr_us", runbook->objectives.mttr_us);
	plan_doc_text(json, "availability", runbook->objectives.availability);
	plan_doc_estimate(json, "estimate", runbook->objectives.estimate_low_us,
	    runbook->objectives.estimate_high_us);
	json_close_map(json);
	json_put_text(json, "on_failure", on_failure[runbook->on_failure]);
	json_close_map(json);
}

/* Left out where nobody is told. */
static void put_escalation(struct plan_doc *doc)
{
	const struct runbook *runbook = doc->plan->runbook;
	struct json *json = &doc->json;

	if (!runbook->escalation_count)
		return;
	json_key(json, "escalation");
	json_open_list(json);
	for (size_t i = 0; i < runbook->escalation_count; i++) {
		const struct escalation *step = &runbook->escalation[i];

		json_open_map(json);
		json_put_int(json, "after_us", step->after_us);
		json_key(json, "notify");
		json_open_list(json);
		for (size_t k = 0; k < step->count; k++) {
			const struct contact *contact = step->contacts[k];

			json_open_map(json);
			json_put_str(json, "name", contact->name);
			json_put_str(json, "title", contact->title);
			if (contact->channel)
				json_put_text(json, "channel", contact->channel->kind);
			plan_doc_text(json, "person", contact->person);
			json_close_map(json);
		}
		json_close_list(json);
		json_close_map(json);
	}
	json_close_list(json);
}

static void put_files(struct plan_doc *doc, const struct load *load)
{
	json_key(&doc->json, "files");
	json_open_list(&doc->json);
	for (size_t i = 0; i < load->source_count; i++)
		json_text(&doc->json, load->files.items[i]->source->name);
	json_close_list(&doc->json);
}

/* A parameter without a value must be given. */
static void put_params(struct plan_doc *doc)
{
	const struct runbook *runbook = doc->plan->runbook;
	struct json *json = &doc->json;

	json_key(json, "params");
	json_open_list(json);
	for (size_t i = 0; i < runbook->param_count; i++) {
		const struct param_decl *param = &runbook->params[i];
		const struct value *value = value_get_str(doc->scope.own, param->name);

		if (!plan_has_param(doc->plan, param))
			continue;
		json_open_map(json);
		json_put_str(json, "name", param->name);
		json_put_text(json, "type", param_kind_name(param->kind));
		if (value) {
			json_key(json, "value");
			value_to_json(json, value);
		}
		json_put_bool(json, "required", !param->optional);
		plan_doc_text(json, "description", param->description);
		json_close_map(json);
	}
	json_close_list(json);
}

static void put_secrets(struct plan_doc *doc)
{
	static const char *const sources[] = {
	    [SECRET_ENV] = "env", [SECRET_FILE] = "file", [SECRET_COMMAND] = "command"};
	const struct runbook *runbook = doc->plan->runbook;
	struct json *json = &doc->json;

	json_key(json, "secrets");
	json_open_list(json);
	for (size_t i = 0; i < runbook->secret_count; i++) {
		const struct secret_decl *secret = &runbook->secrets[i];

		if (!plan_has_secret(doc->plan, runbook, secret))
			continue;
		json_open_map(json);
		json_put_str(json, "name", secret->name);
		json_key(json, sources[secret->from]);
		if (secret->from == SECRET_COMMAND) {
			json_open_list(json);
			for (size_t k = 0; k < secret->argc; k++)
				json_str(json, secret->argv[k]);
			json_close_list(json);
		} else {
			json_str(json, secret->env);
		}
		if (plan_secret_is_spare(doc->plan, secret->name))
			json_put_bool(json, "spare", true);
		json_close_map(json);
	}
	json_close_list(json);
}

static void put_paths(
    struct plan_doc *doc, const char *key, bool (*is_meant)(const struct plan_node *node))
{
	json_key(&doc->json, key);
	json_open_list(&doc->json);
	for (size_t i = 1; i < doc->plan->count; i++)
		if (is_meant(&doc->plan->nodes[i]))
			json_str(&doc->json, doc->paths[i]);
	json_close_list(&doc->json);
}

static void put_summary(struct plan_doc *doc, const struct outlook *outlook)
{
	struct critical_path path;
	struct json *json = &doc->json;
	const struct str *places;
	size_t count;

	json_key(json, "summary");
	json_open_map(json);
	put_paths(doc, "destroys", plan_destroys);
	put_paths(doc, "asks", plan_asks);
	put_paths(doc, "by_hand", plan_is_by_hand);
	put_paths(doc, "changes", plan_changes);
	places = plan_places(&doc->scope, doc->plan, doc->arena, &count);
	json_key(json, "goes_to");
	json_open_list(json);
	for (size_t i = 0; i < count; i++)
		json_str(json, places[i]);
	json_close_list(json);
	critical_path_init(&path, doc->plan, doc->scope.own);
	json_key(json, "at_most");
	json_open_map(json);
	json_put_int(json, "us", path.us);
	json_put_bool(json, "no_timeout", path.open & OPEN_TIMEOUT);
	json_put_bool(json, "people", path.open & OPEN_PEOPLE);
	json_put_bool(json, "unknown_lists", path.open & OPEN_LIST);
	json_key(json, "path");
	json_open_list(json);
	for (size_t i = 0; i < path.count; i++)
		json_str(json, doc->paths[path.nodes[i]]);
	json_close_list(json);
	json_close_map(json);
	critical_path_done(&path);
	if (outlook) {
		json_key(json, "forecast");
		outlook_json(json, outlook);
	}
	json_close_map(json);
}

static void put_order(struct plan_doc *doc)
{
	json_key(&doc->json, "order");
	json_open_list(&doc->json);
	for (size_t i = 0; i < doc->plan->count; i++)
		if (doc->plan->order[i] != PLAN_ROOT)
			json_str(&doc->json, doc->paths[doc->plan->order[i]]);
	json_close_list(&doc->json);
}

void plan_json(const struct load *load, const struct value *params, const struct outlook *outlook,
    struct buf *out)
{
	struct plan_doc doc = {.plan = load->plan, .arena = arena_new()};
	const struct plan_node *root = &load->plan->nodes[PLAN_ROOT];

	json_init_shown(&doc.json, out, true);
	plan_scope_init(&doc.scope, load->plan, params);
	name_paths(&doc);
	json_open_map(&doc.json);
	json_put_int(&doc.json, "version", VERSION);
	put_runbook(&doc);
	put_files(&doc, load);
	put_params(&doc);
	put_secrets(&doc);
	put_escalation(&doc);
	put_summary(&doc, outlook);
	put_order(&doc);
	json_key(&doc.json, "steps");
	json_open_list(&doc.json);
	for (size_t i = 1; i < load->plan->count; i++)
		plan_doc_step(&doc, &load->plan->nodes[i]);
	json_close_list(&doc.json);
	plan_scope_enter(&doc.scope, root);
	doc.node = root;
	plan_doc_checks(&doc, "verify", &root->step->verify);
	json_close_map(&doc.json);
	buf_byte(out, '\n');
	arena_free(doc.arena);
}
