/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/task.h"

#include "base/digest.h"
#include "lang/bind.h"

struct task task_of(const struct sched *sched, uint32_t index, enum start_what what, uint32_t check)
{
	static const struct poll once = {.within_us = UNSET_US};
	const struct step *step = step_of(sched, index);
	const struct check *asked;

	if (what == START_ACTION)
		return (struct task){
		    &step->action, NULL, &step->poll, step->timeout_us, step->grace_us};
	if (what == START_NOTIFY)
		return (struct task){NULL, NULL, &once, 0, 0};
	if (what == START_BACKGROUND)
		return (struct task){&step->background, NULL, &once, 0, step->background_grace_us};
	asked = &checks_of(step, what)->items[check];
	return (struct task){
	    &asked->action, asked, &asked->poll, asked->timeout_us, step->grace_us};
}

static const struct value *arguments(struct sched *sched, uint32_t index,
    const struct action *action, const struct check *check, struct str *ret_why)
{
	struct sched_scope scope;
	const struct value *args;
	uint32_t hangs;

	scope_init_check(
	    &scope, sched, index, check, instance_at(sched, index)->check_item, sched->at_us);
	hangs_begin(sched);
	args = template_eval(action->args, &scope.scope, sched->scratch);
	args = target_args(sched, index, action, check, args, false);
	hangs = hangs_end(sched, args);
	if (args->type == VALUE_UNKNOWN)
		return args;
	if (args->type == VALUE_ERROR)
		*ret_why = args->error.message;
	else
		args = bind_args(
		    sched->scratch, sched->plan->runbook->vocabulary, action->spec, args, ret_why);
	if (!ret_why->len)
		return args;
	return hangs ? value_unknown(sched->scratch, &instance_at(sched, index)->node, 1) : NULL;
}

const struct value *task_args(
    struct sched *sched, uint32_t index, const struct task *task, struct str *ret_why)
{
	return arguments(sched, index, task->action, task->check, ret_why);
}

const struct value *task_shown(struct sched *sched, uint32_t index, const struct task *task)
{
	struct sched_scope scope;
	const struct value *args;

	scope_init_check(
	    &scope, sched, index, task->check, instance_at(sched, index)->check_item, sched->at_us);
	args = template_eval_known(task->action->args, &scope.scope, sched->scratch);
	args = target_args(sched, index, task->action, task->check, args, true);
	return args->type == VALUE_MAP && value_fits(args, MESSAGE_VALUE) ? args : NULL;
}

const struct value *task_rehearsal(struct sched *sched, uint32_t index, const struct task *task)
{
	const struct step *step = step_of(sched, index);
	const struct value *args;
	struct str why = {0};

	if (task->action != &step->action || !step->rehearse.spec)
		return NULL;
	args = arguments(sched, index, &step->rehearse, NULL, &why);
	return args && args->type == VALUE_MAP && value_fits(args, MESSAGE_VALUE) ? args : NULL;
}

struct str task_digest(
    struct sched *sched, const struct action_spec *spec, const struct value *args)
{
	char *hex = arena_alloc(sched->scratch, DIGEST_HEX + 1);
	struct buf text;
	struct json json;

	buf_init(&text, BUF_UNBOUNDED);
	json_init(&json, &text);
	json_open_map(&json);
	json_put_text(&json, "action", spec->name);
	json_key(&json, "args");
	value_to_json(&json, args);
	json_close_map(&json);
	digest_of(buf_view(&text), hex);
	buf_done(&text);
	return (struct str){hex, DIGEST_HEX};
}
