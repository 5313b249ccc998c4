/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"
#include "view/argo_parts.h"

/* Templates that are containers or questions: a step, its rehearsal, what a person is asked. */

/* Where a pod leaves what a step came to, and how long it may take longer than its limits say: to begin, to end. */
#define ACCOUNTS "/tmp/reprise"
enum { SPARE_S = 120 };

enum mode { MODE_RUN, MODE_REHEARSE, MODE_VERIFY };

/* A word of a command line, whose parts Argo may fill in. */
static void word(struct argo *argo, struct list_builder *list, const char *before, struct str name,
    const char *between, struct str what)
{
	list_add_str(list,
	    arena_printf(
		argo->arena, "%s%.*s%s%.*s", before, STR_ARG(name), between, STR_ARG(what)));
}

struct str argo_text(const struct argo *argo, struct str text)
{
	struct buf out;
	struct str copy;

	buf_init(&out, BUF_UNBOUNDED);
	for (size_t i = 0; i < text.len; i++) {
		buf_byte(&out, text.ptr[i]);
		if (text.ptr[i] == '{' && i + 1 < text.len && text.ptr[i + 1] == '{')
			buf_byte(&out, ' ');
	}
	copy = arena_str(argo->arena, buf_view(&out));
	buf_done(&out);
	return copy;
}

static void put_params(struct argo *argo, struct list_builder *list)
{
	const struct runbook *runbook = argo->plan->runbook;

	for (size_t i = 0; i < runbook->param_count; i++)
		word(argo, list, "--param=", runbook->params[i].name, "={{workflow.parameters.",
		    arena_printf(argo->arena, "%.*s}}", STR_ARG(runbook->params[i].name)));
}

/* Whether what a node asks is asked in the pod of a unit: it is in it, or around it. */
static bool belongs(const struct argo *argo, uint32_t node, uint32_t unit)
{
	if (unit == PLAN_ROOT)
		return node == PLAN_ROOT;
	return node != PLAN_ROOT &&
	    (plan_within(argo->plan, node, unit) || plan_within(argo->plan, unit, node));
}

static bool is_first(const struct argo *argo, const struct plan_node **found, size_t count,
    const struct plan_node *unit)
{
	(void)argo;
	for (size_t i = 0; i < count; i++)
		if (found[i] == unit)
			return false;
	return true;
}

/* The accounts of other pods that a pod needs. */
static void put_given(struct argo *argo, const struct plan_node *of, struct list_builder *list)
{
	const struct plan *plan = argo->plan;
	const struct plan_node **found = arena_array(argo->arena, plan->count, sizeof(*found));
	size_t count = 0;

	for (uint32_t i = 0; i < plan->count; i++) {
		const struct plan_node *node = &plan->nodes[i];

		for (size_t k = 0; belongs(argo, i, of->index) && k < node->read_count; k++) {
			const struct plan_node *unit = argo_unit(
			    argo, &plan->nodes[node->reads[k]]);

			if (!unit || unit == of || !is_first(argo, found, count, unit))
				continue;
			found[count++] = unit;
			word(argo, list, "--given=", argo->nodes[unit->index].path,
			    "={{workflow.outputs.parameters.account-",
			    arena_printf(
				argo->arena, "%.*s}}", STR_ARG(argo->nodes[unit->index].name)));
		}
	}
}

/* What was asked before the pod began. */
static void put_answers(struct argo *argo, const struct plan_node *of, struct list_builder *list)
{
	const struct manual *manual = &of->step->manual;

	for (uint32_t i = 1; i < argo->plan->count; i++) {
		const struct plan_node *node = &argo->plan->nodes[i];

		if (belongs(argo, i, of->index) && node->asks && node->part != PART_ROLLBACK)
			word(argo, list, "--approve=", argo->nodes[i].path, "", (struct str){0});
	}
	if (!manual->text)
		return;
	word(argo, list, "--answer=", argo->nodes[of->index].path, "=", STR("done"));
	for (size_t i = 0; i < manual->input_count; i++)
		word(argo, list, "--answer=", argo->nodes[of->index].path, ".",
		    arena_printf(argo->arena, "%.*s={{inputs.parameters.%.*s}}",
			STR_ARG(manual->inputs[i].name), STR_ARG(manual->inputs[i].name)));
}

