/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/given.h"
#include "cli/mistakes.h"
#include "lang/load.h"
#include "stdlib/registry.h"
#include "view/argo.h"

/* What a runbook can be written as for others to run. */
struct export_format {
	const char *name;
	void (*write)(const struct argo_options *options, struct diags *notes, struct buf *out);
};

static const struct export_format formats[] = {
    {"argo", plan_argo},
};

static const struct option_row options[] = {
    OPTION_PARAMS,
    {"image", 0, "IMAGE", "the image that the steps run in: reprise, and what the runbook runs"},
    {"quiet", 'q', NULL, "do not tell what is not carried over; it stands in the manifest"},
    OPTION_COLOR,
    {0},
};

static const struct export_format *find(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	complain("there is no format %s; there is: argo", name);
	return NULL;
}

/* What is given over the defaults; what must be given may be missing. */
static const struct value *params_of(
    const struct invocation *invocation, struct load *load, struct arena *arena)
{
	const struct value *given = given_params_alone(invocation, load, arena);
	const struct value *presets = model_presets(arena, load->runbook);
	struct map_builder map;

	if (!given)
		return NULL;
	map_begin(&map, arena);
	for (size_t i = 0; i < load->runbook->param_count; i++) {
		struct str name = load->runbook->params[i].name;
		const struct value *value = value_get_str(given, name);

		value = value ? value : value_get_str(presets, name);
		if (value)
			map_add_str(&map, name, value);
	}
	return map_end(&map);
}

static void show_notes(const struct invocation *invocation, struct diags *notes)
{
	struct buf out;

	if (option_given(invocation, "quiet"))
		return;
	buf_init(&out, BUF_UNBOUNDED);
	diags_render(notes, wants_color(invocation, STDERR_FILENO), &out);
	if (out.len)
		fwrite(out.ptr, 1, out.len, stderr);
	buf_done(&out);
}

static void write_out(const struct invocation *invocation, const struct export_format *format,
    const struct argo_options *argo)
{
	struct diags notes;
	struct buf out;

	diags_init(&notes);
	buf_init(&out, BUF_UNBOUNDED);
	format->write(argo, &notes, &out);
	show_notes(invocation, &notes);
	fwrite(out.ptr, 1, out.len, stdout);
	buf_done(&out);
	diags_done(&notes);
}

static int run(const struct invocation *invocation)
{
	const struct export_format *format = find(invocation->args[0]);
	const char *image = option_value(invocation, "image");
	const char *path = invocation->args[1];
	struct argo_options argo = {.image = image ? image : ARGO_IMAGE_UNSET};
	struct arena *arena;
	struct load load;
	bool ok;

	if (!format)
		return STATUS_WRONG;
	arena = arena_new();
	ok = load_file(&load, path, &stdlib_vocabulary) && load_is_runbook(&load, path);
	argo.load = &load;
	argo.params = ok ? params_of(invocation, &load, arena) : NULL;
	mistakes_show(&load, wants_color(invocation, STDERR_FILENO));
	if (argo.params)
		write_out(invocation, format, &argo);
	if (argo.params && !image)
		complain("no --image was given: the manifest says %s, which must be replaced",
		    ARGO_IMAGE_UNSET);
	load_done(&load);
	arena_free(arena);
	return argo.params ? STATUS_OK : STATUS_WRONG;
}

static const struct example_row examples[] = {
    {"reprise export argo --image registry.example/reprise:1 backup.yaml > backup-argo.yaml",
	"a manifest for Argo; what is not carried over is told"},
    {0},
};

const struct command command_export = {
    .name = "export",
    .arguments = "argo FILE",
    .least = 2,
    .most = 2,
    .summary = "write a runbook as a workflow for others to run: argo, an Argo Workflow",
    .details =
	"The manifest goes to standard output. Every step is a container that runs "
	"`reprise run --step`; what\nis not carried over is told on standard error, with its "
	"place and what to do instead, and stands in\nthe head of the manifest.",
    .options = options,
    .examples = examples,
    .run = run,
};
