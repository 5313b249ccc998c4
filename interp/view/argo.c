/* SPDX-License-Identifier: Apache-2.0 */
#include "view/argo_parts.h"

#include <string.h>

#include "base/digest.h"
#include "base/units.h"

enum { CONFIG_MAP_MAX = 1 << 20, DIGEST_SHOWN = 8 };

/* One file of the runbook: where it lies below the folder that holds them all, and its key in the ConfigMap. */
struct argo_file {
	struct str path;
	struct str key;
};

static struct str path_of(const struct source *source)
{
	return str_from(source->path ? source->path : source->name);
}

/* How much of their paths all files have in common, up to a slash. */
static size_t common(const struct load *load)
{
	struct str first = path_of(load->files.items[0]->source);
	size_t len = first.len;

	for (size_t i = 0; i < load->source_count; i++) {
		struct str other = path_of(load->files.items[i]->source);
		size_t same = 0;

		while (same < len && same < other.len && other.ptr[same] == first.ptr[same])
			same++;
		len = same;
	}
	while (len > 0 && first.ptr[len - 1] != '/')
		len--;
	return len;
}

static struct argo_file file_at(const struct argo *argo, size_t i)
{
	const struct load *load = argo->options->load;
	struct str path = path_of(load->files.items[i]->source);
	size_t len = common(load);
	char *key;
	struct argo_file file;

	file.path = str_sub(path, len, path.len);
	key = arena_cstr(argo->arena, file.path);
	for (size_t k = 0; key[k]; k++)
		if (!((key[k] >= 'a' && key[k] <= 'z') || (key[k] >= 'A' && key[k] <= 'Z') ||
			(key[k] >= '0' && key[k] <= '9') || key[k] == '-' || key[k] == '.'))
			key[k] = '_';
	file.key = load->source_count > 1 ? arena_printf(argo->arena, "%zu-%s", i, key)
					  : str_from(key);
	return file;
}

/* Named after what is in it: a workflow that runs keeps the files that it began with. */
static void place_files(struct argo *argo)
{
	const struct load *load = argo->options->load;
	struct str path = file_at(argo, 0).path;
	char hex[DIGEST_HEX + 1];
	size_t slash = path.len;
	struct buf all;

	buf_init(&all, BUF_UNBOUNDED);
	for (size_t i = 0; i < load->source_count; i++)
		buf_append(
		    &all, load->files.items[i]->source->bytes, load->files.items[i]->source->len);
	digest_of(buf_view(&all), hex);
	if (all.len > CONFIG_MAP_MAX)
		diag_warning(argo->notes, "not-carried", argo->plan->runbook->root->span,
		    "the runbook's files are too large for a ConfigMap");
	argo->config_map = arena_printf(
	    argo->arena, "%.*s-%.*s", STR_ARG(argo->plan->runbook->id), DIGEST_SHOWN, hex);
	buf_done(&all);
	while (slash > 0 && path.ptr[slash - 1] != '/')
		slash--;
	argo->file = str_sub(path, slash, path.len);
	argo->workdir = slash
	    ? arena_printf(argo->arena, "/runbook/%.*s", STR_ARG(str_sub(path, 0, slash - 1)))
	    : STR("/runbook");
}

static const struct value *config_map(struct argo *argo)
{
	const struct load *load = argo->options->load;
	struct map_builder map;
	struct map_builder metadata;
	struct map_builder data;

	map_begin(&metadata, argo->arena);
	map_add_text(&metadata, "name", argo->config_map);
	map_begin(&data, argo->arena);
	for (size_t i = 0; i < load->source_count; i++)
		map_add_str(&data, file_at(argo, i).key,
		    value_string(argo->arena,
			(struct str){load->files.items[i]->source->bytes,
			    load->files.items[i]->source->len}));
	map_begin(&map, argo->arena);
	map_add_text(&map, "apiVersion", STR("v1"));
	map_add_text(&map, "kind", STR("ConfigMap"));
	map_add(&map, "metadata", map_end(&metadata));
	map_add(&map, "data", map_end(&data));
	return map_end(&map);
}

