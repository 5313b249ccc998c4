/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/given.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

struct gathered {
	struct param_given *items;
	size_t count;
	size_t capacity;
};

static void add(struct gathered *gathered, struct param_given given)
{
	gathered->items = mem_grow(
	    gathered->items, gathered->count, &gathered->capacity, sizeof(*gathered->items));
	gathered->items[gathered->count++] = given;
}

/*
 * The way to the folder of a file, or of the command line where `path` is NULL, with a slash behind it; in the load's
 * arena, empty when it is gone.
 */
static struct str way_to(struct load *load, const char *path)
{
	char *whole = path ? realpath(path, NULL) : getcwd(NULL, 0);
	char *last = whole && path ? strrchr(whole, '/') : NULL;
	struct str way = {0};

	if (last)
		*last = '\0';
	if (whole)
		way = arena_printf(load->arena, "%s/", whole);
	free(whole);
	return way;
}

/* The parameters of a file: a map, as YAML or JSON. */
static bool read_file(struct load *load, const char *path, struct gathered *gathered)
{
	struct file *file = files_open(&load->files, path, (struct span){0}, &load->diags);
	const struct node *tree = file ? file_tree(&load->files, file, &load->diags) : NULL;

	if (!tree)
		return false;
	if (tree->kind != NODE_MAP) {
		diag_error(&load->diags, "wrong-type", tree->span,
		    "a file of parameters is a map of names to values");
		return false;
	}
	for (size_t i = 0; i < tree->map.count; i++)
		add(gathered,
		    (struct param_given){.name = tree->map.entries[i].key->scalar.bytes,
			.node = tree->map.entries[i].value,
			.way = way_to(load, path)});
	return true;
}

static bool read_word(struct load *load, const char *word, struct gathered *gathered)
{
	const char *equals = strchr(word, '=');

	if (!equals) {
		complain("-p wants NAME=VALUE, not %s", word);
		return false;
	}
	add(gathered,
	    (struct param_given){.name = {word, (size_t)(equals - word)},
		.text = str_from(equals + 1),
		.way = way_to(load, NULL)});
	return true;
}

static bool gather(
    const struct invocation *invocation, struct load *load, struct gathered *gathered)
{
	bool ok = true;

	for (size_t i = 0; i < invocation->option_count && ok; i++)
		if (strcmp(invocation->options[i].option->name, "params-file") == 0)
			ok = read_file(load, invocation->options[i].value, gathered);
	for (size_t i = 0; i < invocation->option_count && ok; i++)
		if (invocation->options[i].option->letter == 'p')
			ok = read_word(load, invocation->options[i].value, gathered);
	return ok;
}

const struct value *given_params(
    const struct invocation *invocation, struct load *load, struct arena *arena)
{
	struct gathered gathered = {0};
	const struct value *params = NULL;

	if (gather(invocation, load, &gathered))
		params = model_params(
		    arena, load->runbook, gathered.items, gathered.count, &load->diags);
	free(gathered.items);
	return params;
}

/* The runbook as if every parameter had a default: then none is missing. */
static struct runbook without_required(struct arena *arena, const struct runbook *runbook)
{
	struct runbook copy = *runbook;

	copy.params = arena_array(arena, runbook->param_count, sizeof(*copy.params));
	for (size_t i = 0; i < runbook->param_count; i++) {
		copy.params[i] = runbook->params[i];
		if (!copy.params[i].preset)
			copy.params[i].preset = value_null();
	}
	return copy;
}

const struct value *given_params_alone(
    const struct invocation *invocation, struct load *load, struct arena *arena)
{
	struct runbook runbook = without_required(arena, load->runbook);
	struct gathered gathered = {0};
	const struct value *params = NULL;
	struct map_builder map;

	map_begin(&map, arena);
	if (gather(invocation, load, &gathered))
		params = model_params(
		    arena, &runbook, gathered.items, gathered.count, &load->diags);
	for (size_t i = 0; params && i < gathered.count; i++)
		if (!value_get_str(map_end(&map), gathered.items[i].name))
			map_add_str(&map, gathered.items[i].name,
			    value_get_str(params, gathered.items[i].name));
	free(gathered.items);
	return params ? map_end(&map) : NULL;
}
