/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

/*
 * A template is read where it is used. One that nobody uses, as all in a file that others include, is read here as if
 * somebody did, so that its author sees what is wrong with it.
 */
static struct runbook *empty_like(struct arena *arena, const struct runbook *runbook)
{
	struct runbook *rest = arena_alloc(arena, sizeof(*rest));

	*rest = *runbook;
	rest->books = NULL;
	rest->book_count = rest->book_capacity = 0;
	rest->step_count = 0;
	rest->is_open = true;
	rest->root = arena_alloc(arena, sizeof(*rest->root));
	*rest->root = step_defaults();
	rest->root->is_block = true;
	rest->root->span = runbook->root->span;
	return rest;
}

struct runbook *model_unused(
    struct arena *arena, struct files *files, struct runbook *runbook, struct diags *diags)
{
	struct runbook *rest = empty_like(arena, runbook);
	struct steps *steps = &rest->root->steps;
	struct map secrets;
	struct reader reader = {
	    .arena = arena,
	    .vocabulary = runbook->vocabulary,
	    .diags = diags,
	    .files = files,
	    .file = files->items[0],
	    .secrets = &secrets,
	    .runbook = rest,
	    .outermost = rest,
	};

	map_init(&secrets);
	steps->items = arena_array(arena, runbook->template_count, sizeof(struct step *));
	for (size_t i = 0; i < runbook->template_count; i++) {
		struct template_decl *decl = &runbook->templates[i];
		struct step *step = arena_alloc(arena, sizeof(*step));

		if (decl->used || decl->file != files->items[0])
			continue;
		*step = step_defaults();
		step->id = step->title = decl->name;
		step->span = decl->span;
		if (!template_use(&reader, decl, decl->span, step))
			continue;
		steps->items[steps->count++] = step;
		rest->step_count++;
	}
	map_done(&secrets);
	return steps->count || runbook->is_part ? rest : NULL;
}

bool left_open(const struct runbook *book, struct span span, const char *noun, struct str name,
    struct diags *diags)
{
	struct diag *diag;

	if (!book->is_part)
		return false;
	diag = diag_warning(diags, "undeclared", span, "the %s `%.*s` is declared nowhere here",
	    noun, STR_ARG(name));
	diag_help(diags, diag, "every runbook that includes this must declare it");
	return true;
}
