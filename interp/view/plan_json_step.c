/* SPDX-License-Identifier: Apache-2.0 */
#include "view/plan_json_parts.h"
#include "view/plan_places.h"

static void put_expr(struct json *json, const char *key, const struct expr *expr)
{
	if (expr)
		json_put_str(json, key, expr_text(expr));
}

static void put_template(struct plan_doc *doc, const char *key, const struct template *template)
{
	if (template)
		json_put_str(
		    &doc->json, key, template_text(template, &doc->scope.scope, doc->arena));
}

/* A flag is there when it is set. */
static void put_flag(struct json *json, const char *key, bool flag)
{
	if (flag)
		json_put_bool(json, key, true);
}

static void put_action(struct plan_doc *doc, const char *key, const struct action *action)
{
	const struct value *target;
	struct json *json = &doc->json;
	struct buf text;

	if (!action->spec)
		return;
	buf_init(&text, BUF_UNBOUNDED);
	plan_scope_action(&doc->scope, action, doc->arena, &text);
	json_key(json, key);
	json_open_map(json);
	json_put_text(json, "name", action->spec->name);
	json_put_str(json, "text", str_trim(buf_view(&text)));
	plan_doc_text(json, "session", action->session);
	target = plan_scope_target(&doc->scope, doc->node, action, doc->arena);
	if (target) {
		json_key(json, "target");
		value_to_json(json, target);
		json_put_str(json, "at", plan_place(&doc->scope, doc->node, action, doc->arena));
	}
	json_close_map(json);
	buf_done(&text);
}

static void put_poll(struct json *json, const struct poll *poll)
{
	if (poll->within_us == UNSET_US)
		return;
	json_key(json, "poll");
	json_open_map(json);
	json_put_int(json, "within_us", poll->within_us);
	json_put_int(json, "every_us", poll->every_us);
	json_put_int(json, "for_us", poll->for_us);
	json_close_map(json);
}

static void open_each(struct json *json, const struct each *each)
{
	json_key(json, "for_each");
	json_open_map(json);
	json_put_str(json, "list", expr_text(each->list));
	json_put_str(json, "as", each->as);
}

static void put_check(struct plan_doc *doc, const struct check *check)
{
	struct json *json = &doc->json;

	json_open_map(json);
	put_action(doc, "action", &check->action);
	put_flag(json, "claims_to_read", plan_claims(check));
	put_expr(json, "expect", check->expect);
	if (check->each.list) {
		open_each(json, &check->each);
		json_close_map(json);
	}
	put_poll(json, &check->poll);
	if (check->timeout_us > 0)
		json_put_int(json, "timeout_us", check->timeout_us);
	put_expr(json, "abort", check->abort);
	put_template(doc, "message", check->message);
	json_close_map(json);
}

void plan_doc_checks(struct plan_doc *doc, const char *key, const struct checks *checks)
{
	if (!checks->count)
		return;
	json_key(&doc->json, key);
	json_open_list(&doc->json);
	for (size_t i = 0; i < checks->count; i++)
		put_check(doc, &checks->items[i]);
	json_close_list(&doc->json);
}

static void put_graph(struct plan_doc *doc, const struct plan_node *node)
{
	static const char *const parts[] = {
	    [PART_STEPS] = "steps", [PART_FINALLY] = "finally", [PART_ROLLBACK] = "rollback"};
	struct json *json = &doc->json;

	json_key(json, "parent");
	if (node->parent == PLAN_ROOT)
		json_nothing(json);
	else
		json_str(json, doc->paths[node->parent]);
	json_put_text(json, "part", parts[node->part]);
	json_put_bool(json, "block", node->step->is_block);
	json_key(json, "needs");
	json_open_list(json);
	for (size_t i = 0; i < node->need_count; i++)
		json_str(json, doc->paths[node->needs[i]]);
	json_close_list(json);
}

static void put_approval(struct plan_doc *doc, const struct plan_node *node)
{
	const struct approval *approve = &node->step->approve;
	struct json *json = &doc->json;

	json_put_bool(json, "asks", node->asks);
	put_flag(json, "approved_by_block", node->approved_by_block);
	if (!node->asks)
		return;
	json_key(json, "approve");
	json_open_map(json);
	json_put_int(json, "by", approve->by > 1 ? approve->by : 1);
	json_put_int(json, "expires_us", approve->expires_us);
	put_template(doc, "prompt", approve->prompt);
	put_expr(json, "when", approve->when);
	json_close_map(json);
}