static const struct value *volumes(struct argo *argo)
{
	const struct load *load = argo->options->load;
	struct list_builder list;
	struct list_builder items;
	struct map_builder volume;
	struct map_builder source;

	list_begin(&items, argo->arena);
	for (size_t i = 0; i < load->source_count; i++) {
		struct map_builder item;

		map_begin(&item, argo->arena);
		map_add_text(&item, "key", file_at(argo, i).key);
		map_add_text(&item, "path", file_at(argo, i).path);
		list_add(&items, map_end(&item));
	}
	map_begin(&source, argo->arena);
	map_add_text(&source, "name", argo->config_map);
	map_add(&source, "items", list_end(&items));
	map_begin(&volume, argo->arena);
	map_add_text(&volume, "name", STR("runbook"));
	map_add(&volume, "configMap", map_end(&source));
	list_begin(&list, argo->arena);
	list_add(&list, map_end(&volume));
	return list_end(&list);
}

/* As `-p name=value` takes it. */
static struct str param_text(
    const struct argo *argo, const struct param_decl *param, const struct value *value)
{
	struct buf out;
	struct json json;
	struct str text;

	if (param->kind == PARAM_DURATION && value->type == VALUE_DURATION)
		return units_duration_text(argo->arena, value_us(value));
	buf_init(&out, BUF_UNBOUNDED);
	json_init(&json, &out);
	if (!value_show(value, &out))
		value_to_json(&json, value);
	text = arena_str(argo->arena, buf_view(&out));
	buf_done(&out);
	return text;
}

static const struct value *enum_of(struct argo *argo, const struct param_decl *param)
{
	struct list_builder list;

	list_begin(&list, argo->arena);
	for (size_t i = 0; i < param->choices->list.count; i++)
		list_add_str(&list, param_text(argo, param, param->choices->list.items[i]));
	return list_end(&list);
}

static const struct value *arguments(struct argo *argo)
{
	const struct runbook *runbook = argo->plan->runbook;
	struct list_builder list;
	struct map_builder map;

	list_begin(&list, argo->arena);
	for (size_t i = 0; i < runbook->param_count; i++) {
		const struct param_decl *param = &runbook->params[i];
		const struct value *value = value_get_str(argo->options->params, param->name);
		struct map_builder one;

		map_begin(&one, argo->arena);
		map_add_text(&one, "name", param->name);
		if (param->description.len)
			map_add_text(&one, "description", argo_text(argo, param->description));
		if (value)
			map_add_text(&one, "value", param_text(argo, param, value));
		if (param->choices)
			map_add(&one, "enum", enum_of(argo, param));
		list_add(&list, map_end(&one));
	}
	if (!list.count)
		return NULL;
	map_begin(&map, argo->arena);
	map_add(&map, "parameters", list_end(&list));
	return map_end(&map);
}

static void put_objective(struct argo *argo, struct map_builder *map, const char *key, int64_t us)
{
	if (us != UNSET_US)
		map_add_text(map, key, units_duration_text(argo->arena, us));
}

static const struct value *metadata(struct argo *argo)
{
	const struct runbook *runbook = argo->plan->runbook;
	struct map_builder annotations;
	struct map_builder map;
	struct buf symptoms;

	map_begin(&annotations, argo->arena);
	map_add_text(&annotations, "workflows.argoproj.io/title", argo_text(argo, runbook->title));
	if (runbook->description.len)
		map_add_text(&annotations, "workflows.argoproj.io/description",
		    argo_text(argo, runbook->description));
	if (runbook->severity.len)
		map_add_text(&annotations, "runbook/severity", argo_text(argo, runbook->severity));
	buf_init(&symptoms, BUF_UNBOUNDED);
	for (size_t i = 0; i < runbook->symptom_count; i++)
		buf_printf(&symptoms, "%s%.*s", i ? "\n" : "", STR_ARG(runbook->symptoms[i]));
	if (symptoms.len)
		map_add_text(
		    &annotations, "runbook/symptoms", argo_text(argo, buf_view(&symptoms)));
	buf_done(&symptoms);
	put_objective(argo, &annotations, "runbook/rto", runbook->objectives.rto_us);
	put_objective(argo, &annotations, "runbook/rpo", runbook->objectives.rpo_us);
	map_begin(&map, argo->arena);
	map_add_text(
	    &map, "generateName", arena_printf(argo->arena, "%.*s-", STR_ARG(runbook->id)));
	map_add(&map, "annotations", map_end(&annotations));
	return map_end(&map);
}