static const struct value *command(
    struct argo *argo, const struct plan_node *of, enum mode mode, bool leaves)
{
	const struct argo_node *own = &argo->nodes[of->index];
	struct list_builder list;

	list_begin(&list, argo->arena);
	list_add_str(&list, STR("reprise"));
	list_add_str(&list, mode == MODE_REHEARSE ? STR("rehearse") : STR("run"));
	if (mode == MODE_VERIFY)
		list_add_str(&list, STR("--verify"));
	else
		word(argo, &list, "--step=", own->path, "", (struct str){0});
	if (own->shape == ARGO_LOOP)
		list_add_str(&list, STR("--item={{inputs.parameters.item}}"));
	if (mode != MODE_REHEARSE)
		list_add_str(&list, STR("--non-interactive"));
	if (mode == MODE_RUN && argo_retries(of))
		list_add_str(&list, STR("--once"));
	put_params(argo, &list);
	put_given(argo, of, &list);
	if (mode == MODE_RUN)
		put_answers(argo, of, &list);
	if (leaves)
		list_add_str(&list, STR("--outputs=" ACCOUNTS));
	list_add_str(&list, argo->file);
	return list_end(&list);
}

static const struct value *environment(struct argo *argo)
{
	const struct runbook *runbook = argo->plan->runbook;
	struct list_builder list;

	list_begin(&list, argo->arena);
	for (size_t i = 0; i < runbook->secret_count; i++) {
		struct map_builder entry;
		struct map_builder from;
		struct map_builder key;

		if (runbook->secrets[i].from != SECRET_ENV)
			continue;
		map_begin(&entry, argo->arena);
		map_begin(&from, argo->arena);
		map_begin(&key, argo->arena);
		map_add_text(
		    &key, "name", arena_printf(argo->arena, "%.*s-secrets", STR_ARG(runbook->id)));
		map_add_text(&key, "key", runbook->secrets[i].env);
		map_add(&from, "secretKeyRef", map_end(&key));
		map_add_text(&entry, "name", runbook->secrets[i].env);
		map_add(&entry, "valueFrom", map_end(&from));
		list_add(&list, map_end(&entry));
	}
	return list.count ? list_end(&list) : NULL;
}

static const struct value *container(
    struct argo *argo, const struct plan_node *of, enum mode mode, bool leaves)
{
	struct map_builder map;
	struct map_builder mount;
	struct list_builder mounts;
	const struct value *env = environment(argo);

	map_begin(&map, argo->arena);
	map_add_text(&map, "image", str_from(argo->options->image));
	map_add_text(&map, "workingDir", argo->workdir);
	map_add(&map, "command", command(argo, of, mode, leaves));
	if (env)
		map_add(&map, "env", env);
	map_begin(&mount, argo->arena);
	map_add_text(&mount, "name", STR("runbook"));
	map_add_text(&mount, "mountPath", STR("/runbook"));
	list_begin(&mounts, argo->arena);
	list_add(&mounts, map_end(&mount));
	map_add(&map, "volumeMounts", list_end(&mounts));
	return map_end(&map);
}

/* A file that the pod leaves: for tasks of the same DAG, and under a name of the whole workflow for all. */
static void add_output(struct argo *argo, struct list_builder *list, struct str name,
    const char *file, struct str none, struct str global)
{
	struct map_builder map;
	struct map_builder from;

	map_begin(&from, argo->arena);
	map_add_text(&from, "path", arena_printf(argo->arena, ACCOUNTS "/%s", file));
	map_add_text(&from, "default", none);
	map_begin(&map, argo->arena);
	map_add_text(&map, "name", name);
	map_add(&map, "valueFrom", map_end(&from));
	if (global.len)
		map_add_text(&map, "globalName", global);
	list_add(list, map_end(&map));
}

