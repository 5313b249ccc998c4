/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/load.h"

#include <errno.h>
#include <string.h>

#include "tree/tree.h"

static bool inside(struct span inner, struct span outer)
{
	return outer.source && inner.source == outer.source && inner.start >= outer.start &&
	    inner.start < outer.end;
}

/*
 * One mistake is told once: what a text means that YAML has cut off, or an alias that leads nowhere, is not looked at
 * again. The first `count` diagnostics are the tree's own.
 */
static void drop_followers(struct diags *diags, size_t count)
{
	size_t kept = count;

	for (size_t i = count; i < diags->count; i++) {
		bool follows = false;

		for (size_t j = 0; j < count && !follows; j++)
			follows = inside(diags->items[i].span, diags->items[j].span);
		if (!follows)
			diags->items[kept++] = diags->items[i];
		else if (diags->items[i].severity == SEVERITY_ERROR)
			diags->errors--;
	}
	diags->count = kept;
}

static bool read_source(struct load *load, const struct vocabulary *vocabulary)
{
	size_t own;

	load->tree = tree_parse(load->arena, load->source, &load->diags);
	own = load->diags.count;
	if (load->tree)
		load->runbook = model_read(
		    load->arena, load->source, load->tree, vocabulary, &load->diags);
	if (load->runbook)
		load->plan = plan_build(load->arena, load->runbook, vocabulary, &load->diags);
	drop_followers(&load->diags, own);
	return load->plan && load->diags.errors == 0;
}

static void load_init(struct load *load)
{
	*load = (struct load){.arena = arena_new()};
	diags_init(&load->diags);
}

bool load_file(struct load *load, const char *path, const struct vocabulary *vocabulary)
{
	load_init(load);
	load->source = source_read(path);
	if (load->source)
		return read_source(load, vocabulary);
	if (errno == EFBIG)
		diag_error(&load->diags, "unreadable", (struct span){0}, "%s is larger than %d MiB",
		    path, SOURCE_MAX >> 20);
	else
		diag_error(&load->diags, "unreadable", (struct span){0}, "cannot read %s: %s", path,
		    strerror(errno));
	return false;
}

bool load_text(
    struct load *load, const char *name, struct str text, const struct vocabulary *vocabulary)
{
	load_init(load);
	if (text.len > SOURCE_MAX) {
		diag_error(&load->diags, "unreadable", (struct span){0}, "%s is larger than %d MiB",
		    name, SOURCE_MAX >> 20);
		return false;
	}
	load->source = source_new(name, text);
	return read_source(load, vocabulary);
}

void load_done(struct load *load)
{
	diags_done(&load->diags);
	arena_free(load->arena);
	source_free(load->source);
	*load = (struct load){0};
}

void load_show(struct load *load, bool color, struct buf *out)
{
	struct diags *diags = &load->diags;

	diags_sort(diags);
	for (size_t i = 0; i < diags->count; i++)
		diag_render(&diags->items[i], color, out);
	if (diags->count == DIAGS_MAX && diags->errors > DIAGS_MAX)
		buf_printf(out, "… and %zu more errors\n", diags->errors - DIAGS_MAX);
}