static const struct value *workflow(struct argo *argo)
{
	const struct plan_node *root = &argo->plan->nodes[PLAN_ROOT];
	const struct value *given = arguments(argo);
	struct map_builder spec;
	struct map_builder map;

	map_begin(&spec, argo->arena);
	map_add_text(&spec, "entrypoint", STR("main"));
	if (root->finally_count)
		map_add_text(&spec, "onExit", STR("finally"));
	if (given)
		map_add(&spec, "arguments", given);
	map_add(&spec, "volumes", volumes(argo));
	list_begin(&argo->templates, argo->arena);
	argo_add_dag(argo, "main", root, root->children, root->child_count);
	if (root->finally_count)
		argo_add_dag(argo, "finally", root, root->finally, root->finally_count);
	map_add(&spec, "templates", list_end(&argo->templates));
	map_begin(&map, argo->arena);
	map_add_text(&map, "apiVersion", STR("argoproj.io/v1alpha1"));
	map_add_text(&map, "kind", STR("Workflow"));
	map_add(&map, "metadata", metadata(argo));
	map_add(&map, "spec", map_end(&spec));
	return map_end(&map);
}

static void comment(struct buf *out, struct str text)
{
	for (size_t at = 0; at < text.len; at++) {
		if (at == 0 || text.ptr[at - 1] == '\n')
			buf_text(out, text.ptr[at] == '\n' ? "#" : "# ");
		buf_byte(out, text.ptr[at]);
	}
	buf_byte(out, '\n');
}

static void put_head(struct argo *argo, struct buf *out)
{
	static const char *const general =
	    "Begin it with `kubectl create -f`: the ConfigMap below has the runbook's files.\n"
	    "The image must have reprise in it, and every program that the runbook runs.\n"
	    "\n"
	    "Every step is a run of its own, in a pod of its own:\n"
	    "- what a step leaves in files is gone for the next; give both a volume where that "
	    "matters\n"
	    "- `run.id`, `run.dir` and `run.started` are others in every pod\n"
	    "- the runbook's folder, where processes run, cannot be written to\n"
	    "- each pod keeps a record of its own; give $REPRISE_HOME a volume to keep them\n"
	    "- the workflow goes on where an interrupted run would go on to `finally`";
	struct buf line;

	comment(out,
	    arena_printf(argo->arena, "%.*s, as an Argo Workflow (Argo 3.6 or later).",
		STR_ARG(argo->plan->runbook->id)));
	comment(out, str_from(general));
	if (argo->notes->count)
		comment(out, STR("\nNot carried over, or not as it was:"));
	for (size_t i = 0; i < argo->notes->count; i++) {
		const struct diag *diag = &argo->notes->items[i];
		struct position at = source_position(diag->span.source, diag->span.start);

		buf_init(&line, BUF_UNBOUNDED);
		buf_printf(&line, "- %s:%zu: %.*s\n  %.*s", diag->span.source->name, at.line,
		    STR_ARG(diag->message), STR_ARG(diag->help));
		comment(out, buf_view(&line));
		buf_done(&line);
	}
}

void plan_argo(const struct argo_options *options, struct diags *notes, struct buf *out)
{
	struct argo argo = {
	    .options = options, .plan = options->load->plan, .arena = arena_new(), .notes = notes};

	plan_scope_init(&argo.scope, argo.plan, options->params);
	place_files(&argo);
	argo_shapes(&argo);
	argo_notes(&argo);
	put_head(&argo, out);
	yaml_put(out, workflow(&argo));
	buf_text(out, "---\n");
	yaml_put(out, config_map(&argo));
	arena_free(argo.arena);
}