static bool lists_it(const struct argo *argo, const struct plan_node *loop, struct str list)
{
	const char *key;
	const struct value *items = argo->nodes[loop->index].shape == ARGO_LOOP
	    ? argo_items(argo, loop, &key)
	    : NULL;

	return items && items->type == VALUE_STRING && str_eq(value_text(items), list);
}

/* What loops of the workflow go through. */
static void add_lists(struct argo *argo, const struct plan_node *node, struct list_builder *list)
{
	for (size_t k = 0; k < node->step->output_count; k++) {
		struct str output = node->step->outputs[k].name;
		struct str global = arena_printf(argo->arena, "list-%.*s-%.*s",
		    STR_ARG(argo->nodes[node->index].name), STR_ARG(output));
		struct str wanted = arena_printf(
		    argo->arena, "{{workflow.outputs.parameters.%.*s}}", STR_ARG(global));
		bool is_wanted = false;

		for (size_t i = 1; i < argo->plan->count; i++)
			is_wanted = is_wanted || lists_it(argo, &argo->plan->nodes[i], wanted);
		if (is_wanted)
			add_output(argo, list, global,
			    arena_printf(argo->arena, "outputs/%.*s", STR_ARG(output)).ptr,
			    STR("[]"), global);
	}
}

static const struct value *outputs(struct argo *argo, const struct plan_node *of, enum mode mode)
{
	const struct argo_node *own = &argo->nodes[of->index];
	struct list_builder list;
	struct map_builder map;

	list_begin(&list, argo->arena);
	if (own->is_read)
		add_output(argo, &list, STR("account"), "account.json",
		    arena_printf(
			argo->arena, "{\"%.*s\":{\"outcome\":\"failed\"}}", STR_ARG(own->path)),
		    arena_printf(argo->arena, "account-%.*s", STR_ARG(own->name)));
	if (own->outcome_read || mode == MODE_REHEARSE)
		add_output(argo, &list, STR("outcome"), "outcome", STR("failed"),
		    own->outcome_read
			? arena_printf(argo->arena, "outcome-%.*s", STR_ARG(own->name))
			: (struct str){0});
	add_lists(argo, of, &list);
	if (!list.count)
		return NULL;
	map_begin(&map, argo->arena);
	map_add(&map, "parameters", list_end(&list));
	return map_end(&map);
}

static struct str duration(const struct argo *argo, int64_t us)
{
	return us % 1000000 == 0 ? arena_printf(argo->arena, "%llds", (long long)(us / 1000000))
				 : arena_printf(argo->arena, "%lldms", (long long)(us / 1000));
}

/* Another pod tries again; only what reprise calls a failure, and nothing that was denied or could not begin. */
static const struct value *retry_strategy(struct argo *argo, const struct retry *retry)
{
	struct map_builder map;
	struct map_builder backoff;

	map_begin(&backoff, argo->arena);
	map_add_text(&backoff, "duration", duration(argo, retry->delay_us));
	map_add_text(
	    &backoff, "factor", arena_printf(argo->arena, "%lld", (long long)retry->backoff));
	if (retry->backoff > 1)
		map_add_text(&backoff, "cap", duration(argo, retry->max_delay_us));
	map_begin(&map, argo->arena);
	map_add_text(
	    &map, "limit", arena_printf(argo->arena, "%lld", (long long)retry->attempts - 1));
	map_add_text(&map, "retryPolicy", STR("OnFailure"));
	map_add_text(&map, "expression", STR("asInt(lastRetry.exitCode) == 1"));
	map_add(&map, "backoff", map_end(&backoff));
	return map_end(&map);
}

