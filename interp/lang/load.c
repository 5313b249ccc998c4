/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/load.h"

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

/* The first file is the runbook. */
static bool read_source(struct load *load, const struct vocabulary *vocabulary)
{
	struct runbook *unused = NULL;
	size_t own;

	load->source = load->files.items[0]->source;
	load->tree = file_tree(&load->files, load->files.items[0], &load->diags);
	own = load->diags.count;
	if (load->tree)
		load->is_part = model_is_part(load->tree);
	if (load->tree)
		load->runbook = model_read(load->arena, &load->files, vocabulary, &load->diags);
	if (load->runbook && !load->is_part)
		load->plan = plan_build(load->arena, load->runbook, vocabulary, &load->diags);
	load->source_count = load->files.count;
	if (load->runbook)
		unused = model_unused(load->arena, &load->files, load->runbook, &load->diags);
	if (unused)
		load->unused = plan_build(load->arena, unused, vocabulary, &load->diags);
	drop_followers(&load->diags, own);
	diags_settle(&load->diags);
	return (load->plan || load->is_part) && load->diags.errors == 0;
}

static void load_init(struct load *load)
{
	*load = (struct load){.arena = arena_new()};
	diags_init(&load->diags);
	files_init(&load->files, load->arena);
}

bool load_file(struct load *load, const char *path, const struct vocabulary *vocabulary)
{
	load_init(load);
	return files_open(&load->files, path, (struct span){0}, &load->diags) &&
	    read_source(load, vocabulary);
}

bool load_text(
    struct load *load, const char *name, struct str text, const struct vocabulary *vocabulary)
{
	return load_texts(load, &(struct file_text){.name = name, .text = text}, 1, vocabulary);
}

bool load_texts(struct load *load, const struct file_text *texts, size_t count,
    const struct vocabulary *vocabulary)
{
	load_init(load);
	for (size_t i = 0; i < count; i++)
		if (texts[i].text.len > SOURCE_MAX) {
			diag_error(&load->diags, "unreadable", (struct span){0},
			    "%s is larger than %d MiB", texts[i].name, SOURCE_MAX >> 20);
			return false;
		}
	load->files.given = texts;
	load->files.given_count = count;
	files_add(&load->files, &texts[0]);
	return read_source(load, vocabulary);
}

void load_done(struct load *load)
{
	diags_done(&load->diags);
	files_done(&load->files);
	arena_free(load->arena);
	*load = (struct load){0};
}

void load_show(struct load *load, bool color, struct buf *out)
{
	diags_render(&load->diags, color, out);
}