static void put_manual(struct plan_doc *doc, const struct manual *manual)
{
	struct json *json = &doc->json;

	if (!manual->text)
		return;
	json_key(json, "manual");
	json_open_map(json);
	put_template(doc, "text", manual->text);
	json_key(json, "inputs");
	json_open_list(json);
	for (size_t i = 0; i < manual->input_count; i++) {
		json_open_map(json);
		json_put_str(json, "name", manual->inputs[i].name);
		json_put_text(json, "type", param_kind_name(manual->inputs[i].kind));
		plan_doc_text(json, "description", manual->inputs[i].description);
		json_close_map(json);
	}
	json_close_list(json);
	json_close_map(json);
}

/* As it is written: a number, or a text such as "25%". */
static void put_quota(struct json *json, const char *name, const struct quota *quota)
{
	struct buf text;

	if (!quota->is_share) {
		json_put_int(json, name, quota->number);
		return;
	}
	buf_init(&text, BUF_UNBOUNDED);
	quota_show(&text, quota);
	json_put_str(json, name, buf_view(&text));
	buf_done(&text);
}

static void put_each(struct json *json, const struct each *each)
{
	if (!each->list)
		return;
	open_each(json, each);
	json_put_int(json, "max_parallel", each->max_parallel);
	json_put_bool(json, "keep_going", each_keeps_going(each));
	put_quota(json, "max_failures", &each->max_failures);
	if (each->canary.number)
		put_quota(json, "canary", &each->canary);
	json_close_map(json);
}

static void put_retry(struct json *json, const struct retry *retry)
{
	if (retry->attempts <= 1)
		return;
	json_key(json, "retry");
	json_open_map(json);
	json_put_int(json, "attempts", retry->attempts);
	json_put_int(json, "delay_us", retry->delay_us);
	json_key(json, "backoff");
	json_double(json, retry->backoff);
	put_expr(json, "when", retry->when);
	json_close_map(json);
}

static void put_outputs(struct plan_doc *doc, const struct step *step)
{
	struct json *json = &doc->json;

	if (!step->output_count)
		return;
	json_key(json, "outputs");
	json_open_list(json);
	for (size_t i = 0; i < step->output_count; i++) {
		json_open_map(json);
		json_put_str(json, "name", step->outputs[i].name);
		put_expr(json, "value", step->outputs[i].value);
		put_template(doc, "constant", step->outputs[i].constant);
		json_close_map(json);
	}
	json_close_list(json);
}

static void put_limits(struct json *json, const struct step *step)
{
	if (step->timeout_us > 0)
		json_put_int(json, "timeout_us", step->timeout_us);
	plan_doc_estimate(json, "estimate", step->estimate_low_us, step->estimate_high_us);
	put_retry(json, &step->retry);
	plan_doc_text(json, "lock", step->lock);
	put_flag(json, "allow_failure", step->allow_failure);
	put_flag(json, "idempotent", step->idempotent);
	put_flag(json, "sensitive", step->sensitive);
}

/* Where its id stands. */
static void put_place(struct json *json, struct span span)
{
	if (!span.source)
		return;
	json_put_text(json, "file", span.source->name);
	json_put_int(json, "line", (int64_t)source_position(span.source, span.start).line);
}

/* In the order in which things happen. */
void plan_doc_rules(struct plan_doc *doc, const struct plan_node *node)
{
	const struct step *step = node->step;
	struct json *json = &doc->json;

	doc->node = node;
	put_expr(json, "when", step->when);
	put_each(json, &step->each);
	plan_doc_checks(doc, "unless", &step->unless);
	plan_doc_checks(doc, "preconditions", &step->preconditions);
	put_approval(doc, node);
	put_action(doc, "action", &step->action);
	put_action(doc, "rehearse", &step->rehearse);
	put_manual(doc, &step->manual);
	put_action(doc, "background", &step->background);
	plan_doc_checks(doc, "ready", &step->ready);
	put_expr(json, "expect", step->expect);
	put_poll(json, &step->poll);
	put_template(doc, "message", step->message);
	put_outputs(doc, step);
	plan_doc_checks(doc, "verify", &step->verify);
	put_limits(json, step);
}

void plan_doc_step(struct plan_doc *doc, const struct plan_node *node)
{
	const struct step *step = node->step;
	struct json *json = &doc->json;

	plan_scope_enter(&doc->scope, node);
	json_open_map(json);
	json_put_str(json, "path", doc->paths[node->index]);
	json_put_str(json, "id", step->id);
	json_put_str(json, "title", step->title);
	plan_doc_text(json, "description", step->description);
	put_place(json, step->span);
	put_graph(doc, node);
	json_put_text(json, "effect", effect_class_name(node->effect));
	plan_doc_rules(doc, node);
	json_close_map(json);
}