static void begin_template(
    struct argo *argo, struct map_builder *map, const char *kind, struct str name)
{
	map_begin(map, argo->arena);
	map_add_text(map, "name", arena_printf(argo->arena, "%s%.*s", kind, STR_ARG(name)));
}

static void put_title(struct argo *argo, struct map_builder *map, const struct step *step)
{
	struct map_builder metadata;
	struct map_builder annotations;

	if (!step->title.len || str_eq(step->title, step->id))
		return;
	map_begin(&annotations, argo->arena);
	map_add_text(&annotations, "workflows.argoproj.io/title", argo_text(argo, step->title));
	if (step->description.len)
		map_add_text(&annotations, "workflows.argoproj.io/description",
		    argo_text(argo, step->description));
	map_begin(&metadata, argo->arena);
	map_add(&metadata, "annotations", map_end(&annotations));
	map_add(map, "metadata", map_end(&metadata));
}

/* What a template is told by its task. */
static void put_inputs(struct argo *argo, struct map_builder *map, const struct plan_node *of)
{
	const struct manual *manual = &of->step->manual;
	struct list_builder list;
	struct map_builder inputs;

	list_begin(&list, argo->arena);
	for (size_t i = 0; i < manual->input_count + (argo->nodes[of->index].shape == ARGO_LOOP);
	     i++) {
		struct map_builder one;

		map_begin(&one, argo->arena);
		map_add_text(
		    &one, "name", i < manual->input_count ? manual->inputs[i].name : STR("item"));
		list_add(&list, map_end(&one));
	}
	if (!list.count)
		return;
	map_begin(&inputs, argo->arena);
	map_add(&inputs, "parameters", list_end(&list));
	map_add(map, "inputs", map_end(&inputs));
}

void argo_mutex(struct argo *argo, struct map_builder *map, struct str lock)
{
	struct list_builder list;
	struct map_builder one;

	if (!lock.len)
		return;
	map_begin(&one, argo->arena);
	map_add_text(&one, "name", lock);
	list_begin(&list, argo->arena);
	list_add(&list, map_end(&one));
	map_begin(&one, argo->arena);
	map_add(&one, "mutexes", list_end(&list));
	map_add(map, "synchronization", map_end(&one));
}

static void add_pod(struct argo *argo, const struct plan_node *of, enum mode mode)
{
	const struct argo_node *own = &argo->nodes[of->index];
	const struct value *left = mode == MODE_VERIFY ? NULL : outputs(argo, of, mode);
	struct map_builder map;

	begin_template(argo, &map,
	    mode == MODE_VERIFY            ? "verify"
		: mode == MODE_REHEARSE    ? "rehearse-"
		: own->shape == ARGO_ASKED ? "do-"
		: own->shape == ARGO_LOOP  ? "item-"
					   : "step-",
	    own->name);
	if (mode != MODE_VERIFY)
		put_title(argo, &map, of->step);
	if (mode == MODE_RUN)
		put_inputs(argo, &map, of);
	if (mode == MODE_RUN && own->limit_us > 0)
		map_add(&map, "activeDeadlineSeconds",
		    value_int(argo->arena, own->limit_us / 1000000 + SPARE_S));
	if (mode == MODE_RUN && argo_retries(of))
		map_add(&map, "retryStrategy", retry_strategy(argo, &of->step->retry));
	if (mode == MODE_RUN)
		argo_mutex(argo, &map, of->step->lock);
	map_add(&map, "container", container(argo, of, mode, left != NULL));
	if (left)
		map_add(&map, "outputs", left);
	list_add(&argo->templates, map_end(&map));
}

static void put_question(const struct argo *argo, const struct plan_node *node, struct buf *out)
{
	const struct step *step = node->step;

	buf_printf(out, "%s%.*s", out->len ? "\n" : "", STR_ARG(argo->nodes[node->index].path));
	if (!str_eq(step->title, step->id))
		buf_printf(out, ", %.*s", STR_ARG(step->title));
	if (step->approve.prompt)
		buf_printf(out, ": %.*s",
		    STR_ARG(template_text(step->approve.prompt, &argo->scope.scope, argo->arena)));
	if (step->manual.text)
		buf_printf(out, ": %.*s",
		    STR_ARG(template_text(step->manual.text, &argo->scope.scope, argo->arena)));
}

/* All that is asked before a step, or a block, begins. */
static struct str question(struct argo *argo, const struct plan_node *of)
{
	struct buf out;
	struct str text;

	buf_init(&out, BUF_UNBOUNDED);
	for (uint32_t i = of->index; i < argo->plan->count; i++) {
		const struct plan_node *node = &argo->plan->nodes[i];
		bool is_own = argo->nodes[of->index].shape == ARGO_BLOCK
		    ? node == of
		    : plan_within(argo->plan, i, of->index);

		plan_scope_enter(&argo->scope, node);
		if (is_own && node->part != PART_ROLLBACK &&
		    (node->asks || (node == of && node->step->manual.text)))
			put_question(argo, node, &out);
	}
	text = argo_text(argo, buf_view(&out));
	buf_done(&out);
	return text;
}

/* What a person types: Argo asks for it where the workflow is held up. */
static void put_supplied(struct argo *argo, const struct param_decl *input,
    struct list_builder *inputs, struct list_builder *given)
{
	struct map_builder in;
	struct map_builder out;
	struct map_builder from;
	struct map_builder empty;

	map_begin(&in, argo->arena);
	map_add_text(&in, "name", input->name);
	if (input->description.len)
		map_add_text(&in, "description", argo_text(argo, input->description));
	map_add_text(&in, "default", STR(""));
	list_add(inputs, map_end(&in));
	map_begin(&empty, argo->arena);
	map_begin(&from, argo->arena);
	map_add(&from, "supplied", map_end(&empty));
	map_begin(&out, argo->arena);
	map_add_text(&out, "name", input->name);
	map_add(&out, "valueFrom", map_end(&from));
	list_add(given, map_end(&out));
}

/* Held up until a person says that it goes on. */
static void add_question(struct argo *argo, const struct plan_node *of)
{
	const struct manual *manual = &of->step->manual;
	struct list_builder inputs;
	struct list_builder given;
	struct map_builder map;
	struct map_builder one;

	begin_template(argo, &map, "ask-", argo->nodes[of->index].name);
	list_begin(&inputs, argo->arena);
	list_begin(&given, argo->arena);
	map_begin(&one, argo->arena);
	map_add_text(&one, "name", STR("question"));
	map_add_text(&one, "value", question(argo, of));
	list_add(&inputs, map_end(&one));
	for (size_t i = 0; i < manual->input_count; i++)
		put_supplied(argo, &manual->inputs[i], &inputs, &given);
	map_begin(&one, argo->arena);
	map_add(&one, "parameters", list_end(&inputs));
	map_add(&map, "inputs", map_end(&one));
	map_begin(&one, argo->arena);
	map_add(&map, "suspend", map_end(&one));
	if (given.count) {
		map_begin(&one, argo->arena);
		map_add(&one, "parameters", list_end(&given));
		map_add(&map, "outputs", map_end(&one));
	}
	list_add(&argo->templates, map_end(&map));
}

void argo_add_step(struct argo *argo, const struct plan_node *node)
{
	enum argo_shape shape = argo->nodes[node->index].shape;

	if (shape == ARGO_ASKED)
		add_pod(argo, node, MODE_REHEARSE);
	if (shape == ARGO_ASKED || (shape == ARGO_BLOCK && node->asks))
		add_question(argo, node);
	if (shape != ARGO_BLOCK)
		add_pod(argo, node, MODE_RUN);
}

void argo_add_verify(struct argo *argo)
{
	add_pod(argo, &argo->plan->nodes[PLAN_ROOT], MODE_VERIFY);
}
